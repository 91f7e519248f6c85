using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Admission.Policies;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// ValidatingAdmissionPolicy: judges requests by the cluster's policies and their bindings. Policies are compiled when first
/// used and kept as long as they are stored. What they hold against a request may be waived.
/// </summary>
internal sealed class ValidatingPolicies(ObjectStore store, Func<KindCatalog> catalog, RbacAuthorizer authorizer, PolicyWaivers waivers) : IValidatingPlugin
{
    private const string Policies = "validatingadmissionpolicies.admissionregistration.k8s.io";
    private const string Bindings = "validatingadmissionpolicybindings.admissionregistration.k8s.io";
    private const string FailureAnnotation = "validation.policy.admission.k8s.io/validation_failure";
    private const int MostFailures = 50;

    private static readonly ConditionalWeakTable<Document, StoredPolicy> Compiled = [];
    private static readonly ConditionalWeakTable<Document, JsonObject> Specs = [];

    private sealed record StoredPolicy(Document Document, JsonObject Spec, ValidatingPolicy Policy);

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (!PolicyMatching.IsExempt(request) && store.List(Bindings, null) is { Count: > 0 } bindings)
        {
            JudgeAll(request, bindings, cancellation);
        }

        return ValueTask.CompletedTask;
    }

    private void JudgeAll(AdmissionRequest request, IEnumerable<Document> bindings, CancellationToken cancellation)
    {
        JsonObject? labels = null;
        JsonObject? NamespaceLabels() => labels ??= store.Find("namespaces", "", request.Namespace)?.ToNode()["metadata"]?["labels"] as JsonObject ?? [];
        var outcome = new PolicyOutcome();
        foreach (Document document in bindings)
        {
            JsonObject binding = Specs.GetValue(document, static each => each.ToNode()["spec"] as JsonObject ?? []);
            if (store.Find(Policies, "", binding.Text("policyName") ?? "") is not { } stored)
            {
                continue;
            }

            StoredPolicy policy = Compiled.GetValue(stored, static each => Compile(each));
            if (PolicyMatching.Match(policy.Spec["matchConstraints"] as JsonObject, false, request, catalog(), NamespaceLabels) is { } invocation
                && PolicyMatching.Match(binding["matchResources"] as JsonObject, true, request, catalog(), NamespaceLabels) is not null)
            {
                Judge(request, policy, document.Header.Name, binding, invocation, outcome, cancellation);
            }
        }

        outcome.Publish(request, FailureAnnotation, MostFailures);
        waivers.Tell(request, outcome);
    }

    private static StoredPolicy Compile(Document document)
    {
        JsonObject node = document.ToNode();
        return new StoredPolicy(document, node["spec"] as JsonObject ?? [], ValidatingPolicy.Compile(node, null));
    }

    private void Judge(AdmissionRequest request, StoredPolicy policy, string bindingName, JsonObject binding, WebhookInvocation invocation, PolicyOutcome outcome, CancellationToken cancellation)
    {
        var place = new PolicyPlace(policy.Policy.Name, bindingName, [.. (binding.Array("validationActions") ?? []).Select(each => KubeJson.AsString(each) ?? "")]);
        (IReadOnlyList<JsonObject?> parameters, string? error) = PolicyParameters.Find(policy.Spec, binding, request, store, catalog());
        if (error is not null)
        {
            if (policy.Policy.FailsClosed)
            {
                outcome.Deny(place, $"failed to configure binding: {error}", "Invalid");
            }

            return;
        }

        PolicyRequest seen = PolicyRequests.Of(request, invocation, store, authorizer);
        foreach (JsonObject? parameter in parameters)
        {
            PolicyVerdict verdict = policy.Policy.Evaluate(seen, parameter, cancellation);
            if (verdict.ConditionError is { } failed && policy.Policy.FailsClosed)
            {
                waivers.Add(request, policy.Document, place, new PolicyFinding(0, failed, "Invalid", IsError: true, IsUnknown: false), null, outcome);
            }

            foreach (PolicyFinding finding in verdict.Findings.Where(finding => !finding.IsError || policy.Policy.FailsClosed))
            {
                waivers.Add(request, policy.Document, place, finding, finding.Index, outcome);
            }

            foreach (PolicyAnnotation annotation in verdict.Annotations)
            {
                if (annotation.Value is { } value)
                {
                    outcome.Annotate($"{policy.Policy.Name}/{annotation.Key}", value);
                }
                else if (policy.Policy.FailsClosed)
                {
                    outcome.Deny(place, annotation.Error!, "Invalid");
                }
            }
        }
    }
}

/// <summary>Where a finding comes from, and how it is enforced.</summary>
internal sealed record PolicyPlace(string Policy, string Binding, string[] Actions);

/// <summary>What all policies together say of one request.</summary>
internal sealed class PolicyOutcome
{
    private readonly List<(PolicyPlace Place, string Message, string Reason)> _denials = [];
    private readonly List<string> _warnings = [];
    private readonly JsonArray _audited = [];
    private readonly Dictionary<string, List<string>> _annotations = new(StringComparer.Ordinal);

    private readonly List<(WaivableObjection Objection, AdmissionWaiver Waiver)> _waived = [];

    /// <summary>What waivers in force covered.</summary>
    public IReadOnlyList<(WaivableObjection Objection, AdmissionWaiver Waiver)> Waived => _waived;

    public void Deny(PolicyPlace place, string message, string reason) => _denials.Add((place, message, reason));

    /// <summary>Lets a finding pass with a warning. What the binding wants in the audit log is there all the same.</summary>
    public void Waive(PolicyPlace place, PolicyFinding finding, WaivableObjection objection, AdmissionWaiver waiver)
    {
        string until = SystemMetadata.Timestamp(waiver.ExpiresAt);
        _warnings.Add($"ValidatingAdmissionPolicy '{place.Policy}' with binding '{place.Binding}' is waived until {until} by waiver {waiver.Name} of {waiver.Owner}: {finding.Message}");
        Annotate(PolicyWaivers.Annotation, $"{place.Policy}: {waiver.Name} of {waiver.Owner} until {until}");
        _waived.Add((objection, waiver));
        if (place.Actions.Contains("Audit"))
        {
            Audit(place, finding);
        }
    }

    /// <param name="place">Where it comes from.</param>
    /// <param name="finding">What is wrong.</param>
    /// <param name="note">Why a waiver does not help, for who is refused.</param>
    public void Add(PolicyPlace place, PolicyFinding finding, string? note = null)
    {
        foreach (string action in place.Actions)
        {
            switch (action)
            {
                case "Deny":
                    Deny(place, note is null ? finding.Message : $"{finding.Message} ({note})", finding.IsError ? "Invalid" : finding.Reason);
                    break;
                case "Warn":
                    _warnings.Add($"Validation failed for ValidatingAdmissionPolicy '{place.Policy}' with binding '{place.Binding}': {finding.Message}");
                    break;
                case "Audit":
                    Audit(place, finding);
                    break;
            }
        }
    }

    public void Annotate(string key, string value)
    {
        if (!_annotations.TryGetValue(key, out List<string>? values))
        {
            _annotations[key] = values = [];
        }

        if (!values.Contains(value))
        {
            values.Add(value);
        }
    }

    private void Audit(PolicyPlace place, PolicyFinding finding) => _audited.Add(new JsonObject
    {
        ["message"] = finding.Message,
        ["policy"] = place.Policy,
        ["binding"] = place.Binding,
        ["expressionIndex"] = finding.Index,
        ["validationActions"] = new JsonArray([.. place.Actions.Select(each => (JsonNode)each)]),
    });

    /// <exception cref="StatusException">The first denial, with the code of its reason.</exception>
    public void Publish(AdmissionRequest request, string failureAnnotation, int mostFailures)
    {
        foreach (string warning in _warnings)
        {
            request.Warn(warning);
        }

        foreach ((string key, List<string> values) in _annotations)
        {
            request.Annotate(key, string.Join(", ", values));
        }

        if (_audited.Count > 0)
        {
            request.Annotate(failureAnnotation, new JsonArray([.. _audited.Take(mostFailures).Select(each => each!.DeepClone())]).ToJsonString(JsonSerializerOptions.Default));
        }

        if (_denials.Count == 0)
        {
            return;
        }

        (PolicyPlace place, string text, string reason) = _denials[0];
        string message = $"ValidatingAdmissionPolicy '{place.Policy}' with binding '{place.Binding}' denied request: {text}";
        StatusException forbidden = request.Forbidden(message);
        int code = reason switch { "Unauthorized" => 401, "Forbidden" => 403, "RequestEntityTooLarge" => 413, _ => 422 };
        throw new StatusException(code, reason, forbidden.Message) { Details = forbidden.Details! with { Causes = [new StatusCause { Message = message }] } };
    }
}

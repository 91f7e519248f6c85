using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>What all validating policies together say of one request, told as kube-apiserver tells it.</summary>
internal sealed class PolicyOutcome
{
    /// <summary>For audit events: which waivers let the request through.</summary>
    public const string WaivedAnnotation = "policy.fairway.dev/waived";

    private const string FailureAnnotation = "validation.policy.admission.k8s.io/validation_failure";
    private const int MostFailures = 50;

    private readonly List<(PolicyJudge.Binding Place, string Message, string Reason)> _denials = [];
    private readonly List<string> _warnings = [];
    private readonly JsonArray _audited = [];
    private readonly Dictionary<string, List<string>> _annotations = new(StringComparer.Ordinal);
    private readonly List<(PolicyDefinition Policy, Finding Finding)> _waived = [];

    /// <summary>What waivers in force covered.</summary>
    public IReadOnlyList<(PolicyDefinition Policy, Finding Finding)> Waived => _waived;

    /// <summary>Adds what one binding says.</summary>
    public void Add(PolicyJudge.Binding place, Verdict verdict, Subject subject)
    {
        foreach (Finding finding in verdict.Findings)
        {
            if (finding.IsConfiguration)
            {
                _denials.Add((finding.IsOfPolicy ? place with { Given = null } : place, finding.Message, "Invalid"));
            }
            else if (finding.Outcome == Outcome.Waived && (place.Actions.Contains("Deny") || place.Actions.Contains("Warn")))
            {
                Waive(place, finding);
            }
            else
            {
                Enforce(place, finding);
            }
        }

        foreach (PolicyAnnotation annotation in verdict.Annotations)
        {
            if (annotation.Value is { } value)
            {
                Annotate($"{place.Policy.Definition.Name}/{annotation.Key}", value);
            }
            else if (place.Policy.Definition.FailsClosed)
            {
                _denials.Add((place, annotation.Error!, "Invalid"));
            }
        }
    }

    /// <summary>Warns and annotates, and refuses what is denied.</summary>
    /// <exception cref="StatusException">The first denial, with the code of its reason.</exception>
    public void Publish(AdmissionRequest request)
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
            request.Annotate(FailureAnnotation, new JsonArray([.. _audited.Take(MostFailures).Select(each => each!.DeepClone())]).ToJsonString(JsonSerializerOptions.Default));
        }

        if (_denials.Count == 0)
        {
            return;
        }

        (PolicyJudge.Binding place, string text, string reason) = _denials[0];
        string binding = place.Name.Length > 0 ? $" with binding '{place.Name}'" : "";
        string message = $"ValidatingAdmissionPolicy '{place.Policy.Definition.Name}'{binding} denied request: {text}";
        StatusException forbidden = request.Forbidden(message);
        int code = reason switch { "Unauthorized" => 401, "Forbidden" => 403, "RequestEntityTooLarge" => 413, _ => 422 };
        throw new StatusException(code, reason, forbidden.Message) { Details = forbidden.Details! with { Causes = [new StatusCause { Message = message }] } };
    }

    // What is waived passes with a warning. What the binding wants in the audit log is there all the same.
    private void Waive(PolicyJudge.Binding place, Finding finding)
    {
        Resources.Kinds.Delivery.Waiver waiver = finding.Standing!.Waiver;
        string name = $"{waiver.Metadata.Namespace}/{waiver.Metadata.Name}";
        string until = SystemMetadata.Timestamp(waiver.Spec.ExpiresAt);
        _warnings.Add($"ValidatingAdmissionPolicy '{finding.Policy}' with binding '{place.Name}' is waived until {until} by waiver {name} of {waiver.Spec.Owner}: {finding.Message}");
        Annotate(WaivedAnnotation, $"{finding.Policy}: {name} of {waiver.Spec.Owner} until {until}");
        _waived.Add((place.Policy.Definition, finding));
        if (place.Actions.Contains("Audit"))
        {
            Audit(place, finding);
        }
    }

    private void Enforce(PolicyJudge.Binding place, Finding finding)
    {
        foreach (string action in place.Actions)
        {
            switch (action)
            {
                case "Deny":
                    // Why a waiver does not help, for who is refused.
                    string note = finding.Standing is { InForce: false } ended ? $" (waiver {ended.Waiver.Metadata.Namespace}/{ended.Waiver.Metadata.Name} {ended.Clause})" : "";
                    _denials.Add((place, finding.Message + note, finding.IsError ? "Invalid" : finding.Reason));
                    break;
                case "Warn":
                    _warnings.Add($"Validation failed for ValidatingAdmissionPolicy '{finding.Policy}' with binding '{place.Name}': {finding.Message}");
                    break;
                case "Audit":
                    Audit(place, finding);
                    break;
            }
        }
    }

    private void Annotate(string key, string value)
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

    private void Audit(PolicyJudge.Binding place, Finding finding) => _audited.Add(new JsonObject
    {
        ["message"] = finding.Message,
        ["policy"] = finding.Policy,
        ["binding"] = place.Name,
        ["expressionIndex"] = finding.Index,
        ["validationActions"] = new JsonArray([.. place.Actions.Select(each => (JsonNode)each)]),
    });
}

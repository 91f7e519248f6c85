using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Admission.Policies;
using Fairway.Resources;
using Fairway.Resources.Apply;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// MutatingAdmissionPolicy: changes objects by the cluster's policies and their bindings, in the order of the policies' names.
/// When one changed an object, those that ask for it (reinvocationPolicy IfNeeded) see it once more.
/// </summary>
internal sealed class MutatingPolicies(ObjectStore store, Func<KindCatalog> catalog, RbacAuthorizer authorizer) : IMutatingPlugin
{
    private const string Policies = "mutatingadmissionpolicies.admissionregistration.k8s.io";
    private const string Bindings = "mutatingadmissionpolicybindings.admissionregistration.k8s.io";

    private static readonly ConditionalWeakTable<Document, StoredPolicy> Compiled = [];

    private sealed record StoredPolicy(JsonObject Spec, MutatingPolicy Policy);

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Object is not null && !PolicyMatching.IsExempt(request) && store.List(Bindings, null) is { Count: > 0 } bindings)
        {
            MutateAll(request, bindings, cancellation);
        }

        return ValueTask.CompletedTask;
    }

    private void MutateAll(AdmissionRequest request, IEnumerable<Document> bindings, CancellationToken cancellation)
    {
        JsonObject? labels = null;
        JsonObject? NamespaceLabels() => labels ??= store.Find("namespaces", "", request.Namespace)?.ToNode()["metadata"]?["labels"] as JsonObject ?? [];
        JsonObject before = (JsonObject)request.Object!.DeepClone();
        foreach ((Document document, JsonObject binding) in bindings.Select(each => (each, each.ToNode()["spec"] as JsonObject ?? [])).OrderBy(pair => pair.Item2.Text("policyName"), StringComparer.Ordinal).ThenBy(pair => pair.each.Header.Name, StringComparer.Ordinal))
        {
            if (store.Find(Policies, "", binding.Text("policyName") ?? "") is not { } stored)
            {
                continue;
            }

            StoredPolicy policy = Compiled.GetValue(stored, static each => new StoredPolicy(each.ToNode()["spec"] as JsonObject ?? [], MutatingPolicy.Compile(each.ToNode(), null)));
            if ((!request.IsReinvocation || policy.Policy.Reinvokes)
                && PolicyMatching.Match(policy.Spec["matchConstraints"] as JsonObject, false, request, catalog(), NamespaceLabels) is { } invocation
                && PolicyMatching.Match(binding["matchResources"] as JsonObject, true, request, catalog(), NamespaceLabels) is not null)
            {
                Mutate(request, policy, document.Header.Name, binding, invocation, cancellation);
            }
        }

        if (!request.IsReinvocation && !JsonNode.DeepEquals(before, request.Object))
        {
            request.ShouldReinvoke = true;
        }
    }

    private void Mutate(AdmissionRequest request, StoredPolicy policy, string bindingName, JsonObject binding, WebhookInvocation invocation, CancellationToken cancellation)
    {
        (IReadOnlyList<JsonObject?> parameters, string? error) = PolicyParameters.Find(policy.Spec, binding, request, store, catalog());
        if (error is not null)
        {
            Refuse(request, policy, bindingName, $"failed to configure binding: {error}");
            return;
        }

        foreach (JsonObject? parameter in parameters)
        {
            (bool matches, string? failed) = policy.Policy.Matches(PolicyRequests.Of(request, invocation, store, authorizer), parameter, cancellation);
            if (failed is not null)
            {
                Refuse(request, policy, bindingName, failed);
            }

            for (int i = 0; matches && i < policy.Policy.Count; i++)
            {
                (PolicyChange? change, string? wrong) = policy.Policy.Evaluate(i, PolicyRequests.Of(request, invocation, store, authorizer), parameter, cancellation);
                wrong ??= Apply(request, change!);
                if (wrong is not null)
                {
                    Refuse(request, policy, bindingName, wrong);
                    break;
                }
            }
        }
    }

    /// <returns>Why the change cannot be made, or null.</returns>
    private static string? Apply(AdmissionRequest request, PolicyChange change)
    {
        try
        {
            JsonNode? changed = change.Patch is { } patch
                ? JsonPatch.Apply(request.Object, patch)
                : request.Definition is { } kind ? TypedMerge.Merge(request.Object, change.Configuration, kind.Schema) : MergePatch.Apply(request.Object, change.Configuration);
            if (changed is not JsonObject whole)
            {
                return "the mutation does not leave an object";
            }

            request.Object = whole;
            return null;
        }
        catch (StatusException refused)
        {
            return refused.Message;
        }
    }

    private static void Refuse(AdmissionRequest request, StoredPolicy policy, string bindingName, string message)
    {
        if (policy.Policy.FailsClosed)
        {
            throw request.Forbidden($"policy '{policy.Policy.Name}' with binding '{bindingName}' denied request: {message}");
        }
    }
}

using System.Text.Json.Nodes;
using Fairway.Admission.Reading;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Admission;
using Fairway.Resources.Kinds.ApiExtensions;

namespace Fairway.Policy;

/// <summary>Writes into the status of ValidatingAdmissionPolicies what type checking found, once for each generation.</summary>
internal sealed class PolicyStatusReconciler(InformerSet cluster)
{
    private readonly Informer<ValidatingAdmissionPolicy> _policies = cluster.Of<ValidatingAdmissionPolicy>();
    private readonly Informer<CustomResourceDefinition> _definitions = cluster.Of<CustomResourceDefinition>();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_policies.Get(key) is not { } policy || policy.Status?.ObservedGeneration == policy.Metadata.Generation
            || _policies.Documents.Get(key)?.ToNode() is not JsonObject node
            || KubernetesPolicy.Read(node, key.Name, new List<PolicyProblem>()) is not { } definition)
        {
            return ReconcileResult.Done;
        }

        KindDefinition[] kinds = [.. AllKinds.Catalog.All, .. _definitions.Documents.List().SelectMany(CustomKinds.Of)];
        IReadOnlyList<TypeWarning> warnings = PolicyTypeCheck.Check(definition, kinds);
        var status = new ValidatingAdmissionPolicyStatus
        {
            ObservedGeneration = policy.Metadata.Generation,
            TypeChecking = new PolicyTypeChecking
            {
                ExpressionWarnings = warnings.Count == 0 ? null : [.. warnings.Select(one => new ExpressionWarning { FieldRef = one.FieldRef, Warning = one.Warning })],
            },
            Conditions = policy.Status?.Conditions,
        };
        await cluster.Api.WriteAsync(policy, policy with { Status = status }, cancellation, "status");
        return ReconcileResult.Done;
    }
}

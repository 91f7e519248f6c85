using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Packs;

/// <summary>How strict an installed pack is.</summary>
public enum RolloutStage
{
    /// <summary>Violations are noted in the audit log.</summary>
    Audit,

    /// <summary>The author is warned, too.</summary>
    Warn,

    /// <summary>Violations are refused.</summary>
    Deny,
}

/// <summary>The objects that switch a pack on in a cluster.</summary>
/// <param name="Policies">ValidatingAdmissionPolicies.</param>
/// <param name="Bindings">Their bindings, one each, of the policy's name.</param>
/// <param name="LeftOut">Policies that an API server cannot decide, with the reason.</param>
public sealed record RolloutObjects(IReadOnlyList<JsonObject> Policies, IReadOnlyList<JsonObject> Bindings, IReadOnlyList<(string Policy, string Why)> LeftOut);

/// <summary>Pure: from a pack and a stage to objects of admissionregistration.k8s.io/v1, for embedded and real clusters alike.</summary>
public static class PackRollout
{
    /// <summary>The label by which installed policies and bindings are found.</summary>
    public const string PackLabel = PolicyText.Keys.Prefix + "pack";

    /// <summary>The label of a binding that says its stage.</summary>
    public const string StageLabel = PolicyText.Keys.Prefix + "stage";

    /// <summary>Namespaces of the system are left alone: a policy must not keep a cluster from coming up.</summary>
    private static readonly string[] SystemNamespaces = ["kube-system", "kube-public", "kube-node-lease"];

    public static RolloutObjects Plan(PolicyPack pack, RolloutStage stage, IReadOnlyList<string> namespaces)
    {
        var policies = new List<JsonObject>();
        var bindings = new List<JsonObject>();
        var leftOut = new List<(string, string)>();
        foreach (PolicyDefinition policy in PackLibrary.PoliciesOf(pack))
        {
            if (Obstacle(policy) is { } why)
            {
                leftOut.Add((policy.Name, why));
                continue;
            }

            policies.Add(policy.Document.DeepClone().AsObject());
            bindings.Add(Binding(policy, pack, stage, namespaces));
        }

        return new RolloutObjects(policies, bindings, leftOut);
    }

    /// <summary>Why an API server cannot decide a policy; null when it can.</summary>
    public static string? Obstacle(PolicyDefinition policy)
    {
        if (policy.Match.Rules?.All(rule => rule.Groups.All(group => group == KindNames.SourceGroup)) == true
            || policy.Document.Object("metadata").Object("annotations").Text(PolicyText.Keys.OnlyFiles) == "true")
        {
            return "is about files, which check and pipelines judge";
        }

        return CompiledPolicy.Compile(policy, new List<PolicyProblem>()) is { ReadsFacts: true } ? "reads facts, which pipelines and the audit have" : null;
    }

    private static JsonObject Binding(PolicyDefinition policy, PolicyPack pack, RolloutStage stage, IReadOnlyList<string> namespaces)
    {
        JsonNode expression = namespaces.Count > 0
            ? new JsonObject { ["key"] = "kubernetes.io/metadata.name", ["operator"] = "In", ["values"] = Strings(namespaces) }
            : new JsonObject { ["key"] = "kubernetes.io/metadata.name", ["operator"] = "NotIn", ["values"] = Strings(SystemNamespaces) };
        return new JsonObject
        {
            ["apiVersion"] = "admissionregistration.k8s.io/v1",
            ["kind"] = "ValidatingAdmissionPolicyBinding",
            ["metadata"] = new JsonObject
            {
                ["name"] = policy.Name,
                ["labels"] = new JsonObject { [PackLabel] = pack.Name, [StageLabel] = stage.ToString().ToLowerInvariant() },
                ["annotations"] = new JsonObject { [PolicyText.Keys.Version] = pack.Version },
            },
            ["spec"] = new JsonObject
            {
                ["policyName"] = policy.Name,
                ["validationActions"] = stage switch
                {
                    RolloutStage.Deny => new JsonArray("Deny", "Audit"),
                    RolloutStage.Warn => new JsonArray("Warn", "Audit"),
                    _ => new JsonArray("Audit"),
                },
                ["matchResources"] = new JsonObject { ["namespaceSelector"] = new JsonObject { ["matchExpressions"] = new JsonArray(expression) } },
            },
        };
    }

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode)value)]);
}

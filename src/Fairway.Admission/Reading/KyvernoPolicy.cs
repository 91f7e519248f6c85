using System.Text.Json.Nodes;
using Fairway.Admission.Mending;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Reading;

/// <summary>
/// Kyverno's ValidatingPolicy (policies.kyverno.io) where it needs Kubernetes' CEL only. A policy that is exactly about pods judges the
/// templates of their controllers too (autogen): there <c>object.spec</c> and <c>object.metadata</c> are the template's.
/// </summary>
internal static class KyvernoPolicy
{
    private static readonly string[] AllControllers = ["daemonsets", "deployments", "statefulsets", "replicasets", "jobs", "cronjobs"];

    public static PolicyDefinition? Read(JsonObject @object, string origin, ICollection<PolicyProblem> problems)
    {
        var fields = new ExpressionFields(origin, problems);
        JsonObject? metadata = @object.Object("metadata");
        string name = metadata.Text("name") ?? "";
        if (name.Length == 0 || @object["spec"] is not JsonObject spec)
        {
            fields.Problem(name.Length == 0 ? "metadata.name" : "spec", "missing");
            return null;
        }

        if (spec.Object("evaluation").Text("mode") == "JSON")
        {
            fields.Problem("spec.evaluation.mode", "JSON; only policies about Kubernetes objects are read");
            return null;
        }

        var texts = new List<string>();
        MatchRules match = fields.Match(spec["matchConstraints"], "spec.matchConstraints");
        PolicyText text = PolicyText.Read(metadata, name, texts);
        foreach (string problem in texts)
        {
            fields.Problem("metadata.annotations", problem);
        }

        return new PolicyDefinition
        {
            Name = name,
            Dialect = PolicyDialect.Kyverno,
            Text = text,
            Match = @object.Text("kind") == "NamespacedValidatingPolicy" ? match with { Namespaces = [metadata.Text("namespace") ?? "default"] } : match,
            MatchConditions = fields.Named(spec, "spec", "matchConditions"),
            Variables = fields.Named(spec, "spec", "variables"),
            Validations = fields.Validations(spec, "spec"),
            FailsClosed = fields.FailsClosed(spec, "spec"),
            PodControllers = IsExactlyPods(match) ? Controllers(spec) : new HashSet<string>(),
            Document = @object,
            Origin = origin,
        };
    }

    private static HashSet<string> Controllers(JsonObject spec)
        => spec.Object("autogen").Object("podControllers").Array("controllers") is { } chosen
            ? [.. chosen.Select(KubeJson.AsString).OfType<string>()]
            : [.. AllControllers];

    private static bool IsExactlyPods(MatchRules match)
        => match is { NamespaceSelector: null, ObjectSelector: null, Excluded.Count: 0, Rules: [{ Names.Count: 0, Groups: [""], Versions: ["v1"], Resources: ["pods"] }] };

    /// <summary>The view of a controller that a policy about pods gets, or null when the kind makes no pods.</summary>
    public static (JsonObject View, FieldPath Place)? PodView(JsonObject? controller)
    {
        if (controller is null || PodPlace.Of(controller) is not { IsRoot: false } place || PodPlace.Find(controller, place) is not JsonObject template)
        {
            return null;
        }

        var view = new JsonObject
        {
            ["apiVersion"] = controller["apiVersion"]?.DeepClone(),
            ["kind"] = controller["kind"]?.DeepClone(),
            ["metadata"] = template["metadata"]?.DeepClone() ?? new JsonObject(),
            ["spec"] = template["spec"]?.DeepClone() ?? new JsonObject(),
        };
        return (view, place);
    }
}

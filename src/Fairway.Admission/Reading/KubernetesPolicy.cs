using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Reading;

/// <summary>Pure: reads admission policies and their bindings, as admissionregistration.k8s.io defines them.</summary>
public static class KubernetesPolicy
{
    /// <summary>A ValidatingAdmissionPolicy; null when it has no name or no spec.</summary>
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

        if (spec["matchConstraints"] is not JsonObject)
        {
            fields.Problem("spec.matchConstraints", "missing; expected the resources that the policy is about");
        }

        var texts = new List<string>();
        var policy = new PolicyDefinition
        {
            Name = name,
            Dialect = PolicyDialect.Kubernetes,
            Text = PolicyText.Read(metadata, name, texts),
            Match = fields.Match(spec["matchConstraints"], "spec.matchConstraints"),
            MatchConditions = fields.Named(spec, "spec", "matchConditions"),
            Variables = fields.Named(spec, "spec", "variables"),
            Validations = spec["validations"] is null && spec.Array("auditAnnotations")?.Count > 0 ? [] : fields.Validations(spec, "spec"),
            Annotations = fields.Annotations(spec, "spec"),
            FailsClosed = fields.FailsClosed(spec, "spec"),
            Parameters = ParametersOf(spec),
            Document = @object,
            Origin = origin,
        };
        foreach (string text in texts)
        {
            fields.Problem("metadata.annotations", text);
        }

        return policy;
    }

    /// <summary>A MutatingAdmissionPolicy.</summary>
    public static PolicyDefinition ReadMutating(JsonObject @object, string origin, ICollection<PolicyProblem> problems)
    {
        var fields = new ExpressionFields(origin, problems);
        string name = @object.Object("metadata").Text("name") ?? "";
        JsonObject? spec = @object.Object("spec");
        return new PolicyDefinition
        {
            Name = name,
            Dialect = PolicyDialect.Kubernetes,
            Text = new PolicyText { Title = name },
            Match = fields.Match(spec?["matchConstraints"], "spec.matchConstraints"),
            MatchConditions = fields.Named(spec, "spec", "matchConditions"),
            Variables = fields.Named(spec, "spec", "variables"),
            Validations = [],
            Mutations = fields.Mutations(spec, "spec"),
            Reinvokes = spec.Text("reinvocationPolicy") == "IfNeeded",
            FailsClosed = fields.FailsClosed(spec, "spec"),
            Parameters = ParametersOf(spec),
            Document = @object,
            Origin = origin,
        };
    }

    private static ParameterKind? ParametersOf(JsonObject? spec)
        => spec.Object("paramKind") is { } kind ? new ParameterKind(kind.Text("apiVersion") ?? "", kind.Text("kind") ?? "") : null;

    /// <summary>A binding of either kind.</summary>
    public static PolicyBinding ReadBinding(JsonObject @object, string origin, ICollection<PolicyProblem> problems)
    {
        var fields = new ExpressionFields(origin, problems);
        JsonObject? spec = @object.Object("spec");
        if (spec.Text("policyName") is not { Length: > 0 })
        {
            fields.Problem("spec.policyName", "missing");
        }

        HashSet<string> actions = [.. ExpressionFields.Strings(spec, "validationActions")];
        if (@object.Text("kind") == "MutatingAdmissionPolicyBinding")
        {
            actions = [];
        }
        else if (actions.Count == 0 || actions.Any(action => action is not ("Deny" or "Warn" or "Audit")))
        {
            fields.Problem("spec.validationActions", $"{(actions.Count == 0 ? "missing" : string.Join(", ", actions))}; expected Deny, Warn, Audit");
        }
        else if (actions.Contains("Deny") && actions.Contains("Warn"))
        {
            fields.Problem("spec.validationActions", "Deny and Warn exclude each other");
        }

        return new PolicyBinding
        {
            Name = @object.Object("metadata").Text("name") ?? "",
            Policy = spec.Text("policyName") ?? "",
            Match = spec?["matchResources"] is JsonObject match ? fields.Match(match, "spec.matchResources") : null,
            Parameters = spec.Object("paramRef") is { } reference
                ? new ParameterReference
                {
                    Name = reference.Text("name"),
                    Namespace = reference.Text("namespace"),
                    Selector = reference.Object("selector"),
                    MissingDenies = reference.Text("parameterNotFoundAction") != "Allow",
                }
                : null,
            Actions = actions,
        };
    }
}

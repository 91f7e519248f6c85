using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Reading;

/// <summary>
/// Gatekeeper's ConstraintTemplate with code of engine K8sNativeValidation, and constraints of its kind: a constraint is a binding
/// with parameters of its own, which expressions see as <c>variables.params</c>; <c>variables.anyObject</c> is the object, or what is
/// deleted; <c>params</c> is the constraint.
/// </summary>
internal static class GatekeeperPolicy
{
    public const string ParamsVariable = "params";
    public const string ObjectVariable = "anyObject";

    public static (PolicyDefinition Policy, string Kind)? Read(JsonObject @object, string origin, ICollection<PolicyProblem> problems)
    {
        var fields = new ExpressionFields(origin, problems);
        JsonObject? metadata = @object.Object("metadata");
        JsonObject? spec = @object.Object("spec");
        string name = metadata.Text("name") ?? "";
        string? kind = spec.Object("crd").Object("spec").Object("names").Text("kind");
        if (kind is null)
        {
            fields.Problem("spec.crd.spec.names.kind", "missing");
            return null;
        }

        (JsonObject? source, string path) = Code(spec);
        if (source is null)
        {
            problems.Add(new PolicyProblem(origin, "spec.targets[0].code", "no code of engine K8sNativeValidation; Rego is not read", false));
            return null;
        }

        var texts = new List<string>();
        PolicyText text = PolicyText.Read(metadata, name, texts);
        foreach (string problem in texts)
        {
            fields.Problem("metadata.annotations", problem);
        }

        NamedExpression[] own =
        [
            new(ParamsVariable, "!has(params.spec) ? null : !has(params.spec.parameters) ? null : params.spec.parameters", path),
            new(ObjectVariable, "object == null ? oldObject : object", path),
        ];
        var policy = new PolicyDefinition
        {
            Name = name,
            Dialect = PolicyDialect.Gatekeeper,
            Text = text,
            Match = MatchRules.Everything,
            MatchConditions = fields.Named(source, path, source.ContainsKey("matchCondition") ? "matchCondition" : "matchConditions"),
            Variables = [.. own, .. fields.Named(source, path, "variables")],
            Validations = fields.Validations(source, path),
            FailsClosed = fields.FailsClosed(source, path),
            Document = @object,
            Origin = origin,
        };
        return (policy, kind);
    }

    public static PolicyBinding ReadConstraint(JsonObject constraint, string policy)
    {
        JsonObject? spec = constraint.Object("spec");
        JsonObject? match = spec.Object("match");
        return new PolicyBinding
        {
            Name = $"{constraint.Text("kind")}/{constraint.Object("metadata").Text("name")}",
            Policy = policy,
            Inline = constraint,
            Match = new MatchRules
            {
                Kinds = match.Array("kinds") is { } kinds
                    ? [.. kinds.Select(one => new KindRule(ExpressionFields.Strings(one, "apiGroups", "*"), ExpressionFields.Strings(one, "kinds", "*")))]
                    : null,
                Namespaces = match.Array("namespaces") is { Count: > 0 } ? ExpressionFields.Strings(match, "namespaces") : null,
                ExcludedNamespaces = ExpressionFields.Strings(match, "excludedNamespaces"),
                NamePattern = match.Text("name"),
                Scope = match.Text("scope") ?? "*",
                ObjectSelector = match.Object("labelSelector"),
                NamespaceSelector = match.Object("namespaceSelector"),
            },
            Actions = Actions(spec),
        };
    }

    private static HashSet<string> Actions(JsonObject? spec) => (spec.Text("enforcementAction") ?? "deny") switch
    {
        "dryrun" => ["Audit"],
        "warn" => ["Warn"],
        "scoped" => [.. (spec.Array("scopedEnforcementActions") ?? []).Select(one => one.Text("action")).Select(action => action switch { "warn" => "Warn", "dryrun" => "Audit", _ => "Deny" })],
        _ => ["Deny"],
    };

    private static (JsonObject? Source, string Path) Code(JsonObject? spec)
    {
        JsonArray code = spec.Array("targets")?.FirstOrDefault().Array("code") ?? [];
        for (int i = 0; i < code.Count; i++)
        {
            if (code[i].Text("engine") == "K8sNativeValidation")
            {
                return (code[i].Object("source"), $"spec.targets[0].code[{i}].source");
            }
        }

        return (null, "");
    }
}

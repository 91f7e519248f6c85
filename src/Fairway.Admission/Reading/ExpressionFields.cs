using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Reading;

/// <summary>The lists of expressions that all dialects share, and matchResources.</summary>
internal sealed class ExpressionFields(string origin, ICollection<PolicyProblem> problems)
{
    public IReadOnlyList<NamedExpression> Named(JsonNode? parent, string path, string field)
    {
        var read = new List<NamedExpression>();
        JsonArray list = parent.Array(field) ?? [];
        for (int i = 0; i < list.Count; i++)
        {
            string at = $"{path}.{field}[{i}]";
            string? name = Required(list[i], "name", at);
            string? expression = Required(list[i], "expression", at);
            if (name is not null && expression is not null)
            {
                if (read.Exists(one => one.Name == name))
                {
                    Problem($"{at}.name", $"\"{name}\" is there already");
                }

                read.Add(new NamedExpression(name, expression, $"{at}.expression"));
            }
        }

        return read;
    }

    public IReadOnlyList<ValidationRule> Validations(JsonNode? parent, string path)
    {
        var read = new List<ValidationRule>();
        JsonArray list = parent.Array("validations") ?? [];
        for (int i = 0; i < list.Count; i++)
        {
            string at = $"{path}.validations[{i}]";
            if (Required(list[i], "expression", at) is { } expression)
            {
                read.Add(new ValidationRule
                {
                    Name = list[i].Text("identifier") ?? i.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    Expression = expression,
                    Message = list[i].Text("message"),
                    MessageExpression = list[i].Text("messageExpression") is { Length: > 0 } message ? message : null,
                    Reason = list[i].Text("reason"),
                    Path = at,
                });
            }
        }

        if (read.Count == 0)
        {
            Problem($"{path}.validations", "there is none; expected at least one");
        }

        return read;
    }

    public bool FailsClosed(JsonNode? parent, string path)
    {
        string policy = parent.Text("failurePolicy") ?? "Fail";
        if (policy is not ("Fail" or "Ignore"))
        {
            Problem($"{path}.failurePolicy", $"\"{policy}\"; expected Fail or Ignore");
        }

        return policy != "Ignore";
    }

    public MatchRules Match(JsonNode? match, string path)
    {
        if (match is not JsonObject members)
        {
            return MatchRules.Everything;
        }

        return new MatchRules
        {
            NamespaceSelector = Selector(members, "namespaceSelector", path),
            ObjectSelector = Selector(members, "objectSelector", path),
            Rules = members["resourceRules"] is JsonArray rules ? [.. rules.Select(Rule)] : null,
            IsExact = members.Text("matchPolicy") == "Exact",
            Excluded = members["excludeResourceRules"] is JsonArray excluded ? [.. excluded.Select(Rule)] : [],
        };
    }

    public JsonObject? Selector(JsonObject members, string field, string path)
    {
        if (members[field] is not JsonObject selector || selector.Count == 0)
        {
            return null;
        }

        try
        {
            Fairway.Resources.Labels.LabelSelector.FromObject(selector);
            return selector;
        }
        catch (Exception bad) when (bad is FormatException or Fairway.Resources.StatusException or ArgumentException)
        {
            Problem($"{path}.{field}", bad.Message);
            return null;
        }
    }

    public void Problem(string field, string message) => problems.Add(new PolicyProblem(origin, field, message));

    /// <summary>Values for the audit log.</summary>
    public IReadOnlyList<NamedExpression> Annotations(JsonNode? parent, string path)
    {
        var read = new List<NamedExpression>();
        JsonArray list = parent.Array("auditAnnotations") ?? [];
        for (int i = 0; i < list.Count; i++)
        {
            string at = $"{path}.auditAnnotations[{i}]";
            if (Required(list[i], "key", at) is { } key && Required(list[i], "valueExpression", at) is { } expression)
            {
                read.Add(new NamedExpression(key, expression, $"{at}.valueExpression"));
            }
        }

        return read;
    }

    /// <summary>The changes of a mutating policy.</summary>
    public IReadOnlyList<MutationRule> Mutations(JsonNode? parent, string path)
    {
        var read = new List<MutationRule>();
        JsonArray list = parent.Array("mutations") ?? [];
        for (int i = 0; i < list.Count; i++)
        {
            bool isPatch = list[i].Text("patchType") == "JSONPatch";
            string at = $"{path}.mutations[{i}].{(isPatch ? "jsonPatch" : "applyConfiguration")}";
            if (Required(list[i].Object(isPatch ? "jsonPatch" : "applyConfiguration"), "expression", at) is { } expression)
            {
                read.Add(new MutationRule(isPatch, expression, $"{at}.expression"));
            }
        }

        return read;
    }

    public static IReadOnlyList<string> Strings(JsonNode? node, string field, params string[] otherwise)
        => node.Array(field) is { Count: > 0 } list ? [.. list.Select(KubeJson.AsString).OfType<string>()] : otherwise;

    private string? Required(JsonNode? node, string field, string at)
    {
        if (node.Text(field) is { } text && !string.IsNullOrWhiteSpace(text))
        {
            return text;
        }

        Problem($"{at}.{field}", "missing; expected a text");
        return null;
    }

    private static ResourceRule Rule(JsonNode? rule) => new()
    {
        Groups = Strings(rule, "apiGroups"),
        Versions = Strings(rule, "apiVersions"),
        Resources = Strings(rule, "resources"),
        Operations = Strings(rule, "operations"),
        Names = Strings(rule, "resourceNames"),
        Scope = rule.Text("scope") ?? "*",
    };
}

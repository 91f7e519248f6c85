using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Admission;

/// <summary>What is wrong with matchConstraints and matchResources, in the words of kube-apiserver.</summary>
internal static class MatchForm
{
    private static readonly string[] Operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
    private static readonly string[] MutableOperations = ["*", "CONNECT", "CREATE", "UPDATE"];
    private static readonly string[] Scopes = ["*", "Cluster", "Namespaced"];

    public static void Validate(JsonObject match, string path, FieldErrors errors)
    {
        PolicyForm.OneOf(match, "matchPolicy", $"{path}.matchPolicy", ["Equivalent", "Exact"], errors);
        foreach (string selector in (ReadOnlySpan<string>)["namespaceSelector", "objectSelector"])
        {
            if (match[selector] is JsonObject given)
            {
                SelectorForm.Validate(given, $"{path}.{selector}", errors);
            }
            else
            {
                errors.Required($"{path}.{selector}", "");
            }
        }

        foreach (string list in (ReadOnlySpan<string>)["resourceRules", "excludeResourceRules"])
        {
            JsonArray rules = match.Array(list) ?? [];
            for (int i = 0; i < rules.Count; i++)
            {
                Rule(rules[i] as JsonObject ?? [], string.Create(CultureInfo.InvariantCulture, $"{path}.{list}[{i}]"), errors);
            }
        }
    }

    /// <summary>What is deleted cannot be changed.</summary>
    public static void Mutable(JsonObject match, string path, FieldErrors errors)
    {
        foreach (string? operation in (match.Array("resourceRules") ?? []).SelectMany(rule => rule.Array("operations") ?? []).Select(KubeJson.AsString))
        {
            if (!MutableOperations.Contains(operation))
            {
                errors.NotSupportedInOrder($"{path}.resourceRules.operations", operation, MutableOperations);
            }
        }
    }

    private static void Rule(JsonObject rule, string path, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        string[] given = Texts(rule, "resourceNames");
        for (int i = 0; i < given.Length; i++)
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"{path}.resourceNames[{i}]");
            BindingForm.PathSegment(given[i], at, errors);
            if (!names.Add(given[i]))
            {
                errors.Duplicate(at, given[i]);
            }
        }

        string[] operations = Texts(rule, "operations");
        List(operations, $"{path}.operations", "[]admissionregistration.OperationType", "operations", errors);
        for (int i = 0; i < operations.Length; i++)
        {
            if (!Operations.Contains(operations[i]))
            {
                errors.NotSupportedInOrder(string.Create(CultureInfo.InvariantCulture, $"{path}.operations[{i}]"), operations[i], Operations);
            }
        }

        List(Texts(rule, "apiGroups"), $"{path}.apiGroups", "[]string", "API groups", errors);
        string[] versions = Texts(rule, "apiVersions");
        List(versions, $"{path}.apiVersions", "[]string", "API versions", errors);
        for (int i = 0; i < versions.Length; i++)
        {
            if (versions[i].Length == 0)
            {
                errors.Required(string.Create(CultureInfo.InvariantCulture, $"{path}.apiVersions[{i}]"), "");
            }
        }

        Resources(Texts(rule, "resources"), $"{path}.resources", errors);
        if (rule.Text("scope") is { } scope && !Scopes.Contains(scope))
        {
            errors.NotSupportedInOrder($"{path}.scope", scope, Scopes);
        }
    }

    private static void List(string[] values, string path, string type, string others, FieldErrors errors)
    {
        if (values.Length == 0)
        {
            errors.Required(path, "");
        }
        else if (values.Length > 1 && values.Contains("*"))
        {
            errors.InvalidShown(path, Shown(type, values), $"if '*' is present, must not specify other {others}");
        }
    }

    private static void Resources(string[] resources, string path, FieldErrors errors)
    {
        if (resources.Length == 0)
        {
            errors.Required(path, "");
            return;
        }

        var wildSubresources = new HashSet<string>(StringComparer.Ordinal);
        var wildResources = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < resources.Length; i++)
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            string one = resources[i];
            if (one.Length == 0)
            {
                errors.Required(at, "");
                continue;
            }

            string[] parts = one.Split('/', 2);
            if (parts.Length == 1)
            {
                continue;
            }

            if (wildSubresources.Contains(parts[0]))
            {
                errors.Invalid(at, one, $"if '{parts[0]}/*' is present, must not specify {one}");
            }

            if (wildResources.Contains(parts[1]))
            {
                errors.Invalid(at, one, $"if '*/{parts[1]}' is present, must not specify {one}");
            }

            if (parts[1] == "*")
            {
                wildSubresources.Add(parts[0]);
            }

            if (parts[0] == "*")
            {
                wildResources.Add(parts[1]);
            }
        }

        if (resources.Length > 1 && resources.Contains("*/*"))
        {
            errors.InvalidShown(path, Shown("[]string", resources), "if '*/*' is present, must not specify other resources");
        }

        if (resources.Contains("*") && resources.Any(one => one != "*" && !one.Contains('/', StringComparison.Ordinal)))
        {
            errors.InvalidShown(path, Shown("[]string", resources), "if '*' is present, must not specify other resources without subresources");
        }
    }

    /// <summary>A list as Go shows it.</summary>
    internal static string Shown(string type, IEnumerable<string> values) => $"{type}{{{string.Join(", ", values.Select(KubeJson.Quote))}}}";

    internal static string[] Texts(JsonNode? parent, string field) => [.. (parent.Array(field) ?? []).Select(one => KubeJson.AsString(one) ?? "")];
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fairway.Resources.Schemas;

/// <summary>HTTPRoutes: paths that can match, hostnames, weights.</summary>
internal static class RouteRules
{
    private const long MaxWeight = 1_000_000;

    public static void Validate(JsonObject target, FieldErrors errors)
    {
        JsonArray hostnames = target["spec"].Array("hostnames") ?? [];
        for (int i = 0; i < hostnames.Count; i++)
        {
            string name = KubeJson.AsString(hostnames[i]) ?? "";
            string plain = name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name;
            if (Names.SubdomainProblem(plain) is not null)
            {
                errors.Invalid($"spec.hostnames[{i}]", name, $"spec.hostnames[{i}] in body should match '^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'");
            }
        }

        JsonArray rules = target["spec"].Array("rules") ?? [];
        for (int i = 0; i < rules.Count; i++)
        {
            Matches(rules[i].Array("matches") ?? [], $"spec.rules[{i}].matches", errors);
            Backends(rules[i].Array("backendRefs") ?? [], $"spec.rules[{i}].backendRefs", errors);
        }
    }

    private static void Matches(JsonArray matches, string path, FieldErrors errors)
    {
        for (int i = 0; i < matches.Count; i++)
        {
            string type = matches[i]?["path"].Text("type") ?? "PathPrefix";
            string value = matches[i]?["path"].Text("value") ?? "/";
            string place = $"{path}[{i}].path";
            if (type != "RegularExpression")
            {
                if (!value.StartsWith('/'))
                {
                    errors.Invalid(place, matches[i]!["path"], "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']");
                }
                else if (value.Contains("//", StringComparison.Ordinal))
                {
                    errors.Invalid(place, matches[i]!["path"], "must not contain '//' when type one of ['Exact', 'PathPrefix']");
                }
            }
            else if (!IsRegex(value))
            {
                errors.Invalid(place + ".value", value, "must be a regular expression");
            }
        }
    }

    private static bool IsRegex(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking) is not null;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private static void Backends(JsonArray backends, string path, FieldErrors errors)
    {
        for (int i = 0; i < backends.Count; i++)
        {
            if (backends[i].Long("weight") is { } weight && weight is < 0 or > MaxWeight)
            {
                errors.Invalid($"{path}[{i}].weight", weight, $"{path}[{i}].weight in body should be {(weight < 0 ? "greater than or equal to 0" : "less than or equal to 1000000")}");
            }

            string kind = backends[i].Text("kind") ?? "Service";
            if (kind == "Service" && (backends[i].Text("group") ?? "").Length == 0 && backends[i]?["port"] is null)
            {
                errors.InvalidShown($"{path}[{i}]", "\"object\"", "Must have port for Service reference");
            }
            else if (backends[i]?["port"] is { } port)
            {
                SelectorRules.PortOrName(port, FieldPath.Root($"{path}[{i}].port"), errors);
            }
        }
    }
}

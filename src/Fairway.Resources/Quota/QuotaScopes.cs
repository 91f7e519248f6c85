using System.Text.Json.Nodes;

namespace Fairway.Resources.Quota;

/// <summary>Which pods a quota's scopes mean.</summary>
internal static class QuotaScopes
{
    /// <summary>Whether an object is within all scopes of a quota. Only pods can be within any.</summary>
    public static bool Match(JsonObject quota, bool isPod, JsonObject target)
    {
        foreach (JsonNode? scope in quota["spec"]?["scopes"] as JsonArray ?? [])
        {
            if (!Matches((string?)scope ?? "", "Exists", [], isPod, target))
            {
                return false;
            }
        }

        foreach (JsonNode? expression in quota["spec"]?["scopeSelector"]?["matchExpressions"] as JsonArray ?? [])
        {
            string[] values = [.. (expression?["values"] as JsonArray ?? []).Select(value => (string?)value ?? "")];
            if (!Matches((string?)expression?["scopeName"] ?? "", (string?)expression?["operator"] ?? "", values, isPod, target))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Matches(string scope, string @operator, string[] values, bool isPod, JsonObject target)
    {
        JsonObject? spec = target["spec"] as JsonObject;
        return isPod && scope switch
        {
            "Terminating" => spec?["activeDeadlineSeconds"] is not null,
            "NotTerminating" => spec?["activeDeadlineSeconds"] is null,
            "BestEffort" => IsBestEffort(spec),
            "NotBestEffort" => !IsBestEffort(spec),
            "PriorityClass" => MatchesClass((string?)spec?["priorityClassName"] ?? "", @operator, values),
            "CrossNamespacePodAffinity" => UsesOtherNamespaces(spec?["affinity"]),
            _ => false,
        };
    }

    private static bool MatchesClass(string name, string @operator, string[] values) => @operator switch
    {
        "Exists" => name.Length > 0,
        "DoesNotExist" => name.Length == 0,
        "In" => name.Length > 0 && values.Contains(name),
        "NotIn" => !values.Contains(name),
        _ => false,
    };

    private static bool IsBestEffort(JsonObject? spec)
        => ((string[])["containers", "initContainers"]).SelectMany(list => spec?[list] as JsonArray ?? []).All(container =>
            ((string[])["requests", "limits"]).All(member => ((string[])["cpu", "memory"]).All(resource =>
                !Quantity.TryParse(container?["resources"]?[member]?[resource]?.ToString(), out Quantity amount) || amount.Nanos.IsZero)));

    private static bool UsesOtherNamespaces(JsonNode? affinity)
    {
        foreach (string kind in (ReadOnlySpan<string>)["podAffinity", "podAntiAffinity"])
        {
            IEnumerable<JsonNode?> required = affinity?[kind]?["requiredDuringSchedulingIgnoredDuringExecution"] as JsonArray ?? [];
            IEnumerable<JsonNode?> preferred = (affinity?[kind]?["preferredDuringSchedulingIgnoredDuringExecution"] as JsonArray ?? []).Select(term => term?["podAffinityTerm"]);
            if (required.Concat(preferred).Any(term => term?["namespaces"] is JsonArray { Count: > 0 } || term?["namespaceSelector"] is not null))
            {
                return true;
            }
        }

        return false;
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;

namespace Fairway.Delivery.Sync;

/// <summary>A field that is desired and is not so live.</summary>
/// <param name="Path">As people write it: <c>spec.replicas</c>, <c>spec.template.spec.containers[name=web].image</c>.</param>
internal sealed record FieldDifference(string Path, string? Desired, string? Live);

/// <summary>
/// Compares what is desired with what is live, looking only at desired fields: what others added is theirs. Differences in
/// spelling that the server may make (quantities, numbers as text, empty against absent) are none.
/// </summary>
internal static class FieldDiff
{
    /// <summary>More are not looked for.</summary>
    public const int MaxDifferences = 50;

    private const int ShownLength = 200;
    private static readonly string[] MergeKeys = ["name", "containerPort", "port", "mountPath", "devicePath", "key", "ip", "topologyKey", "type"];

    /// <summary>The fields that differ, at most <see cref="MaxDifferences"/>.</summary>
    public static IReadOnlyList<FieldDifference> Between(JsonObject desired, JsonObject live)
    {
        List<FieldDifference> found = [];
        foreach ((string name, JsonNode? value) in desired)
        {
            if (name is not ("apiVersion" or "kind" or "status"))
            {
                Compare(name, value, live[name], found);
            }
        }

        return found;
    }

    private static void Compare(string path, JsonNode? desired, JsonNode? live, List<FieldDifference> found)
    {
        if (found.Count >= MaxDifferences)
        {
            return;
        }

        switch (desired, live)
        {
            case (JsonObject wanted, JsonObject there):
                foreach ((string name, JsonNode? value) in wanted)
                {
                    Compare($"{path}.{Escaped(name)}", value, there[name], found);
                }

                break;
            case (JsonArray wanted, JsonArray there):
                CompareLists(path, wanted, there, found);
                break;
            default:
                if (!IsSame(desired, live))
                {
                    found.Add(new FieldDifference(path, Shown(desired), Shown(live)));
                }

                break;
        }
    }

    private static void CompareLists(string path, JsonArray desired, JsonArray live, List<FieldDifference> found)
    {
        if (KeyOf(desired, live) is { } key)
        {
            foreach (JsonObject wanted in desired.Cast<JsonObject>())
            {
                string id = wanted[key]!.ToString();
                JsonObject? there = live.OfType<JsonObject>().FirstOrDefault(item => item[key]?.ToString() == id);
                Compare($"{path}[{key}={id}]", wanted, there, found);
            }

            return;
        }

        if (desired.Count != live.Count)
        {
            found.Add(new FieldDifference(path, Shown(desired), Shown(live)));
            return;
        }

        for (int i = 0; i < desired.Count; i++)
        {
            Compare($"{path}[{i}]", desired[i], live[i], found);
        }
    }

    /// <summary>The member that tells the items of both lists apart, if there is one.</summary>
    private static string? KeyOf(JsonArray desired, JsonArray live)
        => Array.Find(MergeKeys, key => IsKey(desired, key) && IsKey(live, key) && desired.Count > 0);

    private static bool IsKey(JsonArray list, string key)
    {
        HashSet<string> seen = [];
        return list.All(item => item is JsonObject members && members[key] is JsonValue value && seen.Add(value.ToString()));
    }

    private static bool IsSame(JsonNode? desired, JsonNode? live)
    {
        if (JsonNode.DeepEquals(desired, live))
        {
            return true;
        }

        if (desired is JsonObject or JsonArray || live is JsonObject or JsonArray)
        {
            return IsEmpty(desired) && IsEmpty(live);
        }

        if (desired is null || live is null)
        {
            return IsEmpty(desired) && IsEmpty(live);
        }

        string left = desired.ToString();
        string right = live.ToString();
        return left == right || (Amount(left) is { } wanted && wanted == Amount(right));
    }

    private static bool IsEmpty(JsonNode? node) => node switch
    {
        null => true,
        JsonObject members => members.All(member => IsEmpty(member.Value)),
        JsonArray items => items.Count == 0,
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>().Length == 0,
            JsonValueKind.False => true,
            JsonValueKind.Number => value.ToJsonString() == "0",
            _ => false,
        },
        _ => false,
    };

    /// <summary>A quantity's value: 500m and 0.5, 1Gi and 1024Mi are the same.</summary>
    private static decimal? Amount(string text)
    {
        (string Suffix, decimal Scale)[] suffixes =
        [
            ("Ki", 1024m), ("Mi", 1048576m), ("Gi", 1073741824m), ("Ti", 1099511627776m), ("m", 0.001m), ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("", 1m),
        ];
        (string suffix, decimal scale) = Array.Find(suffixes, candidate => text.EndsWith(candidate.Suffix, StringComparison.Ordinal));
        return decimal.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
            && Math.Abs(number) < 1e15m
                ? number * scale
                : null;
    }

    /// <summary>A value for people, cut where it is long.</summary>
    internal static string? Shown(JsonNode? node)
    {
        string? text = node is null ? null : Manifest.Text(node) ?? node.ToJsonString();
        return text?.Length > ShownLength ? text[..ShownLength] + "…" : text;
    }

    /// <summary>A member's name as a path has it.</summary>
    internal static string Escaped(string name) => name.Contains('.', StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal) ? $"[{name}]" : name;
}

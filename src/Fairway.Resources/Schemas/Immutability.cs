using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Fields that cannot change once set (<c>[Immutable]</c>).</summary>
public static class Immutability
{
    /// <summary>Adds <c>Invalid value: …: field is immutable</c> for each such field that differs.</summary>
    public static void Validate(JsonObject old, JsonObject target, ResourceSchema schema, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(errors);
        Compare(old, target, schema, new PathStack(), errors);
    }

    /// <summary>Maps whose values are amounts, which can be written in several ways.</summary>
    private static readonly HashSet<string> OfAmounts = ["limits", "requests", "capacity", "overhead", "hard"];

    /// <summary>Members that are no pointers in Go: saying their zero is saying nothing.</summary>
    private static readonly HashSet<string> Plain = ["hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "readOnly", "hostPort", "initialDelaySeconds", "unschedulable"];

    /// <summary>The same value, where an absent one, an empty one and null are one, and amounts are compared as amounts.</summary>
    internal static bool Same(JsonNode? one, JsonNode? other) => Same(one, other, member: "", areAmounts: false);

    private static bool Same(JsonNode? one, JsonNode? other, string member, bool areAmounts) => (one, other) switch
    {
        (JsonObject left, JsonObject right) => left.All(pair => Same(pair.Value, right[pair.Key], pair.Key, OfAmounts.Contains(member)))
            && right.All(pair => left.ContainsKey(pair.Key) || IsEmpty(pair.Value, pair.Key)),
        (JsonArray left, JsonArray right) => left.Count == right.Count && left.Zip(right).All(pair => Same(pair.First, pair.Second, member, areAmounts: false)),
        _ when IsEmpty(one, member) && IsEmpty(other, member) => true,
        _ => JsonNode.DeepEquals(one, other)
            || (areAmounts && AmountRules.Of(one) is { } amount && AmountRules.Of(other) is { } second && amount.CompareTo(second) == 0),
    };

    /// <summary>One field that cannot change.</summary>
    internal static void Field(JsonNode? before, JsonNode? after, string member, string path, FieldErrors errors, string? shown = null)
    {
        JsonNode? now = (after as JsonObject)?[member];
        if (!Same((before as JsonObject)?[member], now))
        {
            errors.InvalidShown(path, shown ?? KubeJson.Show(now), "field is immutable");
        }
    }

    private static bool IsEmpty(JsonNode? value, string member) => value switch
    {
        null => true,
        JsonArray list => list.Count == 0,
        JsonObject members => members.Count == 0,
        _ => KubeJson.AsString(value) is "" || (Plain.Contains(member) && (KubeJson.AsBool(value) == false || KubeJson.AsLong(value) == 0)),
    };

    private static void Compare(JsonNode? old, JsonNode? target, ResourceSchema schema, PathStack path, FieldErrors errors)
    {
        if (old is not JsonObject before || target is not JsonObject after || schema.Shape is null)
        {
            return;
        }

        foreach ((string name, ResourceSchema member) in schema.Shape.Properties)
        {
            JsonNode? was = before[name];
            JsonNode? now = after[name];
            if (was is null || ReferenceEquals(was, now))
            {
                continue;
            }

            path.Push(name);
            if (!member.Immutable)
            {
                Compare(was, now, member, path, errors);
            }
            else if (!JsonNode.DeepEquals(was, now))
            {
                errors.Invalid(path.ToString(), now, "field is immutable");
            }

            path.Pop();
        }
    }
}

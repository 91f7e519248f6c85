using System.Text.Json.Nodes;

namespace Fairway.Resources;

/// <summary>JSON merge patch (RFC 7386).</summary>
public static class MergePatch
{
    /// <summary>Applies a patch; the target is changed in place where it is an object.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject members)
        {
            return patch?.DeepClone();
        }

        JsonObject result = target as JsonObject ?? [];
        foreach ((string name, JsonNode? value) in members)
        {
            if (value is null)
            {
                result.Remove(name);
                continue;
            }

            JsonNode? current = result[name];
            JsonNode? next = Apply(current, value);
            if (!ReferenceEquals(current, next))
            {
                result[name] = next;
            }
        }

        return result;
    }

    /// <summary>The smallest patch that turns one value into the other; null when they are equal.</summary>
    public static JsonNode? Between(JsonNode? from, JsonNode? to)
    {
        if (JsonNode.DeepEquals(from, to))
        {
            return null;
        }

        if (from is not JsonObject before || to is not JsonObject after)
        {
            return to?.DeepClone();
        }

        var patch = new JsonObject();
        foreach ((string name, JsonNode? _) in before)
        {
            if (!after.ContainsKey(name))
            {
                patch[name] = null;
            }
        }

        foreach ((string name, JsonNode? value) in after)
        {
            if (!before.TryGetPropertyValue(name, out JsonNode? old))
            {
                patch[name] = value?.DeepClone();
            }
            else if (Between(old, value) is { } difference)
            {
                patch[name] = difference;
            }
        }

        return patch;
    }
}

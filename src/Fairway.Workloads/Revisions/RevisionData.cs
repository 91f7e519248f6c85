using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Revisions;

/// <summary>What a ControllerRevision keeps: a patch that replaces the template, so that kubectl can go back to it.</summary>
internal static class RevisionData
{
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    public static JsonElement Of(PodTemplateSpec template)
    {
        var members = (JsonObject)Sorted(JsonSerializer.SerializeToNode(template, KindsJson.Of<PodTemplateSpec>()))!;
        JsonObject metadata = members["metadata"] as JsonObject ?? [];
        members["metadata"] = new JsonObject([KeyValuePair.Create("creationTimestamp", (JsonNode?)null), .. metadata.Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))]);
        members.Insert(0, "$patch", "replace");
        var data = new JsonObject { ["spec"] = new JsonObject { ["template"] = members } };
        return JsonDocument.Parse(data.ToJsonString()).RootElement.Clone();
    }

    /// <summary>The template in it; null when the data is somebody else's.</summary>
    public static PodTemplateSpec? TemplateOf(JsonElement? data)
    {
        if (data is not { ValueKind: JsonValueKind.Object } patch || JsonNode.Parse(patch.GetRawText())?["spec"]?["template"] is not JsonObject template)
        {
            return null;
        }

        template.Remove("$patch");
        try
        {
            return template.Deserialize(KindsJson.Of<PodTemplateSpec>());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static bool AreEqual(JsonElement? left, JsonElement? right)
        => left is { } one && right is { } other && JsonNode.DeepEquals(Bare(one), Bare(other));

    /// <summary>A name for the data; another one for each collision.</summary>
    public static string Hash(JsonElement data, int collisions)
    {
        uint hash = 2166136261;
        foreach (byte part in Encoding.UTF8.GetBytes(data.GetRawText() + (collisions > 0 ? $"#{collisions}" : "")))
        {
            hash = (hash ^ part) * 16777619;
        }

        return string.Concat(hash.ToString(CultureInfo.InvariantCulture).Select(digit => Alphabet[digit % Alphabet.Length]));
    }

    /// <summary>Without the time that templates never have, which the data of older versions left out.</summary>
    private static JsonNode? Bare(JsonElement data)
    {
        JsonNode? node = JsonNode.Parse(data.GetRawText());
        if (node?["spec"]?["template"]?["metadata"] is JsonObject metadata && metadata["creationTimestamp"] is null)
        {
            metadata.Remove("creationTimestamp");
            if (metadata.Count == 0)
            {
                (node["spec"]!["template"] as JsonObject)!.Remove("metadata");
            }
        }

        return node;
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}

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
        members["$patch"] = "replace";
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
        => left is { } one && right is { } other && JsonNode.DeepEquals(JsonNode.Parse(one.GetRawText()), JsonNode.Parse(other.GetRawText()));

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

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}

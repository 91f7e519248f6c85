using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>Path elements in their JSON spelling: making them from list items, reading foreign ones, and showing them to people.</summary>
internal static class PathElements
{
    public static string Field(string name) => "f:" + name;

    /// <summary>The element of an item of a set or list map; null when the item has no identity (no key, null, not a scalar).</summary>
    public static string? OfItem(JsonNode? item, ResourceSchema list)
    {
        if (list.Sharing == ListSharing.Set)
        {
            return item is JsonValue ? "v:" + item.ToJsonString(KubeJson.Options) : null;
        }

        return item is JsonObject members ? OfKeys(members, list) : null;
    }

    private static string? OfKeys(JsonObject item, ResourceSchema list)
    {
        if (list.ListMapKeys is [var only] && item[only] is JsonValue single)
        {
            return $"k:{{{Json(only)}:{single.ToJsonString(KubeJson.Options)}}}";
        }

        var key = new StringBuilder("k:{");
        bool any = false;
        foreach (string name in list.ListMapKeys.Order(StringComparer.Ordinal))
        {
            string? value = item[name] is JsonValue given ? given.ToJsonString(KubeJson.Options) : list.Items?.Member(name)?.DefaultJson;
            if (value is not null)
            {
                key.Append(any ? "," : "").Append(Json(name)).Append(':').Append(value);
                any = true;
            }
        }

        return any ? key.Append('}').ToString() : null;
    }

    /// <summary>The spelling this program uses for an element that someone else wrote; null for what is not an element.</summary>
    public static string? Canonical(string element)
    {
        if (element.StartsWith("f:", StringComparison.Ordinal) || element.StartsWith("i:", StringComparison.Ordinal))
        {
            return element;
        }

        bool key = element.StartsWith("k:", StringComparison.Ordinal);
        if (!key && !element.StartsWith("v:", StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            JsonNode? node = JsonNode.Parse(element[2..]);
            if (node is JsonObject members)
            {
                node = new JsonObject(members.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
            }

            return element[..2] + (node?.ToJsonString(KubeJson.Options) ?? "null");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary><c>.spec.containers[name="web"].image</c>, as conflicts name fields.</summary>
    public static string Text(IReadOnlyList<string> path) => string.Concat(path.Select(Text));

    private static string Text(string element) => element[..2] switch
    {
        "f:" => "." + element[2..],
        "k:" => $"[{string.Join(',', JsonNode.Parse(element[2..])!.AsObject().Select(pair => $"{pair.Key}={KubeJson.Show(pair.Value)}"))}]",
        "v:" => $"[={KubeJson.Show(JsonNode.Parse(element[2..]))}]",
        _ => $"[{element[2..]}]",
    };

    private static string Json(string name) => JsonSerializer.Serialize(name, StringContext.Default.String);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class StringContext : System.Text.Json.Serialization.JsonSerializerContext;

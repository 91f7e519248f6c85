using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.Client;

/// <summary>
/// Reads a list response into documents. Items of a list carry no apiVersion and kind when they come from a server that
/// leaves them out, as Kubernetes does: they are given the list's.
/// </summary>
internal static class ListBody
{
    public static DocumentList Read(Document list, ResourceType type)
    {
        using JsonDocument parsed = JsonDocument.Parse(list.Json, new JsonDocumentOptions { MaxDepth = Document.MaxDepth });
        JsonElement root = parsed.RootElement;
        var items = new List<Document>();
        if (root.TryGetProperty("items", out JsonElement elements) && elements.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement element in elements.EnumerateArray())
            {
                items.Add(Item(element, type));
            }
        }

        JsonElement metadata = root.TryGetProperty("metadata", out JsonElement found) ? found : default;
        return new DocumentList(items, Text(metadata, "resourceVersion") ?? "", Text(metadata, "continue"));
    }

    private static Document Item(JsonElement element, ResourceType type)
    {
        if (element.TryGetProperty("kind", out _) && element.TryGetProperty("apiVersion", out _))
        {
            return Document.FromTrusted(JsonSerializer.SerializeToUtf8Bytes(element));
        }

        var typed = new JsonObject { ["apiVersion"] = type.ApiVersion, ["kind"] = type.Kind };
        foreach (JsonProperty member in element.EnumerateObject())
        {
            typed[member.Name] = member.Value.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(member.Value.GetRawText());
        }

        return Document.From(typed);
    }

    private static string? Text(JsonElement metadata, string member)
        => metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty(member, out JsonElement value)
            && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : null;
}

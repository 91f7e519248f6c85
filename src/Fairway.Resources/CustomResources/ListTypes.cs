using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>The items of sets, and the keys of list maps, are unique.</summary>
public static class ListTypes
{
    /// <summary>Adds <c>Duplicate value</c> for the second of each.</summary>
    public static void Validate(JsonNode? value, JsonSchema schema, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(schema);
        Visit(value, schema, "", errors);
    }

    private static void Visit(JsonNode? value, JsonSchema schema, string path, FieldErrors errors)
    {
        switch (value)
        {
            case JsonObject members:
                foreach ((string name, JsonNode? member) in members)
                {
                    if (schema.Properties.TryGetValue(name, out JsonSchema? declared))
                    {
                        Visit(member, declared, path.Length == 0 ? name : $"{path}.{name}", errors);
                    }
                    else if (schema.AdditionalProperties is { } additional)
                    {
                        Visit(member, additional, $"{path}[{name}]", errors);
                    }
                }

                break;
            case JsonArray items:
                VisitItems(items, schema, path, errors);
                break;
        }
    }

    private static void VisitItems(JsonArray items, JsonSchema schema, string path, FieldErrors errors)
    {
        if (schema.ListType == "set")
        {
            Report(items.Select(item => item).ToArray(), path, errors);
        }
        else if (schema.ListType == "map")
        {
            for (int i = 0; i < items.Count; i++)
            {
                if (items[i] is not (null or JsonObject))
                {
                    errors.InvalidShown($"{path}[{i}]", KubeJson.ShowGo(items[i]), "must be an object for an array of list-type map");
                    return;
                }
            }

            Report(items.Select(item => (JsonNode?)Key(item as JsonObject, schema.ListMapKeys)).ToArray(), path, errors);
        }

        if (schema.Items is { } each)
        {
            for (int i = 0; i < items.Count; i++)
            {
                Visit(items[i], each, $"{path}[{i}]", errors);
            }
        }
    }

    private static JsonObject Key(JsonObject? item, IReadOnlyList<string> names)
    {
        var key = new JsonObject();
        foreach (string name in names)
        {
            if (item is not null && item.TryGetPropertyValue(name, out JsonNode? value))
            {
                key[name] = value?.DeepClone();
            }
        }

        return key;
    }

    private static void Report(JsonNode?[] values, string path, FieldErrors errors)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < values.Length; i++)
        {
            string text = values[i]?.ToJsonString(KubeJson.Options) ?? "null";
            int times = seen.GetValueOrDefault(text);
            seen[text] = times + 1;
            if (times == 1)
            {
                errors.Add("FieldValueDuplicate", $"{path}[{i}]", $"Duplicate value: {KubeJson.ShowGo(values[i])}");
            }
        }
    }
}

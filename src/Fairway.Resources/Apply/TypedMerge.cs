using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>Lays an applied configuration over a live object, and takes fields out of one; both give new trees.</summary>
public static class TypedMerge
{
    /// <summary>Members of both; leaves of the configuration win; shared list items are merged in the configuration's order.</summary>
    public static JsonNode? Merge(JsonNode? live, JsonNode? config, ResourceSchema schema)
    {
        if (live is null || config is null)
        {
            return (config ?? live)?.DeepClone();
        }

        bool sameKind = live.GetType() == config.GetType();
        Granularity granularity = TypedFields.Of(config, schema);
        if (!sameKind || granularity == Granularity.Leaf)
        {
            return config.DeepClone();
        }

        return granularity == Granularity.Members
            ? MergeMembers(live.AsObject(), config.AsObject(), schema)
            : MergeItems(live.AsArray(), config.AsArray(), schema);
    }

    private static JsonObject MergeMembers(JsonObject live, JsonObject config, ResourceSchema schema)
    {
        var result = new JsonObject();
        foreach ((string name, JsonNode? value) in live)
        {
            result[name] = config.TryGetPropertyValue(name, out JsonNode? given)
                ? Merge(value, given, schema.Member(name) ?? ResourceSchema.FreeForm)
                : value?.DeepClone();
        }

        foreach ((string name, JsonNode? value) in config)
        {
            if (!live.ContainsKey(name))
            {
                result[name] = value?.DeepClone();
            }
        }

        return result;
    }

    /// <summary>
    /// The configuration's items in its order; items that only the live list has stay where they are relative to their
    /// neighbours.
    /// </summary>
    private static JsonArray MergeItems(JsonArray live, JsonArray config, ResourceSchema list)
    {
        List<(string Element, JsonNode? Item)> left = Elements(live, list);
        List<(string Element, JsonNode? Item)> right = Elements(config, list);
        Dictionary<string, List<JsonNode?>> before = TypedComparison.Index(live, list);
        var inConfig = right.Select(each => each.Element).ToHashSet(StringComparer.Ordinal);
        var shared = new Queue<string>(right.Select(each => each.Element).Where(before.ContainsKey));
        shared.TryDequeue(out string? nextShared);
        var merged = new HashSet<string>(StringComparer.Ordinal);
        var result = new JsonArray();
        int l = 0;
        int r = 0;
        while (l < left.Count || r < right.Count)
        {
            if (l < left.Count && r < right.Count)
            {
                if (left[l].Element == right[r].Element)
                {
                    TakeRight();
                    l++;
                    continue;
                }

                if (inConfig.Contains(left[l].Element) && nextShared is not null && nextShared != left[l].Element)
                {
                    l++;
                    continue;
                }
            }

            if (l < left.Count)
            {
                if (!inConfig.Contains(left[l].Element))
                {
                    result.Add(left[l].Item?.DeepClone());
                    l++;
                    continue;
                }

                if (merged.Contains(left[l].Element))
                {
                    l++;
                }
            }

            if (r < right.Count)
            {
                TakeRight();
            }
        }

        return result;

        void TakeRight()
        {
            (string element, JsonNode? item) = right[r++];
            merged.Add(element);
            JsonNode? mine = before.GetValueOrDefault(element) is [var only] ? only : null;
            result.Add(Merge(mine, item, list.Items!));
            if (element == nextShared)
            {
                shared.TryDequeue(out nextShared);
            }
        }
    }

    private static List<(string Element, JsonNode? Item)> Elements(JsonArray items, ResourceSchema list)
    {
        var result = new List<(string, JsonNode?)>(items.Count);
        for (int i = 0; i < items.Count; i++)
        {
            result.Add((PathElements.OfItem(items[i], list) ?? $"i:{i}", items[i]));
        }

        return result;
    }

    /// <summary>A copy of the value without the fields of the set; structures that become empty go, too.</summary>
    public static JsonNode? Remove(JsonNode? value, FieldSet fields, ResourceSchema schema) => TypedFields.Of(value, schema) switch
    {
        Granularity.Members => RemoveMembers(value!.AsObject(), fields, schema),
        Granularity.Items => RemoveItems(value!.AsArray(), fields, schema),
        _ when value is JsonObject or JsonArray => null,
        _ => value?.DeepClone(),
    };

    private static JsonObject? RemoveMembers(JsonObject members, FieldSet fields, ResourceSchema schema)
    {
        var result = new JsonObject();
        foreach ((string name, JsonNode? value) in members)
        {
            string element = PathElements.Field(name);
            if (fields.Has(element))
            {
                continue;
            }

            result[name] = fields.Below(element) is { } below
                ? Remove(value, below, schema.Member(name) ?? ResourceSchema.FreeForm)
                : value?.DeepClone();
        }

        return result.Count == 0 && members.Count > 0 ? null : result;
    }

    private static JsonArray? RemoveItems(JsonArray items, FieldSet fields, ResourceSchema list)
    {
        var result = new JsonArray();
        foreach (JsonNode? item in items)
        {
            string? element = PathElements.OfItem(item, list);
            if (element is not null && fields.Has(element))
            {
                continue;
            }

            result.Add(element is not null && fields.Below(element) is { } below ? Remove(item, below, list.Items!) : item?.DeepClone());
        }

        return result.Count == 0 && items.Count > 0 ? null : result;
    }
}

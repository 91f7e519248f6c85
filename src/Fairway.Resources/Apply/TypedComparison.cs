using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>What differs between two objects of one schema, as fields.</summary>
internal sealed class TypedComparison
{
    private readonly List<string> _path = [];

    private TypedComparison()
    {
    }

    public FieldSet Added { get; private set; } = new();

    public FieldSet Removed { get; private set; } = new();

    public FieldSet Modified { get; private set; } = new();

    public bool IsSame => Added.IsEmpty && Removed.IsEmpty && Modified.IsEmpty;

    /// <summary>Compares two objects without looking at identity and managedFields.</summary>
    public static TypedComparison Between(JsonObject left, JsonObject right, ResourceSchema schema)
    {
        var comparison = new TypedComparison();
        comparison.CompareMembers(left, right, schema);
        comparison.Added = StrippedFields.Without(comparison.Added);
        comparison.Removed = StrippedFields.Without(comparison.Removed);
        comparison.Modified = StrippedFields.Without(comparison.Modified);
        return comparison;
    }

    private void Compare(JsonNode? left, JsonNode? right, ResourceSchema schema)
    {
        if (left is null && right is null)
        {
            return;
        }

        bool sameKind = left is null || right is null || left.GetType() == right.GetType() || (left is JsonValue && right is JsonValue);
        if (!sameKind)
        {
            Compare(left, null, schema);
            Compare(null, right, schema);
            return;
        }

        bool leaf = TypedFields.Of(left ?? right, schema) == Granularity.Leaf || (IsEmpty(left) && IsEmpty(right));
        if (leaf)
        {
            Note(left, right, schema, leaf);
            return;
        }

        if ((left ?? right) is JsonObject)
        {
            CompareMembers(left as JsonObject, right as JsonObject, schema);
        }
        else
        {
            CompareItems(left as JsonArray, right as JsonArray, schema);
        }

        if (left is null || right is null)
        {
            Note(left, right, schema, leaf);
        }
    }

    private void Note(JsonNode? left, JsonNode? right, ResourceSchema schema, bool leaf)
    {
        if (schema.AlwaysPresent && (!leaf || IsEmpty(left ?? right)))
        {
            return;
        }

        if (left is null)
        {
            Added.Insert(_path);
        }
        else if (right is null)
        {
            Removed.Insert(_path);
        }
        else if (!JsonNode.DeepEquals(left, right))
        {
            Modified.Insert(_path);
        }
    }

    private void CompareMembers(JsonObject? left, JsonObject? right, ResourceSchema schema)
    {
        foreach ((string name, JsonNode? value) in left ?? [])
        {
            Descend(PathElements.Field(name), value, right?[name], schema.Member(name) ?? ResourceSchema.FreeForm);
        }

        foreach ((string name, JsonNode? value) in right ?? [])
        {
            if (left is null || !left.ContainsKey(name))
            {
                Descend(PathElements.Field(name), null, value, schema.Member(name) ?? ResourceSchema.FreeForm);
            }
        }
    }

    private void CompareItems(JsonArray? left, JsonArray? right, ResourceSchema list)
    {
        Dictionary<string, List<JsonNode?>> before = Index(left, list);
        Dictionary<string, List<JsonNode?>> after = Index(right, list);
        foreach (string element in before.Keys.Union(after.Keys, StringComparer.Ordinal))
        {
            List<JsonNode?> was = before.GetValueOrDefault(element) ?? [];
            List<JsonNode?> now = after.GetValueOrDefault(element) ?? [];
            if (was.Count <= 1 && now.Count <= 1)
            {
                Descend(element, was.FirstOrDefault(), now.FirstOrDefault(), list.Items!);
            }
            else
            {
                CompareDuplicates(element, was, now, list.Items!);
            }
        }
    }

    /// <summary>Several items of one identity are owned together, as one leaf.</summary>
    private void CompareDuplicates(string element, List<JsonNode?> was, List<JsonNode?> now, ResourceSchema item)
    {
        if (was.Count > 1 && now.Count > 1)
        {
            if (was.Count != now.Count || was.Zip(now).Any(pair => !JsonNode.DeepEquals(pair.First, pair.Second)))
            {
                Mark(Modified, element);
            }
        }
        else if (was.Count > 1)
        {
            Descend(element, null, now.FirstOrDefault(), item);
            Mark(Removed, element);
        }
        else
        {
            Descend(element, was.FirstOrDefault(), null, item);
            Mark(Added, element);
        }
    }

    private void Mark(FieldSet set, string element)
    {
        _path.Add(element);
        set.Insert(_path);
        _path.RemoveAt(_path.Count - 1);
    }

    private void Descend(string element, JsonNode? left, JsonNode? right, ResourceSchema schema)
    {
        if (ReferenceEquals(left, right))
        {
            return;
        }

        _path.Add(element);
        Compare(left, right, schema);
        _path.RemoveAt(_path.Count - 1);
    }

    internal static Dictionary<string, List<JsonNode?>> Index(JsonArray? items, ResourceSchema list)
    {
        var index = new Dictionary<string, List<JsonNode?>>(StringComparer.Ordinal);
        foreach (JsonNode? item in items ?? [])
        {
            if (PathElements.OfItem(item, list) is { } element)
            {
                if (index.TryGetValue(element, out List<JsonNode?>? same))
                {
                    same.Add(item);
                }
                else
                {
                    index[element] = [item];
                }
            }
        }

        return index;
    }

    private static bool IsEmpty(JsonNode? node) => node is null or JsonObject { Count: 0 } or JsonArray { Count: 0 };
}

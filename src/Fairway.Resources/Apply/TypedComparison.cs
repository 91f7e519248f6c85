using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>What differs between two objects of one schema, as fields.</summary>
internal sealed class TypedComparison
{
    private readonly List<string> _path = [];

    // Both objects are complete: a null that is there differs from what is not, and structures are owned where they were absent.
    private readonly bool _isComplete;

    private TypedComparison(bool isComplete) => _isComplete = isComplete;

    public FieldSet Added { get; private set; } = new();

    public FieldSet Removed { get; private set; } = new();

    public FieldSet Modified { get; private set; } = new();

    public bool IsSame => Added.IsEmpty && Removed.IsEmpty && Modified.IsEmpty;

    /// <summary>Compares two objects without looking at identity and managedFields.</summary>
    /// <param name="left">The object before.</param>
    /// <param name="right">The object after.</param>
    /// <param name="schema">Their schema.</param>
    /// <param name="shape">What Kubernetes' own types always carry, which is reckoned with on both sides; null for all other kinds and for parts of objects.</param>
    public static TypedComparison Between(JsonObject left, JsonObject right, ResourceSchema schema, PlainShape? shape)
    {
        var comparison = new TypedComparison(shape is not null);
        left = Complete(left, shape);
        right = Complete(right, shape);
        comparison.CompareMembers(left, right, schema);
        comparison.Added = StrippedFields.Without(comparison.Added);
        comparison.Removed = StrippedFields.Without(comparison.Removed);
        comparison.Modified = StrippedFields.Without(comparison.Modified);
        return comparison;
    }

    private static JsonObject Complete(JsonObject target, PlainShape? shape)
    {
        if (shape is null)
        {
            return target;
        }

        var whole = (JsonObject)target.DeepClone();
        shape.Strip(whole);
        shape.Complete(whole);
        return whole;
    }

    private void Compare(JsonNode? left, JsonNode? right, ResourceSchema schema, bool leftThere, bool rightThere)
    {
        if (left is null && right is null)
        {
            if (leftThere != rightThere)
            {
                (leftThere ? Removed : Added).Insert(_path);
            }

            return;
        }

        bool sameKind = left is null || right is null || left.GetType() == right.GetType() || (left is JsonValue && right is JsonValue);
        if (!sameKind)
        {
            Compare(left, null, schema, leftThere: true, rightThere: false);
            Compare(null, right, schema, leftThere: false, rightThere: true);
            return;
        }

        bool leaf = TypedFields.Of(left ?? right, schema) == Granularity.Leaf || (IsEmpty(left) && IsEmpty(right));
        if (leaf)
        {
            Note(left, right, schema, leaf, leftThere, rightThere);
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

        if (!leftThere || !rightThere)
        {
            Note(left, right, schema, leaf, leftThere, rightThere);
        }
    }

    private void Note(JsonNode? left, JsonNode? right, ResourceSchema schema, bool leaf, bool leftThere, bool rightThere)
    {
        if (!_isComplete && schema.AlwaysPresent && (!leaf || IsEmpty(left ?? right)))
        {
            return;
        }

        if (!leftThere)
        {
            Added.Insert(_path);
        }
        else if (!rightThere)
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
            JsonNode? other = null;
            bool has = right is not null && right.TryGetPropertyValue(name, out other);
            Descend(PathElements.Field(name), value, other, schema.Member(name) ?? ResourceSchema.FreeForm, IsThere(value, true), IsThere(other, has));
        }

        foreach ((string name, JsonNode? value) in right ?? [])
        {
            if (left is null || !left.ContainsKey(name))
            {
                Descend(PathElements.Field(name), null, value, schema.Member(name) ?? ResourceSchema.FreeForm, leftThere: false, IsThere(value, true));
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
                Descend(element, was.FirstOrDefault(), now.FirstOrDefault(), list.Items!, was.Count > 0, now.Count > 0);
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
            Descend(element, null, now.FirstOrDefault(), item, leftThere: false, now.Count > 0);
            Mark(Removed, element);
        }
        else
        {
            Descend(element, was.FirstOrDefault(), null, item, was.Count > 0, rightThere: false);
            Mark(Added, element);
        }
    }

    private void Mark(FieldSet set, string element)
    {
        _path.Add(element);
        set.Insert(_path);
        _path.RemoveAt(_path.Count - 1);
    }

    // Outside complete objects a null is as good as absent.
    private bool IsThere(JsonNode? value, bool has) => _isComplete ? has : value is not null;

    private void Descend(string element, JsonNode? left, JsonNode? right, ResourceSchema schema, bool leftThere, bool rightThere)
    {
        if (ReferenceEquals(left, right) && leftThere == rightThere)
        {
            return;
        }

        _path.Add(element);
        Compare(left, right, schema, leftThere, rightThere);
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

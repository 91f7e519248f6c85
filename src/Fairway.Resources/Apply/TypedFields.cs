using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>How a schema makes writers share a value at one place.</summary>
internal enum Granularity
{
    /// <summary>One owner for the value and all below.</summary>
    Leaf,

    /// <summary>Members have owners of their own.</summary>
    Members,

    /// <summary>Items have owners of their own.</summary>
    Items,
}

/// <summary>Typed walks over documents that give sets of fields.</summary>
internal static class TypedFields
{
    /// <summary>How a value is shared; free-form values are shared by their structure, free-form lists as a whole.</summary>
    public static Granularity Of(JsonNode? value, ResourceSchema schema) => value switch
    {
        JsonObject when !schema.AtomicMap => Granularity.Members,
        JsonArray when schema.Sharing != ListSharing.Atomic && schema.Items is not null => Granularity.Items,
        _ => Granularity.Leaf,
    };

    /// <summary>The fields that a configuration names: what an applier comes to own. Leaves, map keys and list items.</summary>
    public static FieldSet Named(JsonObject value, ResourceSchema schema)
    {
        var set = new FieldSet();
        AddMembers(value, schema, set);
        return set;
    }

    private static void AddMembers(JsonObject members, ResourceSchema schema, FieldSet set)
    {
        foreach ((string name, JsonNode? value) in members)
        {
            ResourceSchema member = schema.Member(name) ?? ResourceSchema.FreeForm;
            string element = PathElements.Field(name);
            if (value is null or JsonObject { Count: 0 } || !schema.Declares(name) || Of(value, member) == Granularity.Leaf)
            {
                set.InsertMember(element);
            }

            Add(value, member, element, set);
        }
    }

    private static void Add(JsonNode? value, ResourceSchema schema, string element, FieldSet parent)
    {
        switch (Of(value, schema))
        {
            case Granularity.Members when value is JsonObject { Count: > 0 } members:
                AddMembers(members, schema, parent.Descend(element));
                break;
            case Granularity.Items when value is JsonArray { Count: > 0 } items:
                AddItems(items, schema, parent.Descend(element));
                break;
        }
    }

    private static void AddItems(JsonArray items, ResourceSchema list, FieldSet set)
    {
        foreach (JsonNode? item in items)
        {
            if (PathElements.OfItem(item, list) is { } element)
            {
                set.InsertMember(element);
                Add(item, list.Items!, element, set);
            }
        }
    }

    /// <summary>
    /// The fields of a new object in FieldsV1 JSON, in one pass: what comparing it with nothing would call added. Identity
    /// is left out.
    /// </summary>
    /// <param name="value">The object.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="shape">What Kubernetes' own types always carry; null for all other kinds.</param>
    public static JsonObject AddedJson(JsonObject value, ResourceSchema schema, PlainShape? shape)
    {
        if (shape is not null)
        {
            var whole = (JsonObject)value.DeepClone();
            shape.Complete(whole);
            return AddedFields.Of(whole, schema, shape);
        }

        var json = new JsonObject();
        foreach ((string name, JsonNode? member) in value)
        {
            if (name is "apiVersion" or "kind" || member is null)
            {
                continue;
            }

            ResourceSchema below = schema.Member(name) ?? ResourceSchema.FreeForm;
            JsonObject fields = name == "metadata" && member is JsonObject metadata ? MetadataJson(metadata, below) : ValueJson(member, below, includeSelf: !below.AlwaysPresent);
            if (fields.Count > 0 || (Of(member, below) == Granularity.Leaf) || (member is JsonObject { Count: 0 } && !below.AlwaysPresent))
            {
                json[PathElements.Field(name)] = fields;
            }
        }

        return Sorted(json);
    }

    private static JsonObject MetadataJson(JsonObject metadata, ResourceSchema schema)
    {
        var json = new JsonObject();
        foreach ((string name, JsonNode? value) in metadata)
        {
            if (value is not null && !StrippedFields.IsIdentity(name))
            {
                json[PathElements.Field(name)] = ValueJson(value, schema.Member(name) ?? ResourceSchema.FreeForm, includeSelf: true);
            }
        }

        return Sorted(json);
    }

    private static JsonObject ValueJson(JsonNode value, ResourceSchema schema, bool includeSelf)
    {
        var json = new JsonObject();
        switch (Of(value, schema))
        {
            case Granularity.Members when value is JsonObject { Count: > 0 } members:
                foreach ((string name, JsonNode? member) in members)
                {
                    if (member is not null)
                    {
                        AddJson(json, PathElements.Field(name), member, schema.Member(name) ?? ResourceSchema.FreeForm);
                    }
                }

                break;
            case Granularity.Items when value is JsonArray { Count: > 0 } items:
                foreach (JsonNode? item in items)
                {
                    if (item is not null && PathElements.OfItem(item, schema) is { } element)
                    {
                        AddJson(json, element, item, schema.Items!);
                    }
                }

                break;
            default:
                return json;
        }

        if (includeSelf)
        {
            json["."] = new JsonObject();
        }

        return Sorted(json);
    }

    private static void AddJson(JsonObject json, string element, JsonNode value, ResourceSchema schema)
    {
        JsonObject fields = ValueJson(value, schema, includeSelf: !schema.AlwaysPresent);
        if (fields.Count > 0 || !schema.AlwaysPresent || Of(value, schema) == Granularity.Leaf)
        {
            json[element] = fields;
        }
    }

    /// <summary>The same object with members sorted; most are small.</summary>
    internal static JsonObject Sorted(JsonObject json)
    {
        if (json.Count < 2)
        {
            return json;
        }

        KeyValuePair<string, JsonNode?>[] members = [.. json];
        Array.Sort(members, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        json.Clear();
        foreach ((string name, JsonNode? value) in members)
        {
            json.Add(name, value);
        }

        return json;
    }
}

/// <summary>Fields whose ownership is never tracked: they identify the object or belong to the server.</summary>
internal static class StrippedFields
{
    /// <summary>Those fields; they stay in an object whoever lets go of it.</summary>
    public static FieldSet All { get; } = Make();

    /// <summary>A member of metadata that nobody owns.</summary>
    public static bool IsIdentity(string name)
        => name is "name" or "namespace" or "creationTimestamp" or "selfLink" or "uid" or "clusterName" or "generation" or "managedFields"
            or "resourceVersion";

    public static FieldSet Without(FieldSet fields) => fields.Difference(All);

    private static FieldSet Make()
    {
        var set = new FieldSet();
        set.Insert(["f:apiVersion"]);
        set.Insert(["f:kind"]);
        set.Insert(["f:metadata"]);
        foreach (string name in (ReadOnlySpan<string>)
            ["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"])
        {
            set.Insert(["f:metadata", PathElements.Field(name)]);
        }

        return set;
    }
}

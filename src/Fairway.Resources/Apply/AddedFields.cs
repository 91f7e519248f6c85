using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>
/// The fields of a new object of one of Kubernetes' own kinds: what differs from an object about which nothing was said. Such an
/// object has its structures and whatever else its types always write, so that nobody owns their bare existence; below a pointer
/// or in a list there was nothing, and all is owned.
/// </summary>
internal static class AddedFields
{
    /// <summary>FieldsV1 JSON, without identity.</summary>
    /// <param name="value">The object, complete.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="shape">What its type always writes.</param>
    public static JsonObject Of(JsonObject value, ResourceSchema schema, PlainShape shape)
    {
        var json = new JsonObject();
        foreach ((string name, JsonNode? member) in value)
        {
            if (name is not ("apiVersion" or "kind") && Field(name, member, schema, shape, isThere: true, name == "metadata") is { } fields)
            {
                json[PathElements.Field(name)] = fields;
            }
        }

        return TypedFields.Sorted(json);
    }

    private static JsonObject? Field(string name, JsonNode? value, ResourceSchema schema, PlainShape? shape, bool isThere, bool isIdentity = false)
    {
        (bool isAlwaysThere, PlainShape? within) = shape?.Member(name) ?? (false, null);
        bool was = isThere && isAlwaysThere;
        return Fields(value, schema.Member(name) ?? ResourceSchema.FreeForm, within, was, was ? () => shape!.Untouched(name) : null, isIdentity);
    }

    // Null when nothing is owned; an empty object for a leaf.
    private static JsonObject? Fields(JsonNode? value, ResourceSchema schema, PlainShape? within, bool was, Func<JsonNode?>? untouched, bool isIdentity)
    {
        Granularity granularity = value is JsonObject { Count: 0 } or JsonArray { Count: 0 } ? Granularity.Leaf : TypedFields.Of(value, schema);
        if (granularity == Granularity.Leaf)
        {
            return was && JsonNode.DeepEquals(value, untouched!()) ? null : [];
        }

        var json = new JsonObject();
        if (value is JsonObject members)
        {
            foreach ((string name, JsonNode? member) in members)
            {
                if (!(isIdentity && StrippedFields.IsIdentity(name)) && Field(name, member, schema, within, was) is { } fields)
                {
                    json[PathElements.Field(name)] = fields;
                }
            }
        }
        else
        {
            foreach ((string element, List<JsonNode?> same) in TypedComparison.Index((JsonArray)value!, schema))
            {
                json[element] = same.Count > 1 ? [] : Fields(same[0], schema.Items!, within, was: false, untouched: null, isIdentity: false) ?? [];
            }
        }

        if (!was)
        {
            json["."] = new JsonObject();
        }

        return json.Count == 0 ? null : TypedFields.Sorted(json);
    }
}

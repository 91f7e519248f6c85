using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Fills in what schemas give as defaults: an absent member of a present object.</summary>
public static class Defaulting
{
    /// <summary>Defaults in place. A default value is itself completed by the defaults below it.</summary>
    public static void Apply(JsonNode? target, ResourceSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        switch (target)
        {
            case JsonObject members when schema.Shape is not null:
                AddMissing(members, schema.Shape);
                foreach ((string name, JsonNode? value) in members)
                {
                    if (value is JsonObject or JsonArray && schema.Member(name) is { } member)
                    {
                        Apply(value, member);
                    }
                }

                break;
            case JsonObject map when schema.Values is { } values:
                ReplaceNulls(map, values);
                foreach ((string _, JsonNode? value) in map)
                {
                    Apply(value, values);
                }

                break;
            case JsonArray items when schema.Items is { } item && item.Type is SchemaType.Object or SchemaType.Array:
                foreach (JsonNode? value in items)
                {
                    Apply(value, schema.Items);
                }

                break;
        }
    }

    private static void ReplaceNulls(JsonObject map, ResourceSchema values)
    {
        if (values is { DefaultJson: not null, Nullable: false })
        {
            foreach (string name in map.Where(member => member.Value is null).Select(member => member.Key).ToArray())
            {
                map[name] = values.NewDefault();
            }
        }
    }

    private static void AddMissing(JsonObject members, SchemaShape shape)
    {
        foreach (string name in shape.WithDefaults)
        {
            ResourceSchema member = shape.Properties[name];
            bool present = members.TryGetPropertyValue(name, out JsonNode? value);
            if (!present || (value is null && !member.Nullable))
            {
                members[name] = member.NewDefault();
            }
        }
    }
}

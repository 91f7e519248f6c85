using Fairway.Admission.Rules;
using Fairway.Cel;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.TypeChecking;

/// <summary>Kinds' schemas as types of the expression language.</summary>
internal static class KindSchemas
{
    /// <summary>The shape of a kind's objects; null when expressions cannot see it.</summary>
    public static CelSchema? Of(KindDefinition kind)
    {
        CelSchema? schema = kind.Custom is { } custom
            ? custom.Schema is { } given ? SchemaMapping.ToCel(given) : null
            : Map(kind.Schema, []);
        return schema is null ? null : schema with
        {
            Properties = schema.Properties.ContainsKey("metadata") && schema.Properties.ContainsKey("kind")
                ? schema.Properties
                : schema.WithObjectMetadata().Properties,
        };
    }

    private static CelSchema? Map(ResourceSchema schema, HashSet<SchemaShape> above) => schema.Type switch
    {
        SchemaType.Object when schema.Values is { } values => Map(values, above) is { } value ? new CelSchema { Type = "object", AdditionalProperties = value } : null,
        SchemaType.Object => Members(schema, above),
        SchemaType.Array => schema.Items is { } items && Map(items, above) is { } item ? new CelSchema { Type = "array", Items = item } : null,
        SchemaType.String => new CelSchema { Type = "string", Format = schema.Format ?? "" },
        SchemaType.Integer => new CelSchema { Type = "integer" },
        SchemaType.Number => new CelSchema { Type = "number" },
        SchemaType.Boolean => new CelSchema { Type = "boolean" },
        SchemaType.IntOrString => new CelSchema { IntOrString = true },
        SchemaType.Quantity => new CelSchema { Type = "string" },
        _ => null,
    };

    private static CelSchema Members(ResourceSchema schema, HashSet<SchemaShape> above)
    {
        // A shape within itself (a schema of schemas) has no members there, so that types end.
        if (schema.Shape is not { } shape || !above.Add(shape))
        {
            return new CelSchema { Type = "object" };
        }

        var members = new Dictionary<string, CelSchema>(StringComparer.Ordinal);
        foreach ((string name, ResourceSchema member) in shape.Properties)
        {
            if (Map(member, above) is { } mapped)
            {
                members[name] = mapped;
            }
        }

        above.Remove(shape);
        return new CelSchema { Type = "object", Properties = members };
    }
}

using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>
/// Makes the schema that decoding, pruning, defaulting, patches and server-side apply read from a definition's structural
/// schema. Value validations stay with <see cref="SchemaValidator"/>.
/// </summary>
internal static class StructuralSchemas
{
    private static readonly ShapeMembers Nothing = new([], []);

    private static readonly ResourceSchema Text = new() { Type = SchemaType.String };

    /// <summary>A value of which nothing but scalars is kept: what <c>additionalProperties: true</c> leaves.</summary>
    private static readonly ResourceSchema Emptied = new() { Type = SchemaType.Object, IsStructural = true, Shape = new SchemaShape(null, "interface {}", () => Nothing) };

    /// <summary>The schema of a whole object, with apiVersion, kind and metadata.</summary>
    /// <param name="schema">The version's schema; null: nothing but metadata is known.</param>
    /// <param name="name">The OpenAPI component name.</param>
    /// <param name="kind">The kind, as decoding errors name it.</param>
    /// <param name="preserve">The definition keeps unknown fields everywhere.</param>
    public static ResourceSchema Root(JsonSchema? schema, string name, string kind, bool preserve) => new()
    {
        Type = SchemaType.Object,
        IsStructural = true,
        PreserveUnknown = preserve || schema is null or { PreserveUnknown: true },
        EmbeddedResource = true,
        Shape = new SchemaShape(name, kind, () => Members(schema, withMeta: true, isRoot: true), () => schema?.Description),
    };

    private static ResourceSchema Of(JsonSchema schema)
    {
        ResourceSchema made = schema switch
        {
            { IntOrString: true } => new ResourceSchema { Type = SchemaType.IntOrString },
            { Type: "object" } or { Type: "", Properties.Count: > 0 } => Object(schema),
            { Type: "array" } => Array(schema),
            { Type: "string" } => new ResourceSchema { Type = SchemaType.String, Format = Format(schema) },
            { Type: "integer" } => new ResourceSchema { Type = SchemaType.Integer, Format = "int64" },
            { Type: "number" } => new ResourceSchema { Type = SchemaType.Number, Format = "double" },
            { Type: "boolean" } => new ResourceSchema { Type = SchemaType.Boolean },
            _ => new ResourceSchema { Type = SchemaType.Any, PreserveUnknown = true },
        };
        return made with
        {
            IsStructural = true,
            Nullable = schema.Nullable,
            DefaultJson = schema.Default?.ToJsonString(KubeJson.Options),
            DescribedBy = schema.Description.Length > 0 ? () => schema.Description : null,
        };
    }

    private static string? Format(JsonSchema schema) => schema.Format.Length > 0 ? schema.Format : null;

    private static ResourceSchema Object(JsonSchema schema)
    {
        if (schema.AllowsAdditional is { } allows && schema.Properties.Count == 0)
        {
            return new ResourceSchema
            {
                Type = SchemaType.Object,
                Values = schema.AdditionalProperties is { } values ? Of(values) : Emptied,
                AtomicMap = schema.MapType == "atomic",
                PreserveUnknown = schema.PreserveUnknown && !allows,
            };
        }

        bool isOpen = schema.PreserveUnknown && schema.Properties.Count == 0 && !schema.EmbeddedResource;
        return new ResourceSchema
        {
            Type = SchemaType.Object,
            PreserveUnknown = schema.PreserveUnknown,
            EmbeddedResource = schema.EmbeddedResource,
            AtomicMap = schema.MapType == "atomic",
            Shape = isOpen ? null : new SchemaShape(null, "interface {}", () => Members(schema, schema.EmbeddedResource)),
        };
    }

    private static ResourceSchema Array(JsonSchema schema) => new()
    {
        Type = SchemaType.Array,
        Items = schema.Items is { } item ? Of(item) : ResourceSchema.FreeForm,
        PreserveUnknown = schema.PreserveUnknown,
        ListMapKeys = schema.ListMapKeys,
        Sharing = schema.ListType switch
        {
            "map" => ListSharing.Map,
            "set" => ListSharing.Set,
            _ => ListSharing.Atomic,
        },
    };

    private static ShapeMembers Members(JsonSchema? schema, bool withMeta, bool isRoot = false)
    {
        var members = new List<KeyValuePair<string, ResourceSchema>>();
        if (withMeta)
        {
            members.Add(new("apiVersion", Declared(schema, "apiVersion")));
            members.Add(new("kind", Declared(schema, "kind")));
            members.Add(new("metadata", RecordSchemas.Of(typeof(ObjectMeta)) with { AlwaysPresent = isRoot }));
        }

        foreach ((string name, JsonSchema property) in schema?.Properties ?? new SortedDictionary<string, JsonSchema>())
        {
            if (!withMeta || name is not ("apiVersion" or "kind" or "metadata"))
            {
                members.Add(new(name, Of(property)));
            }
        }

        return new ShapeMembers(members, schema?.Required ?? []);
    }

    private static ResourceSchema Declared(JsonSchema? schema, string name)
        => schema is not null && schema.Properties.TryGetValue(name, out JsonSchema? declared) ? Of(declared) : Text;
}

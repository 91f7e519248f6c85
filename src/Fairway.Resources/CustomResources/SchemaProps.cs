using System.Text.Json.Nodes;
using Fairway.Resources.Kinds.ApiExtensions;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>
/// The parts of a definition that are a schema or something else (<c>items</c>, <c>additionalProperties</c>): decoding leaves
/// them as they come, so their schemas are checked and pruned here.
/// </summary>
internal static class SchemaProps
{
    private static readonly ResourceType Type = new()
    {
        Group = "apiextensions.k8s.io",
        Version = "v1",
        Kind = "CustomResourceDefinition",
        Plural = "customresourcedefinitions",
        Namespaced = false,
    };

    private static readonly string[] Lists = ["allOf", "anyOf", "oneOf"];

    private static readonly string[] Maps = ["properties", "patternProperties", "definitions"];

    private static readonly string[] Single = ["not", "items", "additionalProperties", "additionalItems"];

    /// <summary>Prunes in place below every version's schema.</summary>
    /// <exception cref="StatusException">400: a wrong JSON type.</exception>
    public static void Normalize(JsonObject definition)
    {
        foreach (JsonNode? version in definition["spec"].Array("versions") ?? [])
        {
            if (version?["schema"].Object("openAPIV3Schema") is { } schema)
            {
                Visit(schema);
            }
        }
    }

    private static void Visit(JsonObject schema)
    {
        foreach (string name in Single)
        {
            if (schema[name] is JsonObject child)
            {
                Admit(child);
            }
            else if (name == "items" && schema[name] is JsonArray items)
            {
                AdmitAll(items);
            }
        }

        foreach (string name in Lists)
        {
            AdmitAll(schema.Array(name) ?? []);
        }

        foreach (string name in Maps)
        {
            foreach ((string _, JsonNode? child) in schema.Object(name) ?? [])
            {
                if (child is JsonObject members)
                {
                    Admit(members);
                }
            }
        }
    }

    private static void AdmitAll(JsonArray schemas)
    {
        foreach (JsonObject each in schemas.OfType<JsonObject>())
        {
            Admit(each);
        }
    }

    private static void Admit(JsonObject schema)
    {
        ResourceSchema props = RecordSchemas.Of(typeof(JsonSchemaProps));
        Pruning.Apply(schema, props);
        if (Decoding.TypeError(schema, props, Type) is { } error)
        {
            throw error;
        }

        Visit(schema);
    }
}

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

    private static readonly string[] Values = ["default", "example", "enum"];

    private static readonly string[] Flags = ["nullable", "exclusiveMaximum", "exclusiveMinimum", "uniqueItems", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"];

    private static readonly string[] Texts = ["id", "$schema", "description", "type", "format", "title", "pattern"];

    /// <summary>Prunes in place below every version's schema.</summary>
    /// <exception cref="StatusException">400: a wrong JSON type.</exception>
    public static void Normalize(JsonObject definition)
    {
        foreach (JsonNode? version in definition["spec"].Array("versions") ?? [])
        {
            if (version?["schema"].Object("openAPIV3Schema") is { } schema)
            {
                Strip(schema);
                Visit(schema);
            }

            RemoveEmpty(version as JsonObject, "selectableFields", "additionalPrinterColumns");
        }

        RemoveEmpty(definition["spec"].Object("names"), "shortNames", "categories");
    }

    /// <summary>Leaves out what Go leaves out when it writes a schema, and writes numbers as Go does.</summary>
    private static void Strip(JsonObject schema)
    {
        foreach (string name in schema.Where(member => SaysNothing(member.Key, member.Value)).Select(member => member.Key).ToArray())
        {
            schema.Remove(name);
        }

        foreach (string name in Values)
        {
            if (schema[name] is { } value)
            {
                GoNumbers.Canonicalize(value);
                if (value is JsonValue scalar && GoNumbers.Canonical(scalar) is { } plain)
                {
                    schema[name] = plain;
                }
            }
        }

        foreach (JsonObject rule in (schema.Array("x-kubernetes-validations") ?? []).OfType<JsonObject>())
        {
            foreach (string name in (ReadOnlySpan<string>)["message", "messageExpression", "fieldPath"])
            {
                if (rule.Text(name) is "")
                {
                    rule.Remove(name);
                }
            }
        }
    }

    private static bool SaysNothing(string name, JsonNode? value) => value switch
    {
        null => true,
        JsonArray { Count: 0 } => name is not ("default" or "example" or "items"),
        JsonObject { Count: 0 } => name is "properties" or "patternProperties" or "definitions" or "dependencies",
        _ => (KubeJson.AsBool(value) == false && Flags.Contains(name)) || (KubeJson.AsString(value) is "" && Texts.Contains(name)),
    };

    private static void RemoveEmpty(JsonObject? owner, params ReadOnlySpan<string> lists)
    {
        foreach (string name in lists)
        {
            if (owner?[name] is JsonArray { Count: 0 })
            {
                owner.Remove(name);
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

        Strip(schema);
        Visit(schema);
    }
}

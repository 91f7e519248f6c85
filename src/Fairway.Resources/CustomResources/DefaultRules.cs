using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>Defaults are values that their own schema accepts, without unknown fields.</summary>
internal static class DefaultRules
{
    public static void Check(JsonSchema schema, string path, FieldErrors errors)
    {
        if (schema.Default is { } value)
        {
            string at = $"{path}.default";
            if (Prunes(value, schema))
            {
                errors.InvalidShown(at, KubeJson.ShowGo(value), "must not have unknown fields");
            }

            EmbeddedObjects.Validate(value, schema, at, errors);
            SchemaValidator.Validate(value, schema, at, errors);
        }

        if (schema.Items is { } items)
        {
            Check(items, $"{path}.items", errors);
        }

        foreach ((string name, JsonSchema property) in schema.Properties)
        {
            Check(property, StructuralRules.Property(path, name), errors);
        }
    }

    private static bool Prunes(JsonNode? value, JsonSchema schema) => value switch
    {
        JsonObject members => members.Any(member =>
            schema.Properties.TryGetValue(member.Key, out JsonSchema? property) ? Prunes(member.Value, property)
            : schema.AdditionalProperties is { } additional ? Prunes(member.Value, additional)
            : !schema.PreserveUnknown && !(schema.EmbeddedResource && member.Key is "apiVersion" or "kind" or "metadata") && schema.AllowsAdditional != true),
        JsonArray items => schema.Items is { } item && items.Any(each => Prunes(each, item)),
        _ => false,
    };
}

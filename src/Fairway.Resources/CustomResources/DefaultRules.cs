using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>Defaults are values that their own schema accepts, without unknown fields.</summary>
internal static class DefaultRules
{
    public static void Check(JsonSchema schema, string path, bool isRoot, FieldErrors errors)
    {
        if (schema.Default is { } value)
        {
            string at = $"{path}.default";
            if (Prunes(value, schema))
            {
                errors.InvalidShown(at, KubeJson.ShowGo(value), "must not have unknown fields");
            }

            CheckValue(value, schema, at, isRoot, errors);
        }

        if (schema.Items is { } items)
        {
            Check(items, $"{path}.items", isRoot: false, errors);
        }

        foreach ((string name, JsonSchema property) in schema.Properties)
        {
            Check(property, StructuralRules.Property(path, name), isRoot: false, errors);
        }
    }

    private static void CheckValue(JsonNode value, JsonSchema schema, string at, bool isRoot, FieldErrors errors)
    {
        if (EmbeddedObjects.Undecodable(value, schema, at, isRoot) is { } broken)
        {
            errors.AddAll([broken]);
            return;
        }

        int before = errors.Count;
        EmbeddedObjects.Validate(value, schema, at, isRoot, errors);
        if (errors.Count == before && !schema.IntOrString)
        {
            SchemaValidator.Validate(value, schema, at, errors);
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

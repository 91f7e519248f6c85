using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>How <c>x-kubernetes-list-type</c>, its keys and <c>x-kubernetes-map-type</c> may be used.</summary>
internal static class ExtensionRules
{
    private static readonly string[] MapTypes = ["atomic", "granular"];

    private static readonly string[] ListTypes = ["atomic", "set", "map"];

    public static void Check(JsonSchema schema, string path, FieldErrors errors)
    {
        if (KubeJson.AsBool(schema.Json["x-kubernetes-preserve-unknown-fields"]) == false)
        {
            errors.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", false, "must be true or undefined");
        }

        if (schema.MapType is { } mapType)
        {
            RequireType(schema, "object", "x-kubernetes-map-type", path, errors);
            if (!MapTypes.Contains(mapType))
            {
                errors.NotSupportedInOrder($"{path}.x-kubernetes-map-type", mapType, MapTypes);
            }
        }

        if (schema.ListType is { } listType)
        {
            if (RequireType(schema, "array", "x-kubernetes-list-type", path, errors) && listType == "set" && schema.Items is { } item)
            {
                CheckSetItems(item, path, errors);
            }

            if (!ListTypes.Contains(listType))
            {
                errors.NotSupportedInOrder($"{path}.x-kubernetes-list-type", listType, ListTypes);
            }
        }

        if (schema.ListMapKeys.Count > 0 && schema.ListType is null)
        {
            errors.Required($"{path}.x-kubernetes-list-type", "must be map if x-kubernetes-list-map-keys is non-empty");
        }
        else if (schema.ListMapKeys.Count > 0 && schema.ListType != "map")
        {
            errors.Invalid($"{path}.x-kubernetes-list-type", schema.ListType, "must be map if x-kubernetes-list-map-keys is non-empty");
        }

        if (schema.ListType == "map")
        {
            CheckMap(schema, path, errors);
        }

        if (schema.ListType is "set" or "map" && schema.Items is { } items)
        {
            CheckItems(schema, items, path, errors);
        }
    }

    private static bool RequireType(JsonSchema schema, string type, string extension, string path, FieldErrors errors)
    {
        if (schema.Type == type)
        {
            return true;
        }

        string why = $"must be {type} if {extension} is specified";
        if (schema.Type.Length == 0)
        {
            errors.Required($"{path}.type", why);
        }
        else
        {
            errors.Invalid($"{path}.type", schema.Type, why);
        }

        return false;
    }

    private static void CheckSetItems(JsonSchema item, string path, FieldErrors errors)
    {
        const string Why = "must be atomic as item of a list with x-kubernetes-list-type=set";
        if (item.Type == "array" && item.ListType is not (null or "atomic"))
        {
            errors.Invalid($"{path}.items.x-kubernetes-list-type", item.ListType, Why);
        }
        else if (item.Type == "object" && item.MapType != "atomic")
        {
            errors.Invalid($"{path}.items.x-kubernetes-map-type", item.ListType is null ? null : JsonValue.Create(item.ListType), Why);
        }
    }

    private static void CheckMap(JsonSchema schema, string path, FieldErrors errors)
    {
        if (schema.ListMapKeys.Count == 0)
        {
            errors.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
        }

        if (schema.Items is not { } items)
        {
            errors.Required($"{path}.items", "must have a schema if x-kubernetes-list-type is map");
            return;
        }

        if (items.Type != "object")
        {
            errors.Invalid($"{path}.items.type", items.Type, "must be object if parent array's x-kubernetes-list-type is map");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        string keys = $"[]string{{{string.Join(", ", schema.ListMapKeys.Select(KubeJson.Quote))}}}";
        foreach (string key in schema.ListMapKeys)
        {
            if (!items.Properties.TryGetValue(key, out JsonSchema? property))
            {
                errors.InvalidShown($"{path}.x-kubernetes-list-map-keys", keys, "entries must all be names of item properties");
            }
            else if (property.Type is "array" or "object")
            {
                errors.Invalid($"{path}.items.properties[{key}].type", items.Type, "must be a scalar type if parent array's x-kubernetes-list-type is map");
            }

            if (!seen.Add(key))
            {
                errors.InvalidShown($"{path}.x-kubernetes-list-map-keys", keys, "must not contain duplicate entries");
            }
        }
    }

    private static void CheckItems(JsonSchema schema, JsonSchema items, string path, FieldErrors errors)
    {
        if (items.Nullable)
        {
            errors.Forbidden($"{path}.items.nullable", $"cannot be nullable when x-kubernetes-list-type is {schema.ListType}");
        }

        if (schema.ListType != "map")
        {
            return;
        }

        foreach (string key in schema.ListMapKeys)
        {
            if (!items.Properties.TryGetValue(key, out JsonSchema? property))
            {
                continue;
            }

            if (!items.Required.Contains(key) && property.Default is null)
            {
                errors.Required($"{path}.items.properties[{key}].default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property");
            }

            if (property.Nullable)
            {
                errors.Forbidden($"{path}.items.properties[{key}].nullable", "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
            }
        }
    }
}

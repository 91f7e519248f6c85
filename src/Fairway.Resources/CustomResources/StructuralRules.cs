using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>
/// Whether a schema is structural: every specified field has a type outside of logical junctors, metadata is left alone, and
/// extensions go together.
/// </summary>
public static class StructuralRules
{
    private static readonly string[] NestedWords = ["title", "description"];

    private static readonly string[] NestedFlags = ["nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"];

    private enum Level
    {
        Root,
        Item,
        Field,
    }

    /// <summary>The violations, sorted by their text, as kube-apiserver lists them.</summary>
    public static IReadOnlyList<StatusCause> Check(JsonSchema schema, string path)
    {
        ArgumentNullException.ThrowIfNull(schema);
        var errors = new FieldErrors();
        Invariants(schema, Level.Root, path, errors);
        Completeness.Check(schema, path, errors);
        return [.. errors.Causes.OrderBy(cause => $"{cause.Field}: {cause.Message}", StringComparer.Ordinal)];
    }

    /// <summary>Why a schema cannot be read as a structural one at all, or null.</summary>
    public static string? Unsupported(JsonSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        foreach (JsonSchema each in schema.SelfAndBelow())
        {
            foreach ((string member, string shown) in (ReadOnlySpan<(string, string)>)
                [("id", "id"), ("$schema", "schema"), ("$ref", "$ref"), ("patternProperties", "patternProperties"), ("dependencies", "dependencies"), ("additionalItems", "additionalItems"), ("definitions", "definitions")])
            {
                if (each.Json[member] is { } value && value is not JsonObject { Count: 0 } && KubeJson.AsString(value) is null or { Length: > 0 })
                {
                    return $"OpenAPIV3Schema '{shown}' is not supported";
                }
            }

            if (each.ItemList.Count > 0)
            {
                return "OpenAPIV3Schema 'items' must be a schema, but is an array";
            }

            if (KubeJson.AsBool(each.Json["x-kubernetes-preserve-unknown-fields"]) == false)
            {
                return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
            }
        }

        return null;
    }

    internal static string Property(string path, string name) => $"{path}.properties[{name}]";

    /// <summary>anyOf of exactly integer and string: the one place where a junctor may give types.</summary>
    internal static bool IsIntOrStringPattern(IReadOnlyList<JsonSchema> anyOf)
        => anyOf is [{ Json.Count: 1, Type: "integer" }, { Json.Count: 1, Type: "string" }];

    private static void Invariants(JsonSchema schema, Level level, string path, FieldErrors errors)
    {
        if (schema.Type == "array" && schema.Items is null)
        {
            errors.Required($"{path}.items", "must be specified");
        }

        if (schema.Items is { } items)
        {
            Invariants(items, Level.Item, $"{path}.items", errors);
        }

        foreach ((string name, JsonSchema property) in schema.Properties)
        {
            Invariants(property, Level.Field, Property(path, name), errors);
        }

        if (schema.AllowsAdditional is not null && level == Level.Root)
        {
            errors.Forbidden($"{path}.additionalProperties", "must not be used at the root");
        }

        if (schema.AdditionalProperties is { } additional)
        {
            Invariants(additional, Level.Field, $"{path}.additionalProperties", errors);
        }

        if (schema is { IntOrString: true, PreserveUnknown: true })
        {
            errors.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", true, "must be false if x-kubernetes-int-or-string is true");
        }

        if (schema is { IntOrString: true, EmbeddedResource: true })
        {
            errors.Invalid($"{path}.x-kubernetes-embedded-resource", true, "must be false if x-kubernetes-int-or-string is true");
        }

        ValueValidation(schema, IsIntOrStringPattern(schema.AnyOf), schema.AllOf.Count > 0 && IsIntOrStringPattern(schema.AllOf[0].AnyOf), path, errors);
        CheckType(schema, level, path, errors);
        CheckMeta(schema, level, path, errors);
    }

    private static void CheckType(JsonSchema schema, Level level, string path, FieldErrors errors)
    {
        if (schema.EmbeddedResource && schema.Type != "object")
        {
            if (schema.Type.Length == 0)
            {
                errors.Required($"{path}.type", "must be object if x-kubernetes-embedded-resource is true");
            }
            else
            {
                errors.Invalid($"{path}.type", schema.Type, "must be object if x-kubernetes-embedded-resource is true");
            }
        }
        else if (schema.Type.Length == 0 && !schema.IntOrString && !schema.PreserveUnknown)
        {
            errors.Required($"{path}.type", level switch
            {
                Level.Root => "must not be empty at the root",
                Level.Item => "must not be empty for specified array items",
                _ => "must not be empty for specified object fields",
            });
        }

        if (schema.EmbeddedResource && schema.AllowsAdditional is not null)
        {
            errors.Forbidden($"{path}.additionalProperties", "must not be used if x-kubernetes-embedded-resource is set");
        }

        if (level == Level.Root && schema.Type.Length > 0 && schema.Type != "object")
        {
            errors.Invalid($"{path}.type", schema.Type, "must be object at the root");
        }
    }

    private static void CheckMeta(JsonSchema schema, Level level, string path, FieldErrors errors)
    {
        bool isResource = level == Level.Root || schema.EmbeddedResource;
        foreach (string name in (ReadOnlySpan<string>)["kind", "apiVersion"])
        {
            if (isResource && schema.Properties.TryGetValue(name, out JsonSchema? member) && member.Type != "string")
            {
                errors.Invalid($"{Property(path, name)}.type", member.Type, "must be string");
            }
        }

        if (schema.Properties.TryGetValue("metadata", out JsonSchema? metadata))
        {
            string below = Property(path, "metadata");
            if (isResource && metadata.Type != "object")
            {
                errors.Invalid($"{below}.type", metadata.Type, "must be object");
            }

            bool isPlain = metadata.Json.All(member => member.Key is "type" or "default" || (member.Key == "properties" && metadata.Properties.Keys.All(name => name is "name" or "generateName")));
            if (level == Level.Root && !isPlain)
            {
                errors.Forbidden(below, "must not specify anything other than name and generateName, but metadata is implicitly specified");
            }
        }

        if (schema is { EmbeddedResource: true, PreserveUnknown: false, Properties.Count: 0 })
        {
            errors.Required($"{path}.properties", "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields");
        }
    }

    private static void ValueValidation(JsonSchema schema, bool skipAnyOf, bool skipFirstAllOf, string path, FieldErrors errors)
    {
        for (int i = 0; i < schema.AnyOf.Count && !skipAnyOf; i++)
        {
            Nested(schema.AnyOf[i], false, $"{path}.anyOf[{i}]", errors);
        }

        for (int i = 0; i < schema.AllOf.Count; i++)
        {
            Nested(schema.AllOf[i], skipFirstAllOf && i == 0, $"{path}.allOf[{i}]", errors);
        }

        for (int i = 0; i < schema.OneOf.Count; i++)
        {
            Nested(schema.OneOf[i], false, $"{path}.oneOf[{i}]", errors);
        }

        if (schema.Not is { } not)
        {
            Nested(not, false, $"{path}.not", errors);
        }

        if (schema.Pattern.Length > 0 && Re2.Problem(schema.Pattern) is { } problem)
        {
            errors.Invalid($"{path}.pattern", schema.Pattern, $"must be a valid regular expression, but isn't: {problem}");
        }
    }

    private static void Nested(JsonSchema schema, bool skipAnyOf, string path, FieldErrors errors)
    {
        ValueValidation(schema, skipAnyOf, false, path, errors);
        if (schema.Items is { } items)
        {
            Nested(items, false, $"{path}.items", errors);
        }

        foreach ((string name, JsonSchema property) in schema.Properties)
        {
            Nested(property, false, Property(path, name), errors);
        }

        if (schema.Type.Length > 0)
        {
            errors.Forbidden($"{path}.type", "must be empty to be structural");
        }

        if (schema.AllowsAdditional == true)
        {
            errors.Forbidden($"{path}.additionalProperties", "must be undefined to be structural");
        }

        if (schema.Default is not null)
        {
            errors.Forbidden($"{path}.default", "must be undefined to be structural");
        }

        ForbidMembers(schema, path, errors);
        if (schema.Properties.ContainsKey("metadata"))
        {
            errors.Forbidden(Property(path, "metadata"), "must not be specified in a nested context");
        }
    }

    private static void ForbidMembers(JsonSchema schema, string path, FieldErrors errors)
    {
        foreach (string word in NestedWords.Where(word => KubeJson.AsString(schema.Json[word]) is { Length: > 0 }))
        {
            errors.Forbidden($"{path}.{word}", "must be empty to be structural");
        }

        foreach (string flag in NestedFlags.Where(flag => KubeJson.AsBool(schema.Json[flag]) == true))
        {
            errors.Forbidden($"{path}.{flag}", "must be false to be structural");
        }

        if (schema.ListMapKeys.Count > 0)
        {
            errors.Forbidden($"{path}.x-kubernetes-list-map-keys", "must be empty to be structural");
        }

        if (schema.ListType is not null)
        {
            errors.Forbidden($"{path}.x-kubernetes-list-type", "must be undefined to be structural");
        }

        if (schema.MapType is not null)
        {
            errors.Forbidden($"{path}.x-kubernetes-map-type", "must be undefined to be structural");
        }

        if (schema.Validations.Count > 0)
        {
            errors.Forbidden($"{path}.x-kubernetes-validations", "must be empty to be structural");
        }
    }
}

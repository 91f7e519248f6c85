using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>
/// The rules that a version's schema must keep: structural, with valid defaults, and with extensions that go together. Rules
/// written in the Common Expression Language are compiled elsewhere; here only their form is checked.
/// </summary>
internal static class SchemaRules
{
    private static readonly string[] Types = ["array", "boolean", "integer", "number", "object", "string"];

    private static readonly string[] Reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

    private static readonly string[] MetaMembers = ["apiVersion", "kind", "metadata"];

    private static readonly string[] AllowedAtRoot =
    [
        "Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum", "MaxLength", "MinLength", "Pattern", "MaxItems",
        "MinItems", "UniqueItems", "MultipleOf", "Required", "Items", "Properties", "ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations",
    ];

    public static void Check(JsonSchema schema, bool hasStatus, string path, FieldErrors errors)
    {
        var found = new FieldErrors();
        if (hasStatus)
        {
            CheckRootWithStatus(schema, path, found);
        }

        if (schema.Nullable)
        {
            found.Forbidden($"{path}.nullable", "nullable cannot be true at the root");
        }

        string? unsupported = StructuralRules.Unsupported(schema);
        if (unsupported is null)
        {
            IReadOnlyList<StatusCause> structural = StructuralRules.Check(schema, path);
            found.AddAll(structural);
            if (structural.Count == 0)
            {
                DefaultRules.Check(schema, path, isRoot: true, found);
            }
        }

        Visit(schema, path, new Place(IsRoot: true, InMeta: false, ForbidDefaults: null), found);
        if (found.IsEmpty && unsupported is not null)
        {
            found.Invalid(path, "", unsupported);
        }

        errors.AddAll(found.Causes);
    }

    private static void CheckRootWithStatus(JsonSchema schema, string path, FieldErrors errors)
    {
        foreach ((string name, JsonNode? value) in schema.Json)
        {
            if (name == "type")
            {
                if (schema.Type != "object")
                {
                    errors.Invalid($"{path}.type", schema.Type, "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled");
                    return;
                }

                continue;
            }

            string known = name.StartsWith("x-kubernetes-", StringComparison.Ordinal)
                ? "X" + string.Concat(name["x-kubernetes-".Length..].Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]))
                : char.ToUpperInvariant(name[0]) + name[1..];
            bool isZero = value is null or JsonArray { Count: 0 } or JsonObject { Count: 0 } || KubeJson.AsBool(value) == false || KubeJson.AsString(value) is "";
            if (!isZero && !AllowedAtRoot.Contains(known))
            {
                errors.InvalidShown(path, GoDefinitions.Schema(schema.Json), $"only [{string.Join(' ', AllowedAtRoot)}] fields are allowed at the root of the schema if the status subresource is enabled");
                return;
            }
        }
    }

    private static void Visit(JsonSchema schema, string path, Place place, FieldErrors errors)
    {
        CheckMembers(schema, path, place, errors);
        if (schema.UniqueItems)
        {
            errors.Forbidden($"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        }

        if (schema.AllowsAdditional is { } allows)
        {
            if (schema.Properties.Count > 0 && (!allows || schema.AdditionalProperties is not null))
            {
                errors.Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
            }

            if (schema.AdditionalProperties is { } additional)
            {
                Visit(additional, $"{path}.additionalProperties", place.InMeta ? place.Below() with { ForbidDefaults = "inside additionalProperties applying to object metadata" } : place.Below(), errors);
            }
        }

        foreach ((string name, JsonSchema property) in schema.Properties)
        {
            Place below = place.Below();
            if ((place.IsRoot || schema.EmbeddedResource) && MetaMembers.Contains(name))
            {
                below = below with { InMeta = true, ForbidDefaults = place.IsRoot ? $"in top-level {name}" : below.ForbidDefaults };
            }

            Visit(property, StructuralRules.Property(path, name), below, errors);
        }

        VisitJunctors(schema, path, place.Below(), errors);
        if (schema.Items is { } items)
        {
            Visit(items, $"{path}.items", place.Below(), errors);
        }

        ExtensionRules.Check(schema, path, errors);
        CheckRules(schema, path, errors);
    }

    private static void VisitJunctors(JsonSchema schema, string path, Place place, FieldErrors errors)
    {
        if (schema.Not is { } not)
        {
            Visit(not, $"{path}.not", place, errors);
        }

        foreach ((string name, IReadOnlyList<JsonSchema> each) in (ReadOnlySpan<(string, IReadOnlyList<JsonSchema>)>)[("allOf", schema.AllOf), ("oneOf", schema.OneOf), ("anyOf", schema.AnyOf)])
        {
            for (int i = 0; i < each.Count; i++)
            {
                Visit(each[i], $"{path}.{name}[{i}]", place, errors);
            }
        }
    }

    private static void CheckMembers(JsonSchema schema, string path, Place place, FieldErrors errors)
    {
        if (schema.Type.Length > 0 && !Types.Contains(schema.Type))
        {
            errors.NotSupportedInOrder($"{path}.type", schema.Type, Types);
        }

        if (schema.Default is not null && place.ForbidDefaults is { } why)
        {
            errors.Forbidden($"{path}.default", $"must not be set {why}");
        }

        foreach (string name in (ReadOnlySpan<string>)["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"])
        {
            if (schema.Json[name] is { } value && value is not JsonObject { Count: 0 } && KubeJson.AsString(value) is null or { Length: > 0 })
            {
                errors.Forbidden($"{path}.{name}", $"{name} is not supported");
            }
        }

        if (schema.Type == "null")
        {
            errors.Forbidden($"{path}.type", "type cannot be set to null, use nullable as an alternative");
        }

        if (schema.ItemList.Count > 0)
        {
            errors.Forbidden($"{path}.items", "items must be a schema object and not an array");
        }

        if (place.InMeta && schema.EmbeddedResource)
        {
            errors.Forbidden($"{path}.x-kubernetes-embedded-resource", "must not be used inside of resource meta");
        }
    }

    private static void CheckRules(JsonSchema schema, string path, FieldErrors errors)
    {
        for (int i = 0; i < schema.Validations.Count; i++)
        {
            JsonObject rule = schema.Validations[i];
            string at = $"{path}.x-kubernetes-validations[{i}]";
            string text = rule.Text("rule")?.Trim() ?? "";
            string message = rule.Text("message") ?? "";
            if (text.Length == 0)
            {
                errors.Required($"{at}.rule", "rule is not specified");
            }
            else if (message.Length > 0 && message.Trim().Length == 0)
            {
                errors.Invalid($"{at}.message", message, "message must be non-empty if specified");
            }
            else if (HasNewLines(message.Trim()))
            {
                errors.Invalid($"{at}.message", message, "message must not contain line breaks");
            }
            else if (HasNewLines(text) && message.Trim().Length == 0)
            {
                errors.Required($"{at}.message", "message must be specified if rule contains line breaks");
            }

            if (rule.Text("messageExpression") is { Length: > 0 } expression && expression.Trim().Length == 0)
            {
                errors.Required($"{at}.messageExpression", "messageExpression must be non-empty if specified");
            }

            if (rule.Text("reason") is { } reason && !Reasons.Contains(reason))
            {
                errors.NotSupportedInOrder($"{at}.reason", reason, Reasons);
            }

            CheckFieldPath(schema, rule.Text("fieldPath"), $"{at}.fieldPath", errors);
        }
    }

    private static void CheckFieldPath(JsonSchema schema, string? fieldPath, string at, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(fieldPath))
        {
            return;
        }

        if (fieldPath.Trim().Length == 0)
        {
            errors.Invalid(at, fieldPath, "fieldPath must be non-empty if specified");
        }

        if (HasNewLines(fieldPath))
        {
            errors.Invalid(at, fieldPath, "fieldPath must not contain line breaks");
        }

        if (StructuralRules.Unsupported(schema) is null && SchemaPaths.Problem(fieldPath, schema, allowsBrackets: true, out _) is not null)
        {
            errors.Invalid(at, fieldPath, "fieldPath must be a valid path");
        }
    }

    private static bool HasNewLines(string text) => text.AsSpan().IndexOfAny('\n', '\r') >= 0;

    /// <summary>What holds where a schema stands.</summary>
    private readonly record struct Place(bool IsRoot, bool InMeta, string? ForbidDefaults)
    {
        public Place Below() => this with { IsRoot = false };
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.ApiExtensions;

/// <summary>JSONSchemaProps is a JSON-Schema following Specification Draft 4 (http://json-schema.org/).</summary>
public sealed record JsonSchemaProps
{
    [JsonPropertyName("id")]
    public string? ID { get; init; }

    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    [JsonPropertyName("$ref")]
    public string? Ref { get; init; }

    [JsonPropertyName("description")]
    public string? Description { get; init; }

    [JsonPropertyName("type")]
    public string? Type { get; init; }

    /// <summary>The format of strings and numbers; unknown formats are ignored.</summary>
    [JsonPropertyName("format")]
    public string? Format { get; init; }

    [JsonPropertyName("title")]
    public string? Title { get; init; }

    /// <summary>The value for undefined object fields.</summary>
    [JsonPropertyName("default")]
    public JsonElement? Default { get; init; }

    [JsonPropertyName("maximum")]
    public double? Maximum { get; init; }

    [JsonPropertyName("exclusiveMaximum")]
    public bool? ExclusiveMaximum { get; init; }

    [JsonPropertyName("minimum")]
    public double? Minimum { get; init; }

    [JsonPropertyName("exclusiveMinimum")]
    public bool? ExclusiveMinimum { get; init; }

    [JsonPropertyName("maxLength")]
    public long? MaxLength { get; init; }

    [JsonPropertyName("minLength")]
    public long? MinLength { get; init; }

    [JsonPropertyName("pattern")]
    public string? Pattern { get; init; }

    [JsonPropertyName("maxItems")]
    public long? MaxItems { get; init; }

    [JsonPropertyName("minItems")]
    public long? MinItems { get; init; }

    [JsonPropertyName("uniqueItems")]
    public bool? UniqueItems { get; init; }

    [JsonPropertyName("multipleOf")]
    public double? MultipleOf { get; init; }

    [Atomic]
    [JsonPropertyName("enum")]
    public IReadOnlyList<JsonElement>? Enum { get; init; }

    [JsonPropertyName("maxProperties")]
    public long? MaxProperties { get; init; }

    [JsonPropertyName("minProperties")]
    public long? MinProperties { get; init; }

    [Atomic]
    [JsonPropertyName("required")]
    public IReadOnlyList<string>? Required { get; init; }

    /// <summary>A schema, or a list of schemas.</summary>
    [JsonPropertyName("items")]
    public JsonElement? Items { get; init; }

    [Atomic]
    [JsonPropertyName("allOf")]
    public IReadOnlyList<JsonSchemaProps>? AllOf { get; init; }

    [Atomic]
    [JsonPropertyName("oneOf")]
    public IReadOnlyList<JsonSchemaProps>? OneOf { get; init; }

    [Atomic]
    [JsonPropertyName("anyOf")]
    public IReadOnlyList<JsonSchemaProps>? AnyOf { get; init; }

    [JsonPropertyName("not")]
    public JsonSchemaProps? Not { get; init; }

    [JsonPropertyName("properties")]
    public IReadOnlyDictionary<string, JsonSchemaProps>? Properties { get; init; }

    /// <summary>A schema or a boolean.</summary>
    [JsonPropertyName("additionalProperties")]
    public JsonElement? AdditionalProperties { get; init; }

    [JsonPropertyName("patternProperties")]
    public IReadOnlyDictionary<string, JsonSchemaProps>? PatternProperties { get; init; }

    [JsonPropertyName("dependencies")]
    public IReadOnlyDictionary<string, JsonElement>? Dependencies { get; init; }

    [JsonPropertyName("additionalItems")]
    public JsonElement? AdditionalItems { get; init; }

    [JsonPropertyName("definitions")]
    public IReadOnlyDictionary<string, JsonSchemaProps>? Definitions { get; init; }

    [JsonPropertyName("externalDocs")]
    public ExternalDocumentation? ExternalDocs { get; init; }

    [JsonPropertyName("example")]
    public JsonElement? Example { get; init; }

    [JsonPropertyName("nullable")]
    public bool? Nullable { get; init; }

    /// <summary>Stops pruning of fields which are not specified in the schema.</summary>
    [JsonPropertyName("x-kubernetes-preserve-unknown-fields")]
    public bool? PreserveUnknownFields { get; init; }

    /// <summary>The value is an embedded object with apiVersion, kind and metadata.</summary>
    [JsonPropertyName("x-kubernetes-embedded-resource")]
    public bool? EmbeddedResource { get; init; }

    /// <summary>The value is either an integer or a string.</summary>
    [JsonPropertyName("x-kubernetes-int-or-string")]
    public bool? IntOrString { get; init; }

    /// <summary>The keys of a list of type map.</summary>
    [Atomic]
    [JsonPropertyName("x-kubernetes-list-map-keys")]
    public IReadOnlyList<string>? ListMapKeys { get; init; }

    /// <summary>atomic, set or map.</summary>
    [JsonPropertyName("x-kubernetes-list-type")]
    public string? ListType { get; init; }

    /// <summary>granular or atomic.</summary>
    [JsonPropertyName("x-kubernetes-map-type")]
    public string? MapType { get; init; }

    /// <summary>Validation rules written in the CEL expression language.</summary>
    [ListMap("rule")]
    [JsonPropertyName("x-kubernetes-validations")]
    public IReadOnlyList<ValidationRule>? Validations { get; init; }
}

/// <summary>A reference to an external resource for extended documentation.</summary>
public sealed record ExternalDocumentation
{
    public string? Description { get; init; }

    public string? Url { get; init; }
}

/// <summary>A validation rule written in the CEL expression language.</summary>
public sealed record ValidationRule
{
    /// <summary>The expression, with self as the value and oldSelf as the value before an update.</summary>
    public string? Rule { get; init; }

    /// <summary>The message shown when the rule fails.</summary>
    public string? Message { get; init; }

    /// <summary>An expression that gives the message.</summary>
    public string? MessageExpression { get; init; }

    /// <summary>FieldValueInvalid (default), FieldValueForbidden, FieldValueRequired or FieldValueDuplicate.</summary>
    public string? Reason { get; init; }

    /// <summary>The path of the field that the failure is reported at.</summary>
    public string? FieldPath { get; init; }

    /// <summary>The rule is evaluated also when there is no old value.</summary>
    public bool? OptionalOldSelf { get; init; }
}

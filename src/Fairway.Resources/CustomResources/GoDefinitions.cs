using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>Definitions as Go prints its memory (<c>%#v</c>), which is how kube-apiserver shows their parts in errors.</summary>
internal static class GoDefinitions
{
    private const string Package = "apiextensions.";

    /// <summary>The members of a schema in Go's order: their name, how they are printed, and the JSON name.</summary>
    private static readonly (string Name, char Kind, string Json)[] SchemaMembers =
    [
        ("ID", 's', "id"), ("Schema", 's', "$schema"), ("Ref", 't', "$ref"), ("Description", 's', "description"), ("Type", 's', "type"), ("Nullable", 'b', "nullable"),
        ("Format", 's', "format"), ("Title", 's', "title"), ("Default", 'j', "default"), ("Maximum", 'f', "maximum"), ("ExclusiveMaximum", 'b', "exclusiveMaximum"),
        ("Minimum", 'f', "minimum"), ("ExclusiveMinimum", 'b', "exclusiveMinimum"), ("MaxLength", 'i', "maxLength"), ("MinLength", 'i', "minLength"), ("Pattern", 's', "pattern"),
        ("MaxItems", 'i', "maxItems"), ("MinItems", 'i', "minItems"), ("UniqueItems", 'b', "uniqueItems"), ("MultipleOf", 'f', "multipleOf"), ("Enum", 'e', "enum"),
        ("MaxProperties", 'i', "maxProperties"), ("MinProperties", 'i', "minProperties"), ("Required", 'l', "required"), ("Items", 'a', "items"), ("AllOf", 'S', "allOf"),
        ("OneOf", 'S', "oneOf"), ("AnyOf", 'S', "anyOf"), ("Not", 'n', "not"), ("Properties", 'm', "properties"), ("AdditionalProperties", 'o', "additionalProperties"),
        ("PatternProperties", 'm', "patternProperties"), ("Dependencies", 'd', "dependencies"), ("AdditionalItems", 'o', "additionalItems"), ("Definitions", 'D', "definitions"),
        ("ExternalDocs", 'x', "externalDocs"), ("Example", 'j', "example"), ("XPreserveUnknownFields", 'B', "x-kubernetes-preserve-unknown-fields"),
        ("XEmbeddedResource", 'b', "x-kubernetes-embedded-resource"), ("XIntOrString", 'b', "x-kubernetes-int-or-string"), ("XListMapKeys", 'l', "x-kubernetes-list-map-keys"),
        ("XListType", 't', "x-kubernetes-list-type"), ("XMapType", 't', "x-kubernetes-map-type"), ("XValidations", 'v', "x-kubernetes-validations"),
    ];

    /// <summary>The versions, without what all of them have alike: that stands beside them.</summary>
    public static string Versions(JsonArray? versions, SharedParts shared)
        => versions is null ? $"[]{Package}CustomResourceDefinitionVersion(nil)"
            : $"[]{Package}CustomResourceDefinitionVersion{{{string.Join(", ", versions.Select(version => Version(version, shared)))}}}";

    /// <summary>A schema.</summary>
    public static string Schema(JsonObject? json)
        => $"{Package}JSONSchemaProps{{{string.Join(", ", SchemaMembers.Select(member => $"{member.Name}:{Member(json?[member.Json], member.Kind)}"))}}}";

    private static string Version(JsonNode? version, SharedParts shared)
    {
        string Flag(string name) => KubeJson.AsBool(version?[name]) == true ? "true" : "false";
        return $"{Package}CustomResourceDefinitionVersion{{Name:{GoValue.Text(version, "name")}, Served:{Flag("served")}, Storage:{Flag("storage")}, Deprecated:{Flag("deprecated")}, "
            + $"DeprecationWarning:{GoValue.Pointer(version?["deprecationWarning"], "*string")}, "
            + $"Schema:{GoValue.Pointer(shared.Schema ? null : version?["schema"], $"*{Package}CustomResourceValidation")}, "
            + $"Subresources:{GoValue.Pointer(shared.Subresources ? null : version?["subresources"], $"*{Package}CustomResourceSubresources")}, "
            + $"AdditionalPrinterColumns:{Columns(shared.Columns ? null : version.Array("additionalPrinterColumns"))}, "
            + $"SelectableFields:{Fields(shared.Fields ? null : version.Array("selectableFields"))}}}";
    }

    private static string Columns(JsonArray? columns) => columns is null
        ? $"[]{Package}CustomResourceColumnDefinition(nil)"
        : $"[]{Package}CustomResourceColumnDefinition{{{string.Join(", ", columns.Select(Column))}}}";

    private static string Column(JsonNode? column)
        => $"{Package}CustomResourceColumnDefinition{{Name:{GoValue.Text(column, "name")}, Type:{GoValue.Text(column, "type")}, Format:{GoValue.Text(column, "format")}, "
            + $"Description:{GoValue.Text(column, "description")}, Priority:{(column.Long("priority") ?? 0).ToString(CultureInfo.InvariantCulture)}, JSONPath:{GoValue.Text(column, "jsonPath")}}}";

    private static string Fields(JsonArray? fields) => fields is null
        ? $"[]{Package}SelectableField(nil)"
        : $"[]{Package}SelectableField{{{string.Join(", ", fields.Select(field => $"{Package}SelectableField{{JSONPath:{GoValue.Text(field, "jsonPath")}}}"))}}}";

    private static string Member(JsonNode? value, char kind) => kind switch
    {
        's' => KubeJson.Quote(KubeJson.AsString(value) ?? ""),
        'b' => KubeJson.AsBool(value) == true ? "true" : "false",
        't' => GoValue.Pointer(value, "*string"),
        'B' => GoValue.Pointer(value, "*bool"),
        'f' => GoValue.Pointer(value, "*float64"),
        'i' => GoValue.Pointer(value, "*int64"),
        'j' => GoValue.Pointer(value, $"*{Package}JSON"),
        'a' => GoValue.Pointer(value, $"*{Package}JSONSchemaPropsOrArray"),
        'o' => GoValue.Pointer(value, $"*{Package}JSONSchemaPropsOrBool"),
        'n' => GoValue.Pointer(value, $"*{Package}JSONSchemaProps"),
        'x' => GoValue.Pointer(value, $"*{Package}ExternalDocumentation"),
        'l' => GoValue.Strings(value as JsonArray),
        'e' => value is JsonArray values ? $"[]{Package}JSON{{{string.Join(", ", values.Select(KubeJson.ShowGo))}}}" : $"[]{Package}JSON(nil)",
        'S' => value is JsonArray schemas ? $"[]{Package}JSONSchemaProps{{{string.Join(", ", schemas.Select(each => Schema(each as JsonObject)))}}}" : $"[]{Package}JSONSchemaProps(nil)",
        'm' => Map(value as JsonObject, $"map[string]{Package}JSONSchemaProps"),
        'D' => Map(value as JsonObject, $"{Package}JSONSchemaDefinitions"),
        'd' => $"{Package}JSONSchemaDependencies(nil)",
        _ => Rules(value as JsonArray),
    };

    private static string Map(JsonObject? schemas, string type)
    {
        if (schemas is null)
        {
            return $"{type}(nil)";
        }

        var text = new StringBuilder(type).Append('{');
        text.AppendJoin(", ", schemas.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{KubeJson.Quote(pair.Key)}:{Schema(pair.Value as JsonObject)}"));
        return text.Append('}').ToString();
    }

    private static string Rules(JsonArray? rules)
        => rules is null ? $"{Package}ValidationRules(nil)" : $"{Package}ValidationRules{{{string.Join(", ", rules.Select(rule => Rule(rule as JsonObject ?? [])))}}}";

    /// <summary>A rule in the expression language.</summary>
    public static string Rule(JsonObject rule)
        => $"{Package}ValidationRule{{Rule:{GoValue.Text(rule, "rule")}, Message:{GoValue.Text(rule, "message")}, MessageExpression:{GoValue.Text(rule, "messageExpression")}, "
            + $"Reason:{GoValue.Pointer(rule["reason"], $"*{Package}FieldValueErrorReason")}, FieldPath:{GoValue.Text(rule, "fieldPath")}, OptionalOldSelf:{GoValue.Pointer(rule["optionalOldSelf"], "*bool")}}}";
}

/// <summary>
/// Which parts all versions of a definition have alike. kube-apiserver keeps such parts once, beside the versions, and its
/// errors name that place (<c>spec.validation</c>, <c>spec.subresources</c>).
/// </summary>
internal readonly record struct SharedParts(bool Schema, bool Subresources, bool Columns, bool Fields)
{
    public static SharedParts Of(JsonArray? versions)
    {
        if (versions is not { Count: > 0 })
        {
            return default;
        }

        bool Same(string member) => versions.All(version => JsonNode.DeepEquals(version?[member], versions[0]?[member]));
        return new SharedParts(Same("schema"), Same("subresources"), Same("additionalPrinterColumns"), Same("selectableFields"));
    }

    /// <summary>Where errors place the schema of a version.</summary>
    public string SchemaPath(int version) => Schema ? "spec.validation.openAPIV3Schema" : $"spec.versions[{version.ToString(CultureInfo.InvariantCulture)}].schema.openAPIV3Schema";
}

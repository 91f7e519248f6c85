using System.Text;
using Fairway.Cel;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Rules;

/// <summary>Definitions' schemas as types of the expression language.</summary>
public static class SchemaMapping
{
    public static CelSchema ToCel(JsonSchema schema) => new()
    {
        Type = schema.Type,
        Format = schema.Type == "string" ? schema.Format : "",
        Properties = schema.Properties.ToDictionary(pair => pair.Key, pair => ToCel(pair.Value), StringComparer.Ordinal),
        AdditionalProperties = schema.AdditionalProperties is { } values ? ToCel(values) : null,
        Items = schema.Items is { } items ? ToCel(items) : null,
        IntOrString = schema.IntOrString,
        EmbeddedResource = schema.EmbeddedResource,
        ListType = schema.ListType ?? "",
        ListMapKeys = schema.ListMapKeys,
        Required = schema.Required,
        HasDefault = schema.Default is not null,
        LongestEnum = schema.Enum.Count == 0 ? null : schema.Enum.Select(one => (long)Encoding.UTF8.GetByteCount(KubeJson.AsString(one) ?? "")).Max(),
        MaxSize = schema.Type switch { "array" => schema.MaxItems, "object" => schema.MaxProperties, "string" or "" => schema.MaxLength, _ => null },
    };
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>
/// The decoding error that Kubernetes' own kinds give for a wrong JSON type: it comes before validation, and alone.
/// </summary>
public static class Decoding
{
    /// <summary>The first wrong type as the exception to throw, or null.</summary>
    public static StatusException? TypeError(JsonObject target, ResourceSchema schema, ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(type);
        return WrongType(target, schema, type) is { } wrong
            ? StatusException.BadRequest($"{type.Kind} in version \"{type.Version}\" cannot be handled as a {type.Kind}: {wrong.Decoded}")
            : null;
    }

    /// <summary>The first wrong type in the words of JSON decoding and in those of the conversion of patched objects, or null.</summary>
    public static (string Decoded, string Converted)? WrongType(JsonObject target, ResourceSchema schema, ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(type);
        return new TypeCheck(type).Find(target, schema, schema.Shape?.TypeName ?? type.Kind, "", GoStruct.Of(type), null);
    }

    /// <summary>Why a value cannot be read as an object's metadata, or null.</summary>
    public static string? MetadataProblem(JsonNode metadata)
        => new TypeCheck(new ResourceType { Group = "", Version = "v1", Kind = "ObjectMeta", Plural = "", Namespaced = false })
            .Find(metadata, RecordSchemas.Of(typeof(ObjectMeta)), "ObjectMeta", "", GoStruct.ByKey("meta/v1.ObjectMeta"), null)?.Decoded;

    /// <summary>The same for what every object has: apiVersion, kind and metadata.</summary>
    public static StatusException? MetadataError(JsonObject target, ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(type);
        var check = new TypeCheck(type);
        foreach (string name in (ReadOnlySpan<string>)["apiVersion", "kind"])
        {
            if (target[name] is { } value && KubeJson.AsString(value) is null)
            {
                return StatusException.BadRequest($"{type.Kind} in version \"{type.Version}\" cannot be handled as a {type.Kind}: .{name} accessor error: {value.ToJsonString()} is of the type {KubeJson.TypeOf(value)}, expected string");
            }
        }

        return target["metadata"] is { } metadata && check.Find(metadata, RecordSchemas.Of(typeof(ObjectMeta)), "ObjectMeta", "", GoStruct.ByKey("meta/v1.ObjectMeta"), null) is { } wrong
            ? StatusException.BadRequest($"{type.Kind} in version \"{type.Version}\" cannot be handled as a {type.Kind}: {(metadata is JsonObject ? wrong.Decoded : $"json: cannot unmarshal {KubeJson.TypeOf(metadata)} into Go value of type v1.ObjectMeta")}")
            : null;
    }

    /// <summary>The word of Go's decoder for a JSON type.</summary>
    internal static string GoKind(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        _ => "bool",
    };

    private static readonly System.Buffers.SearchValues<char> Base64Letters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    private sealed class TypeCheck(ResourceType type)
    {
        public (string Decoded, string Converted)? Find(JsonNode? value, ResourceSchema schema, string owner, string path, GoStruct? go, GoMember? at)
        {
            if (value is null || schema.Type == SchemaType.Any)
            {
                return null;
            }

            if (!Validation.HasType(value, schema))
            {
                return Refuse(value, schema, owner, path, at);
            }

            if (value is JsonValue scalar && ScalarProblem(scalar, schema) is { } problem)
            {
                return (problem, problem);
            }

            return value switch
            {
                JsonObject members => FindIn(members, schema, owner, path, go, at),
                JsonArray items when schema.Items is { } item => items.Select(each => Find(each, item, owner, path, go, at?.Item())).FirstOrDefault(found => found is not null),
                _ => null,
            };
        }

        private (string Decoded, string Converted)? FindIn(JsonObject members, ResourceSchema schema, string owner, string path, GoStruct? go, GoMember? at)
        {
            foreach ((string name, JsonNode? value) in members)
            {
                if (schema.Member(name) is not { } member)
                {
                    continue;
                }

                // The values of a map stand for the map: its owner and its path.
                bool declared = schema.Declares(name);
                GoMember? known = declared ? go?.Member(name) : at?.Item();
                if (Find(
                    value,
                    member,
                    declared ? go?.Name ?? schema.Shape?.TypeName ?? type.Kind : owner,
                    declared ? Join(path, name) : path,
                    known?.Within,
                    known) is { } error)
                {
                    return error;
                }
            }

            return null;
        }

        private static (string Decoded, string Converted) Refuse(JsonNode value, ResourceSchema schema, string owner, string path, GoMember? at)
        {
            string kind = value.GetValueKind() switch
            {
                JsonValueKind.Object => "object",
                JsonValueKind.Array => "array",
                JsonValueKind.String => "string",
                JsonValueKind.Number => "number" + (schema.Type == SchemaType.Integer ? $" {value.ToJsonString()}" : ""),
                _ => "bool",
            };
            string converted = schema.Type switch
            {
                SchemaType.Array => $"cannot restore slice from {(kind.StartsWith("number", StringComparison.Ordinal) ? "int64" : kind == "object" ? "map" : kind)}",
                SchemaType.Object when schema.Values is not null => $"cannot restore map from {(kind.StartsWith("number", StringComparison.Ordinal) ? "int64" : kind == "array" ? "slice" : kind)}",
                SchemaType.Object => $"cannot restore struct from: {(kind.StartsWith("number", StringComparison.Ordinal) ? "int64" : kind == "array" ? "slice" : kind)}",
                SchemaType.Boolean => "unrecognized type: bool",
                SchemaType.Integer => $"unrecognized type: {schema.Format ?? "int64"}",
                SchemaType.Number => "unrecognized type: float64",
                _ => "unrecognized type: string",
            };
            return ($"json: cannot unmarshal {kind} into Go struct field {owner}.{path} of type {at?.Type ?? GoType(schema)}", converted);
        }

        /// <summary>Texts of the right type that are no bytes, no amount, no time.</summary>
        private static string? ScalarProblem(JsonValue scalar, ResourceSchema schema)
        {
            if (scalar.GetValueKind() != JsonValueKind.String || (schema.Type != SchemaType.Quantity && schema.Format is not ("byte" or "date-time")))
            {
                return null;
            }

            string text = scalar.GetValue<string>();
            return schema.Type == SchemaType.Quantity ? Quantity.Problem(text)
                : schema.Format == "byte" ? Base64Problem(text)
                : GoTime.Problem(text, schema.IsMicroTime);
        }

        private static string? Base64Problem(string text)
        {
            string plain = text.Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);
            if (plain.Length % 4 == 0 && Validation.IsBase64(plain))
            {
                return null;
            }

            int letters = plain.AsSpan().IndexOfAnyExcept(Base64Letters);
            int at = letters < 0 ? plain.Length - (plain.Length % 4) : plain[letters] != '=' ? letters : plain.Length % 4 == 0 || letters % 4 < 2 ? letters : plain.Length;
            return $"illegal base64 data at input byte {at}";
        }


        private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

        private static string GoType(ResourceSchema schema) => schema.Type switch
        {
            SchemaType.Integer => schema.Format ?? "int64",
            SchemaType.Number => "float64",
            SchemaType.Boolean => "bool",
            SchemaType.Array => "[]" + (schema.Items is null ? "interface {}" : GoType(schema.Items)),
            SchemaType.Object when schema.Values is { } values => "map[string]" + GoType(values),
            SchemaType.Object => Package(schema.Shape?.Name) + (schema.Shape?.TypeName ?? "interface {}"),
            SchemaType.IntOrString => "intstr.IntOrString",
            SchemaType.Quantity => "resource.Quantity",
            _ => schema.Format == "byte" ? "[]uint8" : "string",
        };

        private static string Package(string? name)
        {
            string[] parts = (name ?? "").Split('.');
            return parts.Length < 2 ? "" : parts[^2] + ".";
        }
    }
}

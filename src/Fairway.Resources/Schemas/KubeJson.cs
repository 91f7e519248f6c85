using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>JSON and values as Kubernetes writes them in messages: escaped as Go escapes, strings in Go quotes.</summary>
public static class KubeJson
{
    /// <summary>Writes trees as Go does.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        Encoder = GoJsonEncoder.Instance,
        TypeInfoResolver = NodeContext.Default,
    };

    /// <summary>A value in an error message: strings quoted, numbers bare, the rest as JSON.</summary>
    public static string Show(JsonNode? value) => value switch
    {
        null => "\"null\"",
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => Quote(scalar.GetValue<string>()),
        _ => value.ToJsonString(Options),
    };

    /// <summary>A value as Go prints its memory (<c>%#v</c>): how Kubernetes shows lists and maps of custom resources.</summary>
    public static string ShowGo(JsonNode? value) => value switch
    {
        JsonObject members => $"map[string]interface {{}}{{{string.Join(", ", members.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{Quote(pair.Key)}:{Nested(pair.Value)}"))}}}",
        JsonArray items => $"[]interface {{}}{{{string.Join(", ", items.Select(Nested))}}}",
        _ => Show(value),
    };

    /// <summary>A value as Go prints it with <c>%+v</c>: <c>map[a:1 b:[x y]]</c>.</summary>
    public static string ShowGoPlain(JsonNode? value) => value switch
    {
        null => "<nil>",
        JsonObject members => $"map[{string.Join(' ', members.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{ShowGoPlain(pair.Value)}"))}]",
        JsonArray items => $"[{string.Join(' ', items.Select(ShowGoPlain))}]",
        _ => AsString(value) ?? value.ToJsonString(Options),
    };

    private static string Nested(JsonNode? value) => value is null ? "interface {}(nil)" : ShowGo(value);

    /// <summary>A Go-quoted string.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char letter in text)
        {
            quoted = letter switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\a' => quoted.Append("\\a"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                '\v' => quoted.Append("\\v"),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
                _ => quoted.Append(letter),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>The word for a JSON type that type errors show.</summary>
    public static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => value.ToJsonString().AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? "integer" : "number",
    };

    /// <summary>The text of a JSON string; null for anything else.</summary>
    public static string? AsString(JsonNode? value)
        => value is JsonValue scalar && scalar.TryGetValue(out string? text) ? text : null;

    /// <summary>The value of a whole number; null for anything else.</summary>
    public static long? AsLong(JsonNode? value)
        => value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.Number
            ? scalar.TryGetValue(out long number) ? number
                : scalar.TryGetValue(out int small) ? small
                : scalar.TryGetValue(out double real) && real == Math.Floor(real) && Math.Abs(real) < 9e15 ? (long)real : null
            : null;

    /// <summary>A boolean; null for anything else.</summary>
    public static bool? AsBool(JsonNode? value) => value is JsonValue scalar && scalar.TryGetValue(out bool truth) ? truth : null;

    /// <summary>A member that is an object, or null.</summary>
    public static JsonObject? Object(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonObject;

    /// <summary>A member that is a list, or null.</summary>
    public static JsonArray? Array(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonArray;

    /// <summary>A member that is a string, or null.</summary>
    public static string? Text(this JsonNode? node, string name) => AsString((node as JsonObject)?[name]);

    /// <summary>A member that is a whole number, or null.</summary>
    public static long? Long(this JsonNode? node, string name) => AsLong((node as JsonObject)?[name]);

    /// <summary>A member that is a boolean, or null.</summary>
    public static bool? Flag(this JsonNode? node, string name) => AsBool((node as JsonObject)?[name]);
}

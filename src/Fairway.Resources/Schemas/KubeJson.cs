using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>JSON and values as Kubernetes writes them in messages: nothing escaped that need not be, strings in Go quotes.</summary>
public static class KubeJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = NodeContext.Default,
    };

    /// <summary>A value in an error message: strings quoted, numbers bare, the rest as JSON.</summary>
    public static string Show(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => Quote(scalar.GetValue<string>()),
        _ => value.ToJsonString(Options),
    };

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

    public static string? AsString(JsonNode? value)
        => value is JsonValue scalar && scalar.TryGetValue(out string? text) ? text : null;

    public static long? AsLong(JsonNode? value)
        => value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.Number
            ? scalar.TryGetValue(out long number) ? number
                : scalar.TryGetValue(out int small) ? small
                : scalar.TryGetValue(out double real) && real == Math.Floor(real) && Math.Abs(real) < 9e15 ? (long)real : null
            : null;

    public static bool? AsBool(JsonNode? value) => value is JsonValue scalar && scalar.TryGetValue(out bool truth) ? truth : null;

    public static JsonObject? Object(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonObject;

    public static JsonArray? Array(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonArray;

    public static string? Text(this JsonNode? node, string name) => AsString((node as JsonObject)?[name]);

    public static long? Long(this JsonNode? node, string name) => AsLong((node as JsonObject)?[name]);
}

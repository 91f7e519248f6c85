using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Delivery.Rendering;

/// <summary>Writes JSON values as block YAML, always the same text for the same value, in a form that diffs well line by line.</summary>
internal static class YamlText
{
    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Several documents in one text, each begun by <c>---</c>.</summary>
    public static string Write(IEnumerable<JsonNode> documents)
    {
        var text = new StringBuilder();
        foreach (JsonNode document in documents)
        {
            text.Append("---\n");
            Append(text, document);
        }

        return text.ToString();
    }

    public static string Write(JsonNode document)
    {
        var text = new StringBuilder();
        Append(text, document);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonNode? node)
    {
        if (node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            Block(text, node, 0);
        }
        else
        {
            text.Append(Inline(node)).Append('\n');
        }
    }

    private static void Block(StringBuilder text, JsonNode node, int indent)
    {
        if (node is JsonObject members)
        {
            foreach ((string name, JsonNode? value) in members)
            {
                text.Append(' ', indent).Append(Key(name)).Append(':');
                Member(text, value, indent);
            }

            return;
        }

        foreach (JsonNode? item in node.AsArray())
        {
            text.Append(' ', indent).Append('-');
            Item(text, item, indent);
        }
    }

    private static void Member(StringBuilder text, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 }:
                text.Append('\n');
                Block(text, value, indent + 2);
                break;
            case JsonArray { Count: > 0 }:
                text.Append('\n');
                Block(text, value, indent);
                break;
            default:
                Scalar(text, value, indent + 2);
                break;
        }
    }

    private static void Item(StringBuilder text, JsonNode? item, int indent)
    {
        if (item is not (JsonObject { Count: > 0 } or JsonArray { Count: > 0 }))
        {
            Scalar(text, item, indent + 2);
            return;
        }

        var nested = new StringBuilder();
        Block(nested, item, indent + 2);
        text.Append(' ').Append(nested, indent + 2, nested.Length - indent - 2);
    }

    private static void Scalar(StringBuilder text, JsonNode? value, int indent)
    {
        if (Manifest.Text(value) is { } lines && IsLiteral(lines))
        {
            text.Append(lines.EndsWith('\n') ? " |\n" : " |-\n");
            foreach (string line in lines.TrimEnd('\n').Split('\n'))
            {
                text.Append(' ', line.Length == 0 ? 0 : indent).Append(line).Append('\n');
            }

            return;
        }

        text.Append(' ').Append(Inline(value)).Append('\n');
    }

    // A literal block keeps exactly what it shows: no leading space on the first line, no run of newlines at the end, nothing invisible.
    private static bool IsLiteral(string text)
        => text.Contains('\n', StringComparison.Ordinal)
            && text[0] is not (' ' or '\n' or '\t')
            && !text.EndsWith("\n\n", StringComparison.Ordinal)
            && text.All(character => character == '\n' || (character >= ' ' && !char.IsControl(character) && !char.IsSurrogate(character) && character is not ('\u2028' or '\u2029' or '\u0085' or '\ufeff')))
            && !text.Contains(" \n", StringComparison.Ordinal)
            && !text.EndsWith(' ');

    private static string Inline(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        JsonValue scalar when scalar.TryGetValue(out string? text) => Quoted(text),
        _ => Number(value),
    };

    private static string Number(JsonNode value) => value.GetValueKind() == JsonValueKind.Number && value.AsValue().TryGetValue(out double real)
        && Math.Abs(real) < 1e15 && real == Math.Floor(real)
            ? real.ToString("0", CultureInfo.InvariantCulture)
            : value.ToJsonString();

    private static string Key(string name) => Quoted(name);

    private static string Quoted(string text) => IsPlain(text) ? text : JsonSerializer.Serialize(text, Quoting);

    private static bool IsPlain(string text)
        => text.Length > 0
            && (char.IsAsciiLetter(text[0]) || text[0] is '/' or '_' or '.')
            && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' or '/' or ' ' or '@' or '+' or '=' or '(' or ')' or ',' or ';' || character == ':')
            && !text.EndsWith(':') && !text.EndsWith(' ') && !text.Contains(": ", StringComparison.Ordinal)
            && Manifest.Text(ManifestYaml.Plain(text)) == text
            && text is not ("y" or "Y" or "n" or "N" or "=" or "<<" or "---" or "...");
}

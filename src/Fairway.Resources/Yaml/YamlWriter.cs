using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Yaml;

/// <summary>Writes JSON trees as YAML for people: block style, quotes only where a plain scalar would mean something else.</summary>
public static class YamlWriter
{
    /// <summary>One document, ending with a line feed.</summary>
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Append(text, node, 0);
        if (text.Length == 0 || text[^1] != '\n')
        {
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Several documents, separated by <c>---</c>.</summary>
    public static string WriteAll(IEnumerable<JsonNode?> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        return string.Join("---\n", nodes.Select(Write));
    }

    private static void Append(StringBuilder text, JsonNode? node, int indent)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } members:
                AppendMembers(text, members, indent, firstOnLine: true);
                break;
            case JsonArray { Count: > 0 } items:
                AppendItems(text, items, indent);
                break;
            default:
                text.Append(Inline(node, indent)).Append('\n');
                break;
        }
    }

    private static void AppendMembers(StringBuilder text, JsonObject members, int indent, bool firstOnLine)
    {
        foreach ((string name, JsonNode? value) in members)
        {
            text.Append(' ', firstOnLine ? indent : 0).Append(Scalar(name)).Append(':');
            firstOnLine = true;
            switch (value)
            {
                case JsonObject { Count: > 0 }:
                    text.Append('\n');
                    Append(text, value, indent + 2);
                    break;
                case JsonArray { Count: > 0 } items:
                    text.Append('\n');
                    AppendItems(text, items, indent);
                    break;
                default:
                    text.Append(' ').Append(Inline(value, indent)).Append('\n');
                    break;
            }
        }
    }

    private static void AppendItems(StringBuilder text, JsonArray items, int indent)
    {
        foreach (JsonNode? item in items)
        {
            text.Append(' ', indent).Append("- ");
            switch (item)
            {
                case JsonObject { Count: > 0 } members:
                    AppendMembers(text, members, indent + 2, firstOnLine: false);
                    break;
                case JsonArray { Count: > 0 }:
                    text.Length -= 1;
                    text.Append('\n');
                    Append(text, item, indent + 2);
                    break;
                default:
                    text.Append(Inline(item, indent)).Append('\n');
                    break;
            }
        }
    }

    private static string Inline(JsonNode? node, int indent) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Text(value.GetValue<string>(), indent),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => Number(value.ToJsonString()),
        _ => node.ToJsonString(),
    };

    // YAML 1.1 takes "1E-06" for a text: its numbers with an exponent have a point, and a sign in the exponent.
    private static string Number(string json)
    {
        int exponent = json.AsSpan().IndexOfAny('e', 'E');
        if (exponent < 0)
        {
            return json;
        }

        string mantissa = json[..exponent];
        string power = json[(exponent + 1)..];
        return $"{mantissa}{(mantissa.Contains('.', StringComparison.Ordinal) ? "" : ".0")}e{(char.IsAsciiDigit(power[0]) ? "+" : "")}{power}";
    }

    private static string Text(string value, int indent) => value.Contains('\n', StringComparison.Ordinal) && FitsBlock(value) ? Block(value, indent) : Scalar(value);

    private static string Scalar(string value) => NeedsQuotes(value) ? DoubleQuoted(value) : value;

    /// <summary>A literal block keeps the text as it is; text that begins with space or has odd letters cannot stand there.</summary>
    private static bool FitsBlock(string value)
        => value[0] is not (' ' or '\n' or '\t')
            && !value.Contains(" \n", StringComparison.Ordinal)
            && !value.EndsWith(' ')
            && !value.Any(letter => letter != '\n' && letter != '\t' && (char.IsControl(letter) || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029' or '\u0085' or '\ufeff'));

    private static string Block(string value, int indent)
    {
        string chomp = value.EndsWith("\n\n", StringComparison.Ordinal) ? "+" : value.EndsWith('\n') ? "" : "-";
        var block = new StringBuilder("|").Append(chomp);
        string body = value.EndsWith('\n') ? value[..^1] : value;
        foreach (string line in body.Split('\n'))
        {
            block.Append('\n');
            if (line.Length > 0)
            {
                block.Append(' ', indent + 2).Append(line);
            }
        }

        return block.ToString();
    }

    private static bool NeedsQuotes(string value)
        => YamlScalars.IsNotText(value)
            || ("-?:,[]{}#&*!|>'\"%@`=<~".Contains(value[0], StringComparison.Ordinal) && !IsHarmlessDash(value))
            || char.IsWhiteSpace(value[0])
            || char.IsWhiteSpace(value[^1])
            || value[^1] == ':'
            || value.Contains(": ", StringComparison.Ordinal)
            || value.Contains(" #", StringComparison.Ordinal)
            || value.Contains(":\t", StringComparison.Ordinal)
            || LooksLikeTime(value)
            || value.Any(letter => char.IsControl(letter) || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029' or '\ufeff');

    /// <summary><c>--flag</c> and <c>-x</c> are text.</summary>
    private static bool IsHarmlessDash(string value) => value[0] == '-' && value.Length > 1 && value[1] is not (' ' or '-') && value != "---";

    private static bool LooksLikeTime(string value)
        => value.Length >= 10 && value[4] == '-' && value[7] == '-' && value.AsSpan(0, 4).IndexOfAnyExceptInRange('0', '9') < 0;

    // Unlike Go's JSON this escapes what YAML takes for a line break or cannot print.
    private static readonly System.Text.Json.JsonSerializerOptions Quoting = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = NodeContext.Default,
    };

    private static string DoubleQuoted(string value) => JsonValue.Create(value).ToJsonString(Quoting);
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Telemetry.GoYaml;

/// <summary>Writes what was read by a shape, with its defaults and without its secrets, as Go's YAML library would.</summary>
internal static class YamlShapeWriter
{
    private const string Hidden = "<secret>";

    public static string Write(YamlShape shape, JsonNode? node)
    {
        var text = new StringBuilder();
        Value(text, shape, node, 0, isItem: false);
        return text.ToString();
    }

    private static void Value(StringBuilder text, YamlShape shape, JsonNode? node, int indent, bool isItem)
    {
        switch (shape.Unfolded)
        {
            case YamlShape.StructShape type when node is JsonObject fields:
                var shown = type.Fields.Where(field => field.Always || !IsEmpty(fields[field.Name])).ToList();
                if (shown.Count == 0)
                {
                    text.Append("{}\n");
                    return;
                }

                Open(text, indent, isItem);
                for (int i = 0; i < shown.Count; i++)
                {
                    Pair(text, shown[i].Name, shown[i].Shape, fields[shown[i].Name], indent, skipIndent: i == 0 && isItem);
                }

                return;
            case YamlShape.MapShape map when node is JsonObject pairs:
                if (pairs.Count == 0)
                {
                    text.Append("{}\n");
                    return;
                }

                Open(text, indent, isItem);
                bool first = isItem;
                foreach ((string key, JsonNode? value) in pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    Pair(text, Plain(key), map.Value, value, indent, skipIndent: first);
                    first = false;
                }

                return;
            case YamlShape.ListShape list:
                if (node is not JsonArray { Count: > 0 } items)
                {
                    text.Append("[]\n");
                    return;
                }

                Open(text, indent, isItem);
                bool start = isItem;
                foreach (JsonNode? item in items)
                {
                    text.Append(' ', start ? 0 : indent).Append("- ");
                    Value(text, list.Item, item, indent + 2, isItem: true);
                    start = false;
                }

                return;
            case YamlShape.AnyShape when node is JsonObject any:
                Value(text, new YamlShape.MapShape(YamlShape.Any), any, indent, isItem);
                return;
            case YamlShape.AnyShape when node is JsonArray any:
                Value(text, new YamlShape.ListShape(YamlShape.Any), any, indent, isItem);
                return;
            case YamlShape.TextShape { IsSecret: true }:
                text.Append(IsEmpty(node) ? "\"\"" : Hidden).Append('\n');
                return;
            default:
                text.Append(Scalar(node, indent)).Append('\n');
                return;
        }
    }

    private static void Open(StringBuilder text, int indent, bool isItem)
    {
        if (!isItem && indent > 0)
        {
            text.Append('\n');
        }
        else if (!isItem && text.Length > 0)
        {
            text.Append('\n');
        }
    }

    private static void Pair(StringBuilder text, string name, YamlShape shape, JsonNode? value, int indent, bool skipIndent)
    {
        text.Append(' ', skipIndent ? 0 : indent).Append(name).Append(':');
        bool nested = value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 };
        if (!nested)
        {
            text.Append(' ');
            Value(text, shape, value, indent, isItem: true);
            return;
        }

        // Lists stand at the column of their name, maps two further.
        var inner = new StringBuilder();
        bool isList = value is JsonArray;
        Value(inner, shape, value, isList ? indent : indent + 2, isItem: true);
        string rendered = inner.ToString();
        if (rendered is "{}\n")
        {
            text.Append(' ').Append(rendered);
            return;
        }

        text.Append('\n').Append(' ', isList ? indent : indent + 2).Append(rendered);
    }

    private static bool IsEmpty(JsonNode? node) => node switch
    {
        null => true,
        JsonArray list => list.Count == 0,
        JsonObject map => map.Count == 0,
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>().Length == 0,
            JsonValueKind.False => true,
            JsonValueKind.Number => value.ToJsonString() == "0",
            _ => false,
        },
        _ => false,
    };

    private static string Scalar(JsonNode? node, int indent)
    {
        if (node is not JsonValue value)
        {
            return "null";
        }

        if (value.GetValueKind() != JsonValueKind.String)
        {
            return value.ToJsonString();
        }

        string text = value.GetValue<string>();
        if (text.Contains('\n', StringComparison.Ordinal))
        {
            string mark = text.EndsWith('\n') ? "|" : "|-";
            return mark + "\n" + string.Join('\n', text.TrimEnd('\n').Split('\n').Select(line => line.Length == 0 ? line : new string(' ', indent + 2) + line));
        }

        return Plain(text);
    }

    private static string Plain(string text)
    {
        if (text.Length == 0)
        {
            return "\"\"";
        }

        if (YamlForms.Tag(text) != "!!str")
        {
            return $"\"{text}\"";
        }

        bool quoted = "-?:,[]{}#&*!|>'\"%@`".Contains(text[0]) && !(text[0] is '-' or '?' or ':' && text.Length > 1 && text[1] != ' ')
            || text.Contains(": ", StringComparison.Ordinal) || text.Contains(" #", StringComparison.Ordinal) || text.EndsWith(':') || text is "..." or "---" || text[0] == ' ' || text[^1] == ' ';
        return quoted ? $"'{text.Replace("'", "''", StringComparison.Ordinal)}'" : text;
    }
}

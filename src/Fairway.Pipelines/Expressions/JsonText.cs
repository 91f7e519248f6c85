using System.Globalization;
using System.Text;
using System.Text.Json;
using static Fairway.Pipelines.Expressions.ExpressionValue;

namespace Fairway.Pipelines.Expressions;

/// <summary>Values as JSON, indented by two spaces as <c>toJSON</c> shows it.</summary>
internal static class JsonText
{
    private const int MaxDepth = 100;

    /// <exception cref="ExpressionException">The text is not JSON.</exception>
    public static ExpressionValue Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return Read(document.RootElement);
        }
        catch (JsonException wrong)
        {
            throw new ExpressionException($"fromJSON was given text that is not JSON (line {wrong.LineNumber + 1}, position {wrong.BytePositionInLine + 1})", 0);
        }
    }

    public static ExpressionValue Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True => True,
        JsonValueKind.False => False,
        JsonValueKind.Number => Of(element.GetDouble()),
        JsonValueKind.String => Of(element.GetString()),
        JsonValueKind.Array => new ArrayValue([.. element.EnumerateArray().Select(Read)]),
        JsonValueKind.Object => new ObjectValue(element.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, Read(member.Value)))),
        _ => Null,
    };

    public static string Write(ExpressionValue value)
    {
        StringBuilder text = new();
        Write(value, text, 0);
        return text.ToString();
    }

    private static void Write(ExpressionValue value, StringBuilder text, int depth)
    {
        switch (value)
        {
            case NullValue:
                text.Append("null");
                break;
            case TextValue plain:
                Quote(plain.Value, text);
                break;
            case ArrayValue array:
                WriteItems(array.Items, '[', ']', text, depth, static (item, into, level) => Write(item, into, level));
                break;
            case ObjectValue entries:
                WriteItems(entries.Entries, '{', '}', text, depth, static (entry, into, level) =>
                {
                    Quote(entry.Key, into);
                    Write(entry.Value, into.Append(": "), level);
                });
                break;
            default:
                text.Append(value.AsText());
                break;
        }
    }

    private static void WriteItems<T>(
        IReadOnlyList<T> items, char open, char close, StringBuilder text, int depth, Action<T, StringBuilder, int> write)
    {
        text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            text.Append(i == 0 ? "\n" : ",\n").Append(' ', 2 * (depth + 1));
            write(items[i], text, depth + 1);
        }

        if (items.Count > 0)
        {
            text.Append('\n').Append(' ', 2 * depth);
        }

        text.Append(close);
    }

    private static void Quote(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}

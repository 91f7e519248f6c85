using System.Globalization;
using System.Text;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>What stands in a line of JSON.</summary>
internal enum JsonPiece
{
    Text,
    Number,
    Flag,
    Null,
    Object,
    Array,
}

/// <summary>Takes one member; false ends the reading. The value of a text is without its quotes and still escaped.</summary>
internal delegate bool JsonMember(string key, ReadOnlySpan<char> value, JsonPiece piece);

/// <summary>
/// Reads JSON of log lines member by member and forgives what comes after: what stands before a fault is taken, as Loki does it.
/// The words for faults are those of its reader.
/// </summary>
internal static class JsonScan
{
    private const string BadObject = "Value looks like object, but can't find closing '}' symbol";
    private const string BadArray = "Value is array, but can't find closing ']' symbol";
    private const string BadText = "Value is string, but can't find closing '\"' symbol";
    private const string BadValue = "Value looks like Number/Boolean/None, but can't find its end: ',' or '}' symbol";
    private const string BadJson = "Malformed JSON error";
    private const string BadEscape = "Encountered an invalid escape sequence in a string";
    private const string Unknown = "Unknown value type";

    /// <summary>Gives every member of an object; null, or what is wrong.</summary>
    public static string? Members(ReadOnlySpan<char> text, JsonMember each)
    {
        int at = Token(text, 0);
        if (at < 0 || text[at] != '{')
        {
            return BadObject;
        }

        at = Token(text, at + 1);
        if (at < 0)
        {
            return BadJson;
        }

        while (true)
        {
            if (text[at] == '}')
            {
                return null;
            }

            if (text[at] != '"')
            {
                return BadObject;
            }

            int end = TextEnd(text, at);
            if (end < 0)
            {
                return BadJson;
            }

            string? key = Unescape(text[(at + 1)..(end - 1)]);
            if (key is null)
            {
                return BadEscape;
            }

            at = Token(text, end);
            if (at < 0 || text[at] != ':')
            {
                return BadJson;
            }

            at = Token(text, at + 1);
            if (at < 0)
            {
                return BadJson;
            }

            if (Value(text, at, out Range value, out JsonPiece piece, out int after) is { } problem)
            {
                return problem;
            }

            if (!each(key, text[value], piece))
            {
                return null;
            }

            at = Token(text, after);
            switch (at < 0 ? '\0' : text[at])
            {
                case '\0': return BadArray;
                case '}': return null;
                case ',': at++; break;
                default: return BadObject;
            }

            at = Token(text, at);
            if (at < 0)
            {
                return BadArray;
            }
        }
    }

    /// <summary>The element of an array; false when there is none.</summary>
    public static bool Element(ReadOnlySpan<char> text, int index, out Range value, out JsonPiece piece)
    {
        (value, piece) = (default, default);
        int at = Token(text, 0);
        if (at < 0 || text[at] != '[')
        {
            return false;
        }

        for (at = Token(text, at + 1); at >= 0 && text[at] != ']'; index--)
        {
            if (Value(text, at, out value, out piece, out int after) is not null)
            {
                return false;
            }

            if (index == 0)
            {
                return true;
            }

            at = Token(text, after);
            if (at < 0 || text[at] != ',')
            {
                return false;
            }

            at = Token(text, at + 1);
        }

        return false;
    }

    /// <summary>A text without its escapes; null when they are broken.</summary>
    public static string? Unescape(ReadOnlySpan<char> text)
    {
        if (!text.Contains('\\'))
        {
            return text.ToString();
        }

        var plain = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\')
            {
                plain.Append(text[at]);
                continue;
            }

            if (++at >= text.Length)
            {
                return null;
            }

            switch (text[at])
            {
                case '"' or '\\' or '/': plain.Append(text[at]); break;
                case 'b': plain.Append('\b'); break;
                case 'f': plain.Append('\f'); break;
                case 'n': plain.Append('\n'); break;
                case 'r': plain.Append('\r'); break;
                case 't': plain.Append('\t'); break;
                case 'u' when at + 4 < text.Length && ushort.TryParse(text.Slice(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code):
                    plain.Append((char)code);
                    at += 4;
                    break;
                default: return null;
            }
        }

        return plain.ToString();
    }

    private static string? Value(ReadOnlySpan<char> text, int at, out Range value, out JsonPiece piece, out int after)
    {
        (value, piece, after) = (default, default, 0);
        switch (text[at])
        {
            case '"':
                after = TextEnd(text, at);
                (value, piece) = (after < 0 ? default : (at + 1)..(after - 1), JsonPiece.Text);
                return after < 0 ? BadText : null;
            case '{':
                after = BlockEnd(text, at, '{', '}');
                (value, piece) = (after < 0 ? default : at..after, JsonPiece.Object);
                return after < 0 ? BadObject : null;
            case '[':
                after = BlockEnd(text, at, '[', ']');
                (value, piece) = (after < 0 ? default : at..after, JsonPiece.Array);
                return after < 0 ? BadArray : null;
        }

        int end = text[at..].IndexOfAny(" \n\r\t,}]");
        if (end < 0)
        {
            return BadValue;
        }

        after = at + end;
        value = at..after;
        switch (text[value])
        {
            case "true" or "false": piece = JsonPiece.Flag; return null;
            case "null": piece = JsonPiece.Null; return null;
            default:
                piece = JsonPiece.Number;
                return char.IsAsciiDigit(text[at]) || text[at] == '-' ? null : Unknown;
        }
    }

    private static int Token(ReadOnlySpan<char> text, int from)
    {
        int found = text[from..].IndexOfAnyExcept(" \n\r\t");
        return found < 0 ? -1 : from + found;
    }

    /// <summary>Behind the closing quote; below 0 when there is none.</summary>
    private static int TextEnd(ReadOnlySpan<char> text, int quote)
    {
        for (int at = quote + 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == '"')
            {
                return at + 1;
            }
        }

        return -1;
    }

    private static int BlockEnd(ReadOnlySpan<char> text, int from, char open, char close)
    {
        int depth = 0;
        for (int at = from; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at = TextEnd(text, at) - 1;
                if (at < 0)
                {
                    return -1;
                }
            }
            else if (text[at] == open)
            {
                depth++;
            }
            else if (text[at] == close && --depth == 0)
            {
                return at + 1;
            }
        }

        return -1;
    }
}

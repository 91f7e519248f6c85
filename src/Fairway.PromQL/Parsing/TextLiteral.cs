using System.Globalization;
using System.Text;

namespace Fairway.PromQL.Parsing;

/// <summary>Quoted texts of the language: Go's escapes in double and single quotes, none in back quotes.</summary>
internal static class TextLiteral
{
    /// <summary>Reads over an escape after its backslash; the problem, or null.</summary>
    public static string? SkipEscape(string input, ref int at, char quote)
    {
        if (at >= input.Length)
        {
            return "escape sequence not terminated";
        }

        char c = input[at++];
        if (c is 'a' or 'b' or 'f' or 'n' or 'r' or 't' or 'v' or '\\' || c == quote)
        {
            return null;
        }

        (int length, int radix, uint most) = c switch
        {
            >= '0' and <= '7' => (3, 8, 255u),
            'x' => (2, 16, 255u),
            'u' => (4, 16, 0x10FFFFu),
            'U' => (8, 16, 0x10FFFFu),
            _ => (0, 0, 0u),
        };
        if (length == 0)
        {
            return $"unknown escape sequence U+{(int)c:X4} '{c}'";
        }

        if (radix == 8)
        {
            at--;
        }

        uint value = 0;
        for (int i = 0; i < length; i++, at++)
        {
            if (at >= input.Length)
            {
                return "escape sequence not terminated";
            }

            int digit = char.IsAsciiHexDigit(input[at]) ? Convert.ToInt32(input[at].ToString(), 16) : 16;
            if (digit >= radix)
            {
                return $"illegal character U+{(int)input[at]:X4} '{input[at]}' in escape sequence";
            }

            value = (value * (uint)radix) + (uint)digit;
        }

        return value > most || value is >= 0xD800 and < 0xE000 ? "escape sequence is an invalid Unicode code point" : null;
    }

    /// <summary>
    /// What a literal that the lexer accepted stands for. Byte escapes build UTF-8; a byte that is not part of valid UTF-8 becomes a lone
    /// surrogate (U+DC00 and the byte), which no well-formed text has and <see cref="GoText.Quote"/> shows as the byte.
    /// </summary>
    public static string Unquote(string literal)
    {
        char quote = literal[0];
        string inner = literal[1..^1];
        if (quote == '`')
        {
            return inner.Replace("\r", string.Empty, StringComparison.Ordinal);
        }

        if (!inner.Contains('\\', StringComparison.Ordinal))
        {
            return inner;
        }

        var bytes = new List<byte>(inner.Length);
        for (int i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '\\')
            {
                i = Escape(inner, i + 1, bytes);
                continue;
            }

            int length = char.IsHighSurrogate(inner[i]) && i + 1 < inner.Length ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(inner.Substring(i, length)));
            i += length - 1;
        }

        return Decode([.. bytes]);
    }

    /// <summary>A character in single quotes, as messages show it.</summary>
    public static string QuoteRune(string input, int at)
    {
        int length = char.IsHighSurrogate(input[at]) && at + 1 < input.Length ? 2 : 1;
        string quoted = GoText.Quote(input.Substring(at, length))[1..^1];
        return quoted == "\\\"" ? "'\"'" : quoted == "'" ? "'\\''" : $"'{quoted}'";
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (bytes.Length > 0)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            text.Append(valid ? rune.ToString() : ((char)(0xDC00 + bytes[0])).ToString());
            bytes = bytes[(valid ? length : 1)..];
        }

        return text.ToString();
    }

    private static int Escape(string inner, int at, List<byte> bytes)
    {
        char c = inner[at];
        int simple = "abfnrtv\\\"'".IndexOf(c, StringComparison.Ordinal);
        if (simple >= 0)
        {
            bytes.Add((byte)"\a\b\f\n\r\t\v\\\"'"[simple]);
            return at;
        }

        if (c is >= '0' and <= '7')
        {
            bytes.Add((byte)Convert.ToInt32(inner.Substring(at, 3), 8));
            return at + 2;
        }

        int length = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        int value = int.Parse(inner.AsSpan(at + 1, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (c == 'x')
        {
            bytes.Add((byte)value);
        }
        else
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(char.ConvertFromUtf32(value)));
        }

        return at + length;
    }
}

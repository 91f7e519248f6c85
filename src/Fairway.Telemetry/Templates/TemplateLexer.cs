using System.Globalization;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Templates;

/// <summary>A word inside of <c>{{ }}</c>.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written.</param>
/// <param name="Value">Of constants.</param>
/// <param name="SpaceBefore">Whether blank stood before it: <c>.a .b</c> are two values, <c>.a.b</c> is one.</param>
internal readonly record struct TemplateToken(char Kind, string Text, object? Value, bool SpaceBefore);

/// <summary>Cuts the inside of an action into words. Kinds: i(dentifier) v(ariable) f(ield) c(onstant) and punctuation as itself.</summary>
internal static class TemplateLexer
{
    public static List<TemplateToken> Words(string action)
    {
        var words = new List<TemplateToken>();
        int at = 0;
        while (true)
        {
            int before = at;
            while (at < action.Length && char.IsWhiteSpace(action[at]))
            {
                at++;
            }

            if (at >= action.Length)
            {
                return words;
            }

            words.Add(Next(action, ref at, at > before || words.Count == 0));
        }
    }

    private static TemplateToken Next(string text, ref int at, bool space)
    {
        int start = at;
        char c = text[at];
        switch (c)
        {
            case '"':
                string quoted = QuotedText(text, ref at);
                return new('c', text[start..at], quoted, space);
            case '`':
                int close = text.IndexOf('`', at + 1);
                at = close < 0 ? throw new TemplateException("unterminated raw quoted string") : close + 1;
                return new('c', text[start..at], text[(start + 1)..close], space);
            case '\'':
                int end = text.IndexOf('\'', at + 2);
                at = end < 0 ? throw new TemplateException("unterminated character constant") : end + 1;
                return new('c', text[start..at], (long)text[start + 1], space);
            case '(' or ')' or '|' or ',' or '=':
                at++;
                return new(c, c.ToString(), null, space);
            case ':' when at + 1 < text.Length && text[at + 1] == '=':
                at += 2;
                return new(':', ":=", null, space);
        }

        if (char.IsAsciiDigit(c) || (c is '-' or '+' or '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])))
        {
            return Number(text, ref at, space);
        }

        if (c is '$' or '.' || char.IsLetter(c) || c == '_')
        {
            at++;
            while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '_'))
            {
                at++;
            }

            string word = text[start..at];
            return c switch
            {
                '$' => new('v', word, null, space),
                '.' => new(word.Length == 1 ? '.' : 'f', word, null, space),
                _ => word switch
                {
                    "true" => new('c', word, true, space),
                    "false" => new('c', word, false, space),
                    "nil" => new('c', word, null, space),
                    _ => new('i', word, null, space),
                },
            };
        }

        throw new TemplateException($"unexpected {GoText.Quote(c.ToString())} in command");
    }

    private static TemplateToken Number(string text, ref int at, bool space)
    {
        int start = at++;
        while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '.' or '_' || (text[at] is '+' or '-' && text[at - 1] is 'e' or 'E')))
        {
            at++;
        }

        string number = text[start..at].Replace("_", string.Empty, StringComparison.Ordinal);
        if (long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
        {
            return new('c', number, whole, space);
        }

        if (number.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && long.TryParse(number.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hex))
        {
            return new('c', number, hex, space);
        }

        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double real)
            ? new('c', number, real, space)
            : throw new TemplateException($"bad number syntax: {GoText.Quote(number)}");
    }

    private static string QuotedText(string text, ref int at)
    {
        var value = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at++;
                return value.ToString();
            }

            if (text[at] != '\\' || at + 1 >= text.Length)
            {
                value.Append(text[at]);
                continue;
            }

            char escape = text[++at];
            int length = escape switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (length > 0 && at + length < text.Length
                && int.TryParse(text.AsSpan(at + 1, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
                && code is < 0xD800 or (> 0xDFFF and < 0x110000))
            {
                value.Append(char.ConvertFromUtf32(code));
                at += length;
                continue;
            }

            int known = "abfnrtv\\\"'".IndexOf(escape, StringComparison.Ordinal);
            value.Append(known < 0 ? throw new TemplateException("invalid escape in quoted string") : "\a\b\f\n\r\t\v\\\"'"[known]);
        }

        throw new TemplateException("unterminated quoted string");
    }
}

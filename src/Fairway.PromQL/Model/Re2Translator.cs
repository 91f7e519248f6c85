using System.Globalization;
using System.Text;

namespace Fairway.PromQL;

/// <summary>
/// Turns RE2 syntax into .NET's. They differ in named groups, <c>\Q..\E</c>, <c>\z</c> for <c>$</c>, one-letter Unicode classes,
/// POSIX classes, <c>\x{..}</c>, and in that <c>\d \w \s</c> are ASCII in RE2.
/// Source of the syntax: the published page "Syntax" of google/re2.
/// </summary>
internal static class Re2Translator
{
    private const int MostCharacters = 64 * 1024;
    private const int MostRepeats = 1000;

    /// <exception cref="FormatException">Not valid RE2; the message has Go's words.</exception>
    public static string Translate(string pattern)
    {
        if (pattern.Length > MostCharacters)
        {
            throw Error("expression too large", pattern[..32] + "...");
        }

        var text = new StringBuilder(pattern.Length + 16);
        bool multiline = false;
        var outer = new Stack<bool>();
        for (int i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    i = Escape(pattern, i, text, inClass: false);
                    break;
                case '[':
                    i = Class(pattern, i, text);
                    break;
                case '(':
                    outer.Push(multiline);
                    i = Group(pattern, i, text, outer, ref multiline);
                    break;
                case ')':
                    if (outer.Count == 0)
                    {
                        throw Error("unexpected )", pattern);
                    }

                    multiline = outer.Pop();
                    text.Append(')');
                    break;
                case '$':
                    text.Append(multiline ? "$" : "\\z");
                    break;
                case '{':
                    i = Repeat(pattern, i, text);
                    break;
                case '*' or '+' or '?':
                    i = Quantifier(pattern, i, text);
                    break;
                default:
                    text.Append(pattern[i] is '#' or ' ' ? "\\" + pattern[i] : pattern[i].ToString());
                    break;
            }
        }

        if (outer.Count > 0)
        {
            throw Error("missing closing )", pattern);
        }

        return text.ToString();
    }

    private static int Quantifier(string pattern, int at, StringBuilder text)
    {
        if (at == 0 || pattern[at - 1] is '(' or '|' && !Escaped(pattern, at - 1))
        {
            throw Error("missing argument to repetition operator", pattern[at].ToString());
        }

        text.Append(pattern[at]);
        if (at + 1 < pattern.Length && pattern[at + 1] == '?')
        {
            text.Append('?');
            at++;
        }

        if (at + 1 < pattern.Length && pattern[at + 1] is '*' or '+' or '?')
        {
            throw Error("invalid nested repetition operator", pattern[(at - (pattern[at] == '?' && at > 0 && pattern[at - 1] is '*' or '+' ? 1 : 0))..(at + 2)]);
        }

        return at;
    }

    private static bool Escaped(string pattern, int at)
    {
        int slashes = 0;
        while (at - 1 - slashes >= 0 && pattern[at - 1 - slashes] == '\\')
        {
            slashes++;
        }

        return slashes % 2 == 1;
    }

    private static int Repeat(string pattern, int at, StringBuilder text)
    {
        int end = pattern.IndexOf('}', at);
        string body = end < 0 ? string.Empty : pattern[(at + 1)..end];
        int comma = body.IndexOf(',', StringComparison.Ordinal);
        string least = comma < 0 ? body : body[..comma];
        string most = comma < 0 ? body : body[(comma + 1)..];
        bool isRepeat = least.Length > 0 && least.All(char.IsAsciiDigit) && most.All(char.IsAsciiDigit);
        if (!isRepeat)
        {
            text.Append("\\{");
            return at;
        }

        if (at == 0)
        {
            throw Error("missing argument to repetition operator", pattern[at..(end + 1)]);
        }

        if (Number(least) > MostRepeats || (most.Length > 0 && (Number(most) > MostRepeats || Number(most) < Number(least))))
        {
            throw Error("invalid repeat count", pattern[at..(end + 1)]);
        }

        text.Append(pattern, at, end - at + 1);
        if (end + 1 < pattern.Length && pattern[end + 1] == '?')
        {
            text.Append('?');
            end++;
        }

        return end;
    }

    private static int Number(string digits) => digits.Length > 6 ? int.MaxValue : int.Parse(digits, CultureInfo.InvariantCulture);

    private static int Group(string pattern, int at, StringBuilder text, Stack<bool> outer, ref bool multiline)
    {
        if (at + 1 >= pattern.Length || pattern[at + 1] != '?')
        {
            text.Append('(');
            return at;
        }

        int nameStart = pattern.AsSpan(at).StartsWith("(?P<", StringComparison.Ordinal) ? at + 4
            : pattern.AsSpan(at).StartsWith("(?<", StringComparison.Ordinal) ? at + 3 : -1;
        if (nameStart >= 0)
        {
            int close = pattern.IndexOf('>', nameStart);
            string name = close < 0 ? string.Empty : pattern[nameStart..close];
            if (!Names.IsLegacyLabelName(name))
            {
                throw Error("invalid named capture", pattern[at..(close < 0 ? pattern.Length : close + 1)]);
            }

            text.Append("(?<").Append(name).Append('>');
            return close;
        }

        int end = at + 2;
        bool negative = false;
        var on = new StringBuilder();
        var off = new StringBuilder();
        for (; end < pattern.Length && pattern[end] is not (':' or ')'); end++)
        {
            char flag = pattern[end];
            if (flag == '-' && !negative)
            {
                negative = true;
            }
            else if (flag is 'i' or 's')
            {
                (negative ? off : on).Append(flag);
            }
            else if (flag == 'm')
            {
                multiline = !negative;
                (negative ? off : on).Append(flag);
            }
            else if (flag != 'U')
            {
                throw Error("invalid or unsupported Perl syntax", pattern[at..(end + 1)]);
            }
        }

        if (end >= pattern.Length)
        {
            throw Error("missing argument to repetition operator", pattern[at..]);
        }

        string flags = on.ToString() + (off.Length > 0 ? "-" + off : string.Empty);
        text.Append("(?").Append(flags);
        if (pattern[end] == ')')
        {
            outer.Pop();
            if (flags.Length == 0)
            {
                text.Append(':');
            }

            text.Append(')');
        }
        else
        {
            text.Append(':');
        }

        return end;
    }

    private static int Class(string pattern, int at, StringBuilder text)
    {
        int start = at;
        text.Append('[');
        at++;
        if (at < pattern.Length && pattern[at] == '^')
        {
            text.Append('^');
            at++;
        }

        bool first = true;
        while (at < pattern.Length && (pattern[at] != ']' || first))
        {
            first = false;
            if (pattern[at] == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':' && pattern.IndexOf(":]", at, StringComparison.Ordinal) is > 0 and int end)
            {
                text.Append(Posix(pattern[at..(end + 2)]));
                at = end + 2;
                continue;
            }

            if (pattern[at] == '\\')
            {
                at = Escape(pattern, at, text, inClass: true) + 1;
                continue;
            }

            // '[' alone and "-[" (subtraction) mean something else to .NET.
            text.Append(pattern[at] is '[' or ']' ? "\\" + pattern[at] : pattern[at].ToString());
            at++;
        }

        if (at >= pattern.Length)
        {
            throw Error("missing closing ]", pattern[start..]);
        }

        text.Append(']');
        return at;
    }

    private static string Posix(string name) => name switch
    {
        "[:alnum:]" => "0-9A-Za-z",
        "[:alpha:]" => "A-Za-z",
        "[:ascii:]" => "\\x00-\\x7F",
        "[:blank:]" => "\\t ",
        "[:cntrl:]" => "\\x00-\\x1F\\x7F",
        "[:digit:]" => "0-9",
        "[:graph:]" => "!-~",
        "[:lower:]" => "a-z",
        "[:print:]" => " -~",
        "[:punct:]" => "!-/:-@\\[-`{-~",
        "[:space:]" => "\\t\\n\\v\\f\\r ",
        "[:upper:]" => "A-Z",
        "[:word:]" => "0-9A-Za-z_",
        "[:xdigit:]" => "0-9A-Fa-f",
        _ => throw Error("invalid character class range", name),
    };

    private static int Escape(string pattern, int at, StringBuilder text, bool inClass)
    {
        if (at + 1 >= pattern.Length)
        {
            throw Error("trailing backslash at end of expression", string.Empty);
        }

        char c = pattern[at + 1];
        switch (c)
        {
            case 'd':
                text.Append(inClass ? "0-9" : "[0-9]");
                return at + 1;
            case 'D' when !inClass:
                text.Append("[^0-9]");
                return at + 1;
            case 's':
                text.Append(inClass ? "\\t\\n\\f\\r " : "[\\t\\n\\f\\r ]");
                return at + 1;
            case 'S' when !inClass:
                text.Append("[^\\t\\n\\f\\r ]");
                return at + 1;
            case 'w':
                text.Append(inClass ? "0-9A-Za-z_" : "[0-9A-Za-z_]");
                return at + 1;
            case 'W' when !inClass:
                text.Append("[^0-9A-Za-z_]");
                return at + 1;
            case 'D' or 'S' or 'W':
                text.Append('\\').Append(c);
                return at + 1;
            case 'z' or 'A' or 'b' or 'B' when !inClass:
                text.Append('\\').Append(c);
                return at + 1;
            case 'a' or 'f' or 't' or 'n' or 'r' or 'v':
                text.Append('\\').Append(c);
                return at + 1;
            case 'Q' when !inClass:
                int end = pattern.IndexOf("\\E", at, StringComparison.Ordinal);
                string literal = end < 0 ? pattern[(at + 2)..] : pattern[(at + 2)..end];
                text.Append(System.Text.RegularExpressions.Regex.Escape(literal));
                return end < 0 ? pattern.Length - 1 : end + 1;
            case 'p' or 'P':
                return UnicodeClass(pattern, at, text);
            case 'x':
                return Hex(pattern, at, text);
            case >= '0' and <= '7':
                return Octal(pattern, at, text);
            default:
                if (char.IsAsciiLetterOrDigit(c) || c >= 0x80)
                {
                    throw Error("invalid escape sequence", "\\" + c);
                }

                text.Append('\\').Append(c);
                return at + 1;
        }
    }

    private static int UnicodeClass(string pattern, int at, StringBuilder text)
    {
        if (at + 2 >= pattern.Length)
        {
            throw Error("invalid character class range", pattern[at..]);
        }

        int end = at + 2;
        string name = pattern[end].ToString();
        if (pattern[end] == '{')
        {
            end = pattern.IndexOf('}', end);
            if (end < 0)
            {
                throw Error("invalid character class range", pattern[at..]);
            }

            name = pattern[(at + 3)..end];
        }

        bool negative = pattern[at + 1] == 'P';
        if (name.StartsWith('^'))
        {
            negative = !negative;
            name = name[1..];
        }

        name = name switch
        {
            "Greek" => "IsGreek",
            "Cyrillic" => "IsCyrillic",
            "Hebrew" => "IsHebrew",
            "Arabic" => "IsArabic",
            "Hiragana" => "IsHiragana",
            "Katakana" => "IsKatakana",
            "Thai" => "IsThai",
            "Han" => "IsCJKUnifiedIdeographs",
            "Latin" => "L",
            _ => name,
        };
        text.Append(negative ? "\\P{" : "\\p{").Append(name).Append('}');
        return end;
    }

    private static int Hex(string pattern, int at, StringBuilder text)
    {
        bool braces = at + 2 < pattern.Length && pattern[at + 2] == '{';
        int start = at + (braces ? 3 : 2);
        int end = braces ? pattern.IndexOf('}', start) : start + 2;
        if (end < 0 || end > pattern.Length
            || !int.TryParse(pattern.AsSpan(start, end - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            || code > 0x10FFFF)
        {
            throw Error("invalid escape sequence", pattern[at..Math.Min(pattern.Length, at + 4)]);
        }

        Rune(code, text);
        return braces ? end : end - 1;
    }

    private static int Octal(string pattern, int at, StringBuilder text)
    {
        int end = at + 1;
        int code = 0;
        while (end < pattern.Length && end < at + 4 && pattern[end] is >= '0' and <= '7')
        {
            code = (code * 8) + (pattern[end++] - '0');
        }

        if (pattern[at + 1] != '0' && end == at + 2)
        {
            throw Error("invalid escape sequence", pattern[at..end]);
        }

        Rune(code, text);
        return end - 1;
    }

    private static void Rune(int code, StringBuilder text)
    {
        foreach (char unit in code is >= 0xD800 and <= 0xDFFF ? "\uFFFD" : char.ConvertFromUtf32(code))
        {
            text.Append("\\u").Append(((int)unit).ToString("x4", CultureInfo.InvariantCulture));
        }
    }

    private static FormatException Error(string what, string where) => new($"error parsing regexp: {what}: `{where}`");
}

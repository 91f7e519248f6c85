using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Fairway.Resources.CustomResources;

/// <summary>
/// Patterns in the syntax of RE2, which Kubernetes' schemas are written in, run by .NET's engine without backtracking: time is
/// linear in the text. What RE2 does not know (look-around, back references) is refused.
/// </summary>
internal static partial class Re2
{
    private static readonly ConcurrentDictionary<string, Regex> Compiled = new();

    private static readonly Dictionary<string, string> PosixClasses = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["ascii"] = @"\x00-\x7F",
        ["blank"] = @"\t ",
        ["cntrl"] = @"\x00-\x1F\x7F",
        ["digit"] = "0-9",
        ["graph"] = "!-~",
        ["lower"] = "a-z",
        ["print"] = " -~",
        ["punct"] = @"!-/:-@\[-`{-~",
        ["space"] = @"\t\n\v\f\r ",
        ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_",
        ["xdigit"] = "0-9A-Fa-f",
    };

    /// <summary>Whether the text has a match of the pattern somewhere.</summary>
    public static bool IsMatch(string pattern, string text)
        => Compiled.GetOrAdd(pattern, static each => Compile(each)).IsMatch(text);

    /// <summary>What is wrong with a pattern, in the words of Go's parser where it has a short one; null when nothing is.</summary>
    public static string? Problem(string pattern)
    {
        try
        {
            Compile(pattern);
            return null;
        }
        catch (ArgumentException error)
        {
            return error is RegexParseException parse ? "error parsing regexp: " + Reason(parse, pattern) : error.Message;
        }
    }

    private static string Reason(RegexParseException error, string pattern) => error.Error switch
    {
        RegexParseError.UnterminatedBracket => $"missing closing ]: `{pattern[Math.Max(0, pattern.LastIndexOf('['))..]}`",
        RegexParseError.InsufficientClosingParentheses => $"missing closing ): `{pattern}`",
        RegexParseError.InsufficientOpeningParentheses => $"unexpected ): `{pattern}`",
        RegexParseError.QuantifierAfterNothing => $"missing argument to repetition operator: `{pattern[Math.Clamp(error.Offset - 1, 0, pattern.Length - 1)]}`",
        RegexParseError.NestedQuantifiersNotParenthesized => $"invalid nested repetition operator: `{pattern[Math.Clamp(error.Offset - 2, 0, Math.Max(0, pattern.Length - 2))..Math.Min(error.Offset, pattern.Length)]}`",
        RegexParseError.ReversedCharacterRange => $"invalid character class range: `{pattern}`",
        RegexParseError.ReversedQuantifierRange => $"invalid repeat count: `{pattern}`",
        RegexParseError.UnescapedEndingBackslash => "trailing backslash at end of expression: ``",
        RegexParseError.InvalidUnicodePropertyEscape or RegexParseError.MalformedUnicodePropertyEscape or RegexParseError.UnrecognizedUnicodeProperty => $"invalid character class range: `{PropertyAt(pattern, error.Offset)}`",
        _ => $"invalid expression: `{pattern}`",
    };

    private static string PropertyAt(string pattern, int offset)
    {
        int start = pattern.LastIndexOf('\\', Math.Clamp(offset - 1, 0, pattern.Length - 1));
        int end = start < 0 ? -1 : pattern.IndexOf('}', start);
        return start < 0 ? pattern : end < 0 ? pattern[start..] : pattern[start..(end + 1)];
    }

    // RE2 repeats no more than a thousand times.
    private static void CheckRepeats(string pattern)
    {
        foreach (Match repeat in Repeats().Matches(pattern))
        {
            bool isLong = repeat.Groups["n"].Captures.Any(bound => bound.Length > 4 || int.Parse(bound.ValueSpan, System.Globalization.CultureInfo.InvariantCulture) > 1000);
            if (isLong)
            {
                throw new ArgumentException($"error parsing regexp: invalid repeat count: `{repeat.Groups["all"].Value}`");
            }
        }
    }

    [GeneratedRegex(@"(\\.|\[\^?\]?(\\.|[^\]\\])*\])|(?<all>\{(?<n>[0-9]+)(,(?<n>[0-9]+)?)?\})", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Repeats();

    private static Regex Compile(string pattern)
        => new(Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));

    private static string Translate(string pattern)
    {
        CheckRepeats(pattern);
        var output = new StringBuilder(pattern.Length + 16);
        bool inClass = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            char letter = pattern[i];
            if (letter == '\\')
            {
                i = Escape(pattern, i, inClass, output);
            }
            else if (inClass)
            {
                i = InClass(pattern, i, output, ref inClass);
            }
            else if (letter == '[')
            {
                inClass = true;
                output.Append('[');
                i = ClassStart(pattern, i, output);
            }
            else if (letter == '(' && i + 1 < pattern.Length && pattern[i + 1] == '?')
            {
                i = Group(pattern, i, output);
            }
            else
            {
                output.Append(letter == '$' ? @"\z" : letter == '#' || letter == ' ' ? $"\\{letter}" : letter.ToString());
            }
        }

        return output.ToString();
    }

    // "[]a]" and "[^]a]": a bracket at the start of a class stands for itself.
    private static int ClassStart(string pattern, int i, StringBuilder output)
    {
        if (i + 1 < pattern.Length && pattern[i + 1] == '^')
        {
            output.Append('^');
            i++;
        }

        if (i + 1 < pattern.Length && pattern[i + 1] == ']')
        {
            output.Append(@"\]");
            i++;
        }

        return i;
    }

    private static int InClass(string pattern, int i, StringBuilder output, ref bool inClass)
    {
        if (pattern[i] == ']')
        {
            inClass = false;
            output.Append(']');
            return i;
        }

        if (pattern[i] != '[')
        {
            output.Append(pattern[i]);
            return i;
        }

        int end = i + 1 < pattern.Length && pattern[i + 1] == ':' ? pattern.IndexOf(":]", i + 2, StringComparison.Ordinal) : -1;
        if (end > 0 && PosixClasses.TryGetValue(pattern[(i + 2)..end], out string? posix))
        {
            output.Append(posix);
            return end + 1;
        }

        if (end > 0)
        {
            throw new ArgumentException($"error parsing regexp: invalid character class range: `{pattern[i..(end + 2)]}`");
        }

        output.Append(@"\[");
        return i;
    }

    private static int Group(string pattern, int i, StringBuilder output)
    {
        string rest = pattern[i..];
        if (rest.StartsWith("(?P<", StringComparison.Ordinal))
        {
            output.Append("(?<");
            return i + 3;
        }

        foreach (string perl in (ReadOnlySpan<string>)["(?=", "(?!", "(?<=", "(?<!", "(?>", "(?#", "(?P=", "(?P>", "(?("])
        {
            if (rest.StartsWith(perl, StringComparison.Ordinal))
            {
                throw new ArgumentException($"error parsing regexp: invalid or unsupported Perl syntax: `{perl}`");
            }
        }

        output.Append('(');
        return i;
    }

    private static int Escape(string pattern, int i, bool inClass, StringBuilder output)
    {
        if (i + 1 == pattern.Length)
        {
            throw new ArgumentException("error parsing regexp: trailing backslash at end of expression: ``");
        }

        char letter = pattern[i + 1];
        switch (letter)
        {
            case 'd':
                output.Append(inClass ? "0-9" : "[0-9]");
                return i + 1;
            case 'w':
                output.Append(inClass ? "0-9A-Za-z_" : "[0-9A-Za-z_]");
                return i + 1;
            case 's':
                output.Append(inClass ? @"\t\n\f\r " : @"[\t\n\f\r ]");
                return i + 1;
            case 'D' when !inClass:
                output.Append("[^0-9]");
                return i + 1;
            case 'W' when !inClass:
                output.Append("[^0-9A-Za-z_]");
                return i + 1;
            case 'S' when !inClass:
                output.Append(@"[^\t\n\f\r ]");
                return i + 1;
            case 'Q':
                int end = pattern.IndexOf(@"\E", i + 2, StringComparison.Ordinal);
                string quoted = end < 0 ? pattern[(i + 2)..] : pattern[(i + 2)..end];
                output.Append(Regex.Escape(quoted));
                return end < 0 ? pattern.Length : end + 1;
            case 'p' or 'P' when i + 2 < pattern.Length && pattern[i + 2] != '{':
                output.Append('\\').Append(letter).Append('{').Append(pattern[i + 2]).Append('}');
                return i + 2;
            case 'x' when i + 2 < pattern.Length && pattern[i + 2] == '{':
                return Hex(pattern, i, output);
            case >= '1' and <= '9':
                throw new ArgumentException($"error parsing regexp: invalid escape sequence: `\\{letter}`");
            case 'A' or 'z' or 'b' or 'B' or 'a' or 'f' or 't' or 'n' or 'r' or 'v' or 'x' or 'p' or 'P' or '0' or 'D' or 'W' or 'S':
                output.Append('\\').Append(letter);
                return i + 1;
            case 'C':
                output.Append("(?s:.)");
                return i + 1;
            default:
                return char.IsAsciiLetter(letter)
                    ? throw new ArgumentException($"error parsing regexp: invalid escape sequence: `\\{letter}`")
                    : Literal(letter, i, output);
        }
    }

    private static int Literal(char letter, int i, StringBuilder output)
    {
        output.Append('\\').Append(letter == '_' ? "x5F" : letter.ToString());
        return i + 1;
    }

    private static int Hex(string pattern, int i, StringBuilder output)
    {
        int end = pattern.IndexOf('}', i);
        if (end < 0 || !int.TryParse(pattern.AsSpan(i + 3, end - i - 3), System.Globalization.NumberStyles.HexNumber, null, out int code) || code > 0x10FFFF)
        {
            throw new ArgumentException($"error parsing regexp: invalid escape sequence: `{pattern[i..Math.Min(pattern.Length, i + 3)]}`");
        }

        foreach (char unit in char.ConvertFromUtf32(code))
        {
            output.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}");
        }

        return end;
    }
}

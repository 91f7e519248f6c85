using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Fairway.Cel.Libraries;

/// <summary>
/// Patterns in RE2's syntax, matched in time linear in the text. Written over for .NET's non-backtracking engine: classes are
/// ASCII, <c>$</c> is the very end, a dot is a code point. What RE2 refuses (look-around, back-references) is refused.
/// </summary>
internal static class Re2
{
    private const int MaxPattern = 4_096;
    private const int MaxRepeat = 1_000;
    private const int MaxCached = 2_000;
    private static readonly ConcurrentDictionary<(string, bool), (Regex? Regex, string? Failure)> Cache = new();

    /// <summary>The compiled pattern, or why there is none. Compiled patterns are kept.</summary>
    public static (Regex? Regex, string? Failure) Compile(string pattern, string text)
    {
        bool astral = text.AsSpan().ContainsAnyInRange('\ud800', '\udfff');
        if (Cache.TryGetValue((pattern, astral), out (Regex? Regex, string? Failure) known))
        {
            return known;
        }

        if (Cache.Count > MaxCached)
        {
            Cache.Clear();
        }

        return Cache[(pattern, astral)] = Build(pattern, astral);
    }

    /// <summary>Runs a match; an automaton that grows too large is an error value.</summary>
    public static CelValue Guard(Func<CelValue> match)
    {
        try
        {
            return match();
        }
        catch (Exception failure) when (failure is RegexMatchTimeoutException or InvalidOperationException or InsufficientExecutionStackException)
        {
            return CelValue.Fail("the regular expression takes too long");
        }
    }

    private static (Regex? Regex, string? Failure) Build(string pattern, bool astral)
    {
        if (pattern.Length > MaxPattern)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"error parsing regexp: longer than {MaxPattern} characters"));
        }

        try
        {
            string translated = new Translator(pattern, astral).Run();
            return (new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)), null);
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException or FormatException or InsufficientExecutionStackException)
        {
            return (null, $"error parsing regexp: {failure.Message}");
        }
    }

    private sealed class Translator(string pattern, bool astral)
    {
        private readonly StringBuilder _out = new();
        private readonly Stack<(int Start, int Repeat, bool Multiline, bool DotAll)> _groups = new();
        private int _at;
        private int _repeat = 1;
        private bool _multiline;
        private bool _dotAll;
        private int _lastRepeat = 1;

        public string Run()
        {
            while (_at < pattern.Length)
            {
                Step();
            }

            return _groups.Count == 0 ? _out.ToString() : throw new FormatException("missing closing ): `" + pattern + "`");
        }

        private void Step()
        {
            char c = pattern[_at];
            switch (c)
            {
                case '\\':
                    Escape(inClass: false);
                    _lastRepeat = 1;
                    break;
                case '[':
                    Class();
                    _lastRepeat = 1;
                    break;
                case '(':
                    Open();
                    break;
                case ')':
                    Close();
                    break;
                case '.':
                    _at++;
                    _lastRepeat = 1;
                    _out.Append((_dotAll, astral) switch
                    {
                        (false, false) => "[^\\n]",
                        (true, false) => "[\\s\\S]",
                        (false, true) => "(?:[\\ud800-\\udbff][\\udc00-\\udfff]|[^\\n\\ud800-\\udbff])",
                        _ => "(?:[\\ud800-\\udbff][\\udc00-\\udfff]|[^\\ud800-\\udbff])",
                    });
                    break;
                case '$':
                    _at++;
                    _out.Append(_multiline ? "$" : "\\z");
                    break;
                case '^':
                    _at++;
                    _out.Append(_multiline ? "^" : "\\A");
                    break;
                case '{':
                    Repeat();
                    break;
                case '*' or '+' or '?':
                    Quantifier(c);
                    break;
                case '#' or ' ':
                    _at++;
                    _lastRepeat = 1;
                    _out.Append('\\').Append(c);
                    break;
                default:
                    _at++;
                    _lastRepeat = 1;
                    if (char.IsHighSurrogate(c) && _at < pattern.Length && char.IsLowSurrogate(pattern[_at]))
                    {
                        _out.Append("(?:").Append(c).Append(pattern[_at++]).Append(')');
                    }
                    else
                    {
                        _out.Append(c);
                    }

                    break;
            }
        }

        private void Quantifier(char c)
        {
            _at++;
            _out.Append(c);
            if (_at < pattern.Length && pattern[_at] == '?')
            {
                _out.Append('?');
                _at++;
            }

            if (_at < pattern.Length && pattern[_at] is '*' or '+' or '?')
            {
                throw new FormatException($"invalid nested repetition operator: `{c}{pattern[_at]}`");
            }
        }

        private void Repeat()
        {
            int end = pattern.IndexOf('}', _at);
            string body = end < 0 ? "" : pattern[(_at + 1)..end];
            string[] bounds = body.Split(',');
            bool isRepeat = end > 0 && bounds.Length <= 2 && bounds[0].Length > 0 && bounds.All(bound => bound.All(char.IsAsciiDigit));
            if (!isRepeat)
            {
                _out.Append("\\{");
                _at++;
                return;
            }

            int most = bounds.Where(bound => bound.Length > 0).Max(bound => bound.Length > 6 ? int.MaxValue : int.Parse(bound, CultureInfo.InvariantCulture));
            if (most > MaxRepeat || (long)Math.Max(1, most) * _lastRepeat > MaxRepeat)
            {
                throw new FormatException($"invalid repeat count: `{{{body}}}`");
            }

            _repeat = Math.Max(_repeat, Math.Max(1, most) * _lastRepeat);
            _out.Append('{').Append(body).Append('}');
            _at = end + 1;
            if (_at < pattern.Length && pattern[_at] == '?')
            {
                _out.Append('?');
                _at++;
            }
        }

        private void Open()
        {
            _groups.Push((_out.Length, _repeat, _multiline, _dotAll));
            _repeat = 1;
            _at++;
            if (_at >= pattern.Length || pattern[_at] != '?')
            {
                _out.Append('(');
                return;
            }

            _at++;
            if (At("P<") || (At("<") && !At("<=") && !At("<!")))
            {
                _at += At("P<") ? 2 : 1;
                int end = pattern.IndexOf('>', _at);
                string name = end < 0 ? "" : pattern[_at..end];
                if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
                {
                    throw new FormatException($"invalid named capture: `{pattern}`");
                }

                _out.Append("(?<").Append(char.IsAsciiDigit(name[0]) ? "_" + name : name).Append('>');
                _at = end + 1;
                return;
            }

            Flags();
        }

        private bool At(string text) => string.CompareOrdinal(pattern, _at, text, 0, text.Length) == 0;

        private void Flags()
        {
            bool on = true;
            var flags = new StringBuilder("(?");
            while (_at < pattern.Length)
            {
                char c = pattern[_at++];
                switch (c)
                {
                    case 'i':
                        flags.Append('i');
                        break;
                    case 'm':
                        _multiline = on;
                        flags.Append('m');
                        break;
                    case 's':
                        _dotAll = on;
                        break;
                    case 'U':
                        throw new FormatException("the flag U is not supported");
                    case '-' when on:
                        on = false;
                        flags.Append('-');
                        break;
                    case ':':
                        _out.Append(flags.ToString().TrimEnd('-')).Append(':');
                        return;
                    case ')':
                        (_, int repeat, _, _) = _groups.Pop();
                        _repeat = repeat;
                        string text = flags.ToString().TrimEnd('-');
                        _out.Append(text == "(?" ? "" : text + ")");
                        return;
                    default:
                        throw new FormatException($"invalid or unsupported Perl syntax: `(?{c}`");
                }
            }

            throw new FormatException($"missing closing ): `{pattern}`");
        }

        private void Close()
        {
            if (_groups.Count == 0)
            {
                throw new FormatException($"unexpected ): `{pattern}`");
            }

            (_, int repeat, bool multiline, bool dotAll) = _groups.Pop();
            _lastRepeat = _repeat;
            _repeat = Math.Max(repeat, _repeat);
            _multiline = multiline;
            _dotAll = dotAll;
            _out.Append(')');
            _at++;
        }

        private void Escape(bool inClass)
        {
            if (_at + 1 >= pattern.Length)
            {
                throw new FormatException("trailing backslash at end of expression: ``");
            }

            char c = pattern[_at + 1];
            _at += 2;
            switch (c)
            {
                case 'd' or 'w' or 's':
                    string set = c == 'd' ? "0-9" : c == 'w' ? "0-9A-Za-z_" : "\\t\\n\\f\\r ";
                    _out.Append(inClass ? set : $"[{set}]");
                    break;
                case 'D' or 'W' or 'S':
                    string others = c == 'D' ? "\\0-/:-\\uffff" : c == 'W' ? "\\0-/:-@\\[-\\^`{-\\uffff" : "\\0-\\x08\\x0b\\x0e-\\x1f!-\\uffff";
                    _out.Append(inClass ? others : $"[{others}]");
                    break;
                case 'z' or 'A' or 'b' or 'B' when !inClass:
                    _out.Append('\\').Append(c);
                    break;
                case 'a' or 'f' or 't' or 'n' or 'r' or 'v':
                    _out.Append('\\').Append(c);
                    break;
                case 'p' or 'P':
                    Property(c);
                    break;
                case 'x':
                    Hex();
                    break;
                case 'Q':
                    int end = pattern.IndexOf(@"\E", _at, StringComparison.Ordinal);
                    _out.Append(Regex.Escape(pattern[_at..(end < 0 ? pattern.Length : end)]));
                    _at = end < 0 ? pattern.Length : end + 2;
                    break;
                case >= '0' and <= '7' when c == '0' || (_at < pattern.Length && pattern[_at] is >= '0' and <= '7'):
                    int value = c - '0';
                    for (int i = 0; i < 2 && _at < pattern.Length && pattern[_at] is >= '0' and <= '7'; i++)
                    {
                        value = (value * 8) + (pattern[_at++] - '0');
                    }

                    _out.Append(CultureInfo.InvariantCulture, $"\\u{value:x4}");
                    break;
                default:
                    if (char.IsAsciiLetterOrDigit(c))
                    {
                        throw new FormatException($"invalid escape sequence: `\\{c}`");
                    }

                    _out.Append(c == '_' || c > 127 ? c.ToString() : $"\\{c}");
                    break;
            }
        }

        private void Property(char kind)
        {
            string name;
            if (_at < pattern.Length && pattern[_at] == '{')
            {
                int end = pattern.IndexOf('}', _at);
                name = end < 0 ? "" : pattern[(_at + 1)..end];
                _at = end + 1;
            }
            else
            {
                name = _at < pattern.Length ? pattern[_at++].ToString() : "";
            }

            bool negated = name.StartsWith('^');
            name = name.TrimStart('^');
            string mapped = name switch
            {
                "Greek" => "IsGreek",
                "Cyrillic" => "IsCyrillic",
                "Hebrew" => "IsHebrew",
                "Arabic" => "IsArabic",
                "Thai" => "IsThai",
                "Hiragana" => "IsHiragana",
                "Katakana" => "IsKatakana",
                "Han" => "IsCJKUnifiedIdeographs",
                _ => name,
            };
            _out.Append('\\').Append(negated ? (kind == 'p' ? 'P' : 'p') : kind).Append('{').Append(mapped).Append('}');
        }

        private void Hex()
        {
            string digits;
            if (_at < pattern.Length && pattern[_at] == '{')
            {
                int end = pattern.IndexOf('}', _at);
                digits = end < 0 ? "" : pattern[(_at + 1)..end];
                _at = end + 1;
            }
            else
            {
                digits = _at + 2 <= pattern.Length ? pattern[_at..(_at + 2)] : "";
                _at += 2;
            }

            if (!int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value) || !Rune.IsValid(value))
            {
                throw new FormatException("invalid escape sequence: `\\x`");
            }

            foreach (char unit in new Rune(value).ToString())
            {
                _out.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            }
        }

        private void Class()
        {
            int start = _out.Length;
            _at++;
            bool negated = _at < pattern.Length && pattern[_at] == '^';
            if (negated)
            {
                _at++;
            }

            bool first = true;
            int mark = _out.Length;
            bool afterSet = false;
            while (true)
            {
                if (_at >= pattern.Length)
                {
                    throw new FormatException($"missing closing ]: `{pattern}`");
                }

                char c = pattern[_at];
                if (c == ']' && !first)
                {
                    _at++;
                    break;
                }

                first = false;
                if (c == '[' && _at + 1 < pattern.Length && pattern[_at + 1] == ':')
                {
                    int end = pattern.IndexOf(":]", _at, StringComparison.Ordinal);
                    string name = end < 0 ? "" : pattern[(_at + 2)..end];
                    _out.Append(Posix(name) ?? throw new FormatException($"invalid character class range: `{name}`"));
                    _at = end + 2;
                    afterSet = true;
                }
                else if (c == '\\')
                {
                    afterSet = _at + 1 < pattern.Length && pattern[_at + 1] is 'd' or 'D' or 'w' or 'W' or 's' or 'S' or 'p' or 'P';
                    Escape(inClass: true);
                }
                else
                {
                    _at++;
                    bool literalDash = c == '-' && (afterSet || _out.Length == mark);
                    _out.Append(c is '[' or ']' or '^' || literalDash ? "\\" + c : c.ToString());
                    afterSet = false;
                }
            }

            string set = _out.ToString(mark, _out.Length - mark);
            _out.Length = start;
            _out.Append(negated && astral ? $"(?:[\\ud800-\\udbff][\\udc00-\\udfff]|[^{set}\\ud800-\\udbff])" : $"[{(negated ? "^" : "")}{set}]");
        }

        private static string? Posix(string name) => name switch
        {
            "alnum" => "0-9A-Za-z",
            "alpha" => "A-Za-z",
            "ascii" => "\\0-\\x7f",
            "blank" => "\\t ",
            "cntrl" => "\\0-\\x1f\\x7f",
            "digit" => "0-9",
            "graph" => "!-~",
            "lower" => "a-z",
            "print" => " -~",
            "punct" => "!-/:-@\\[-`{-~",
            "space" => "\\t\\n\\v\\f\\r ",
            "upper" => "A-Z",
            "word" => "0-9A-Za-z_",
            "xdigit" => "0-9A-Fa-f",
            _ => null,
        };
    }
}

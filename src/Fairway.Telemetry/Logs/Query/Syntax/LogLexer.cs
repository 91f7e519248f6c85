using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Fairway.Telemetry.Logs.Query.Syntax;

/// <summary>
/// Cuts a query into tokens, one at a time: an error further on is not said before one that comes first. Words of functions are
/// functions only where a parenthesis or a grouping follows, so that labels may be called <c>rate</c> or <c>count</c>.
/// </summary>
internal sealed class LogLexer(string text)
{
    private static readonly FrozenSet<string> Words = new[]
    {
        "by", "without", "bool", "unwrap", "label_replace", "offset", "on", "ignoring", "group_left", "group_right", "or", "and", "unless",
        "json", "regexp", "logfmt", "unpack", "pattern", "label_format", "line_format", "decolorize", "drop", "keep",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] Signs = ["!=", "=~", "!~", "!>", "|=", "|~", "|>", "==", ">=", "<="];

    private static readonly FrozenDictionary<string, LogTokenKind> Functions = All().ToFrozenDictionary(StringComparer.Ordinal);

    private int _at;
    private int _line = 1;
    private int _lineStart;

    /// <summary>The next token; the end again and again after the last.</summary>
    /// <exception cref="LogQueryException">There is none.</exception>
    public LogToken Next()
    {
        Space();
        int start = _at;
        int column = start - _lineStart + 1;
        if (start >= text.Length)
        {
            return new LogToken(LogTokenKind.End, "", 0, _line, column);
        }

        char first = text[start];
        if (char.IsAsciiDigit(first) || (first == '.' && start + 1 < text.Length && char.IsAsciiDigit(text[start + 1])))
        {
            return Number(column);
        }

        switch (first)
        {
            case '"' or '`':
                return new LogToken(LogTokenKind.Text, LogTextLiteral.Read(text, ref _at, _line, column), 0, _line, column);
            case '[':
                return Range(column);
            case '-' when Flag() is { } flag:
                return new LogToken(LogTokenKind.Flag, flag, 0, 0, column);
            case '-' when Duration(start, start + 1) is { } negative:
                return new LogToken(LogTokenKind.Duration, "", negative, 0, column);
        }

        return char.IsLetter(first) || first == '_' ? Word(column) : Sign(column);
    }

    private static Dictionary<string, LogTokenKind> All()
    {
        var all = new Dictionary<string, LogTokenKind>(StringComparer.Ordinal) { ["vector"] = LogTokenKind.Vector };
        foreach (string name in (ReadOnlySpan<string>)
            ["rate", "rate_counter", "count_over_time", "bytes_rate", "bytes_over_time", "avg_over_time", "sum_over_time", "min_over_time", "max_over_time",
                "stdvar_over_time", "stddev_over_time", "quantile_over_time", "first_over_time", "last_over_time", "absent_over_time"])
        {
            all[name] = LogTokenKind.RangeFunction;
        }

        foreach (string name in (ReadOnlySpan<string>)["sum", "avg", "max", "min", "count", "stddev", "stdvar", "bottomk", "topk", "sort", "sort_desc", "approx_topk"])
        {
            all[name] = LogTokenKind.Aggregation;
        }

        foreach (string name in (ReadOnlySpan<string>)["bytes", "duration", "duration_seconds"])
        {
            all[name] = LogTokenKind.Conversion;
        }

        all["label_replace"] = LogTokenKind.Word;
        all["ip"] = LogTokenKind.Word;
        return all;
    }

    private LogToken Word(int column)
    {
        int start = _at;
        while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] == '_'))
        {
            _at++;
        }

        string word = text[start.._at];
        string lower = word.ToLowerInvariant();
        return Functions.TryGetValue(lower, out LogTokenKind function)
            ? IsFunction() ? new LogToken(function, lower, 0, _line, column) : new LogToken(LogTokenKind.Identifier, word, 0, _line, column)
            : Words.Contains(lower) ? new LogToken(LogTokenKind.Word, lower, 0, _line, column)
            : new LogToken(LogTokenKind.Identifier, word, 0, _line, column);
    }

    private LogToken Sign(int column)
    {
        foreach (string sign in Signs)
        {
            if (string.CompareOrdinal(text, _at, sign, 0, sign.Length) == 0)
            {
                _at += sign.Length;
                return new LogToken(LogTokenKind.Word, sign, 0, 0, column);
            }
        }

        char one = text[_at++];
        return ",.{}=|()]+-*/%^><".Contains(one, StringComparison.Ordinal)
            ? new LogToken(LogTokenKind.Word, one.ToString(), 0, _line, column)
            : one == '\uFFFD'
                ? throw LogQueryException.Parse("invalid UTF-8 encoding", _line, column)
                : new LogToken(LogTokenKind.Identifier, one.ToString(), 0, _line, column);
    }

    private LogToken Number(int column)
    {
        int start = _at;
        int end = NumberEnd(start);
        if (Duration(start, end) is { } nanoseconds)
        {
            return new LogToken(LogTokenKind.Duration, "", nanoseconds, 0, column);
        }

        int unit = end;
        while (unit < text.Length && (char.IsDigit(text[unit]) || text[unit] is 'B' or 'i' or 'k' or 'K' or 'M' or 'G' or 'T' or 'P' or '.'))
        {
            unit++;
        }

        if (unit > end && HumanBytes.TryParse(text[start..unit], out ulong bytes, out _))
        {
            _at = unit;
            return new LogToken(LogTokenKind.Bytes, "", (long)bytes, 0, column);
        }

        _at = end;
        return new LogToken(LogTokenKind.Number, text[start..end], 0, _line, column);
    }

    private int NumberEnd(int at)
    {
        if (text[at] == '0' && at + 1 < text.Length && text[at + 1] is 'x' or 'X' or 'b' or 'B' or 'o' or 'O' && at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 2]))
        {
            bool hex = text[at + 1] is 'x' or 'X';
            at += 2;
            while (at < text.Length && (hex ? char.IsAsciiHexDigit(text[at]) || text[at] is '.' or 'p' or 'P' : char.IsAsciiDigit(text[at])))
            {
                at++;
            }

            return at;
        }

        while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] is '.' or '_'))
        {
            at++;
        }

        if (at < text.Length && text[at] is 'e' or 'E')
        {
            int exponent = at + 1 < text.Length && text[at + 1] is '+' or '-' ? at + 2 : at + 1;
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
            {
                at = exponent;
                while (at < text.Length && char.IsAsciiDigit(text[at]))
                {
                    at++;
                }
            }
        }

        return at;
    }

    /// <summary>A duration that begins with what is read already; moves on only when there is one.</summary>
    private long? Duration(int start, int end)
    {
        int unit = end;
        while (unit < text.Length && (char.IsDigit(text[unit]) || text[unit] is 'n' or 'u' or 'µ' or 'm' or 's' or 'h' or 'd' or 'w' or 'y' or '.'))
        {
            unit++;
        }

        if (unit == end || !GoDurations.TryParseAny(text[start..unit], out long nanoseconds))
        {
            return null;
        }

        _at = unit;
        return nanoseconds;
    }

    private LogToken Range(int column)
    {
        int end = text.IndexOf(']', _at);
        if (end < 0)
        {
            _at = text.Length;
            throw LogQueryException.Parse("missing closing ']' in duration", 0, column);
        }

        string inside = text[(_at + 1)..end];
        _at = end + 1;
        return GoDurations.TryParsePrometheus(inside, out long nanoseconds, out string problem)
            ? new LogToken(LogTokenKind.Range, inside, nanoseconds, 0, column)
            : throw LogQueryException.Parse(problem, 0, column);
    }

    private string? Flag()
    {
        if (_at + 1 >= text.Length || text[_at + 1] != '-')
        {
            return null;
        }

        int end = _at + 1;
        while (end < text.Length && (char.IsLetter(text[end]) || text[end] == '-'))
        {
            end++;
        }

        string flag = text[_at..end];
        if (flag is not ("--strict" or "--keep-empty"))
        {
            return null;
        }

        _at = end;
        return flag;
    }

    private bool IsFunction()
    {
        int at = SkipSpace(_at);
        if (at < text.Length && text[at] == '(')
        {
            return true;
        }

        foreach (string word in (ReadOnlySpan<string>)["by", "without"])
        {
            if (string.Compare(text, at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) == 0)
            {
                int after = SkipSpace(at + word.Length);
                return after < text.Length && text[after] == '(';
            }
        }

        return false;
    }

    private int SkipSpace(int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>White space and comments: <c>#</c>, and Go's own.</summary>
    private void Space()
    {
        while (_at < text.Length)
        {
            if (text[_at] == '\n')
            {
                _line++;
                _lineStart = ++_at;
            }
            else if (char.IsWhiteSpace(text[_at]))
            {
                _at++;
            }
            else if (text[_at] == '#' || (text[_at] == '/' && _at + 1 < text.Length && text[_at + 1] == '/'))
            {
                int end = text.IndexOf('\n', _at);
                _at = end < 0 ? text.Length : end;
            }
            else
            {
                return;
            }
        }
    }
}

/// <summary>Texts in quotes as Go writes them.</summary>
internal static class LogTextLiteral
{
    /// <summary>Reads a text and moves behind it.</summary>
    public static string Read(string text, ref int at, int line, int column)
    {
        char quote = text[at++];
        if (quote == '`')
        {
            int end = text.IndexOf('`', at);
            if (end < 0)
            {
                throw LogQueryException.Parse("literal not terminated", line, column);
            }

            string raw = text[at..end];
            at = end + 1;
            return raw;
        }

        var value = new StringBuilder();
        while (true)
        {
            if (at >= text.Length || text[at] == '\n')
            {
                throw LogQueryException.Parse("literal not terminated", line, column);
            }

            char one = text[at++];
            if (one == quote)
            {
                return value.ToString();
            }

            if (one != '\\')
            {
                value.Append(one);
                continue;
            }

            Escape(text, ref at, value, line, column);
        }
    }

    private static void Escape(string text, ref int at, StringBuilder value, int line, int column)
    {
        char one = at < text.Length ? text[at++] : '\0';
        switch (one)
        {
            case 'a': value.Append('\a'); break;
            case 'b': value.Append('\b'); break;
            case 'f': value.Append('\f'); break;
            case 'n': value.Append('\n'); break;
            case 'r': value.Append('\r'); break;
            case 't': value.Append('\t'); break;
            case 'v': value.Append('\v'); break;
            case '\\' or '"': value.Append(one); break;
            case 'x': Code(text, ref at, 2, 16, value, line, column); break;
            case 'u': Code(text, ref at, 4, 16, value, line, column); break;
            case 'U': Code(text, ref at, 8, 16, value, line, column); break;
            case >= '0' and <= '7':
                at--;
                Code(text, ref at, 3, 8, value, line, column);
                break;
            default: throw LogQueryException.Parse("invalid char escape", line, column);
        }
    }

    private static void Code(string text, ref int at, int digits, int radix, StringBuilder value, int line, int column)
    {
        int code = 0;
        for (int end = at + digits; at < end; at++)
        {
            int digit = at < text.Length && char.IsAsciiHexDigit(text[at]) ? int.Parse(text.AsSpan(at, 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : radix;
            code = digit < radix ? (code * radix) + digit : throw LogQueryException.Parse("invalid char escape", line, column);
        }

        value.Append(Rune.IsValid(code) ? new Rune(code).ToString() : throw LogQueryException.Parse("invalid syntax", line, column));
    }
}

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Fairway.PromQL;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Logs.Query;

/// <summary>
/// Reads the part of LogQL that is served: stream selectors; line filters; the parsers json, logfmt, regexp and pattern; label
/// filters; line_format, label_format, drop and keep; unwrap; rates and counts over ranges; aggregations; arithmetic.
/// </summary>
internal sealed class LogQueryParser
{
    private const int MostText = 128 << 10;
    private const int MostDepth = 64;
    private static readonly TimeSpan PatternTime = TimeSpan.FromMilliseconds(250);
    private static readonly string[] Ranges =
    [
        "rate", "count_over_time", "bytes_rate", "bytes_over_time", "absent_over_time",
        "sum_over_time", "avg_over_time", "min_over_time", "max_over_time", "first_over_time", "last_over_time",
    ];
    private static readonly string[] Aggregations = ["sum", "avg", "min", "max", "count", "topk", "bottomk"];

    private readonly string _text;
    private int _at;
    private int _depth;

    private LogQueryParser(string text) => _text = text;

    /// <exception cref="LogQueryException">It does not parse; the message says where.</exception>
    public static LogQuery Parse(string text)
    {
        var parser = new LogQueryParser(text.Length <= MostText ? text : throw new LogQueryException($"the query has more than {MostText} characters"));
        LogQuery query = parser.Sum();
        parser.Space();
        return parser._at == text.Length ? query : throw parser.Unexpected("the end");
    }

    /// <summary>A selector alone, as in <c>match[]</c>.</summary>
    /// <exception cref="LogQueryException">It does not parse.</exception>
    public static IReadOnlyList<LabelMatcher> Selector(string text)
    {
        var parser = new LogQueryParser(text);
        IReadOnlyList<LabelMatcher> matchers = parser.Matchers();
        parser.Space();
        return parser._at == text.Length ? matchers : throw parser.Unexpected("the end");
    }

    private LogQuery Sum()
    {
        LogQuery left = Product();
        while (true)
        {
            if (Take("+"))
            {
                left = new LogQuery.Binary("+", left, Product());
            }
            else if (Take("-"))
            {
                left = new LogQuery.Binary("-", left, Product());
            }
            else
            {
                return left;
            }
        }
    }

    private LogQuery Product()
    {
        LogQuery left = Unary();
        while (true)
        {
            if (Take("*"))
            {
                left = new LogQuery.Binary("*", left, Unary());
            }
            else if (Take("/"))
            {
                left = new LogQuery.Binary("/", left, Unary());
            }
            else
            {
                return left;
            }
        }
    }

    private LogQuery Unary()
    {
        if (++_depth > MostDepth)
        {
            throw new LogQueryException("the query is nested too deeply");
        }

        try
        {
            Space();
            if (Peek() == '{')
            {
                return new LogQuery.Lines(Pipeline(out _));
            }

            if (Take("("))
            {
                LogQuery inner = Sum();
                Expect(")");
                return inner;
            }

            if (char.IsAsciiDigit(Peek()))
            {
                int start = _at;
                while (char.IsAsciiDigit(Peek()) || Peek() == '.')
                {
                    _at++;
                }

                return new LogQuery.Literal(double.Parse(_text.AsSpan(start, _at - start), CultureInfo.InvariantCulture));
            }

            string name = Word();
            return Ranges.Contains(name) ? Over(name) : Aggregations.Contains(name) ? Aggregate(name) : throw Unexpected("a stream selector, a range aggregation or an aggregation");
        }
        finally
        {
            _depth--;
        }
    }

    private LogQuery.Over Over(string function)
    {
        Expect("(");
        LogPipeline pipeline = Pipeline(out string? unwrap);
        TimeSpan range = Range();

        // Stages may follow the range as well as precede it.
        List<LogStage> stages = [.. pipeline.Stages];
        while (Stage(ref unwrap) is { } stage)
        {
            stages.Add(stage);
        }

        TimeSpan offset = Keyword("offset") ? Duration() : TimeSpan.Zero;
        Expect(")");
        return new LogQuery.Over(function, pipeline with { Stages = stages }, range, offset, unwrap);
    }

    private LogQuery.Aggregate Aggregate(string function)
    {
        bool by = false;
        IReadOnlyList<string> labels = [];
        bool grouped = Grouping(ref by, ref labels);
        Expect("(");
        int? parameter = null;
        if (function is "topk" or "bottomk")
        {
            parameter = Sum() is LogQuery.Literal number ? (int)number.Value : throw Unexpected("a number");
            Expect(",");
        }

        LogQuery inner = Sum();
        Expect(")");
        if (!grouped)
        {
            grouped = Grouping(ref by, ref labels);
        }

        return new LogQuery.Aggregate(function, parameter, by || !grouped, labels, inner);
    }

    private bool Grouping(ref bool by, ref IReadOnlyList<string> labels)
    {
        by = Keyword("by");
        if (!by && !Keyword("without"))
        {
            return false;
        }

        Expect("(");
        var names = new List<string>();
        while (!Take(")"))
        {
            names.Add(Word());
            Take(",");
        }

        labels = names;
        return true;
    }

    private LogPipeline Pipeline(out string? unwrap)
    {
        IReadOnlyList<LabelMatcher> matchers = Matchers();
        if (matchers.All(matcher => matcher.MatchesEmpty))
        {
            throw new LogQueryException("parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will");
        }

        unwrap = null;
        var stages = new List<LogStage>();
        while (Stage(ref unwrap) is { } stage)
        {
            stages.Add(stage);
        }

        return new LogPipeline(matchers, stages);
    }

    private LogStage? Stage(ref string? unwrap)
    {
        foreach ((string sign, bool keep, bool pattern) in (ReadOnlySpan<(string, bool, bool)>)[("|=", true, false), ("!=", false, false), ("|~", true, true), ("!~", false, true)])
        {
            if (Take(sign))
            {
                string text = Text();
                return new LineFilter(keep, text, pattern ? Pattern(text) : null);
            }
        }

        if (!Take("|"))
        {
            return null;
        }

        Space();
        int start = _at;
        string name = Word();
        switch (name)
        {
            case "json": return new JsonStage();
            case "logfmt": return new LogfmtStage();
            case "regexp": return new RegexStage(Pattern(Text()));
            case "pattern": return new RegexStage(Pattern(OfPattern(Text())));
            case "line_format": return new LineFormat(Text());
            case "label_format": return LabelFormats();
            case "drop" or "keep": return new KeepLabels(name == "keep", Names());
            case "unwrap":
                unwrap = Word();
                return Keep;
            default:
                _at = start;
                return Condition();
        }
    }

    private static LogStage Keep { get; } = new KeepLabels(false, []);

    private LogStage Condition()
    {
        LogStage left = OneCondition();
        while (true)
        {
            if (Keyword("and") || Take(","))
            {
                left = new CombinedCondition(true, left, OneCondition());
            }
            else if (Keyword("or"))
            {
                left = new CombinedCondition(false, left, OneCondition());
            }
            else
            {
                return left;
            }
        }
    }

    private LogStage OneCondition()
    {
        if (Take("("))
        {
            LogStage inner = Condition();
            Expect(")");
            return inner;
        }

        string name = Word();
        foreach (string sign in (ReadOnlySpan<string>)["=~", "!~", "==", "!=", ">=", "<=", "=", ">", "<"])
        {
            if (!Take(sign))
            {
                continue;
            }

            Space();
            if (Peek() is '"' or '`')
            {
                string text = Text();
                return new LabelCondition(name, sign, text, null, sign is "=~" or "!~" ? Pattern($"^(?:{text})$") : null);
            }

            int start = _at;
            while (char.IsAsciiLetterOrDigit(Peek()) || Peek() is '.' or '-' or '+')
            {
                _at++;
            }

            return new LabelCondition(name, sign, "", Quantities.Parse(_text[start.._at]) ?? throw Unexpected("a text in quotes, a number, a duration or a size"), null);
        }

        throw Unexpected("a comparison");
    }

    private LabelFormat LabelFormats()
    {
        var labels = new List<(string, string, bool)>();
        do
        {
            string name = Word();
            Expect("=");
            Space();
            bool template = Peek() is '"' or '`';
            labels.Add((name, template ? Text() : Word(), template));
        }
        while (Take(","));
        return new LabelFormat(labels);
    }

    private List<string> Names()
    {
        var names = new List<string>();
        do
        {
            names.Add(Word());
        }
        while (Take(","));
        return names;
    }

    private List<LabelMatcher> Matchers()
    {
        Expect("{");
        var matchers = new List<LabelMatcher>();
        while (!Take("}"))
        {
            string name = Word();
            MatchType type = Take("=~") ? MatchType.Regexp : Take("!~") ? MatchType.NotRegexp : Take("!=") ? MatchType.NotEqual : Take("=") ? MatchType.Equal : throw Unexpected("=, !=, =~ or !~");
            try
            {
                matchers.Add(new LabelMatcher(type, name, Text()));
            }
            catch (FormatException invalid)
            {
                throw new LogQueryException($"parse error : {invalid.Message}");
            }

            if (!Take(",") && Peek() != '}')
            {
                throw Unexpected(", or }");
            }
        }

        return matchers;
    }

    private TimeSpan Range()
    {
        Expect("[");
        TimeSpan range = Duration();
        Expect("]");
        return range;
    }

    private TimeSpan Duration()
    {
        Space();
        int start = _at;
        while (char.IsAsciiLetterOrDigit(Peek()))
        {
            _at++;
        }

        return Prometheus.ApiTime.ParseDuration(_text[start.._at], out _) is { } span && span > TimeSpan.Zero ? span : throw Unexpected("a duration like 5m");
    }

    private static string OfPattern(string pattern)
    {
        var regex = new StringBuilder("^");
        for (int at = 0; at < pattern.Length; at++)
        {
            int end = pattern[at] == '<' ? pattern.IndexOf('>', at) : -1;
            if (end < 0)
            {
                regex.Append(Regex.Escape(pattern[at].ToString()));
                continue;
            }

            string name = pattern[(at + 1)..end];
            regex.Append(name == "_" ? "(?:.*?)" : $"(?<{LabelText.Name(name)}>.*?)");
            at = end;
        }

        return regex.Append('$').ToString();
    }

    private static Regex Pattern(string text)
    {
        try
        {
            return new Regex(text.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.CultureInvariant, PatternTime);
        }
        catch (ArgumentException invalid)
        {
            throw new LogQueryException($"parse error : {invalid.Message}");
        }
    }

    private string Text()
    {
        Space();
        char quote = Peek();
        if (quote is not ('"' or '`'))
        {
            throw Unexpected("a text in quotes");
        }

        var text = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] != quote; _at++)
        {
            if (quote == '"' && _text[_at] == '\\' && _at + 1 < _text.Length)
            {
                _at++;
                text.Append(_text[_at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', _ => _text[_at] });
            }
            else
            {
                text.Append(_text[_at]);
            }
        }

        if (_at++ >= _text.Length)
        {
            throw Unexpected("the end of the text in quotes");
        }

        return text.ToString();
    }

    private string Word()
    {
        Space();
        int start = _at;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() == '_')
        {
            _at++;
        }

        return _at > start ? _text[start.._at] : throw Unexpected("a name");
    }

    private bool Keyword(string word)
    {
        Space();
        int end = _at + word.Length;
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0 || (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] == '_')))
        {
            return false;
        }

        _at = end;
        return true;
    }

    private bool Take(string sign)
    {
        Space();
        if (string.CompareOrdinal(_text, _at, sign, 0, sign.Length) != 0)
        {
            return false;
        }

        _at += sign.Length;
        return true;
    }

    private void Expect(string sign)
    {
        if (!Take(sign))
        {
            throw Unexpected(sign);
        }
    }

    private char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private void Space()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == '#'))
        {
            if (_text[_at] == '#')
            {
                while (_at < _text.Length && _text[_at] != '\n')
                {
                    _at++;
                }
            }
            else
            {
                _at++;
            }
        }
    }

    private LogQueryException Unexpected(string expected)
        => new($"parse error at line 1, col {_at + 1}: syntax error: unexpected {(_at < _text.Length ? GoText.Quote(_text[_at].ToString()) : "$end")}, expecting {expected}");
}

using System.Globalization;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Stages;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Logs.Query.Syntax;

/// <summary>Reads LogQL: this part the numbers, <see cref="PipelineParser"/> selectors and stages. Errors are in Loki's words.</summary>
internal sealed class LogQueryParser
{
    private const int MostText = 128 << 10;
    private const int MostDepth = 200;
    private const string NoSelector = "queries require at least one regexp or equality matcher that does not have an empty-compatible value. "
        + "For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

    private readonly LogTokenReader _tokens;
    private readonly PipelineParser _pipelines;
    private int _depth;

    private LogQueryParser(string text)
    {
        _tokens = new LogTokenReader(text);
        _pipelines = new PipelineParser(_tokens);
    }

    /// <summary>Reads a query.</summary>
    /// <exception cref="LogQueryException">It does not parse; the message says where.</exception>
    public static LogQuery Parse(string text)
    {
        if (text.Length >= MostText)
        {
            throw LogQueryException.Parse($"input size too long ({text.Length} > {MostText})");
        }

        var parser = new LogQueryParser(text);
        LogQuery query = parser.Expression(0);
        if (parser._tokens.Now.Kind != LogTokenKind.End)
        {
            throw parser._tokens.Unexpected();
        }

        Check(query);
        return query;
    }

    /// <summary>Reads a query of lines.</summary>
    /// <exception cref="LogQueryException">It does not parse, or asks for numbers.</exception>
    public static LogQuery.Lines Lines(string text) => Parse(text) as LogQuery.Lines ?? throw new LogQueryException("only log selector is supported");

    /// <summary>A selector alone, as in <c>match[]</c>; it may select everything.</summary>
    /// <exception cref="LogQueryException">It does not parse.</exception>
    public static IReadOnlyList<LabelMatcher> Selector(string text)
    {
        var parser = new LogQueryParser(text);
        LogQuery query = parser.Expression(0);
        return parser._tokens.Now.Kind != LogTokenKind.End ? throw parser._tokens.Unexpected()
            : query is LogQuery.Lines { Stages.Count: 0 } lines ? lines.Matchers
            : throw new LogQueryException("only label matchers are supported");
    }

    private static void Check(LogQuery query)
    {
        switch (query)
        {
            case LogQuery.Lines lines:
                CheckMatchers(lines.Matchers);
                break;
            case LogQuery.Range range:
                CheckMatchers(range.Over.Lines.Matchers);
                break;
            case LogQuery.Vector vector:
                if (vector.Function is "sort" or "sort_desc" && vector.Grouping.Labels.Count > 0)
                {
                    throw LogQueryException.Parse("sort and sort_desc doesn't allow grouping by ");
                }

                Check(vector.Inner);
                break;
            case LogQuery.Binary binary:
                Check(binary.Left);
                Check(binary.Right);
                break;
            case LogQuery.Replace replace:
                Check(replace.Inner);
                break;
        }
    }

    private static void CheckMatchers(IReadOnlyList<LabelMatcher> matchers)
    {
        if (!matchers.Any(matcher => matcher.Type is MatchType.Equal or MatchType.Regexp && !matcher.MatchesEmpty))
        {
            throw LogQueryException.Parse(NoSelector);
        }
    }

    private static (int Precedence, bool Right) Strength(LogToken token) => token.Kind != LogTokenKind.Word ? (0, false) : token.Text switch
    {
        "or" => (1, false),
        "and" or "unless" => (2, false),
        "==" or "!=" or "<" or "<=" or ">" or ">=" => (3, false),
        "+" or "-" => (4, false),
        "*" or "/" or "%" => (5, false),
        "^" => (6, true),
        _ => (0, false),
    };

    private LogQuery Expression(int least)
    {
        if (++_depth > MostDepth)
        {
            throw LogQueryException.Parse("the query is nested too deeply");
        }

        LogQuery left = Primary();
        while (Strength(_tokens.Now) is { Precedence: > 0 } strength && strength.Precedence > least)
        {
            string sign = _tokens.Take().Text;
            Matching matching = ReadMatching();
            LogQuery right = Expression(strength.Right ? strength.Precedence - 1 : strength.Precedence);
            left = Combined(sign, matching, left, right);
        }

        _depth--;
        return left;
    }

    private LogQuery Primary()
    {
        LogToken token = _tokens.Now;
        switch (token.Kind)
        {
            case LogTokenKind.Word when token.Is("{"):
                return new LogQuery.Lines(_pipelines.Selector(), _pipelines.Stages());
            case LogTokenKind.Word when token.Is("("):
                _tokens.Take();
                LogQuery inner = Expression(0);
                _tokens.Expect(")");
                return inner;
            case LogTokenKind.Word when token.Is("+") || token.Is("-"):
                _tokens.Take();
                return new LogQuery.Literal((token.Is("-") ? -1 : 1) * Number(_tokens.Expect(LogTokenKind.Number, "NUMBER").Text, "literal"));
            case LogTokenKind.Word when token.Is("label_replace"):
                return Replace();
            case LogTokenKind.Number:
                return new LogQuery.Literal(Number(_tokens.Take().Text, "literal"));
            case LogTokenKind.Vector:
                return Constant();
            case LogTokenKind.RangeFunction:
                return Range();
            case LogTokenKind.Aggregation:
                return Aggregation();
            default:
                throw _tokens.Unexpected();
        }
    }

    private static double Number(string text, string what)
        => GoNumbers.TryParse(text, out double value, out string problem)
            ? value
            : throw LogQueryException.Parse($"unable to parse {what} as a float: {problem}");

    private LogQuery.Constant Constant()
    {
        _tokens.Take();
        _tokens.Expect("(", "(");
        string number = _tokens.Expect(LogTokenKind.Number, "NUMBER").Text;
        _tokens.Expect(")", ")");
        return new LogQuery.Constant(Number(number, "vectorExpr"));
    }

    private LogQuery.Replace Replace()
    {
        _tokens.Take();
        _tokens.Expect("(", "(");
        LogQuery inner = Numbers(Expression(0));
        string[] texts = new string[4];
        for (int index = 0; index < texts.Length; index++)
        {
            _tokens.Expect(",", ",");
            texts[index] = _tokens.Expect(LogTokenKind.Text, "STRING").Text;
        }

        _tokens.Expect(")", ")");
        try
        {
            return new LogQuery.Replace(inner, texts[0], texts[1], texts[2], texts[3], Re2Pattern.Compile($"^(?:{texts[3]})$"));
        }
        catch (FormatException wrong)
        {
            throw LogQueryException.Parse($"invalid regex in label_replace: {wrong.Message}");
        }
    }

    private LogQuery Numbers(LogQuery query) => query is LogQuery.Lines ? throw _tokens.Unexpected() : query;

    private LogQuery.Range Range()
    {
        string function = _tokens.Take().Text;
        _tokens.Expect("(", "(");
        string? parameter = null;
        if (_tokens.Now.Kind == LogTokenKind.Number)
        {
            parameter = _tokens.Take().Text;
            _tokens.Expect(",", ",");
        }
        else if (!_tokens.Now.Is("{") && !_tokens.Now.Is("("))
        {
            throw _tokens.Unexpected("NUMBER", "{", "(");
        }

        LogRange over = _pipelines.Range();
        _tokens.Expect(")");
        Grouping? grouping = ReadGrouping();
        return Checked(function, over, parameter, grouping);
    }

    private static LogQuery.Range Checked(string function, LogRange over, string? parameter, Grouping? grouping)
    {
        double? number = null;
        if (parameter is not null)
        {
            number = function != "quantile_over_time" ? throw LogQueryException.Parse($"parameter {parameter} not supported for operation {function}")
                : GoNumbers.TryParse(parameter, out double value, out string problem) ? value
                : throw LogQueryException.Parse($"invalid parameter for operation {function}: {problem}");
        }
        else if (function == "quantile_over_time")
        {
            throw LogQueryException.Parse($"parameter required for operation {function}");
        }

        bool groups = function is "avg_over_time" or "stddev_over_time" or "stdvar_over_time" or "quantile_over_time" or "max_over_time" or "min_over_time" or "first_over_time" or "last_over_time";
        bool counts = function is "bytes_over_time" or "bytes_rate" or "count_over_time" or "rate" or "absent_over_time";
        if (grouping is not null && !groups)
        {
            throw LogQueryException.Parse($"grouping not allowed for {function} aggregation");
        }

        if (over.Unwrap is not null && function is "bytes_over_time" or "bytes_rate" or "count_over_time" && over.Unwrap is not null)
        {
            throw LogQueryException.Parse($"invalid aggregation {function} with unwrap");
        }

        return over.Unwrap is null && !counts
            ? throw LogQueryException.Parse($"invalid aggregation {function} without unwrap")
            : new LogQuery.Range(function, over, number, grouping);
    }

    private LogQuery.Vector Aggregation()
    {
        string function = _tokens.Take().Text;
        Grouping? grouping = ReadGrouping();
        _tokens.Expect("(", "(");
        string? parameter = null;
        LogQuery? inner = null;
        if (_tokens.Now.Kind == LogTokenKind.Number)
        {
            // A number may be the parameter, or begin an expression such as 1 + rate(...).
            LogToken number = _tokens.Take();
            if (_tokens.Take(","))
            {
                parameter = number.Text;
            }
            else
            {
                inner = Continued(new LogQuery.Literal(Number(number.Text, "literal")));
            }
        }

        inner = Numbers(inner ?? Expression(0));
        _tokens.Expect(")");
        grouping ??= ReadGrouping();
        return Checked(function, parameter, grouping, inner);
    }

    private LogQuery Continued(LogQuery left)
    {
        while (Strength(_tokens.Now) is { Precedence: > 0 } strength)
        {
            string sign = _tokens.Take().Text;
            Matching matching = ReadMatching();
            left = Combined(sign, matching, left, Expression(strength.Right ? strength.Precedence - 1 : strength.Precedence));
        }

        return left;
    }

    private static LogQuery.Vector Checked(string function, string? parameter, Grouping? grouping, LogQuery inner)
    {
        bool takes = function is "topk" or "bottomk" or "approx_topk";
        if (!takes)
        {
            return parameter is null
                ? new LogQuery.Vector(function, 0, grouping ?? Grouping.Nothing, inner)
                : throw LogQueryException.Parse($"unsupported parameter for operation {function}({parameter},");
        }

        if (parameter is null)
        {
            throw LogQueryException.Parse($"parameter required for operation {function}");
        }

        if (!int.TryParse(parameter, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            throw LogQueryException.Parse($"invalid parameter {function}({parameter},");
        }

        return number <= 0 ? throw LogQueryException.Parse($"invalid parameter (must be greater than 0) {function}({parameter}")
            : function == "approx_topk" && grouping is not null ? throw LogQueryException.Parse($"grouping not allowed for {function} aggregation")
            : new LogQuery.Vector(function, number, grouping ?? Grouping.Nothing, inner);
    }

    private Grouping? ReadGrouping()
    {
        bool by = _tokens.Take("by");
        if (!by && !_tokens.Take("without"))
        {
            return null;
        }

        _tokens.Expect("(", "(");
        return new Grouping(Names(), !by);
    }

    /// <summary>Names in parentheses, of which the first is taken.</summary>
    private List<string> Names()
    {
        var names = new List<string>();
        if (_tokens.Take(")"))
        {
            return names;
        }

        if (_tokens.Now.Kind != LogTokenKind.Identifier)
        {
            throw _tokens.Unexpected("IDENTIFIER", ")");
        }

        names.Add(_tokens.Take().Text);
        while (!_tokens.Take(")"))
        {
            _tokens.Expect(",", ",", ")");
            names.Add(_tokens.Expect(LogTokenKind.Identifier, "IDENTIFIER").Text);
        }

        return names;
    }

    private Matching ReadMatching()
    {
        var matching = new Matching { Bool = _tokens.Take("bool") };
        bool on = _tokens.Take("on");
        if (!on && !_tokens.Take("ignoring"))
        {
            return matching;
        }

        _tokens.Expect("(", "(");
        List<string> labels = Names();
        matching = matching with { On = on, Labels = labels.Count > 0 ? labels : null };
        if (!_tokens.Now.Is("group_left") && !_tokens.Now.Is("group_right"))
        {
            return matching;
        }

        string group = _tokens.Take().Text;
        List<string> include = _tokens.Take("(") ? Names() : [];
        return matching with { Group = group, Include = include.Count > 0 ? include : null };
    }

    private static LogQuery Combined(string sign, Matching matching, LogQuery left, LogQuery right)
    {
        foreach ((LogQuery side, string name) in (ReadOnlySpan<(LogQuery, string)>)[(left, "left"), (right, "right")])
        {
            if (side is LogQuery.Lines)
            {
                throw LogQueryException.Parse($"unexpected type for {name} leg of binary operation ({sign}): {side.TypeName}");
            }
        }

        foreach ((LogQuery side, string name) in sign is "or" or "and" or "unless" ? (ReadOnlySpan<(LogQuery, string)>)[(left, "left"), (right, "right")] : [])
        {
            if (side is LogQuery.Literal literal)
            {
                throw LogQueryException.Parse($"unexpected literal for {name} leg of logical/set binary operation ({sign}): {literal.Value.ToString("0.000000", CultureInfo.InvariantCulture)}");
            }
        }

        return left is LogQuery.Literal one && right is LogQuery.Literal other
            ? new LogQuery.Literal(Evaluation.NumberOperators.Reduce(sign, one.Value, other.Value))
            : new LogQuery.Binary(sign, matching, left, right);
    }
}

using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Stages;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Logs.Query.Syntax;

/// <summary>Reads selectors, stages and ranges.</summary>
internal sealed class PipelineParser(LogTokenReader tokens)
{
    private readonly LabelFilterParser _filters = new(tokens);

    /// <summary><c>{a="b", c=~"d"}</c>.</summary>
    public List<LabelMatcher> Selector()
    {
        tokens.Expect("{", "{");
        var matchers = new List<LabelMatcher>();
        if (tokens.Take("}"))
        {
            return matchers;
        }

        if (tokens.Now.Kind != LogTokenKind.Identifier)
        {
            throw tokens.Unexpected("IDENTIFIER", "}");
        }

        while (true)
        {
            string name = tokens.Expect(LogTokenKind.Identifier, "IDENTIFIER").Text;
            MatchType type = MatchSign() ?? throw tokens.Unexpected("=", "=~", "!~", "!=");
            matchers.Add(LabelFilterParser.Matcher(type, name, tokens.Expect(LogTokenKind.Text, "STRING").Text));
            if (tokens.Take("}"))
            {
                return matchers;
            }

            tokens.Expect(",", "}", ",");
        }
    }

    /// <summary>All stages that follow, but for <c>unwrap</c>.</summary>
    public List<LogStage> Stages()
    {
        var stages = new List<LogStage>();
        while (Stage(inRange: false, out _) is { } stage)
        {
            stages.Add(stage);
        }

        return stages;
    }

    /// <summary>A selector with stages and a range in any of the places where it may stand.</summary>
    public LogRange Range()
    {
        if (tokens.Take("("))
        {
            return InParentheses();
        }

        List<LabelMatcher> matchers = Selector();
        var stages = new List<LogStage>();
        Unwrap? unwrap = ReadStages(stages, null);
        LogToken range = tokens.Expect(LogTokenKind.Range);
        long offset = Offset();
        if (stages.Count == 0 && unwrap is null)
        {
            // Stages may follow the range as well as precede it.
            unwrap = ReadStages(stages, null);
        }

        return new LogRange(new LogQuery.Lines(matchers, stages), range.Value, offset, unwrap);
    }

    private LogRange InParentheses()
    {
        if (tokens.Now.Is("("))
        {
            LogRange nested = Range();
            tokens.Expect(")");
            return nested;
        }

        List<LabelMatcher> matchers = Selector();
        var stages = new List<LogStage>();
        Unwrap? unwrap = ReadStages(stages, null);
        if (tokens.Now.Kind == LogTokenKind.Range)
        {
            LogToken inside = tokens.Take();
            long inner = Offset();
            unwrap = stages.Count == 0 && unwrap is null ? ReadStages(stages, null) : unwrap;
            tokens.Expect(")");
            return new LogRange(new LogQuery.Lines(matchers, stages), inside.Value, inner, unwrap);
        }

        tokens.Expect(")");
        LogToken range = tokens.Expect(LogTokenKind.Range);
        long offset = Offset();
        unwrap = stages.Count == 0 && unwrap is null ? ReadStages(stages, null) : unwrap;
        return new LogRange(new LogQuery.Lines(matchers, stages), range.Value, offset, unwrap);
    }

    private long Offset() => tokens.Take("offset") ? tokens.Expect(LogTokenKind.Duration, "DURATION").Value : 0;

    /// <summary>Stages up to the range; after <c>unwrap</c> there are only conditions.</summary>
    private Unwrap? ReadStages(List<LogStage> stages, Unwrap? unwrap)
    {
        while (unwrap is null)
        {
            if (Stage(inRange: true, out unwrap) is { } stage)
            {
                stages.Add(stage);
            }
            else if (unwrap is null)
            {
                return null;
            }
        }

        var filters = new List<LabelFilter>();
        while (tokens.Take("|"))
        {
            filters.Add(_filters.Filter(0));
        }

        return unwrap with { Filters = filters };
    }

    private MatchType? MatchSign()
        => tokens.Take("=") ? MatchType.Equal
            : tokens.Take("!=") ? MatchType.NotEqual
            : tokens.Take("=~") ? MatchType.Regexp
            : tokens.Take("!~") ? MatchType.NotRegexp
            : null;

    private LogStage? Stage(bool inRange, out Unwrap? unwrap)
    {
        unwrap = null;
        if (IsLineFilter(tokens.Now))
        {
            return LineFilters();
        }

        if (!tokens.Take("|"))
        {
            return null;
        }

        LogToken token = tokens.Now;
        switch (token.Kind == LogTokenKind.Word ? token.Text : "")
        {
            case "unwrap":
                tokens.Take();
                unwrap = ReadUnwrap();
                return inRange ? null : throw tokens.Unexpected();
            case "json":
                tokens.Take();
                return tokens.Now.Kind == LogTokenKind.Identifier ? new JsonPathStage(Extractions()) : new JsonStage();
            case "logfmt":
                tokens.Take();
                return Logfmt();
            case "regexp":
                tokens.Take();
                return new RegexpStage(tokens.Expect(LogTokenKind.Text, "STRING").Text);
            case "pattern":
                tokens.Take();
                return new PatternStage(tokens.Expect(LogTokenKind.Text, "STRING").Text);
            case "unpack":
                tokens.Take();
                return new UnpackStage();
            case "line_format":
                tokens.Take();
                return new LineFormatStage(tokens.Expect(LogTokenKind.Text, "STRING").Text);
            case "label_format":
                tokens.Take();
                return LabelFormat();
            case "decolorize":
                tokens.Take();
                return new DecolorizeStage();
            case "drop" or "keep":
                tokens.Take();
                return token.Text == "keep" ? new KeepStage(NamedLabels()) : new DropStage(NamedLabels());
            default:
                return new LabelFilterStage(_filters.Filter(0));
        }
    }

    private static bool IsLineFilter(LogToken token) => token.Kind == LogTokenKind.Word && token.Text is "|=" or "|~" or "|>" or "!=" or "!~" or "!>";

    /// <summary>Filters of lines that follow each other are one stage.</summary>
    private LineFilterStage LineFilters()
    {
        var filters = new List<IReadOnlyList<LineTest>>();
        while (IsLineFilter(tokens.Now))
        {
            string sign = tokens.Take().Text;
            var tests = new List<LineTest> { Test(sign) };
            while (tokens.Take("or"))
            {
                tests.Add(Test(sign));
            }

            // None of several is the same as not the one and not the other.
            filters.AddRange(sign[0] == '|' ? [tests] : tests.Select(test => (IReadOnlyList<LineTest>)[test]));
        }

        return new LineFilterStage(filters);
    }

    private LineTest Test(string sign)
    {
        if (!tokens.Take("ip"))
        {
            return new LineTest(sign, tokens.Expect(LogTokenKind.Text, "STRING", "ip").Text, isAddress: false);
        }

        tokens.Expect("(", "(");
        string text = tokens.Expect(LogTokenKind.Text, "STRING").Text;
        tokens.Expect(")", ")");
        return new LineTest(sign, text, isAddress: true);
    }

    private LogStage Logfmt()
    {
        bool strict = false;
        bool keepEmpty = false;
        while (tokens.Now.Kind == LogTokenKind.Flag)
        {
            string flag = tokens.Take().Text;
            strict |= flag == "--strict";
            keepEmpty |= flag == "--keep-empty";
        }

        return tokens.Now.Kind == LogTokenKind.Identifier ? new LogfmtPathStage(Extractions(), strict, keepEmpty) : new LogfmtStage(strict, keepEmpty);
    }

    private List<(string Name, string Expression)> Extractions()
    {
        var found = new List<(string, string)>();
        do
        {
            string name = tokens.Expect(LogTokenKind.Identifier, "IDENTIFIER").Text;
            found.Add((name, tokens.Take("=") ? tokens.Expect(LogTokenKind.Text, "STRING").Text : name));
        }
        while (tokens.Take(","));
        return found;
    }

    private LabelFormatStage LabelFormat()
    {
        var formats = new List<(string, string, bool)>();
        do
        {
            string name = tokens.Expect(LogTokenKind.Identifier, "IDENTIFIER").Text;
            tokens.Expect("=", "=");
            bool isTemplate = tokens.Now.Kind == LogTokenKind.Text;
            formats.Add((name, isTemplate ? tokens.Take().Text : tokens.Expect(LogTokenKind.Identifier, "IDENTIFIER", "STRING").Text, isTemplate));
        }
        while (tokens.Take(","));
        return new LabelFormatStage(formats);
    }

    private List<NamedLabel> NamedLabels()
    {
        var labels = new List<NamedLabel>();
        do
        {
            string name = tokens.Expect(LogTokenKind.Identifier, "IDENTIFIER").Text;
            labels.Add(new NamedLabel(name, MatchSign() is { } type ? LabelFilterParser.Matcher(type, name, tokens.Expect(LogTokenKind.Text, "STRING").Text) : null));
        }
        while (tokens.Take(","));
        return labels;
    }

    private Unwrap ReadUnwrap()
    {
        if (tokens.Now.Kind != LogTokenKind.Conversion)
        {
            return new Unwrap(tokens.Expect(LogTokenKind.Identifier).Text, "", []);
        }

        string conversion = tokens.Take().Text;
        tokens.Expect("(", "(");
        string label = tokens.Expect(LogTokenKind.Identifier, "IDENTIFIER").Text;
        tokens.Expect(")", ")");
        return new Unwrap(label, conversion, []);
    }
}

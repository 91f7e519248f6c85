using System.Text.RegularExpressions;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Stages;

namespace Fairway.Telemetry.Logs.Query.Syntax;

/// <summary>A query: lines, or numbers made of lines. Its text is Loki's own form of it.</summary>
internal abstract record LogQuery
{
    /// <summary>What errors call its kind.</summary>
    public virtual string TypeName => "*syntax." + GetType().Name + "Expr";

    /// <summary>Lines of streams after stages.</summary>
    internal sealed record Lines(IReadOnlyList<LabelMatcher> Matchers, IReadOnlyList<LogStage> Stages) : LogQuery
    {
        public override string TypeName => Stages.Count == 0 ? "*syntax.MatchersExpr" : "*syntax.PipelineExpr";

        /// <summary>The selector alone.</summary>
        public string Selector => "{" + string.Join(", ", Matchers) + "}";

        public override string ToString() => Stages.Count == 0 ? Selector : Selector + " " + string.Join(' ', Stages);
    }

    /// <summary><c>rate({...}[5m])</c> and its like.</summary>
    internal sealed record Range(string Function, LogRange Over, double? Parameter, Grouping? Grouping) : LogQuery
    {
        public override string TypeName => "*syntax.RangeAggregationExpr";

        public override string ToString() => $"{Function}({(Parameter is { } number ? GoText.FormatPlain(number) + "," : "")}{Over}){Grouping}";
    }

    /// <summary><c>sum by (x) (...)</c> and its like; a missing grouping is one by nothing.</summary>
    internal sealed record Vector(string Function, int Parameter, Grouping Grouping, LogQuery Inner) : LogQuery
    {
        public override string TypeName => "*syntax.VectorAggregationExpr";

        public bool HasParameter => Function is "topk" or "bottomk" or "approx_topk";

        public override string ToString() => $"{Function}{(Grouping.IsNothing ? "" : Grouping.ToString())}({(HasParameter ? $"{Parameter}," : "")}{Inner})";
    }

    /// <summary>Numbers with numbers.</summary>
    internal sealed record Binary(string Operator, Matching Matching, LogQuery Left, LogQuery Right) : LogQuery
    {
        public override string TypeName => "*syntax.BinOpExpr";

        public override string ToString() => $"({Left} {Operator}{Matching} {Right})";
    }

    /// <summary>A number.</summary>
    internal sealed record Literal(double Value) : LogQuery
    {
        public override string TypeName => "*syntax.LiteralExpr";

        public override string ToString() => GoText.FormatGeneral(Value);
    }

    /// <summary><c>vector(1)</c>.</summary>
    internal sealed record Constant(double Value) : LogQuery
    {
        public override string TypeName => "*syntax.VectorExpr";

        public override string ToString() => $"vector({Value.ToString("0.000000", System.Globalization.CultureInfo.InvariantCulture)})";
    }

    /// <summary><c>label_replace(...)</c>.</summary>
    internal sealed record Replace(LogQuery Inner, string To, string Replacement, string From, string Expression, Regex Pattern) : LogQuery
    {
        public override string TypeName => "*syntax.LabelReplaceExpr";

        public override string ToString()
            => $"label_replace({Inner},{GoText.Quote(To)},{GoText.Quote(Replacement)},{GoText.Quote(From)},{GoText.Quote(Expression)})";
    }
}

/// <summary>Lines over a time before each moment.</summary>
/// <param name="Lines">Which.</param>
/// <param name="Interval">Nanoseconds.</param>
/// <param name="Offset">Nanoseconds to go back.</param>
/// <param name="Unwrap">The label whose value counts; null to count lines.</param>
internal sealed record LogRange(LogQuery.Lines Lines, long Interval, long Offset, Unwrap? Unwrap)
{
    public override string ToString()
        => $"{Lines}{Unwrap}[{GoDurations.PrintPrometheus(Interval)}]{(Offset == 0 ? "" : $" offset {GoDurations.PrintGo(Offset)}")}";
}

/// <summary><c>| unwrap duration(x) | y &gt; 5</c>.</summary>
/// <param name="Label">Whose value it is.</param>
/// <param name="Conversion">bytes, duration, duration_seconds or empty.</param>
/// <param name="Filters">Conditions after it.</param>
internal sealed record Unwrap(string Label, string Conversion, IReadOnlyList<LabelFilter> Filters)
{
    public override string ToString()
        => $" | unwrap {(Conversion.Length > 0 ? $"{Conversion}({Label})" : Label)}" + string.Concat(Filters.Select(filter => $" | {filter}"));
}

/// <summary><c>by (a, b)</c> or <c>without (a, b)</c>.</summary>
internal sealed record Grouping(IReadOnlyList<string> Labels, bool Without)
{
    public static Grouping Nothing { get; } = new([], false);

    /// <summary>All in one group.</summary>
    public bool IsNothing => Labels.Count == 0 && !Without;

    public override string ToString() => $" {(Without ? "without" : "by")} ({string.Join(',', Labels)})";
}

/// <summary>How the sides of an operator find each other.</summary>
internal sealed record Matching
{
    /// <summary>1 for 1.</summary>
    public static Matching Plain { get; } = new();

    /// <summary>Comparisons give 0 or 1.</summary>
    public bool Bool { get; init; }

    public bool On { get; init; }

    /// <summary>Null when neither <c>on</c> nor <c>ignoring</c> was said, or with nothing in it.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary><c>group_left</c>, <c>group_right</c> or empty.</summary>
    public string Group { get; init; } = "";

    /// <summary>Labels that come from the other side; null when none were said.</summary>
    public IReadOnlyList<string>? Include { get; init; }

    public override string ToString()
    {
        string text = Bool ? " bool" : "";
        string group = Include is null ? Group : $"{Group} ({string.Join(',', Include)})";
        return On || Labels is not null ? $"{text} {(On ? "on" : "ignoring")} ({string.Join(',', Labels ?? [])}) {group}" : text;
    }
}

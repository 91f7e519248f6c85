using System.Globalization;
using Fairway.Resources.Signals;

namespace Fairway.Telemetry.Traces.Query;

/// <summary>
/// A search for traces. Either conditions side by side, all of one span: <c>service=web error=true minDuration=250ms
/// http.route="/basket"</c>; or the filters of TraceQL: <c>{ resource.service.name = "web" &amp;&amp; duration &gt; 250ms } &gt;&gt; { status =
/// error } | count() &gt; 2</c>. Which of TraceQL is served is told in the reference.
/// </summary>
internal sealed class SpanQuery
{
    private readonly SpanSet _set;
    private readonly IReadOnlyList<SpanAggregate> _aggregates;

    public SpanQuery(SpanSet set, IReadOnlyList<SpanAggregate> aggregates)
    {
        _set = set;
        _aggregates = aggregates;
        Terms = [.. set.Terms];
    }

    /// <summary>Terms without which no span of a trace of interest does: a piece of storage that lacks one has nothing.</summary>
    public IReadOnlyList<ulong> Terms { get; }

    /// <exception cref="SignalQueryException">The text is no search; the message says where.</exception>
    public static SpanQuery Parse(string text) => text.AsSpan().TrimStart().StartsWith("{") ? new SpanQueryParser(text).Query() : new SpanQuery(new SpanSet.Filter(PlainSearch.Parse(text)), []);

    /// <summary>Whether one of its spans is what is looked for.</summary>
    public bool Matches(TraceRecord trace) => Find(trace).Count > 0;

    /// <summary>The spans that are what is looked for; none when an aggregate does not hold.</summary>
    public IReadOnlyList<SpanRecord> Find(TraceRecord trace)
    {
        IReadOnlyList<SpanRecord> spans = _set.Of(trace);
        return spans.Count > 0 && _aggregates.All(aggregate => aggregate.Holds(spans)) ? spans : [];
    }
}

/// <summary>Which spans of a trace.</summary>
internal abstract record SpanSet
{
    public abstract IReadOnlyList<SpanRecord> Of(TraceRecord trace);

    public virtual IEnumerable<ulong> Terms => [];

    internal sealed record Filter(SpanCondition Condition) : SpanSet
    {
        public override IEnumerable<ulong> Terms => Condition.Terms;

        public override IReadOnlyList<SpanRecord> Of(TraceRecord trace) => [.. trace.Spans.Where(span => Condition.Holds(span, trace))];
    }

    /// <summary><c>&amp;&amp; ||</c>: both, or one, find spans; <c>&gt;&gt; &gt; ~</c>: the right one finds descendants, children or siblings of the left one's.</summary>
    internal sealed record Combined(string Sign, SpanSet Left, SpanSet Right) : SpanSet
    {
        public override IEnumerable<ulong> Terms => Sign == "||" ? [] : Left.Terms.Concat(Right.Terms);

        public override IReadOnlyList<SpanRecord> Of(TraceRecord trace)
        {
            IReadOnlyList<SpanRecord> left = Left.Of(trace);
            IReadOnlyList<SpanRecord> right = Right.Of(trace);
            switch (Sign)
            {
                case "&&": return left.Count > 0 && right.Count > 0 ? [.. left.Union(right)] : [];
                case "||": return [.. left.Union(right)];
                case "~":
                    HashSet<string> parents = [.. left.Select(span => span.ParentId)];
                    return [.. right.Where(span => span.ParentId.Length > 0 && parents.Contains(span.ParentId) && left.Any(one => one.ParentId == span.ParentId && one != span))];
            }

            HashSet<string> above = [.. left.Select(span => span.SpanId)];
            Dictionary<string, string> parentOf = trace.Spans.GroupBy(span => span.SpanId).ToDictionary(group => group.Key, group => group.First().ParentId);
            return [.. right.Where(span => Sign == ">" ? above.Contains(span.ParentId) : Below(span.ParentId, above, parentOf))];
        }

        private static bool Below(string parent, HashSet<string> above, Dictionary<string, string> parentOf)
        {
            for (int depth = 0; parent.Length > 0 && depth < 10_000; depth++)
            {
                if (above.Contains(parent))
                {
                    return true;
                }

                parent = parentOf.GetValueOrDefault(parent) ?? "";
            }

            return false;
        }
    }
}

/// <summary><c>| count() &gt; 2</c>, <c>| avg(duration) &gt; 1s</c>.</summary>
internal sealed record SpanAggregate(string Function, SpanField? Field, string Sign, double Limit)
{
    public bool Holds(IReadOnlyList<SpanRecord> spans)
    {
        double[] values = Field is null ? [] : [.. spans.SelectMany(span => Field.Values(span, new TraceRecord(span.TraceId, spans))).Select(Number).OfType<double>()];
        double? value = Function switch
        {
            "count" => spans.Count,
            _ when values.Length == 0 => null,
            "avg" => values.Average(),
            "min" => values.Min(),
            "max" => values.Max(),
            _ => values.Sum(),
        };
        return value is { } number && Sign switch
        {
            "=" => number == Limit,
            "!=" => number != Limit,
            ">" => number > Limit,
            ">=" => number >= Limit,
            "<" => number < Limit,
            _ => number <= Limit,
        };
    }

    private static double? Number(object? value) => value switch
    {
        long number => number,
        double number => number,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => null,
    };
}

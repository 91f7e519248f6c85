using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Evaluation;
using Fairway.Telemetry.Logs.Query.Stages;
using Fairway.Telemetry.Logs.Query.Syntax;

namespace Fairway.Telemetry.Logs.Query;

/// <summary>What one query may cost.</summary>
internal sealed record LogQueryLimits
{
    /// <summary>Lines that pass the selector and the filters of texts.</summary>
    public long LinesRead { get; init; } = 50_000_000;

    /// <summary>Series of a query of numbers.</summary>
    public int Series { get; init; } = 5000;
}

/// <summary>A line of an answer.</summary>
/// <param name="Labels">All labels that it ended with.</param>
/// <param name="Time">Nanoseconds.</param>
/// <param name="Line">The text.</param>
/// <param name="Known">What is known of it alone; part of <paramref name="Labels"/>.</param>
/// <param name="Found">What stages found; part of <paramref name="Labels"/>.</param>
internal sealed record FoundLine(Labels Labels, long Time, string Line, Labels Known, Labels Found);

/// <summary>What a query of lines asks for besides the query.</summary>
/// <param name="From">Nanoseconds, included.</param>
/// <param name="To">Nanoseconds, not included.</param>
/// <param name="Limit">The most lines.</param>
/// <param name="NewestFirst">Which lines the limit leaves, and their order.</param>
internal sealed record LineRequest(long From, long To, int Limit, bool NewestFirst)
{
    /// <summary>Lines nearer to the one before are left out; 0 for all.</summary>
    public long Interval { get; init; }
}

/// <summary>Answers LogQL over the store: lines newest or oldest first up to a limit, or numbers at steps.</summary>
internal sealed class LogQueryEngine(LogStore store, LogQueryLimits? limits = null)
{
    private readonly LogQueryLimits _limits = limits ?? new LogQueryLimits();
    private readonly RangeEvaluation _ranges = new(store, limits ?? new LogQueryLimits());

    /// <summary>Lines that pass, in the order asked for.</summary>
    public IReadOnlyList<FoundLine> Lines(LogQuery.Lines query, LineRequest request, CancellationToken cancellation)
    {
        var pipeline = new LinePipeline(query, ParserHints.All());
        var scan = new LogScan(query.Matchers, request.From, request.To, pipeline.Needles, request.NewestFirst);
        var best = new PriorityQueue<FoundLine, (long Order, long Sequence)>();
        int most = request.Interval > 0 ? int.MaxValue : request.Limit;
        long sequence = 0;
        long read = 0;
        foreach (LogBatch batch in store.Read(scan, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            read += batch.Entries.Count;
            if (read > _limits.LinesRead)
            {
                throw new LogQueryException($"the query reads more than {_limits.LinesRead} lines: narrow its selector or its time");
            }

            foreach (LogEntry entry in batch.Entries)
            {
                long order = request.NewestFirst ? entry.Time : -entry.Time;
                if ((best.Count >= most && order <= scan.Worst) || !pipeline.Apply(batch.Stream, entry))
                {
                    continue;
                }

                best.Enqueue(Found(pipeline.State), (order, request.NewestFirst ? ++sequence : --sequence));
                if (best.Count > most)
                {
                    best.Dequeue();
                }

                if (best.Count >= most && best.TryPeek(out _, out (long Order, long Sequence) least))
                {
                    scan.Worst = least.Order;
                }
            }
        }

        var lines = new List<FoundLine>(best.Count);
        while (best.TryDequeue(out FoundLine? line, out _))
        {
            lines.Add(line);
        }

        lines.Reverse();
        return request.Interval > 0 ? Thinned(lines, request) : lines;
    }

    /// <summary>A line that was applied to a pipeline, as answers have it.</summary>
    public static FoundLine Found(LineState line)
    {
        if (line.Unchanged && line.Error.Length == 0)
        {
            return new FoundLine(line.Stream, line.Time, line.Line, Labels.Empty, Labels.Empty);
        }

        (_, Labels known, Labels found) = line.Layers();
        return new FoundLine(line.ToLabels(), line.Time, line.Line, known, found);
    }

    /// <summary>Numbers at every step of a closed range of nanoseconds.</summary>
    /// <param name="query">No query of lines.</param>
    /// <param name="from">The first step.</param>
    /// <param name="to">No step is behind it.</param>
    /// <param name="step">Between two steps; for one moment anything.</param>
    public IReadOnlyList<NumberSeries> Numbers(LogQuery query, long from, long to, long step, CancellationToken cancellation)
        => [.. Evaluate(query, Steps.Of(from, to, step), cancellation).Where(series => Array.Exists(series.Values, value => value is not null))];

    private List<NumberSeries> Evaluate(LogQuery query, Steps steps, CancellationToken cancellation)
    {
        switch (query)
        {
            case LogQuery.Range range:
                return _ranges.Of(range, null, steps, cancellation);
            case LogQuery.Vector { Function: "sum", Inner: LogQuery.Range { Grouping: null, Function: "bytes_over_time" or "bytes_rate" or "sum_over_time" or "rate" or "count_over_time" } range } sum:
                return VectorEvaluation.Of(sum, _ranges.Of(range, sum.Grouping, steps, cancellation), steps.Count);
            case LogQuery.Vector { Function: "approx_topk" } when steps.Count > 1:
                throw new LogQueryException("count min sketches are only supported on instant queries");
            case LogQuery.Vector vector:
                return VectorEvaluation.Of(vector, Evaluate(vector.Inner, steps, cancellation), steps.Count);
            case LogQuery.Binary { Left: LogQuery.Literal number } binary:
                return BinaryEvaluation.WithNumber(binary, Evaluate(binary.Right, steps, cancellation), number.Value, numberIsLeft: true);
            case LogQuery.Binary { Right: LogQuery.Literal number } binary:
                return BinaryEvaluation.WithNumber(binary, Evaluate(binary.Left, steps, cancellation), number.Value, numberIsLeft: false);
            case LogQuery.Binary binary:
                return BinaryEvaluation.Of(binary, Evaluate(binary.Left, steps, cancellation), Evaluate(binary.Right, steps, cancellation), steps.Count);
            case LogQuery.Replace replace:
                return [.. Evaluate(replace.Inner, steps, cancellation).Select(series => series with { Labels = Replaced(replace, series.Labels) })];
            case LogQuery.Literal literal:
                return [new NumberSeries(Labels.Empty, [.. Enumerable.Repeat((double?)literal.Value, steps.Count)])];
            case LogQuery.Constant constant:
                return [new NumberSeries(Labels.Empty, [.. Enumerable.Repeat((double?)constant.Value, steps.Count)])];
            default:
                throw new LogQueryException("a query of lines gives no numbers: put it into rate(...[5m]) or count_over_time(...[5m])");
        }
    }

    private static Labels Replaced(LogQuery.Replace replace, Labels labels)
    {
        System.Text.RegularExpressions.Match match = replace.Pattern.Match(labels[replace.From]);
        return match.Success ? VectorEvaluation.Filled(labels).With(replace.To, match.Result(Re2Replacement.Of(replace.Replacement))) : labels;
    }

    private static List<FoundLine> Thinned(List<FoundLine> lines, LineRequest request)
    {
        var kept = new List<FoundLine>();
        long? last = null;
        foreach (FoundLine line in lines)
        {
            if (last is null || (request.NewestFirst ? line.Time <= last - request.Interval : line.Time >= last + request.Interval))
            {
                kept.Add(line);
                last = line.Time;
                if (kept.Count == request.Limit)
                {
                    break;
                }
            }
        }

        return kept;
    }
}

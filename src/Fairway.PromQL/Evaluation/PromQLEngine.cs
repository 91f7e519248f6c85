using Fairway.PromQL.Evaluation;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL;

/// <summary>
/// Answers PromQL queries over a source. Safe for many queries at once; a query runs on its caller's thread. The semantics are
/// Prometheus 3's: left-open ranges and lookback, delayed removal of names off.
/// </summary>
public sealed class PromQLEngine(EngineOptions options, TimeProvider time)
{
    /// <summary>Limits and choices.</summary>
    public EngineOptions Options => options;

    /// <summary>Evaluates a query at one time (milliseconds since 1970).</summary>
    /// <exception cref="PromQLException">It does not parse, cannot be computed, exceeds a limit, or was given up.</exception>
    public QueryResult Instant(ISeriesSource source, string query, long at, QueryOptions choices, CancellationToken cancellation)
        => Instant(source, PromQLParser.Parse(query, options.Parser), query, at, choices, cancellation);

    /// <summary>Evaluates a query that is parsed already.</summary>
    /// <exception cref="PromQLException">It cannot be computed, exceeds a limit, or was given up.</exception>
    public QueryResult Instant(ISeriesSource source, Expression parsed, string query, long at, QueryOptions choices, CancellationToken cancellation)
        => Run(source, query, at, at, 1, choices, cancellation, evaluator => InstantValue(evaluator, parsed, at));

    /// <summary>Evaluates a query at every step from a time to another, both included (milliseconds since 1970).</summary>
    /// <exception cref="PromQLException">It does not parse, cannot be computed, exceeds a limit, or was given up.</exception>
    public QueryResult Range(ISeriesSource source, string query, long from, long to, long step, QueryOptions choices, CancellationToken cancellation)
    {
        if (step <= 0)
        {
            throw new PromQLException(QueryErrorKind.BadData, "zero or negative query resolution step widths are not accepted. Try a positive integer");
        }

        if (to < from)
        {
            throw new PromQLException(QueryErrorKind.BadData, "end timestamp must not be before start time");
        }

        Expression parsed = PromQLParser.Parse(query, options.Parser);
        return parsed.Type is ValueType.Vector or ValueType.Scalar
            ? Run(source, query, from, to, step, choices, cancellation, evaluator => RangeValue(evaluator, parsed, from, step))
            : throw new PromQLException(
                QueryErrorKind.BadData,
                $"invalid expression type {GoText.Quote(TypeChecker.Name(parsed.Type))} for range query, must be Scalar or instant Vector");
    }

    private QueryResult Run(
        ISeriesSource source, string query, long from, long to, long step, QueryOptions choices, CancellationToken cancellation, Func<Evaluator, QueryValue> evaluate)
    {
        TimeSpan limit = choices.Timeout is { } asked && asked < options.Timeout ? asked : options.Timeout;
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        var budget = new QueryBudget(options.MaxSamples);
        var notes = new Annotations(query);
        var context = new QueryContext(
            source, (long)(choices.LookbackDelta ?? options.LookbackDelta).TotalMilliseconds, (long)options.DefaultSubqueryStep.TotalMilliseconds,
            from, to, step, budget, notes, either.Token);
        try
        {
            QueryValue value = evaluate(new Evaluator(context, from, to, step));
            return new QueryResult(value, notes.Warnings, notes.Infos, new QueryStatistics(budget.Total, budget.Peak));
        }
        catch (OperationCanceledException given)
        {
            throw timeout.IsCancellationRequested && !cancellation.IsCancellationRequested
                ? new PromQLException(QueryErrorKind.Timeout, "query timed out in expression evaluation", given)
                : new PromQLException(QueryErrorKind.Canceled, "query was canceled in expression evaluation", given);
        }
        catch (InsufficientExecutionStackException deep)
        {
            throw new PromQLException(QueryErrorKind.BadData, "the query is nested too deeply", deep);
        }
    }

    private static QueryValue InstantValue(Evaluator evaluator, Expression parsed, long at)
    {
        switch (parsed.Type)
        {
            case ValueType.Scalar:
                return new ScalarValue(at, evaluator.Scalar(parsed)[0]);
            case ValueType.String:
                return new StringValue(at, evaluator.Text(parsed));
            case ValueType.Matrix:
                return new MatrixValue(Sorted(evaluator.Matrix(parsed)));
            default:
                List<Column> columns = evaluator.Vector(parsed);
                var samples = new List<Sample>(columns.Count);
                foreach (Column column in columns)
                {
                    if (column.Has(0))
                    {
                        samples.Add(new Sample(column.Labels, at, column.Values[0], column.HistogramAt(0)));
                    }
                }

                return new VectorValue(samples);
        }
    }

    private static MatrixValue RangeValue(Evaluator evaluator, Expression parsed, long from, long step)
    {
        if (parsed.Type == ValueType.Scalar)
        {
            double[] values = evaluator.Scalar(parsed);
            return new MatrixValue([new SeriesResult(Labels.Empty, [.. values.Select((value, i) => new Point(from + (i * step), value))])]);
        }

        var series = new List<SeriesResult>();
        foreach (Column column in evaluator.Vector(parsed))
        {
            int count = column.CountCells();
            if (count == 0)
            {
                continue;
            }

            var points = new Point[count];
            int filled = 0;
            for (int i = 0; i < column.Values.Length; i++)
            {
                if (column.Has(i))
                {
                    points[filled++] = new Point(from + (i * step), column.Values[i], column.HistogramAt(i));
                }
            }

            series.Add(new SeriesResult(column.Labels, points));
        }

        return new MatrixValue(Sorted(series));
    }

    private static List<SeriesResult> Sorted(List<SeriesResult> series)
    {
        series.Sort((left, right) => left.Labels.CompareTo(right.Labels));
        return series;
    }
}

/// <summary>What all evaluators of one query share.</summary>
internal sealed record QueryContext(
    ISeriesSource Source, long Lookback, long DefaultSubqueryStep, long Start, long End, long Step, QueryBudget Budget, Annotations Notes, CancellationToken Cancellation)
{
    public DurationEvaluation Durations { get; } = new(Start, End, Start == End ? 0 : Step);
}

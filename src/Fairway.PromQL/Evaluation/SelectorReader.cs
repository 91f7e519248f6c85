using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>Reads selectors from the source: newest samples at each step, or all samples for windows.</summary>
internal sealed class SelectorReader(Evaluator evaluator)
{
    /// <summary>Gives the window (left end excluded, right end included) of a step.</summary>
    public delegate (long From, long To) WindowAt(int step);

    /// <summary>Takes one series with all its samples that any window needs.</summary>
    public delegate void TakeSeries(Labels labels, SplitSamples samples, WindowAt window);

    private readonly QueryContext context = evaluator.Context;

    /// <summary>The newest sample at each step.</summary>
    public List<Column> Vector(VectorSelector selector, SelectHints hints) => Newest(selector, hints, (value, _) => value, keepHistograms: true);

    /// <summary>The times, in seconds, of the newest samples at each step.</summary>
    public List<Column> Timestamps(VectorSelector selector)
        => Newest(selector, new SelectHints("timestamp", [], false), (_, time) => time / 1000.0, keepHistograms: false);

    /// <summary>The times, in milliseconds, of the newest samples.</summary>
    public List<Column> OriginTimes(VectorSelector selector)
        => Newest(selector, new SelectHints("info", [], false), (_, time) => time, keepHistograms: true);

    private List<Column> Newest(VectorSelector selector, SelectHints hints, Func<double, long, double> value, bool keepHistograms)
    {
        if (selector.Smoothed)
        {
            return new SmoothedReader(evaluator).Vector(selector, hints);
        }

        (long first, long last, bool pinned) = References(selector);
        long step = pinned ? 0 : evaluator.Step;
        var columns = new List<Column>();
        var buffer = new SampleBuffer(context.Budget.Most);
        long from = first - context.Lookback + 1;
        foreach (ISeries series in Select(selector.Matchers, from, last, 0, hints))
        {
            buffer.Clear();
            series.Read(from, last, buffer);
            ReadOnlySpan<long> times = buffer.Times;
            ReadOnlySpan<double> values = buffer.Values;
            Column? column = null;
            int held = 0;
            for (int i = 0, at = -1; i < evaluator.Steps; i++)
            {
                long reference = first + (i * step);
                while (at + 1 < times.Length && times[at + 1] <= reference)
                {
                    at++;
                }

                if (at < 0 || times[at] <= reference - context.Lookback || StaleMarker.Is(values[at]))
                {
                    continue;
                }

                column ??= new Column(series.Labels, evaluator.Steps);
                FloatHistogram? histogram = buffer.HistogramAt(at);
                column.Set(i, value(histogram is null ? values[at] : 0, times[at]), keepHistograms ? histogram : null);
                held++;
            }

            if (column is not null)
            {
                context.Budget.Total += held;
                context.Budget.Hold(held);
                columns.Add(column);
            }
        }

        return columns;
    }

    /// <summary>Gives every series of a range selector or subquery to <paramref name="take"/>, one after the other.</summary>
    public void Windows(Expression node, SelectHints hints, TakeSeries take)
    {
        if (node is SubqueryExpression subquery)
        {
            Subquery(subquery, take);
            return;
        }

        var matrix = (MatrixSelector)node;
        long range = context.Durations.Range(matrix.Range);
        (long first, long last, bool pinned) = References(matrix.Selector);
        long step = pinned ? 0 : evaluator.Step;
        long before = matrix.Selector.Anchored || matrix.Selector.Smoothed ? context.Lookback : 0;
        long after = matrix.Selector.Smoothed ? context.Lookback : 0;
        var buffer = new SampleBuffer(context.Budget.Most);
        var samples = new SplitSamples();
        long from = first - range - before + 1;
        foreach (ISeries series in Select(matrix.Selector.Matchers, from, last + after, range, hints))
        {
            buffer.Clear();
            series.Read(from, last + after, buffer);
            samples.Load(buffer);
            if (samples.Count == 0)
            {
                continue;
            }

            context.Budget.Hold(samples.Count);
            take(series.Labels, samples, i => (first + (i * step) - range - before, first + (i * step) + after));
            context.Budget.Current -= samples.Count;
        }
    }

    private void Subquery(SubqueryExpression node, TakeSeries take)
    {
        long range = context.Durations.Range(node.Range);
        long offset = context.Durations.Offset(node.Offset);
        long every = node.Step is null ? context.DefaultSubqueryStep : context.Durations.Range(node.Step);
        (long first, long last, bool pinned) = Pin(node.At, offset);
        long step = pinned ? 0 : evaluator.Step;

        // Steps are whole multiples of the subquery's own step, the first of them after the open left end.
        every = Math.Max(1, every);
        long start = every * ((first - range) / every);
        if (start <= first - range)
        {
            start += every;
        }

        List<Column> columns = evaluator.At(start, last, every).Vector(node.Inner);
        var samples = new SplitSamples();
        foreach (Column column in columns)
        {
            samples.Load(column, start, every);
            if (samples.Count > 0)
            {
                take(column.Labels, samples, i => (first + (i * step) - range, first + (i * step)));
            }
        }
    }

    private IEnumerable<ISeries> Select(IReadOnlyList<LabelMatcher> matchers, long from, long to, long range, SelectHints hints)
    {
        var query = new SeriesQuery(matchers, from, to)
        {
            Step = evaluator.IsInstant ? 0 : evaluator.Step,
            Range = range,
            Function = hints.Function,
            Grouping = hints.Grouping,
            By = hints.By,
        };
        foreach (ISeries series in context.Source.Select(query, context.Cancellation))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            yield return series;
        }
    }

    /// <summary>The time looked at for the first and the last step.</summary>
    internal (long First, long Last, bool Pinned) References(VectorSelector selector)
        => Pin(selector.At, context.Durations.Offset(selector.Offset));

    private (long First, long Last, bool Pinned) Pin(AtModifier? at, long offset)
    {
        if (at is null)
        {
            return (evaluator.Start - offset, evaluator.TimeAt(evaluator.Steps - 1) - offset, false);
        }

        long pinned = (at.Timestamp ?? (at.IsEnd ? context.End : context.Start)) - offset;
        return (pinned, pinned, true);
    }
}

using Fairway.PromQL.Functions;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>Reads <c>smoothed</c> instant selectors: between two samples the value on the line between them.</summary>
internal sealed class SmoothedReader(Evaluator evaluator)
{
    public List<Column> Vector(VectorSelector selector, SelectHints hints)
    {
        QueryContext context = evaluator.Context;

        // A range as wide as the lookback on both sides holds every sample that can matter.
        var matrix = new MatrixSelector(
            selector with { Anchored = false },
            new DurationValue(0, null),
            selector.Span);
        var columns = new List<Column>();
        var call = new RangeCall(context.Notes) { Argument = selector.Span, Lookback = context.Lookback, Smoothed = true };
        new SelectorReader(evaluator).Windows(matrix, hints, (labels, samples, window) =>
        {
            Column? column = null;
            call.Metric = labels.Name;
            for (int i = 0; i < evaluator.Steps; i++)
            {
                (long from, long to) = window(i);
                Window content = samples.At(from, to);
                call.Start(evaluator.TimeAt(i), from, to, [], i);
                if (content.Count > 0 && Value(content, call))
                {
                    column ??= new Column(labels, evaluator.Steps);
                    column.Set(i, call.Value, call.Histogram);
                }
            }

            if (column is not null)
            {
                columns.Add(column);
            }
        });
        return columns;
    }

    private static bool Value(Window window, RangeCall call)
    {
        if (window.IsMixed)
        {
            call.Notes.Warn(Notes.MixedFloatsAndHistograms(call.Metric), call.Argument);
            return false;
        }

        bool isFloat = window.Floats.Length > 0;
        ReadOnlySpan<long> times = isFloat ? window.FloatTimes : window.HistogramTimes;
        int at = 0;
        while (at < times.Length && times[at] < call.To)
        {
            at++;
        }

        bool exact = at < times.Length && times[at] == call.To;
        if (!exact && at == 0)
        {
            return false;
        }

        if (isFloat)
        {
            return call.Yield(
                exact ? window.Floats[at]
                : at < times.Length ? ExtendedRates.Interpolate(times[at - 1], window.Floats[at - 1], times[at], window.Floats[at], call.To, isCounter: false)
                : window.Floats[at - 1]);
        }

        if (exact || at == times.Length)
        {
            return call.Yield(exact ? window.Histograms[at] : window.Histograms[at - 1].WithHint(CounterResetHint.Unknown));
        }

        FloatHistogram before = window.Histograms[at - 1];
        FloatHistogram after = window.Histograms[at];
        bool isCounter = before.Hint != CounterResetHint.Gauge || after.Hint != CounterResetHint.Gauge;
        if (before.IsCustom != after.IsCustom)
        {
            call.Notes.Warn(Notes.MixedSchemas(call.Metric), call.Argument);
            return false;
        }

        return ExtendedHistogramRates.Interpolate(times[at - 1], before, times[at], after, call.To, isCounter, call.Notes, call) is { } between
            && call.Yield(between);
    }
}

using Fairway.PromQL.Evaluation;

namespace Fairway.PromQL.Functions;

/// <summary>
/// <c>rate</c>, <c>increase</c>, <c>delta</c>: the rise between the first and last sample, extrapolated to the ends of the range. An end
/// further away than 1.1 times the samples' mean distance is taken to be where the series really starts or ends, half a distance
/// off; a counter is never extrapolated below zero.
/// </summary>
internal static class Rates
{
    public static bool Extrapolated(Window window, RangeCall call, bool isCounter, bool perSecond)
    {
        if (window.IsMixed)
        {
            call.Notes.Warn(Notes.MixedFloatsAndHistograms(call.Metric), call.Argument);
            return false;
        }

        if (call.Anchored || call.Smoothed)
        {
            return window.Floats.Length > 0
                ? ExtendedRates.Floats(window, call, isCounter, perSecond)
                : ExtendedHistogramRates.Evaluate(window, call, isCounter, perSecond);
        }

        bool isFloat = window.Floats.Length > 0;
        ReadOnlySpan<long> times = isFloat ? window.FloatTimes : window.HistogramTimes;
        if (times.Length < 2)
        {
            return false;
        }

        double rise = 0;
        FloatHistogram? histogram = null;
        double firstCount;
        if (isFloat)
        {
            rise = FloatRise(window.Floats, isCounter);
            firstCount = window.Floats[0];
        }
        else
        {
            histogram = HistogramRise(window.Histograms, call, isCounter);
            if (histogram is null)
            {
                return false;
            }

            firstCount = window.Histograms[0].Count;
        }

        double factor = Factor(times, call, isCounter, firstCount, histogram?.Count ?? rise);
        if (perSecond)
        {
            factor /= call.Range / 1000.0;
        }

        return histogram is null ? call.Yield(rise * factor) : call.Yield(HistogramMath.Multiply(histogram, factor));
    }

    private static double Factor(ReadOnlySpan<long> times, RangeCall call, bool isCounter, double first, double rise)
    {
        double toStart = (times[0] - call.From) / 1000.0;
        double toEnd = (call.To - times[^1]) / 1000.0;
        double covered = (times[^1] - times[0]) / 1000.0;
        double distance = covered / (times.Length - 1);
        double threshold = distance * 1.1;
        if (toStart >= threshold)
        {
            toStart = distance / 2;
        }

        if (isCounter && rise > 0 && first >= 0)
        {
            toStart = Math.Min(toStart, covered * (first / rise));
        }

        if (toEnd >= threshold)
        {
            toEnd = distance / 2;
        }

        return (covered + toStart + toEnd) / covered;
    }

    private static double FloatRise(ReadOnlySpan<double> values, bool isCounter)
    {
        double rise = values[^1] - values[0];
        if (isCounter)
        {
            double previous = values[0];
            foreach (double value in values[1..])
            {
                if (value < previous)
                {
                    rise += previous;
                }

                previous = value;
            }
        }

        return rise;
    }

    private static FloatHistogram? HistogramRise(ReadOnlySpan<FloatHistogram> histograms, RangeCall call, bool isCounter)
    {
        FloatHistogram first = histograms[0];
        FloatHistogram last = histograms[^1];
        if (isCounter && (first.Hint == CounterResetHint.Gauge || last.Hint == CounterResetHint.Gauge))
        {
            call.Notes.Warn(Notes.NotACounter(call.Metric), call.Argument);
        }

        // After a reset right behind it the first histogram does not count, whatever its layout.
        if (isCounter && ResetDetection.IsReset(histograms[1], first))
        {
            first = new FloatHistogram { Schema = histograms[1].Schema, CustomBounds = histograms[1].CustomBounds };
        }

        if (!CommonSchema(histograms, first, call, isCounter, out int schema))
        {
            call.Notes.Warn(Notes.MixedSchemas(call.Metric), call.Argument);
            return null;
        }

        HistogramOutcome outcome = HistogramMath.Subtract(HistogramMath.ToSchema(last, schema), first);
        FloatHistogram rise = outcome.Result!;
        NoteBounds(outcome, call, "subtraction");
        if (!isCounter)
        {
            if (histograms[0].Hint != CounterResetHint.Gauge || last.Hint != CounterResetHint.Gauge)
            {
                call.Notes.Warn(Notes.NotAGauge(call.Metric), call.Argument);
            }

            return rise.WithHint(CounterResetHint.Gauge).Compacted();
        }

        FloatHistogram previous = first;
        foreach (FloatHistogram current in histograms[1..])
        {
            if (ResetDetection.IsReset(current, previous))
            {
                outcome = HistogramMath.Add(rise, previous);
                if (outcome.Result is null)
                {
                    call.Notes.Warn(Notes.MixedSchemas(call.Metric), call.Argument);
                    return null;
                }

                rise = outcome.Result;
                NoteBounds(outcome, call, "addition");
            }

            previous = current;
        }

        return rise.WithHint(CounterResetHint.Gauge).Compacted();
    }

    private static bool CommonSchema(ReadOnlySpan<FloatHistogram> histograms, FloatHistogram first, RangeCall call, bool isCounter, out int schema)
    {
        schema = Math.Min(histograms[^1].Schema, first.Schema);
        if (histograms[^1].IsCustom != first.IsCustom)
        {
            return false;
        }

        if (!isCounter)
        {
            return true;
        }

        foreach (FloatHistogram histogram in histograms[1..^1])
        {
            if (histogram.Hint == CounterResetHint.Gauge)
            {
                call.Notes.Warn(Notes.NotACounter(call.Metric), call.Argument);
            }

            schema = Math.Min(schema, histogram.Schema);
            if (histogram.IsCustom != first.IsCustom)
            {
                return false;
            }
        }

        return true;
    }

    private static void NoteBounds(HistogramOutcome outcome, RangeCall call, string operation)
    {
        if (outcome.BoundsReconciled)
        {
            call.Notes.Info(Notes.BoundsReconciled(operation), call.Argument);
        }
    }
}

/// <summary><c>irate</c> and <c>idelta</c>: the last two samples, of whichever kind.</summary>
internal static class LastTwo
{
    public static bool Evaluate(Window window, RangeCall call, bool isRate)
    {
        if (window.Count < 2)
        {
            return false;
        }

        (long firstTime, double first, FloatHistogram? firstHistogram) = FromEnd(window, 1);
        (long lastTime, double last, FloatHistogram? lastHistogram) = FromEnd(window, 0);
        double seconds = (lastTime - firstTime) / 1000.0;
        if (seconds == 0)
        {
            return false;
        }

        if (firstHistogram is null && lastHistogram is null)
        {
            double rise = isRate && last < first ? last : last - first;
            return call.Yield(isRate ? rise / seconds : rise);
        }

        if (firstHistogram is null || lastHistogram is null)
        {
            call.Notes.Warn(Notes.MixedFloatsAndHistograms(call.Metric), call.Argument);
            return false;
        }

        FloatHistogram? change = Change(firstHistogram, lastHistogram, call, isRate);
        return change is not null && call.Yield(isRate ? HistogramMath.Divide(change, seconds) : change);
    }

    private static FloatHistogram? Change(FloatHistogram first, FloatHistogram last, RangeCall call, bool isRate)
    {
        bool anyGauge = first.Hint == CounterResetHint.Gauge || last.Hint == CounterResetHint.Gauge;
        bool bothGauge = first.Hint == CounterResetHint.Gauge && last.Hint == CounterResetHint.Gauge;
        if (isRate && anyGauge)
        {
            call.Notes.Warn(Notes.NotACounter(call.Metric), call.Arguments);
        }

        if (!isRate && !bothGauge)
        {
            call.Notes.Warn(Notes.NotAGauge(call.Metric), call.Arguments);
        }

        FloatHistogram change = last;
        if (!isRate || !ResetDetection.IsReset(last, first))
        {
            HistogramOutcome outcome = HistogramMath.Subtract(last, first);
            if (outcome.Result is null)
            {
                call.Notes.Warn(Notes.MixedSchemas(call.Metric), call.Arguments);
                return null;
            }

            if (outcome.BoundsReconciled)
            {
                call.Notes.Info(Notes.BoundsReconciled("subtraction"), call.Arguments);
            }

            change = outcome.Result;
        }

        return change.WithHint(CounterResetHint.Gauge).Compacted();
    }

    // The newest sample (0) or the one before it (1), floats and histograms taken together.
    private static (long Time, double Value, FloatHistogram? Histogram) FromEnd(Window window, int back)
    {
        int i = window.Floats.Length - 1;
        int j = window.Histograms.Length - 1;
        for (; back > 0; back--)
        {
            if (j < 0 || (i >= 0 && window.FloatTimes[i] > window.HistogramTimes[j]))
            {
                i--;
            }
            else
            {
                j--;
            }
        }

        return j < 0 || (i >= 0 && window.FloatTimes[i] > window.HistogramTimes[j])
            ? (window.FloatTimes[i], window.Floats[i], null)
            : (window.HistogramTimes[j], 0, window.Histograms[j]);
    }
}

using Fairway.PromQL.Evaluation;

namespace Fairway.PromQL.Functions;

/// <summary>
/// <c>rate</c>, <c>increase</c>, <c>delta</c> over extended ranges: <c>anchored</c> starts at the newest sample at or before the range,
/// <c>smoothed</c> interpolates at both ends.
/// </summary>
internal static class ExtendedRates
{
    public static readonly string[] AnchoredFunctions = ["changes", "delta", "increase", "rate", "resets"];
    public static readonly string[] SmoothedFunctions = ["delta", "increase", "rate"];

    /// <summary>The indexes of the first and last sample that count; false when there is nothing to measure.</summary>
    public static bool Ends(ReadOnlySpan<long> times, RangeCall call, out int first, out int last)
    {
        last = times.Length - 1;
        first = Math.Max(0, Search(times, last, time => time > call.From) - 1);
        if (call.Smoothed)
        {
            last = Search(times, last, time => time >= call.To);
        }

        return times[last] > call.From && !(call.Smoothed && times[first] > call.To);
    }

    public static bool Floats(Window window, RangeCall call, bool isCounter, bool perSecond)
    {
        ReadOnlySpan<long> times = window.FloatTimes;
        ReadOnlySpan<double> values = window.Floats;
        if (!Ends(times, call, out int first, out int last))
        {
            return false;
        }

        double left = call.Smoothed && times[first] < call.From
            ? Interpolate(times[first], values[first], times[first + 1], values[first + 1], call.From, isCounter)
            : values[first];
        double right = call.Smoothed && last > 0 && times[last] > call.To
            ? Interpolate(times[last - 1], values[last - 1], times[last], values[last], call.To, isCounter)
            : values[last];
        double rise = right - left;
        if (isCounter)
        {
            first += times[first] <= call.From ? 1 : 0;
            last -= times[last] >= call.To ? 1 : 0;
            double previous = left;
            for (int i = first; i <= last; i++)
            {
                rise += values[i] < previous ? previous : 0;
                previous = values[i];
            }

            rise += right < previous ? previous : 0;
        }

        return call.Yield(perSecond ? rise / (call.Range / 1000.0) : rise);
    }

    /// <summary>The value on the line between two samples; after a reset a counter is taken to rise from 0.</summary>
    public static double Interpolate(long fromTime, double from, long toTime, double to, long at, bool isCounter)
    {
        double start = isCounter && to < from ? 0 : from;
        return start + ((to - start) * (at - fromTime) / (toTime - fromTime));
    }

    private static int Search(ReadOnlySpan<long> times, int below, Func<long, bool> isTrue)
    {
        int found = 0;
        while (found < below && !isTrue(times[found]))
        {
            found++;
        }

        return found;
    }
}

/// <summary>The same over native histograms.</summary>
internal static class ExtendedHistogramRates
{
    public static bool Evaluate(Window window, RangeCall call, bool isCounter, bool perSecond)
    {
        ReadOnlySpan<FloatHistogram> all = window.Histograms;
        ReadOnlySpan<long> times = window.HistogramTimes;
        if (!ExtendedRates.Ends(times, call, out int first, out int last) || !Check(all[first..(last + 1)], call, isCounter))
        {
            return false;
        }

        FloatHistogram? left = call.Smoothed && times[first] < call.From
            ? Interpolate(times[first], all[first], times[first + 1], all[first + 1], call.From, isCounter, call.Notes, call)
            : all[first];
        FloatHistogram? right = call.Smoothed && last > 0 && times[last] > call.To
            ? Interpolate(times[last - 1], all[last - 1], times[last], all[last], call.To, isCounter, call.Notes, call)
            : all[last];
        if (left is null || right is null)
        {
            return false;
        }

        if (!isCounter && (left.Hint != CounterResetHint.Gauge || right.Hint != CounterResetHint.Gauge))
        {
            call.Notes.Warn(Notes.NotAGauge(call.Metric), call.Argument);
        }

        FloatHistogram? rise = Combine(right, left, subtract: true, call);
        if (rise is not null && isCounter)
        {
            rise = Corrected(rise, window, first, last, left, right, call);
        }

        if (rise is null)
        {
            return false;
        }

        rise = perSecond ? HistogramMath.Divide(rise, call.Range / 1000.0) : rise;
        return call.Yield(rise.WithHint(CounterResetHint.Gauge).Compacted());
    }

    /// <summary>The histogram on the line between two; null when exponential and custom layouts meet.</summary>
    public static FloatHistogram? Interpolate(
        long fromTime, FloatHistogram from, long toTime, FloatHistogram to, long at, bool isCounter, Annotations notes, RangeCall call)
    {
        if (at == fromTime || at == toTime)
        {
            return at == fromTime ? from : to;
        }

        double share = (double)(at - fromTime) / (toTime - fromTime);
        if (isCounter && ResetDetection.IsReset(to, from))
        {
            return HistogramMath.Multiply(to, share);
        }

        return Combine(to, from, subtract: true, call) is { } change
            ? Combine(HistogramMath.Multiply(change, share), from, subtract: false, call)
            : null;
    }

    private static bool Check(ReadOnlySpan<FloatHistogram> histograms, RangeCall call, bool isCounter)
    {
        foreach (FloatHistogram histogram in histograms)
        {
            if (histogram.IsCustom != histograms[0].IsCustom)
            {
                call.Notes.Warn(Notes.MixedSchemas(call.Metric), call.Argument);
                return false;
            }

            if (isCounter && histogram.Hint == CounterResetHint.Gauge)
            {
                call.Notes.Warn(Notes.NotACounter(call.Metric), call.Argument);
            }
        }

        return true;
    }

    private static FloatHistogram? Corrected(
        FloatHistogram rise, Window window, int firstIndex, int lastIndex, FloatHistogram left, FloatHistogram right, RangeCall call)
    {
        ReadOnlySpan<FloatHistogram> all = window.Histograms;
        int first = firstIndex + 1;
        FloatHistogram previous = left;
        if (call.Smoothed && window.HistogramTimes[firstIndex] < call.From && ResetDetection.IsReset(all[firstIndex + 1], all[firstIndex]))
        {
            // The left end was interpolated across this reset, which is thereby accounted for.
            previous = all[firstIndex + 1];
            first++;
        }

        if (first > lastIndex)
        {
            return rise;
        }

        FloatHistogram? result = rise;
        for (int i = first; i < lastIndex && result is not null; i++)
        {
            result = ResetDetection.IsReset(all[i], previous) ? Combine(result, previous, subtract: false, call) : result;
            previous = all[i];
        }

        return result is not null && ResetDetection.IsReset(right, previous) ? Combine(result, previous, subtract: false, call) : result;
    }

    private static FloatHistogram? Combine(FloatHistogram left, FloatHistogram right, bool subtract, RangeCall call)
    {
        HistogramOutcome outcome = subtract ? HistogramMath.Subtract(left, right) : HistogramMath.Add(left, right);
        if (outcome.Result is null)
        {
            call.Notes.Warn(Notes.MixedSchemas(call.Metric), call.Argument);
        }
        else if (outcome.BoundsReconciled)
        {
            call.Notes.Info(Notes.BoundsReconciled(subtract ? "subtraction" : "addition"), call.Argument);
        }

        return outcome.Result;
    }
}

using Fairway.PromQL.Evaluation;

namespace Fairway.PromQL.Functions;

/// <summary><c>changes</c> and <c>resets</c>: counts steps between neighbouring samples, floats and histograms in one order.</summary>
internal static class Transitions
{
    public static bool Count(Window window, RangeCall call, bool countResets)
    {
        int i = 0;
        int j = 0;
        if (call.Anchored && !Anchor(window, call.From, out i, out j))
        {
            return false;
        }

        int count = 0;
        bool isFirst = true;
        double previous = 0;
        FloatHistogram? previousHistogram = null;
        while (i < window.Floats.Length || j < window.Histograms.Length)
        {
            bool isFloat = j >= window.Histograms.Length || (i < window.Floats.Length && window.FloatTimes[i] < window.HistogramTimes[j]);
            double value = isFloat ? window.Floats[i++] : 0;
            FloatHistogram? histogram = isFloat ? null : window.Histograms[j++];
            if (!isFirst && Counts(previous, previousHistogram, value, histogram, countResets))
            {
                count++;
            }

            isFirst = false;
            (previous, previousHistogram) = (value, histogram);
        }

        return call.Yield(count);
    }

    private static bool Counts(double previous, FloatHistogram? previousHistogram, double value, FloatHistogram? histogram, bool countResets)
    {
        if (previousHistogram is null && histogram is null)
        {
            return countResets ? value < previous : value != previous && !(double.IsNaN(value) && double.IsNaN(previous));
        }

        if (previousHistogram is null || histogram is null)
        {
            return true;
        }

        return countResets ? ResetDetection.IsReset(histogram, previousHistogram) : !histogram.Equals(previousHistogram);
    }

    // Starts at the newest sample at or before the start of the range; false when nothing comes after it.
    private static bool Anchor(Window window, long start, out int firstFloat, out int firstHistogram)
    {
        int beforeFloat = Before(window.FloatTimes, start);
        int beforeHistogram = Before(window.HistogramTimes, start);
        firstFloat = beforeFloat + 1;
        firstHistogram = beforeHistogram + 1;
        if (firstFloat >= window.Floats.Length && firstHistogram >= window.Histograms.Length)
        {
            return false;
        }

        if (beforeFloat >= 0 && (beforeHistogram < 0 || window.FloatTimes[beforeFloat] >= window.HistogramTimes[beforeHistogram]))
        {
            firstFloat = beforeFloat;
        }
        else if (beforeHistogram >= 0)
        {
            firstHistogram = beforeHistogram;
        }

        return true;
    }

    private static int Before(ReadOnlySpan<long> times, long start)
    {
        int found = -1;
        while (found + 1 < times.Length && times[found + 1] <= start)
        {
            found++;
        }

        return found;
    }
}

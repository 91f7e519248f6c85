using Fairway.PromQL.Evaluation;

namespace Fairway.PromQL.Functions;

/// <summary>Aggregations over the samples of one series in a window.</summary>
internal static class OverTime
{
    public static bool Sum(Window window, RangeCall call)
    {
        if (window.IsMixed)
        {
            call.Notes.Warn(Notes.MixedFloatsAndHistograms(call.Metric), call.Argument);
            return false;
        }

        if (window.Floats.Length == 0)
        {
            return Histograms(window, call, isAverage: false);
        }

        double sum = 0;
        double lost = 0;
        foreach (double value in window.Floats)
        {
            Kahan.Add(value, ref sum, ref lost);
        }

        return call.Yield(double.IsInfinity(sum) ? sum : sum + lost);
    }

    public static bool Average(Window window, RangeCall call)
    {
        if (window.IsMixed)
        {
            call.Notes.Warn(Notes.MixedFloatsAndHistograms(call.Metric), call.Argument);
            return false;
        }

        if (window.Floats.Length == 0)
        {
            return Histograms(window, call, isAverage: true);
        }

        double sum = window.Floats[0];
        double lost = 0;
        int count = 1;
        for (; count < window.Floats.Length; count++)
        {
            double newSum = sum;
            double newLost = lost;
            Kahan.Add(window.Floats[count], ref newSum, ref newLost);
            if (double.IsInfinity(newSum))
            {
                return call.Yield(RunningMean(window.Floats, count, sum / count, lost / count));
            }

            (sum, lost) = (newSum, newLost);
        }

        return call.Yield((sum / count) + (lost / count));
    }

    public static bool Extreme(Window window, RangeCall call, Func<double, double, bool> isBetter, bool giveTime)
    {
        if (window.Floats.Length == 0)
        {
            return false;
        }

        call.NoteIgnored(window);
        double best = window.Floats[0];
        long time = window.FloatTimes[0];
        for (int i = 0; i < window.Floats.Length; i++)
        {
            double value = window.Floats[i];
            if (isBetter(value, best) || double.IsNaN(best))
            {
                (best, time) = (value, window.FloatTimes[i]);
            }
        }

        return call.Yield(giveTime ? time / 1000.0 : best);
    }

    public static bool Variance(Window window, RangeCall call, Func<double, double> result)
    {
        if (window.Floats.Length == 0)
        {
            return false;
        }

        call.NoteIgnored(window);
        double count = 0;
        double mean = 0;
        double meanLost = 0;
        double squares = 0;
        double squaresLost = 0;
        foreach (double value in window.Floats)
        {
            count++;
            double difference = value - (mean + meanLost);
            Kahan.Add(difference / count, ref mean, ref meanLost);
            Kahan.Add(difference * (value - (mean + meanLost)), ref squares, ref squaresLost);
        }

        return call.Yield(result((squares + squaresLost) / count));
    }

    public static bool Quantile(Window window, RangeCall call)
    {
        if (window.Floats.Length == 0)
        {
            return false;
        }

        double q = call.Scalar(0);
        if (double.IsNaN(q) || q is < 0 or > 1)
        {
            call.Notes.Warn(Notes.BadQuantile(q), call.Argument);
        }

        call.NoteIgnored(window);
        return call.Yield(Statistics.Quantile(q, [.. window.Floats]));
    }

    public static bool MedianDeviation(Window window, RangeCall call)
    {
        if (window.Floats.Length == 0)
        {
            return false;
        }

        call.NoteIgnored(window);
        var values = new List<double>(window.Floats.Length);
        foreach (double value in window.Floats)
        {
            if (double.IsNaN(value))
            {
                return call.Yield(double.NaN);
            }

            values.Add(value);
        }

        double median = Statistics.Quantile(0.5, values);
        return call.Yield(Statistics.Quantile(0.5, values.ConvertAll(value => Math.Abs(value - median))));
    }

    private static double RunningMean(ReadOnlySpan<double> values, int from, double mean, double lost)
    {
        for (int i = from; i < values.Length; i++)
        {
            double count = i + 1;
            double share = (count - 1) / count;
            mean *= share;
            lost *= share;
            Kahan.Add(values[i] / count, ref mean, ref lost);
        }

        return mean + lost;
    }

    private static bool Histograms(Window window, RangeCall call, bool isAverage)
    {
        HistogramTotal total = HistogramTotal.Of(window.Histograms.ToArray(), isAverage);
        if (total.Value is null)
        {
            call.Notes.Warn(Notes.MixedSchemas(call.Metric), call.Argument);
            return false;
        }

        total.Note(call.Notes, call.Argument, () => call.Metric);
        return call.Yield(total.Value);
    }
}

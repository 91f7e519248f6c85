using Fairway.Telemetry.Logs.Query.Syntax;

namespace Fairway.Telemetry.Logs.Query.Evaluation;

/// <summary>A number that a line gives.</summary>
internal readonly record struct LinePoint(long Time, double Value);

/// <summary>The functions over a range of lines, as Loki computes them.</summary>
internal static class RangeFunctions
{
    /// <summary>Functions that only count: their windows can be added up without looking at lines again.</summary>
    public static bool IsCounting(LogQuery.Range range) => range.Over.Unwrap is null && range.Function is "rate" or "count_over_time" or "bytes_rate" or "bytes_over_time" && range.Over.Unwrap is null;

    /// <summary>What a count or a sum of bytes becomes.</summary>
    public static double Counted(LogQuery.Range range, double sum) => range.Function is "rate" or "bytes_rate" ? sum / Seconds(range) : sum;

    /// <summary>The value of a window that is not empty, in order of time.</summary>
    /// <param name="end">The window's end in nanoseconds.</param>
    public static double Of(LogQuery.Range range, ReadOnlySpan<LinePoint> window, long end) => range.Function switch
    {
        "rate" => range.Over.Unwrap is null ? window.Length / Seconds(range) : Sum(window) / Seconds(range),
        "bytes_rate" => Sum(window) / Seconds(range),
        "count_over_time" => window.Length,
        "rate_counter" => CounterRate(window, range.Over.Interval, end),
        "avg_over_time" => Average(window),
        "max_over_time" => Extreme(window, largest: true),
        "min_over_time" => Extreme(window, largest: false),
        "stdvar_over_time" => Variance(window),
        "stddev_over_time" => Math.Sqrt(Variance(window)),
        "quantile_over_time" => Quantile(range.Parameter!.Value, window),
        "first_over_time" => window[0].Value,
        "last_over_time" => window[^1].Value,
        "absent_over_time" => 1,
        _ => Sum(window),
    };

    /// <summary>Interpolated between the two nearest.</summary>
    public static double Quantile(double quantile, ReadOnlySpan<LinePoint> window)
    {
        if (quantile < 0 || quantile > 1)
        {
            return quantile < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        double[] values = new double[window.Length];
        for (int index = 0; index < values.Length; index++)
        {
            values[index] = window[index].Value;
        }

        Array.Sort(values);
        double rank = quantile * (values.Length - 1);
        double lower = Math.Max(0, Math.Floor(rank));
        double upper = Math.Min(values.Length - 1, lower + 1);
        double weight = rank - Math.Floor(rank);
        return (values[(int)lower] * (1 - weight)) + (values[(int)upper] * weight);
    }

    private static double Seconds(LogQuery.Range range) => range.Over.Interval / 1e9;

    private static double Sum(ReadOnlySpan<LinePoint> window)
    {
        double sum = 0;
        foreach (LinePoint point in window)
        {
            sum += point.Value;
        }

        return sum;
    }

    private static double Average(ReadOnlySpan<LinePoint> window)
    {
        double mean = 0;
        double count = 0;
        foreach (LinePoint point in window)
        {
            count++;
            if (double.IsInfinity(mean) && (double.IsInfinity(point.Value) ? mean > 0 == point.Value > 0 : !double.IsNaN(point.Value)))
            {
                continue;
            }

            mean += (point.Value / count) - (mean / count);
        }

        return mean;
    }

    private static double Extreme(ReadOnlySpan<LinePoint> window, bool largest)
    {
        double extreme = window[0].Value;
        foreach (LinePoint point in window)
        {
            if ((largest ? point.Value > extreme : point.Value < extreme) || double.IsNaN(extreme))
            {
                extreme = point.Value;
            }
        }

        return extreme;
    }

    private static double Variance(ReadOnlySpan<LinePoint> window)
    {
        double sum = 0;
        double count = 0;
        double mean = 0;
        foreach (LinePoint point in window)
        {
            count++;
            double delta = point.Value - mean;
            mean += delta / count;
            sum += delta * (point.Value - mean);
        }

        return sum / count;
    }

    /// <summary>As Prometheus extrapolates: to the window's ends where samples come near them, never below zero.</summary>
    private static double CounterRate(ReadOnlySpan<LinePoint> window, long interval, long end)
    {
        if (window.Length < 2)
        {
            return 0;
        }

        double rise = window[^1].Value - window[0].Value;
        double last = 0;
        foreach (LinePoint point in window)
        {
            rise += point.Value < last ? last : 0;
            last = point.Value;
        }

        double toStart = (window[0].Time - (end - interval)) / 1e9;
        double toEnd = (end - window[^1].Time) / 1e9;
        double covered = (window[^1].Time - window[0].Time) / 1e9;
        double between = covered / (window.Length - 1);
        double threshold = between * 1.1;
        toStart = toStart >= threshold ? between / 2 : toStart;
        double toZero = rise > 0 && window[0].Value >= 0 ? covered * (window[0].Value / rise) : toStart;
        toStart = Math.Min(toStart, toZero);
        toEnd = toEnd >= threshold ? between / 2 : toEnd;
        return rise * ((covered + toStart + toEnd) / covered) / (interval / 1e9);
    }
}

using Fairway.PromQL.Evaluation;

namespace Fairway.PromQL.Functions;

/// <summary>Functions that fit a line or a smoothed trend.</summary>
internal static class Trends
{
    public static bool Derivative(Window window, RangeCall call)
    {
        if (!HasTwoFloats(window, call))
        {
            return false;
        }

        // Times are taken relative to one near the samples, for precision.
        return call.Yield(Regression(window, window.FloatTimes[0]).Slope);
    }

    public static bool Predict(Window window, RangeCall call)
    {
        if (!HasTwoFloats(window, call))
        {
            return false;
        }

        (double slope, double intercept) = Regression(window, call.Time);
        return call.Yield((slope * call.Scalar(0)) + intercept);
    }

    public static bool Smooth(Window window, RangeCall call)
    {
        double smoothing = call.Scalar(0);
        double trend = call.Scalar(1);
        if (smoothing is <= 0 or >= 1)
        {
            throw PromQLException.Execution($"invalid smoothing factor. Expected: 0 < sf < 1, got: {smoothing:F6}");
        }

        if (trend is <= 0 or >= 1)
        {
            throw PromQLException.Execution($"invalid trend factor. Expected: 0 < tf < 1, got: {trend:F6}");
        }

        if (!HasTwoFloats(window, call))
        {
            return false;
        }

        double previous = 0;
        double current = window.Floats[0];
        double slope = window.Floats[1] - window.Floats[0];
        for (int i = 1; i < window.Floats.Length; i++)
        {
            if (i > 1)
            {
                slope = (trend * (current - previous)) + ((1 - trend) * slope);
            }

            double next = (smoothing * window.Floats[i]) + ((1 - smoothing) * (current + slope));
            (previous, current) = (current, next);
        }

        return call.Yield(current);
    }

    private static bool HasTwoFloats(Window window, RangeCall call)
    {
        if (window.Floats.Length > 0)
        {
            call.NoteIgnored(window);
        }

        return window.Floats.Length >= 2;
    }

    private static (double Slope, double Intercept) Regression(Window window, long origin)
    {
        double n = window.Floats.Length;
        double first = window.Floats[0];
        bool constant = true;
        double x = 0, xLost = 0, y = 0, yLost = 0, xy = 0, xyLost = 0, xx = 0, xxLost = 0;
        for (int i = 0; i < window.Floats.Length; i++)
        {
            double value = window.Floats[i];
            constant &= i == 0 || value == first;
            double time = (window.FloatTimes[i] - origin) / 1e3;
            Kahan.Add(time, ref x, ref xLost);
            Kahan.Add(value, ref y, ref yLost);
            Kahan.Add(time * value, ref xy, ref xyLost);
            Kahan.Add(time * time, ref xx, ref xxLost);
        }

        if (constant)
        {
            return double.IsInfinity(first) ? (double.NaN, double.NaN) : (0, first);
        }

        (x, y, xy, xx) = (x + xLost, y + yLost, xy + xyLost, xx + xxLost);
        double slope = (xy - (x * y / n)) / (xx - (x * x / n));
        return (slope, (y / n) - (slope * x / n));
    }
}

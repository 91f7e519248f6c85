using System.Collections.Frozen;
using Fairway.PromQL.Evaluation;

namespace Fairway.PromQL.Functions;

/// <summary>Functions over windows of samples, by name.</summary>
internal static class RangeFunctions
{
    public static readonly FrozenDictionary<string, RangeFunction> All = new Dictionary<string, RangeFunction>(StringComparer.Ordinal)
    {
        ["rate"] = (window, call) => Rates.Extrapolated(window, call, isCounter: true, perSecond: true),
        ["increase"] = (window, call) => Rates.Extrapolated(window, call, isCounter: true, perSecond: false),
        ["delta"] = (window, call) => Rates.Extrapolated(window, call, isCounter: false, perSecond: false),
        ["irate"] = (window, call) => LastTwo.Evaluate(window, call, isRate: true),
        ["idelta"] = (window, call) => LastTwo.Evaluate(window, call, isRate: false),
        ["sum_over_time"] = OverTime.Sum,
        ["avg_over_time"] = OverTime.Average,
        ["min_over_time"] = (window, call) => OverTime.Extreme(window, call, (value, best) => value < best, giveTime: false),
        ["max_over_time"] = (window, call) => OverTime.Extreme(window, call, (value, best) => value > best, giveTime: false),
        ["ts_of_min_over_time"] = (window, call) => OverTime.Extreme(window, call, (value, best) => value <= best, giveTime: true),
        ["ts_of_max_over_time"] = (window, call) => OverTime.Extreme(window, call, (value, best) => value >= best, giveTime: true),
        ["ts_of_first_over_time"] = (window, call) => call.Yield(Math.Min(First(window.FloatTimes), First(window.HistogramTimes)) / 1000.0),
        ["ts_of_last_over_time"] = (window, call) => call.Yield(Math.Max(Last(window.FloatTimes), Last(window.HistogramTimes)) / 1000.0),
        ["first_over_time"] = (window, call) => window.Histograms.Length == 0 || First(window.FloatTimes) < First(window.HistogramTimes)
            ? call.Yield(window.Floats[0])
            : call.Yield(window.Histograms[0]),
        ["last_over_time"] = (window, call) => window.Histograms.Length == 0 || (window.Floats.Length > 0 && window.FloatTimes[^1] > window.HistogramTimes[^1])
            ? call.Yield(window.Floats[^1])
            : call.Yield(window.Histograms[^1]),
        ["count_over_time"] = (window, call) => call.Yield(window.Count),
        ["present_over_time"] = (_, call) => call.Yield(1),
        ["absent_over_time"] = (_, call) => call.Yield(1),
        ["stddev_over_time"] = (window, call) => OverTime.Variance(window, call, Math.Sqrt),
        ["stdvar_over_time"] = (window, call) => OverTime.Variance(window, call, variance => variance),
        ["quantile_over_time"] = OverTime.Quantile,
        ["mad_over_time"] = OverTime.MedianDeviation,
        ["deriv"] = Trends.Derivative,
        ["predict_linear"] = Trends.Predict,
        ["double_exponential_smoothing"] = Trends.Smooth,
        ["changes"] = (window, call) => Transitions.Count(window, call, countResets: false),
        ["resets"] = (window, call) => Transitions.Count(window, call, countResets: true),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static long First(ReadOnlySpan<long> times) => times.Length > 0 ? times[0] : long.MaxValue;

    private static long Last(ReadOnlySpan<long> times) => times.Length > 0 ? times[^1] : long.MinValue;
}

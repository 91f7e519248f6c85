using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Traffic;

namespace Fairway.Delivery.Analysis;

/// <summary>Turns what was seen of a version in one window into one measurement.</summary>
internal static class MetricJudge
{
    /// <summary>What is wrong with a metric's definition, by field; null when nothing is.</summary>
    public static string? Fault(AnalysisMetric metric) => metric switch
    {
        _ when Durations.TryParse(metric.Interval) is not { } interval || interval <= TimeSpan.Zero
            => $"interval: \"{metric.Interval}\" is not a duration above zero (10s, 1m)",
        { InitialDelay: { } delay } when Durations.TryParse(delay) is null => $"initialDelay: \"{delay}\" is not a duration (10s, 1m)",
        _ when Given(metric) != 1 => "set exactly one of successRate, latency, query and compare; a second metric takes another",
        { Query: { Minimum: null, Maximum: null } } => "query: set a minimum, a maximum, or both",
        { Latency: { } latency } when Durations.TryParse(latency.Maximum) is null
            => $"latency.maximum: \"{latency.Maximum}\" is not a duration (250ms)",
        { Latency.FailAbove: { } above } when Durations.TryParse(above) is null
            => $"latency.failAbove: \"{above}\" is not a duration (250ms)",
        { Latency: { } latency } when FailAbove(latency) < Maximum(latency)
            => $"latency.failAbove: {latency.FailAbove} is below latency.maximum {latency.Maximum}",
        { SuccessRate: { FailBelow: { } below, Minimum: var minimum } } when below > minimum
            => $"successRate.failBelow: {below} is above successRate.minimum {minimum}",
        _ => null,
    };

    /// <summary>Looks once and judges what is seen.</summary>
    /// <param name="window">How far measurements of traffic look back from now; queries say it themselves.</param>
    public static Measurement Measure(AnalysisMetric metric, DateTimeOffset now, TimeSpan window, AnalysisEvidence evidence)
    {
        try
        {
            return metric switch
            {
                { Query: { } query } => QueryJudge.Judge(query, evidence.AnswerTo(metric), now),
                { Compare: { } compare } => ComparisonJudge.Judge(metric, compare, window, evidence, now),
                _ => JudgeTraffic(metric, evidence.Canary(window), window, now),
            };
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return new Measurement { At = now, Phase = "Error", Message = failure.Message };
        }
    }

    public static TimeSpan Interval(AnalysisMetric metric) => Durations.Or(metric.Interval, TimeSpan.FromMinutes(1));

    /// <summary>Whether a measurement had the requests that a verdict takes, whatever the verdict was.</summary>
    public static bool HadEnough(AnalysisMetric metric, Measurement taken)
        => taken.Phase is "Successful" or "Failed" || (taken.Phase == "Inconclusive" && taken.Samples >= (metric.MinimumSamples ?? 10));

    private static int Given(AnalysisMetric metric)
        => ((object?[])[metric.SuccessRate, metric.Latency, metric.Query, metric.Compare]).Count(measure => measure is not null);

    private static Measurement JudgeTraffic(AnalysisMetric metric, TrafficSummary seen, TimeSpan window, DateTimeOffset now)
    {
        int needed = metric.MinimumSamples ?? 10;
        if (seen.Requests < needed || seen.Requests == 0)
        {
            return new Measurement
            {
                At = now,
                Phase = "Inconclusive",
                Samples = seen.Requests,
                Message = $"{seen.Requests} requests in {window.TotalSeconds:0.#} s, {needed} are needed to say anything",
            };
        }

        return metric.SuccessRate is { } rate ? JudgeRate(rate, seen, now) : JudgeLatency(metric.Latency!, seen, now);
    }

    private static Measurement JudgeRate(SuccessRateMeasure rate, TrafficSummary seen, DateTimeOffset now)
    {
        double value = seen.SuccessRate!.Value;
        string phase = value >= rate.Minimum ? "Successful" : value < (rate.FailBelow ?? rate.Minimum) ? "Failed" : "Inconclusive";
        return new Measurement
        {
            At = now,
            Phase = phase,
            Value = Math.Round(value, 6),
            Samples = seen.Requests,
            Message = $"success rate {value:0.####} of {seen.Requests} requests, at least {rate.Minimum:0.####} wanted",
        };
    }

    private static Measurement JudgeLatency(LatencyMeasure latency, TrafficSummary seen, DateTimeOffset now)
    {
        double share = latency.Percentile ?? 0.95;
        if (seen.Percentile(share) is not { } value)
        {
            return new Measurement { At = now, Phase = "Inconclusive", Samples = seen.Requests, Message = "no latencies were recorded" };
        }

        string phase = value <= Maximum(latency) ? "Successful" : value > FailAbove(latency) ? "Failed" : "Inconclusive";
        return new Measurement
        {
            At = now,
            Phase = phase,
            Value = Math.Round(value, 3),
            Samples = seen.Requests,
            Message = $"p{share * 100:0.##} {value:0.##} ms over {seen.Requests} requests, at most {latency.Maximum} wanted",
        };
    }

    private static double Maximum(LatencyMeasure latency) => Durations.Or(latency.Maximum, TimeSpan.Zero).TotalMilliseconds;

    private static double FailAbove(LatencyMeasure latency)
        => latency.FailAbove is null ? Maximum(latency) : Durations.Or(latency.FailAbove, TimeSpan.Zero).TotalMilliseconds;
}

namespace Fairway.PromQL;

/// <summary>What a store may say about resets of a native histogram it was given without (or with little) such knowledge.</summary>
public static class CounterResetHints
{
    /// <summary>
    /// The hint for a histogram that follows another of the same series, as Prometheus' store gives it: gauges and explicit resets
    /// stay; without a comparable one before it nothing is known; otherwise the buckets tell.
    /// </summary>
    public static CounterResetHint After(FloatHistogram? previous, FloatHistogram next)
    {
        if (next.Hint is CounterResetHint.Gauge or CounterResetHint.Reset)
        {
            return next.Hint;
        }

        if (previous is null || previous.IsStale || previous.Hint == CounterResetHint.Gauge
            || previous.Schema != next.Schema || previous.ZeroThreshold != next.ZeroThreshold
            || !previous.CustomBounds.AsSpan().SequenceEqual(next.CustomBounds))
        {
            return CounterResetHint.Unknown;
        }

        bool reset = ResetDetection.IsReset(next.WithHint(CounterResetHint.Unknown), previous);
        return reset ? CounterResetHint.Reset : CounterResetHint.NotReset;
    }

    /// <summary>The same histogram with the hint of <see cref="After"/>.</summary>
    public static FloatHistogram Apply(FloatHistogram? previous, FloatHistogram next) => next.WithHint(After(previous, next));
}

namespace Fairway.PromQL;

/// <summary>What a store may say about resets of a native histogram it was given without (or with little) such knowledge.</summary>
public static class CounterResetHints
{
    /// <summary>
    /// The hint for a histogram that follows another of the same series, as Prometheus' store gives it: gauges stay; one that continues
    /// the one before is marked so; about all others nothing is said, because the one before may be gone when it is read.
    /// </summary>
    public static CounterResetHint After(FloatHistogram? previous, FloatHistogram next)
    {
        if (next.Hint == CounterResetHint.Gauge)
        {
            return next.Hint;
        }

        if (next.Hint == CounterResetHint.Reset || previous is null || previous.IsStale || previous.Hint == CounterResetHint.Gauge
            || previous.Schema != next.Schema || previous.ZeroThreshold != next.ZeroThreshold
            || !previous.CustomBounds.AsSpan().SequenceEqual(next.CustomBounds))
        {
            return CounterResetHint.Unknown;
        }

        bool reset = ResetDetection.IsReset(next.WithHint(CounterResetHint.Unknown), previous);
        return reset ? CounterResetHint.Unknown : CounterResetHint.NotReset;
    }

    /// <summary>The same histogram with the hint of <see cref="After"/>.</summary>
    public static FloatHistogram Apply(FloatHistogram? previous, FloatHistogram next) => next.WithHint(After(previous, next));
}

namespace Fairway.Cel;

/// <summary>A moment between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z.</summary>
internal sealed class CelTimestamp(long seconds, int nanos) : CelObject(CelKind.Timestamp)
{
    public const long MinSeconds = -62135596800;
    public const long MaxSeconds = 253402300799;

    public long Seconds { get; } = seconds;

    public int Nanos { get; } = nanos;

    public static bool InRange(long seconds) => seconds is >= MinSeconds and <= MaxSeconds;

    public Int128 TotalNanos => ((Int128)Seconds * 1_000_000_000) + Nanos;

    public static CelTimestamp? FromNanos(Int128 total)
    {
        Int128 seconds = total / 1_000_000_000;
        Int128 nanos = total % 1_000_000_000;
        if (nanos < 0)
        {
            nanos += 1_000_000_000;
            seconds -= 1;
        }

        return seconds < MinSeconds || seconds > MaxSeconds ? null : new CelTimestamp((long)seconds, (int)nanos);
    }
}

/// <summary>A span of time of at most ±315,576,000,000 s, kept in nanoseconds.</summary>
internal sealed class CelDuration(Int128 nanos) : CelObject(CelKind.Duration)
{
    /// <summary>Ten thousand years in seconds: the format's own limit.</summary>
    public const long MaxSeconds = 315_576_000_000;

    public Int128 Nanos { get; } = nanos;

    public long Seconds => (long)(Nanos / 1_000_000_000);

    public int SubNanos => (int)(Nanos % 1_000_000_000);

    public static CelDuration? Create(Int128 nanos)
        => nanos < (Int128)(-MaxSeconds) * 1_000_000_000 || nanos > (Int128)MaxSeconds * 1_000_000_000 ? null : new CelDuration(nanos);
}

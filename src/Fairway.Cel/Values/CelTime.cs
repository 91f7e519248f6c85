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

/// <summary>A span of time that fits in 64 bits as nanoseconds: about ±292 years.</summary>
internal sealed class CelDuration(Int128 nanos) : CelObject(CelKind.Duration)
{
    /// <summary>The longest span, in whole seconds.</summary>
    public const long MaxSeconds = long.MaxValue / 1_000_000_000;

    public Int128 Nanos { get; } = nanos;

    public long Seconds => (long)(Nanos / 1_000_000_000);

    public int SubNanos => (int)(Nanos % 1_000_000_000);

    public static CelDuration? Create(Int128 nanos)
        => nanos < long.MinValue || nanos > long.MaxValue ? null : new CelDuration(nanos);
}

namespace Fairway.Telemetry.Traces;

/// <summary>How traces are kept.</summary>
public sealed record TraceStoreOptions
{
    /// <summary>The directory that is the store's alone.</summary>
    public required string Directory { get; init; }

    /// <summary>Which traces are kept once they are complete.</summary>
    public TraceKeepRules Keep { get; init; } = TraceKeepRules.Default;

    /// <summary>How long traces are kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The most bytes that blocks may take; ordinary traces of the oldest go first.</summary>
    public long RetentionBytes { get; init; } = 2L << 30;

    /// <summary>Spans in memory that make a block.</summary>
    public int MemorySpans { get; init; } = 50_000;

    /// <summary>How long spans stay in memory at most.</summary>
    public TimeSpan MemoryFor { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The most spans of one trace in memory; more are refused, so that one endless trace costs no neighbour.</summary>
    public int SpansPerTrace { get; init; } = 20_000;

    /// <summary>The most bytes of one span; larger ones are refused.</summary>
    public int SpanBytes { get; init; } = 1 << 20;

    /// <summary>The most spans that one service may bring in a second, averaged over ten.</summary>
    public int SpansPerSecond { get; init; } = 50_000;
}

/// <summary>Spans that were not taken.</summary>
/// <param name="Spans">How many.</param>
/// <param name="Why">The reason of the first.</param>
internal sealed record SpanRefusal(int Spans, string Why);

using Fairway.PromQL;

namespace Fairway.Telemetry.Logs;

/// <summary>One line of a stream.</summary>
/// <param name="Time">Nanoseconds since 1970.</param>
/// <param name="Line">The text.</param>
/// <param name="Metadata">What is known of this line alone (trace id, level, attributes), sorted by name; often empty.</param>
internal sealed record LogEntry(long Time, string Line, Labels Metadata);

/// <summary>Lines of one stream.</summary>
/// <param name="Stream">The labels that they share.</param>
/// <param name="Entries">In any order.</param>
internal sealed record LogBatch(Labels Stream, IReadOnlyList<LogEntry> Entries);

/// <summary>How the log store keeps what it is given.</summary>
public sealed record LogStoreOptions
{
    /// <summary>The directory that is the store's alone.</summary>
    public required string Directory { get; init; }

    /// <summary>How long lines are kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The most bytes that segments may take; the oldest go first.</summary>
    public long RetentionBytes { get; init; } = 5L << 30;

    /// <summary>Text in memory that makes a segment.</summary>
    public long SegmentBytes { get; init; } = 8 << 20;

    /// <summary>Longer lines are cut.</summary>
    public int LineBytes { get; init; } = 256 << 10;

    /// <summary>The most streams in memory.</summary>
    public int Streams { get; init; } = 50_000;

    /// <summary>The most bytes that one stream may bring in a second, averaged over ten: a flood costs its own lines.</summary>
    public long StreamBytesPerSecond { get; init; } = 4 << 20;
}

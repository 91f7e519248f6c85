using Fairway.PromQL;

namespace Fairway.Telemetry.Logs;

/// <summary>One line of a stream.</summary>
/// <param name="Time">Nanoseconds since 1970.</param>
/// <param name="Line">The text.</param>
/// <param name="Metadata">What is known of this line alone (trace id, level, attributes), sorted by name; often empty.</param>
internal sealed record LogEntry(long Time, string Line, Labels Metadata);

/// <summary>Lines of one stream.</summary>
/// <param name="Stream">The labels that they share.</param>
/// <param name="Entries">In any order; oldest first where they come from the store.</param>
internal sealed record LogBatch(Labels Stream, IReadOnlyList<LogEntry> Entries);

/// <summary>What is read from the store.</summary>
/// <param name="Matchers">Of streams; all hold.</param>
/// <param name="From">Nanoseconds, included.</param>
/// <param name="To">Nanoseconds, not included.</param>
/// <param name="Needles">Texts in UTF-8 that every line of interest has; lines without are left out where that is cheap.</param>
/// <param name="NewestFirst">Which blocks come first.</param>
internal sealed record LogScan(IReadOnlyList<LabelMatcher> Matchers, long From, long To, IReadOnlyList<byte[]> Needles, bool NewestFirst)
{
    /// <summary>
    /// The reader has enough lines of later times (newest first), or earlier ones (then it is the time with its sign turned):
    /// blocks that end before are not read. May be set while reading.
    /// </summary>
    public long Worst { get; set; } = long.MinValue;
}

/// <summary>Lines that were not taken.</summary>
/// <param name="Lines">How many.</param>
/// <param name="Why">The reason of the first, in Loki's words.</param>
/// <param name="TooMany">Less would have been taken: the sender may try again later.</param>
internal sealed record LogRefusal(long Lines, string Why, bool TooMany);

/// <summary>How the log store keeps what it is given.</summary>
public sealed record LogStoreOptions
{
    /// <summary>The directory that is the store's alone.</summary>
    public required string Directory { get; init; }

    /// <summary>How long lines are kept; older ones are not taken either.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How far in the future a line may be.</summary>
    public TimeSpan Ahead { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The most bytes that segments may take; the oldest go first.</summary>
    public long RetentionBytes { get; init; } = 5L << 30;

    /// <summary>Text in memory that makes a segment.</summary>
    public long SegmentBytes { get; init; } = 16 << 20;

    /// <summary>Longer lines are cut.</summary>
    public int LineBytes { get; init; } = 256 << 10;

    /// <summary>The most streams in memory.</summary>
    public int Streams { get; init; } = 50_000;

    /// <summary>The most streams of one service in memory, so that one service's labels leave room for the others.</summary>
    public int StreamsPerService { get; init; } = 5000;

    /// <summary>The most bytes that one stream may bring in a second, averaged over ten: a flood costs its own lines.</summary>
    public long StreamBytesPerSecond { get; init; } = 4 << 20;

    /// <summary>The most labels of a stream.</summary>
    public int Labels { get; init; } = 40;

    /// <summary>The most that is known of one line, in bytes.</summary>
    public int MetadataBytes { get; init; } = 64 << 10;
}

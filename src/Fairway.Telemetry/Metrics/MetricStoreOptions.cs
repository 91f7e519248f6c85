namespace Fairway.Telemetry.Metrics;

/// <summary>How the metric store keeps what it is given.</summary>
public sealed record MetricStoreOptions
{
    /// <summary>The directory that is the store's alone.</summary>
    public required string Directory { get; init; }

    /// <summary>How long samples are kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(15);

    /// <summary>From which age on samples are also kept as intervals of five minutes; the greatest span for never.</summary>
    public TimeSpan FiveMinutesAfter { get; init; } = TimeSpan.FromHours(40);

    /// <summary>How long intervals of five minutes are kept.</summary>
    public TimeSpan FiveMinutesRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>From which age on samples are also kept as intervals of an hour; the greatest span for never.</summary>
    public TimeSpan HourAfter { get; init; } = TimeSpan.FromDays(10);

    /// <summary>How long intervals of an hour are kept.</summary>
    public TimeSpan HourRetention { get; init; } = TimeSpan.FromDays(400);

    /// <summary>The most bytes that blocks may take; the oldest go first. 0 is no limit.</summary>
    public long RetentionBytes { get; init; } = 10L << 30;

    /// <summary>Metrics that are kept for another time: a name, or a beginning with <c>*</c> at its end. The first that fits counts.</summary>
    public IReadOnlyList<MetricRetention> MetricRetention { get; init; } = [];

    /// <summary>How much older than its series' newest sample a sample may be; zero takes none.</summary>
    public TimeSpan OutOfOrderWindow { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How far in the future a sample may lie.</summary>
    public TimeSpan FutureLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The most series in memory of one service (label <c>service</c>, else <c>job</c>).</summary>
    public int SeriesPerService { get; init; } = 200_000;

    /// <summary>The most series in memory of all.</summary>
    public int MostSeries { get; init; } = 5_000_000;

    /// <summary>How long blocks of a resolution are kept.</summary>
    internal TimeSpan RetentionOf(long resolution) => resolution switch
    {
        0 => Retention,
        Blocks.Downsampling.FiveMinutes => FiveMinutesRetention,
        _ => HourRetention,
    };

    public int LabelsPerSeries { get; init; } = 64;

    public int LabelNameLength { get; init; } = 512;

    public int LabelValueLength { get; init; } = 4096;

    /// <summary>How many exemplars are kept; the oldest go first.</summary>
    public int Exemplars { get; init; } = 100_000;

    /// <summary>A write-ahead log of this size is made into a checkpoint, or one as large as the last checkpoint if that is larger.</summary>
    public long CheckpointBytes { get; init; } = 64L << 20;

    /// <summary>How large a segment of the write-ahead log becomes.</summary>
    public long SegmentBytes { get; init; } = 128L << 20;
}

/// <summary>An exception to the common retention.</summary>
public sealed record MetricRetention(string Metric, TimeSpan Keep)
{
    /// <summary>Whether the exception is for a metric.</summary>
    public bool IsFor(string name)
        => Metric.EndsWith('*') ? name.StartsWith(Metric.AsSpan(0, Metric.Length - 1), StringComparison.Ordinal) : name == Metric;
}

using Fairway.PromQL;

namespace Fairway.Telemetry.Scrape;

/// <summary>Where metrics are fetched, and what its series are called.</summary>
/// <param name="Pool">The kind of discovery that found it.</param>
/// <param name="Address">The page.</param>
/// <param name="Labels">On every series of it.</param>
/// <param name="Discovered">What discovery knew, for the page of targets.</param>
internal sealed record ScrapeTarget(string Pool, Uri Address, Labels Labels, Labels Discovered)
{
    /// <summary>Whether labels of the page win over those of the target.</summary>
    public bool HonorLabels { get; init; }

    /// <summary>Whether times of the page count.</summary>
    public bool HonorTimestamps { get; init; } = true;

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Sent as a bearer token; read anew before each fetch, because tokens are rotated.</summary>
    public Func<string?>? Token { get; init; }

    /// <summary>Whether a certificate that nobody vouches for is taken.</summary>
    public bool AnyCertificate { get; init; }

    public ScrapeLimits Limits { get; init; } = new();

    /// <summary>Applied to every series of the page.</summary>
    public IReadOnlyList<RelabelRule> MetricRules { get; init; } = [];

    /// <summary>What tells it from others; another way of fetching the same page is another target.</summary>
    public string Key => $"{Pool} {Address} {Labels} {Interval.TotalMilliseconds} {Timeout.TotalMilliseconds} {HonorLabels} {HonorTimestamps} {AnyCertificate} {Limits} {Version}";

    /// <summary>The revision of the object that describes how it is fetched, where there is one.</summary>
    public string Version { get; init; } = "";
}

/// <summary>What a page may have; a page over a limit is not taken at all. 0 is no limit of its own.</summary>
/// <param name="Samples">Samples after relabelling.</param>
/// <param name="Labels">Labels of a series.</param>
/// <param name="LabelName">Bytes of a label's name.</param>
/// <param name="LabelValue">Bytes of a label's value.</param>
/// <param name="Body">Bytes of the page, unpacked.</param>
internal sealed record ScrapeLimits(int Samples = 0, int Labels = 0, int LabelName = 0, int LabelValue = 0, long Body = 0);

/// <summary>A target that relabelling took out.</summary>
internal sealed record DroppedTarget(string Pool, Labels Discovered);

/// <summary>What discovery found.</summary>
internal sealed record Discovery(IReadOnlyList<ScrapeTarget> Targets, IReadOnlyList<DroppedTarget> Dropped);

/// <summary>How the last fetch of a target went.</summary>
internal sealed record ScrapeState(DateTimeOffset? LastScrape, TimeSpan Duration, string? Error, bool Known)
{
    public static ScrapeState Never { get; } = new(null, TimeSpan.Zero, null, false);

    /// <summary>Why some series of the page were left out, though it was taken.</summary>
    public string? Refusal { get; init; }

    public string Health => !Known ? "unknown" : Error is null ? "up" : "down";
}

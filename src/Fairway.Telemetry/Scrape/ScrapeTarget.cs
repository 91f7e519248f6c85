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

    public string Key => $"{Pool} {Address} {Labels}";
}

/// <summary>How the last fetch of a target went.</summary>
internal sealed record ScrapeState(DateTimeOffset? LastScrape, TimeSpan Duration, string? Error, bool Known)
{
    public static ScrapeState Never { get; } = new(null, TimeSpan.Zero, null, false);

    public string Health => !Known ? "unknown" : Error is null ? "up" : "down";
}

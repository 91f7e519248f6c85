namespace Fairway.Resources.Traffic;

/// <summary>What the gateway counted since it started: the narrow question that telemetry asks of traffic.</summary>
public interface ITrafficTotals
{
    /// <summary>One entry for each Service and release that answered. O(entries).</summary>
    IReadOnlyList<TrafficTotal> Totals();
}

/// <summary>Requests to one release's pods of one Service since the start.</summary>
public sealed record TrafficTotal
{
    public required string Cluster { get; init; }

    public required string Namespace { get; init; }

    /// <summary>The Kubernetes Service that answered.</summary>
    public required string Service { get; init; }

    /// <summary>The release of the pod that answered; empty where it is not known.</summary>
    public required string Release { get; init; }

    /// <summary>How many requests ended with which status.</summary>
    public required IReadOnlyDictionary<int, long> Codes { get; init; }

    /// <summary>Upper bounds in seconds and how many requests took at most that long; ascending; the last is infinity.</summary>
    public required IReadOnlyList<LatencyBucket> Latency { get; init; }

    /// <summary>Time of all requests together, in seconds.</summary>
    public required double Seconds { get; init; }
}

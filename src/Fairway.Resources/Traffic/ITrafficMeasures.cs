namespace Fairway.Resources.Traffic;

/// <summary>What the gateway saw: the narrow question that delivery asks of traffic.</summary>
public interface ITrafficMeasures
{
    /// <summary>
    /// Requests that one Service answered in a window that ends now. Constant memory; O(buckets in the window) time. A Service
    /// without requests gives a summary with zero requests, never an error.
    /// </summary>
    TrafficSummary Summarize(string cluster, string @namespace, string service, TimeSpan window);
}

/// <summary>Requests in a window.</summary>
public sealed record TrafficSummary
{
    public required long Requests { get; init; }

    /// <summary>Answered 5xx, refused, timed out or broken off by the backend.</summary>
    public required long Failures { get; init; }

    /// <summary>Upper bounds in milliseconds and how many requests took at most that long; ascending; the last is infinity.</summary>
    public required IReadOnlyList<LatencyBucket> Latency { get; init; }

    /// <summary>1 minus failures over requests; null without requests.</summary>
    public double? SuccessRate => Requests == 0 ? null : 1 - ((double)Failures / Requests);

    /// <summary>The latency in milliseconds that this share of requests stayed within, interpolated; null without requests.</summary>
    public double? Percentile(double share)
    {
        if (Requests == 0)
        {
            return null;
        }

        double rank = share * Requests;
        double lower = 0;
        long below = 0;
        foreach (LatencyBucket bucket in Latency)
        {
            if (bucket.CumulativeCount >= rank && bucket.CumulativeCount > below)
            {
                return double.IsPositiveInfinity(bucket.UpperBound)
                    ? lower
                    : lower + ((bucket.UpperBound - lower) * (rank - below) / (bucket.CumulativeCount - below));
            }

            lower = bucket.UpperBound;
            below = bucket.CumulativeCount;
        }

        return lower;
    }
}

/// <summary>One step of a cumulative histogram.</summary>
public readonly record struct LatencyBucket(double UpperBound, long CumulativeCount);

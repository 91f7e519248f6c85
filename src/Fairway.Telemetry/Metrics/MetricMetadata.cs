using System.Collections.Concurrent;

namespace Fairway.Telemetry.Metrics;

/// <summary>What a metric is, in its exporter's words.</summary>
/// <param name="Type">counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown.</param>
/// <param name="Help">A sentence.</param>
/// <param name="Unit">A unit, or nothing.</param>
public sealed record MetricMetadata(string Type, string Help, string Unit);

/// <summary>The metadata of metrics by family name; bounded, the newest statement first.</summary>
internal sealed class MetadataTable
{
    private const int MostMetrics = 100_000;
    private const int MostPerMetric = 4;
    private const int MostText = 4096;

    private readonly ConcurrentDictionary<string, MetricMetadata[]> _metrics = new();

    /// <summary>Notes a statement; true when it is news.</summary>
    public bool Set(string metric, MetricMetadata metadata)
    {
        if (metadata.Help.Length > MostText)
        {
            metadata = metadata with { Help = metadata.Help[..MostText] };
        }

        while (true)
        {
            if (!_metrics.TryGetValue(metric, out MetricMetadata[]? known))
            {
                if (_metrics.Count >= MostMetrics)
                {
                    return false;
                }

                if (_metrics.TryAdd(metric, [metadata]))
                {
                    return true;
                }

                continue;
            }

            if (known[0] == metadata)
            {
                return false;
            }

            if (_metrics.TryUpdate(metric, [.. known.Where(one => one != metadata).Prepend(metadata).Take(MostPerMetric)], known))
            {
                return true;
            }
        }
    }

    public IReadOnlyList<MetricMetadata> Get(string metric) => _metrics.TryGetValue(metric, out MetricMetadata[]? known) ? known : [];

    public IEnumerable<KeyValuePair<string, MetricMetadata[]>> All => _metrics.OrderBy(one => one.Key, StringComparer.Ordinal);
}

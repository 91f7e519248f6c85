using System.Collections.Concurrent;
using Fairway.PromQL;

namespace Fairway.Telemetry.Metrics;

/// <summary>How many series each service has in memory, and what was refused: one service's flood takes its own room and no neighbour's.</summary>
internal sealed class SeriesLimits(int perService, int total)
{
    private const int MostServices = 50_000;

    private readonly ConcurrentDictionary<string, int> _series = new();
    private readonly ConcurrentDictionary<string, long> _refused = new();

    /// <summary>Refusals by service since the start.</summary>
    public IReadOnlyDictionary<string, long> Refused => _refused;

    public IEnumerable<KeyValuePair<string, int>> Series => _series;

    public static string ServiceOf(Labels labels) => labels["service"] is { Length: > 0 } service ? service : labels["job"];

    /// <summary>Null when one more series is welcome, otherwise the reason.</summary>
    public string? Refusal(Labels labels, int inMemory)
    {
        string service = ServiceOf(labels);
        int has = _series.GetValueOrDefault(service);
        string? reason = has >= perService
            ? $"service \"{service}\" has {has} series in memory and may have {perService}: new series are refused until old ones end"
            : inMemory >= total ? $"the store has {inMemory} series in memory and may have {total}: new series are refused until old ones end" : null;
        if (reason is not null && (_refused.Count < MostServices || _refused.ContainsKey(service)))
        {
            _refused.AddOrUpdate(service, 1, static (_, count) => count + 1);
        }

        return reason;
    }

    public void Added(Labels labels) => _series.AddOrUpdate(ServiceOf(labels), 1, static (_, count) => count + 1);

    public void Removed(Labels labels)
    {
        string service = ServiceOf(labels);
        if (_series.AddOrUpdate(service, 0, static (_, count) => count - 1) <= 0)
        {
            _series.TryRemove(KeyValuePair.Create(service, 0));
        }
    }
}

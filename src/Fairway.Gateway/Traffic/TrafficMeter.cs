using System.Collections.Concurrent;
using Fairway.Resources.Traffic;

namespace Fairway.Gateway.Traffic;

/// <summary>Names what is counted together: requests that one release's pods of one Service answered.</summary>
public readonly record struct TrafficKey(string Cluster, string Namespace, string Service, string Release);

/// <summary>
/// Counts every request by Service and release. Memory is bounded: series without requests for ten minutes are dropped, and past
/// <see cref="MostSeries"/> new ones share one.
/// </summary>
public sealed class TrafficMeter(TimeProvider time) : ITrafficMeasures
{
    public const int MostSeries = 2000;

    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(11);
    private static readonly TrafficKey Overflow = new("", "", "(others)", "");

    private readonly ConcurrentDictionary<TrafficKey, TrafficSeries> _series = new();
    private readonly ConcurrentDictionary<(string, string, string), TrafficSeries> _services = new();

    /// <summary>Notes an answer.</summary>
    /// <param name="key">Who answered.</param>
    /// <param name="milliseconds">From the request's arrival to the end of the answer.</param>
    /// <param name="failed">5xx, or no answer.</param>
    internal void Record(in TrafficKey key, double milliseconds, bool failed)
    {
        Series(key).Record(milliseconds, failed);
        Service(key).Record(milliseconds, failed);
    }

    /// <inheritdoc/>
    public TrafficSummary Summarize(string cluster, string @namespace, string service, TimeSpan window)
        => _services.TryGetValue((cluster, @namespace, service), out TrafficSeries? series)
            ? series.Summarize(window)
            : new TrafficSummary { Requests = 0, Failures = 0, Latency = [] };

    /// <summary>The series of a namespace's Services, each with its points; for screens.</summary>
    public IReadOnlyList<(TrafficKey Key, TrafficSummary Total, IReadOnlyList<TrafficPoint> Points)> Report(
        string cluster, string @namespace, Func<string, bool> service, TimeSpan window, TimeSpan step)
        =>
        [
            .. _series
                .Where(one => one.Key.Cluster == cluster && one.Key.Namespace == @namespace && service(one.Key.Service))
                .OrderBy(one => one.Key.Service, StringComparer.Ordinal)
                .ThenBy(one => one.Key.Release, StringComparer.Ordinal)
                .Select(one => (one.Key, one.Value.Summarize(window), one.Value.Points(window, step)))
                .Where(one => one.Item2.Requests > 0),
        ];

    /// <summary>Drops what has been silent for longer than any window.</summary>
    public void Sweep()
    {
        foreach ((TrafficKey key, TrafficSeries series) in _series)
        {
            if (time.GetElapsedTime(series.LastRecorded) > Forgotten)
            {
                _series.TryRemove(key, out _);
            }
        }

        foreach (((string, string, string) key, TrafficSeries series) in _services)
        {
            if (time.GetElapsedTime(series.LastRecorded) > Forgotten)
            {
                _services.TryRemove(key, out _);
            }
        }
    }

    private TrafficSeries Series(in TrafficKey key)
        => _series.TryGetValue(key, out TrafficSeries? series)
            ? series
            : _series.GetOrAdd(_series.Count < MostSeries ? key : Overflow, _ => new TrafficSeries(time));

    private TrafficSeries Service(in TrafficKey key)
    {
        (string, string, string) name = (key.Cluster, key.Namespace, key.Service);
        return _services.TryGetValue(name, out TrafficSeries? series)
            ? series
            : _services.GetOrAdd(_services.Count < MostSeries ? name : ("", "", Overflow.Service), _ => new TrafficSeries(time));
    }
}

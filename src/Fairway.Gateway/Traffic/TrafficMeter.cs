using System.Collections.Concurrent;
using Fairway.Gateway.Routing;
using Fairway.Resources.Traffic;

namespace Fairway.Gateway.Traffic;

/// <summary>Names what is counted together: requests that one release's pods of one Service answered.</summary>
public readonly record struct TrafficKey(string Cluster, string Namespace, string Service, string Release);

/// <summary>
/// Counts every request by Service and release. Memory is bounded: series without requests for ten minutes are dropped, and past
/// <see cref="MostSeries"/> new ones share one.
/// </summary>
public sealed class TrafficMeter(TimeProvider time) : ITrafficMeasures, ITrafficTotals
{
    public const int MostSeries = 500;

    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(11);
    private static readonly TrafficKey Overflow = new("", "", "(others)", "");
    private static readonly RouteId OtherRoutes = new("", "", "(others)");
    private static readonly TrafficSummary Nothing = new() { Requests = 0, Failures = 0, Latency = [] };

    private readonly ConcurrentDictionary<TrafficKey, TrafficSeries> _series = new();
    private readonly ConcurrentDictionary<(string, string, string), TrafficSeries> _services = new();
    private readonly ConcurrentDictionary<RouteId, TrafficSeries> _routes = new();

    private readonly TrafficTotals _totals = new();

    /// <summary>Notes an answer with its status, also in the totals.</summary>
    internal void Record(in TrafficKey key, double milliseconds, bool failed, int status)
    {
        Record(key, milliseconds, failed);
        _totals.Record(key, milliseconds, status);
    }

    /// <inheritdoc/>
    public IReadOnlyList<TrafficTotal> Totals() => _totals.All();

    /// <summary>Notes an answer.</summary>
    /// <param name="key">Who answered.</param>
    /// <param name="milliseconds">From the request's arrival to the end of the answer.</param>
    /// <param name="failed">5xx, or no answer.</param>
    internal void Record(in TrafficKey key, double milliseconds, bool failed)
    {
        Series(key).Record(milliseconds, failed);
        Service(key).Record(milliseconds, failed);
    }

    /// <summary>Notes an answer, or a refusal, of a route.</summary>
    internal void Record(in RouteId route, double milliseconds, bool failed)
    {
        if (!_routes.TryGetValue(route, out TrafficSeries? series))
        {
            series = _routes.GetOrAdd(_routes.Count < MostSeries ? route : OtherRoutes, _ => new TrafficSeries(time));
        }

        series.Record(milliseconds, failed);
    }

    /// <inheritdoc/>
    public TrafficSummary Summarize(string cluster, string @namespace, string service, TimeSpan window)
        => _services.TryGetValue((cluster, @namespace, service), out TrafficSeries? series)
            ? series.Summarize(window)
            : Nothing;

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

    /// <summary>What a route answered or refused in a window that ends now, also what never reached a backend.</summary>
    public TrafficSummary Summarize(in RouteId route, TimeSpan window)
        => _routes.TryGetValue(route, out TrafficSeries? series) ? series.Summarize(window) : Nothing;

    /// <summary>The series of a namespace's routes, each with its points; for screens.</summary>
    public IReadOnlyList<(RouteId Route, TrafficSummary Total, IReadOnlyList<TrafficPoint> Points)> ReportRoutes(
        string cluster, string @namespace, TimeSpan window, TimeSpan step)
        =>
        [
            .. _routes
                .Where(one => one.Key.Cluster == cluster && one.Key.Namespace == @namespace)
                .OrderBy(one => one.Key.Name, StringComparer.Ordinal)
                .Select(one => (one.Key, one.Value.Summarize(window), one.Value.Points(window, step)))
                .Where(one => one.Item2.Requests > 0),
        ];

    /// <summary>Drops what has been silent for longer than any window.</summary>
    public void Sweep()
    {
        Sweep(_series);
        Sweep(_services);
        Sweep(_routes);
    }

    private void Sweep<TKey>(ConcurrentDictionary<TKey, TrafficSeries> all)
        where TKey : notnull
    {
        foreach ((TKey key, TrafficSeries series) in all)
        {
            if (time.GetElapsedTime(series.LastRecorded) > Forgotten)
            {
                all.TryRemove(key, out _);
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

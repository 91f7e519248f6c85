using System.Collections.Concurrent;
using System.Threading.Channels;
using Fairway.ControllerRuntime;
using Fairway.Gateway.Backends;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Resources.Kinds.Gateway;
using Microsoft.Extensions.Logging;

namespace Fairway.Gateway.Routing;

/// <summary>
/// Keeps the route table and the backend pools like the clusters' HTTPRoutes, Services and EndpointSlices: waits for a change,
/// lets others gather for a moment, makes everything anew, publishes by one write. A rebuild costs O(routes + endpoints behind them).
/// </summary>
internal sealed partial class RouteWatch
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);

    private readonly IReadOnlyList<ClusterView> _clusters;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<BackendId, BackendPool> _pools = new();
    private readonly ConcurrentDictionary<(RouteId Route, int Rule), RuleCursor> _cursors = new();
    private Published _published = new(RouteTable.Empty, new Dictionary<RouteId, long>());

    public RouteWatch(IEnumerable<InformerSet> clusters, TimeProvider time, ILogger log)
    {
        _time = time;
        _log = log;
        _clusters = [.. clusters.Select(informers => new ClusterView(informers))];
        foreach (ClusterView cluster in _clusters)
        {
            cluster.Routes.Subscribe((_, _) => _changed.Writer.TryWrite(true));
            cluster.Services.Subscribe((_, _) => _changed.Writer.TryWrite(true));
            cluster.Slices.Subscribe((_, _) => _changed.Writer.TryWrite(true));
        }
    }

    public RouteTable Table => Volatile.Read(ref _published).Table;

    /// <summary>The generation of a route that requests are served by; null when it is not served.</summary>
    public long? ServedGeneration(RouteId route)
        => Volatile.Read(ref _published).Generations.TryGetValue(route, out long generation) ? generation : null;

    /// <summary>The first complete table: after every informer has its first list.</summary>
    public async Task PrimeAsync(CancellationToken cancellation)
    {
        foreach (ClusterView cluster in _clusters)
        {
            await cluster.WaitForSyncAsync(cancellation);
        }

        Rebuild();
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        await PrimeAsync(cancellation);
        while (await _changed.Reader.WaitToReadAsync(cancellation))
        {
            await Task.Delay(Gather, _time, cancellation);
            while (_changed.Reader.TryRead(out _))
            {
            }

            Rebuild();
        }
    }

    private void Rebuild()
    {
        var used = new HashSet<BackendId>();
        var routes = new List<(string Cluster, HTTPRoute Route)>();
        var generations = new Dictionary<RouteId, long>();
        foreach (ClusterView cluster in _clusters)
        {
            foreach (HTTPRoute route in cluster.Routes.List().Where(route => RouteProblems.Of(route).Count == 0))
            {
                routes.Add((cluster.Name, route));
                generations[RouteId.Of(cluster.Name, route)] = route.Metadata.Generation ?? 0;
            }
        }

        RouteTable table = RouteCompiler.Compile(routes, id =>
        {
            used.Add(id);
            return _pools.GetOrAdd(id, one => new BackendPool(one));
        }, (route, rule) => _cursors.GetOrAdd((route, rule), _ => new RuleCursor()));
        foreach (BackendId id in used)
        {
            Refresh(_pools[id]);
        }

        // Pools first, then the table that names them: a request never meets a backend that was not looked up.
        Volatile.Write(ref _published, new Published(table, generations));
        foreach (BackendId gone in _pools.Keys.Where(id => !used.Contains(id)))
        {
            _pools.TryRemove(gone, out _);
        }

        foreach ((RouteId Route, int Rule) gone in _cursors.Keys.Where(key => !generations.ContainsKey(key.Route)))
        {
            _cursors.TryRemove(gone, out _);
        }

        Rebuilt(routes.Count, used.Count);
    }

    private void Refresh(BackendPool pool)
    {
        BackendId id = pool.Id;
        ClusterView cluster = _clusters.First(one => one.Name == id.Cluster);
        (bool resolved, BackendEndpoint[] ready) = EndpointResolver.Resolve(
            cluster.Services.Get(id.Namespace, id.Service),
            id.Port,
            cluster.SlicesByService.Find($"{id.Namespace}/{id.Service}"),
            pod => cluster.Pods.Get(id.Namespace, pod)?.Metadata.Labels?.GetValueOrDefault(EndpointResolver.ReleaseLabel) ?? "");
        pool.Update(resolved, ready);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Routes rebuilt: {Routes} routes, {Backends} backends")]
    private partial void Rebuilt(int routes, int backends);

    private sealed record Published(RouteTable Table, IReadOnlyDictionary<RouteId, long> Generations);

    /// <summary>The informers of one cluster that the gateway reads.</summary>
    private sealed class ClusterView
    {
        public ClusterView(InformerSet informers)
        {
            Name = informers.Api.Cluster;
            Routes = informers.Of<HTTPRoute>();
            Services = informers.Of<Service>();
            Slices = informers.Of<EndpointSlice>();
            Pods = informers.Of<Pod>();
            SlicesByService = Slices.AddIndex(slice =>
                slice.Metadata.Labels?.GetValueOrDefault(EndpointSlice.ServiceNameLabel) is { } service ? [$"{slice.Metadata.Namespace}/{service}"] : []);
        }

        public string Name { get; }

        public Informer<HTTPRoute> Routes { get; }

        public Informer<Service> Services { get; }

        public Informer<EndpointSlice> Slices { get; }

        public Informer<Pod> Pods { get; }

        public ObjectIndex<EndpointSlice> SlicesByService { get; }

        public async Task WaitForSyncAsync(CancellationToken cancellation)
        {
            await Routes.WaitForSyncAsync(cancellation);
            await Services.WaitForSyncAsync(cancellation);
            await Slices.WaitForSyncAsync(cancellation);
            await Pods.WaitForSyncAsync(cancellation);
        }
    }
}

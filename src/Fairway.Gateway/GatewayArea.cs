using Fairway.ControllerRuntime;
using Fairway.Gateway.Routes;
using Fairway.Gateway.Routing;
using Fairway.Gateway.Tracing;
using Fairway.Gateway.Traffic;
using Microsoft.Extensions.Logging;

namespace Fairway.Gateway;

/// <summary>The gateway: one listener for the HTTPRoutes of several clusters, and what it counted.</summary>
public sealed class GatewayArea : IAsyncDisposable
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<InformerSet> _clusters;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly RouteWatch _routes;
    private GatewayServer? _server;

    /// <summary>Reads routes from these clusters once <see cref="AddTo"/> has put it to work.</summary>
    public GatewayArea(IReadOnlyList<InformerSet> clusters, TimeProvider time, ILoggerFactory logs)
    {
        _clusters = clusters;
        _time = time;
        _logs = logs;
        Traffic = new TrafficMeter(time);
        _routes = new RouteWatch(clusters, time, logs.CreateLogger<RouteWatch>());
    }

    /// <summary>What was counted: the question that delivery asks, and the series that screens show.</summary>
    public TrafficMeter Traffic { get; }

    /// <summary>Told of traced requests when they end; must not wait. Nothing is traced while it is null.</summary>
    public Action<GatewaySpan>? Spans { get; set; }

    /// <summary>Where it listens, once started.</summary>
    public int Port => _server?.Port ?? 0;

    /// <summary>Adds the parts that keep routes and statuses current.</summary>
    public void AddTo(ControllerHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        host.Add("gateway/routes", _routes.RunAsync);
        host.Add("gateway/traffic", SweepAsync);
        foreach (InformerSet cluster in _clusters)
        {
            host.Add(new RouteStatusReconciler(cluster, _routes, _time).Build(_logs));
        }
    }

    /// <summary>Listens on loopback after the first complete table is there, so that no early request is refused for ignorance.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public async Task StartAsync(int port, CancellationToken cancellation)
    {
        await _routes.PrimeAsync(cancellation);
        _server = new GatewayServer(() => _routes.Table, Traffic, new RequestTracing(() => Spans, _time), port, _time, _logs);
        await _server.StartAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private async Task SweepAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(SweepEvery, _time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            Traffic.Sweep();
        }
    }
}

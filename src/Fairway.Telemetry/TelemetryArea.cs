using Fairway.ControllerRuntime;
using Fairway.PromQL;
using Fairway.Resources.Traffic;
using Fairway.Resources.Usage;
using Fairway.Telemetry.Identity;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Logs.Loki;
using Fairway.Telemetry.Logs.Pods;
using Fairway.Telemetry.Logs.Series;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Otlp;
using Fairway.Telemetry.Own;
using Fairway.Telemetry.Prometheus;
using Fairway.Telemetry.Scrape;
using Fairway.Telemetry.Traces;
using Fairway.Telemetry.Traces.Jaeger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry;

/// <summary>What the area is told.</summary>
public sealed record TelemetryOptions
{
    /// <summary>The directory that holds all its data.</summary>
    public required string Directory { get; init; }

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>The clusters whose pods are watched, by name.</summary>
    public IReadOnlyDictionary<string, InformerSet> Clusters { get; init; } = new Dictionary<string, InformerSet>();

    /// <summary>The cluster that knows the applications and their owners.</summary>
    public InformerSet? Hub { get; init; }

    /// <summary>What the gateway counted.</summary>
    public ITrafficTotals? Traffic { get; init; }

    /// <summary>What the pods of a cluster use; null for a cluster where nobody measures it.</summary>
    public Func<string, IResourceUsage?> Usage { get; init; } = static _ => null;

    /// <summary>Reads containers' logs, which then are collected from all clusters.</summary>
    public ContainerLogReader? ContainerLogs { get; init; }

    /// <summary>Adjusts the metric store.</summary>
    public Func<MetricStoreOptions, MetricStoreOptions> Metrics { get; init; } = static options => options;

    /// <summary>Servers whose data is shown instead of the area's own.</summary>
    public Remote.RemoteBackends Remotes { get; init; } = new();

    /// <summary>Adjusts the trace store: which traces are kept, and how long.</summary>
    public Func<TraceStoreOptions, TraceStoreOptions> Traces { get; init; } = static options => options;

    /// <summary>Whether Prometheus' administration API may delete series and take snapshots.</summary>
    public bool AdminApi { get; init; }

    /// <summary>Limits and choices of queries.</summary>
    public EngineOptions Engine { get; init; } = new();
}

/// <summary>The area's parts, put together: stores, receivers, the query APIs and their listeners.</summary>
public sealed class TelemetryArea : IAsyncDisposable
{
    private static readonly TimeSpan MaintainEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaintainLogsEvery = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly PrometheusApi _prometheus;
    private readonly List<Action<TelemetryRoutes>> _queries = [];
    private readonly Remote.RemoteBackends _remotes;
    private readonly List<Remote.RemoteProxy> _proxies = [];
    private readonly LokiApi _loki;
    private readonly JaegerApi _jaeger;
    private readonly JaegerThree _jaegerThree;
    private readonly TraceApi _traces;
    private readonly OwnMetrics _own;
    private readonly ScrapeManager _scrapes;
    private readonly SpanFeed _spans;
    private readonly LineFeed _lines;
    private readonly Dictionary<string, PodLogCollector> _collectors;
    private TelemetryServer? _server;

    private TelemetryArea(MetricStore metrics, LogStore lines, TraceStore traces, TelemetryOptions options, TimeProvider time, ILoggerFactory logs)
    {
        Logs = lines;
        Traces = traces;
        _time = time;
        _logs = logs;
        Metrics = metrics;
        Engine = new PromQLEngine(options.Engine, time);
        Signals = new SignalQueries(Engine, metrics, lines, traces, time) { Remotes = options.Remotes };
        _remotes = options.Remotes;
        _prometheus = new PrometheusApi(Engine, metrics, options.Version, options.AdminApi, time);
        var identity = new WorkloadIdentity(options.Hub, options.Clusters);
        _own = new OwnMetrics(metrics, identity, options.Traffic, options.Usage, time) { Others = () => LineMetrics.Of(lines, traces) };
        metrics.Derived = new LogSeries(lines).Select;
        _scrapes = new ScrapeManager(Discover(options.Clusters, identity), metrics, time);
        _collectors = options.ContainerLogs is not { } reader
            ? []
            : options.Clusters.ToDictionary(
                cluster => cluster.Key,
                cluster => new PodLogCollector(cluster.Key, cluster.Value, identity, reader, lines, time, logs.CreateLogger<PodLogCollector>()));
        _spans = new SpanFeed(traces, time);
        _lines = new LineFeed(lines, time);
        _loki = new LokiApi(lines, time);
        _jaeger = new JaegerApi(traces, time);
        _jaegerThree = new JaegerThree(traces);
        _traces = new TraceApi(traces, time);
        _queries.Add(_prometheus.MapTo);
        _queries.Add(new TargetEndpoints(_scrapes).MapTo);
        _queries.Add(routes => routes.Map("/metrics", ["GET"], context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return context.Response.WriteAsync(_own.Page(), context.RequestAborted);
        }));
    }

    /// <summary>All metrics.</summary>
    public MetricStore Metrics { get; }

    /// <summary>All logs.</summary>
    public LogStore Logs { get; }

    /// <summary>All traces.</summary>
    public TraceStore Traces { get; }

    /// <summary>Answers PromQL.</summary>
    public PromQLEngine Engine { get; }

    /// <summary>What delivery may ask.</summary>
    public SignalQueries Signals { get; }

    /// <summary>Answers <c>rules</c> of Prometheus' API: none unless somebody sets it.</summary>
    public RequestDelegate Rules { get => _prometheus.Rules; set => _prometheus.Rules = value; }

    /// <summary>Answers <c>alerts</c> of Prometheus' API: none unless somebody sets it.</summary>
    public RequestDelegate Alerts { get => _prometheus.Alerts; set => _prometheus.Alerts = value; }

    /// <summary>Where it listens, once started.</summary>
    public TelemetryPorts Ports => _server?.Ports ?? new TelemetryPorts(0, 0, 0);

    /// <summary>Opens the stores.</summary>
    public static async Task<TelemetryArea> OpenAsync(TelemetryOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        MetricStore metrics = await MetricStore.OpenAsync(
            options.Metrics(new MetricStoreOptions { Directory = Path.Combine(options.Directory, "metrics") }), time, logs, cancellation);
        LogStore lines = await LogStore.OpenAsync(new LogStoreOptions { Directory = Path.Combine(options.Directory, "logs") }, time, logs, cancellation);
        TraceStore traces = await TraceStore.OpenAsync(options.Traces(new TraceStoreOptions { Directory = Path.Combine(options.Directory, "traces") }), time, logs, cancellation);
        return new TelemetryArea(metrics, lines, traces, options, time, logs);
    }

    /// <summary>Takes a span of the platform's own; never waits.</summary>
    public void Take(ServerSpan span) => _spans.Offer(span);

    /// <summary>Takes a line of the platform's own; never waits.</summary>
    public void Take(PlatformLine line) => _lines.Offer(line);

    /// <summary>Adds the parts that keep the stores in order.</summary>
    public void AddTo(ControllerHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        host.Add("telemetry/metrics", MaintainAsync);
        host.Add("telemetry/logs", MaintainLogsAsync);
        host.Add("telemetry/own", _own.RunAsync);
        host.Add("telemetry/scrape", _scrapes.RunAsync);
        host.Add("telemetry/spans", _spans.RunAsync);
        host.Add("telemetry/lines", _lines.RunAsync);
        foreach ((string cluster, PodLogCollector collector) in _collectors)
        {
            host.Add($"{cluster}/pod-logs", collector.RunAsync);
        }
    }

    /// <summary>Everything that asks to be scraped, of all clusters.</summary>
    private static Func<Discovery> Discover(IReadOnlyDictionary<string, InformerSet> clusters, WorkloadIdentity identity)
    {
        AnnotationTargets[] annotations = [.. clusters.Select(cluster => new AnnotationTargets(cluster.Key, cluster.Value, identity))];
        MonitorTargets[] monitors = [.. clusters.Select(cluster => new MonitorTargets(cluster.Key, cluster.Value, identity))];
        return () =>
        {
            Discovery[] found = [.. monitors.Select(one => one.All())];
            return new Discovery(
                [.. annotations.SelectMany(one => one.All()), .. found.SelectMany(one => one.Targets)],
                [.. found.SelectMany(one => one.Dropped)]);
        };
    }

    /// <summary>Adds endpoints to Prometheus' API: on the listener, and below the portal's <c>/prometheus</c>.</summary>
    public void Serve(Action<TelemetryRoutes> endpoints) => _queries.Add(endpoints);

    /// <summary>Maps the query APIs below the portal's origin, behind its door: <c>/prometheus/api</c>, <c>/loki/api</c>, <c>/jaeger/api</c>.</summary>
    public void MapToPortal(IEndpointRouteBuilder routes, Func<RequestDelegate, RequestDelegate> guard)
    {
        MapOr(_remotes.Prometheus, new TelemetryRoutes(routes, "/prometheus", guard), "/api", MapPrometheus);
        MapOr(_remotes.Loki, new TelemetryRoutes(routes, "", guard), "/loki/api", _loki.MapTo);
        MapOr(_remotes.Jaeger, new TelemetryRoutes(routes, "/jaeger", guard), "/api", MapTraces);
    }

    // The same paths, answered by somebody else.
    private void MapOr(Uri? remote, TelemetryRoutes routes, string path, Action<TelemetryRoutes> own)
    {
        if (remote is null)
        {
            own(routes);
            return;
        }

        var proxy = new Remote.RemoteProxy(remote, path);
        _proxies.Add(proxy);
        proxy.MapTo(routes, path);
    }

    /// <summary>Listens on loopback.</summary>
    /// <exception cref="IOException">A port is taken.</exception>
    public async Task StartAsync(TelemetryPorts ports, CancellationToken cancellation)
    {
        _server = new TelemetryServer(ports, _logs);
        var open = TelemetryRoutes.Open(_server.Routes);
        MapPrometheus(open);
        _loki.MapTo(open);
        MapTraces(open);
        open.Map("/ready", ["GET"], static context => context.Response.WriteAsync("ready\n", context.RequestAborted));
        foreach (OtlpSignal signal in Receivers())
        {
            OtlpHttpEndpoints.Map(_server.Routes, signal);
            OtlpGrpcEndpoints.Map(_server.Routes, signal);
        }

        _server.Routes.MapPost("/api/v2/spans", new ZipkinEndpoint(Traces).HandleAsync);
        _server.Routes.MapPost("/api/traces", new ThriftEndpoint(Traces).HandleAsync);
        await _server.StartAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _proxies.ForEach(proxy => proxy.Dispose());
        Signals.Dispose();
        _scrapes.Dispose();
        await Traces.DisposeAsync();
        await Logs.DisposeAsync();
        await Metrics.DisposeAsync();
    }

    private void MapTraces(TelemetryRoutes routes)
    {
        _traces.MapTo(routes);
        _jaeger.MapTo(routes);
        _jaegerThree.MapTo(routes);
    }

    private void MapPrometheus(TelemetryRoutes routes)
    {
        foreach (Action<TelemetryRoutes> endpoints in _queries)
        {
            endpoints(routes);
        }
    }

    private IEnumerable<OtlpSignal> Receivers()
    {
        var translation = new MetricTranslation(Metrics, new MetricTranslationOptions { AddDeltas = true, Identity = true });
        yield return new OtlpSignal(
            "/v1/metrics",
            "opentelemetry.proto.collector.metrics.v1.MetricsService",
            OtlpSchema.MetricsRequest,
            "rejectedDataPoints",
            async (request, _) =>
            {
                MetricBatch batch = Metrics.NewBatch();
                TranslationOutcome outcome = translation.Apply(request.Span, batch);
                await batch.CommitAsync();
                return outcome.Rejected > 0 ? new PartialSuccess(outcome.Rejected, outcome.Message) : null;
            });
        var lines = new OtlpLogs(_time);
        yield return new OtlpSignal(
            "/v1/logs",
            "opentelemetry.proto.collector.logs.v1.LogsService",
            OtlpSchema.LogsRequest,
            "rejectedLogRecords",
            async (request, _) =>
            {
                List<LogBatch> batches = lines.Read(request.Span);
                LogRefusal? refusal = await Logs.AppendAsync(batches);
                return refusal is null ? null : new PartialSuccess(refusal.Lines, refusal.Why);
            });
        yield return new OtlpSignal(
            "/v1/traces",
            "opentelemetry.proto.collector.trace.v1.TraceService",
            OtlpSchema.TracesRequest,
            "rejectedSpans",
            async (request, _) =>
            {
                SpanRefusal? refusal = await Traces.AppendAsync(request);
                return refusal is null ? null : new PartialSuccess(refusal.Spans, refusal.Why);
            });
    }

    private async Task MaintainLogsAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(MaintainLogsEvery, _time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            await Logs.MaintainAsync(cancellation);
            await Traces.MaintainAsync(cancellation);
        }
    }

    private async Task MaintainAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(MaintainEvery, _time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            await Metrics.MaintainAsync(cancellation);
        }
    }
}

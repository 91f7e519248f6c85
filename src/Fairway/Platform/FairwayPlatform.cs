using System.Diagnostics;
using System.Text;
using Fairway.ApiServer;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Commands;
using Fairway.ControllerRuntime;
using Fairway.Delivery;
using Fairway.Gateway;
using Fairway.Git.Hosting;
using Fairway.Pipelines;
using Fairway.Telemetry;
using Fairway.Telemetry.Alerting;
using Fairway.Telemetry.Forwarding;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Rules;
using Fairway.Telemetry.Slos;
using Fairway.Telemetry.Traces;
using Fairway.Web;
using Fairway.Workloads;
using Microsoft.Extensions.Logging;

namespace Fairway.Platform;

/// <summary>
/// The composition root: every part of the platform is made and wired here, in the order in which they need each other:
/// 1. stores; 2. the API over them, listening; 3. controllers of each cluster and its nodes; 4. the gateway; 5. pipelines and
/// delivery in the hub. It stops in the reverse order.
/// </summary>
internal sealed class FairwayPlatform : IAsyncDisposable
{
    private readonly PlatformOptions _options;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly FileLog _log;
    private readonly ILoggerFactory _logs;
    private readonly ControllerHost _host;
    private readonly List<string> _notices = [];
    private JoinedClusters? _joined;
    private PlatformStores? _stores;
    private EmbeddedApi? _api;
    private WebListener? _web;
    private GatewayArea? _gateway;
    private TelemetryArea? _telemetry;
    private AlertingFeature? _alerting;
    private ForwardingFeature? _forwarding;
    private SloFeature? _slos;
    private ClusterNodes? _nodes;
    private Fairway.Policy.PolicyArea? _policies;
    private PlatformState? _state;

    public FairwayPlatform(PlatformOptions options)
    {
        _options = options;
        _log = new FileLog(Path.Combine(options.Data.FullName, "run", "platform.log"), LogLevel.Information, _time);
        _logs = LoggerFactory.Create(logging => logging.AddProvider(_log).SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning));
        _host = new ControllerHost(_time, _logs);
    }

    /// <summary>What other processes are told; set once started.</summary>
    public PlatformState State => _state!;

    public EmbeddedApi Api => _api!;

    /// <summary>Things a person should know that are no failure: a runtime that is missing, a feature that is off.</summary>
    public IReadOnlyList<string> Notices => _notices;

    public IReadOnlyList<ControllerHealth> Health => _host.Health;

    /// <summary>A link that signs the owner of the data directory in to the portal.</summary>
    public string SignInLink() => new Uri(_web!.Web, _api!.Sessions.CreateSignInPath(Owner)).AbsoluteUri;

    private static Identity Owner { get; } = Identity.Of("admin", Identity.Masters, Identity.Authenticated);

    /// <exception cref="CommandFailure">It cannot start; the message says why and what to do.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        PlatformState? before = PlatformState.Load(_options.Data);
        var ports = PortPlan.For(_options.Port, before?.Endpoints);
        try
        {
            _stores = await PlatformStores.OpenAsync(_options.Data, _time, _logs, cancellation);
        }
        catch (Storage.DataDirectoryException refused)
        {
            throw new CommandFailure(ExitCode.Failed, refused.Message);
        }

        await StartApiAsync(ports, cancellation);
        IReadOnlyDictionary<string, InformerSet> informers = await AddControllersAsync(cancellation);
        _gateway = new GatewayArea([.. informers.Values], _time, _logs);
        _gateway.AddTo(_host);
        new TrafficEndpoint(_api!, _gateway.Traffic).MapTo(_web!.Routes);
        await AddTelemetryAsync(informers, cancellation);
        AddHub(informers);
        await _host.StartAsync(cancellation);
        await StartGatewayAsync(ports, cancellation);
        await StartTelemetryAsync(ports, cancellation);
        await AnnounceAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        PlatformState.Clear(_options.Data);
        await StopAsync(_gateway);
        await _host.DisposeAsync();
        _forwarding?.Dispose();
        _alerting?.Dispose();
        await StopAsync(_telemetry);
        await StopAsync(_joined);
        await StopAsync(_nodes);
        await StopAsync(_api);
        await StopAsync(_web);
        await StopAsync(_stores);
        _logs.Dispose();
        await _log.DisposeAsync();
    }

    private async Task StartApiAsync(PortPlan ports, CancellationToken cancellation)
    {
        _api = new EmbeddedApi(_stores!.Resources, new EmbeddedApiOptions
        {
            Clusters = [.. _options.Clusters.Select(cluster => cluster.Name)],
            Hub = _options.Hub,
            Tokens = _stores.Tokens,
            Authority = _stores.Authority,
            ServiceAccountKeys = _stores.AccountKeys,
            IssuerOf = cluster => new Uri(_web?.Api ?? new Uri("https://kubernetes.default.svc"), $"/clusters/{cluster}").AbsoluteUri,
            AuditPolicy = _options.Access.AuditPolicy,
            Oidc = _options.Access.Oidc,
            Anonymous = _options.Access.Anonymous,
            Waivers = WaivedRequests.Of(() => _policies),
            Checks = [RuleObjects.Check(() => _telemetry)],
            AuditPath = Path.Combine(_options.Data.FullName, "audit.log"),
            Time = _time,
            Logging = _logs,
            Version = FairwayVersion.Text,
        });
        await _api.StartAsync(cancellation);
        _web = new WebListener(ports, _stores.Authority.ServerCertificate, _logs);
        _api.MapTo(_web.Routes);
        _web.Routes.MapGit(_stores.Git, new GitHostingOptions { Authorize = new GitAccessRules(_api, _stores.Tokens, _options.Hub).AuthorizeAsync }, _time, _logs);
        new StatusEndpoint(_api, _options.Data, () => _state, () => _host.Health, () => _notices).MapTo(_web.Routes);
        new FactEndpoints(_api, _options.Hub, _stores.Ledger, _time).MapTo(_web.Routes);
        PortalFiles.BesideProgram.MapTo(_web.Routes);
        await _web.StartAsync(cancellation);
        await _api.PublishAsync(_web.Api, cancellation);
    }

    private async Task<Dictionary<string, InformerSet>> AddControllersAsync(CancellationToken cancellation)
    {
        var informers = new Dictionary<string, InformerSet>();
        _nodes = new ClusterNodes(_options.Data, _stores!, _time, _logs) { Api = () => new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, _web!.Api.Port) };
        foreach (ClusterSpec cluster in _options.Clusters)
        {
            IClusterApi api = _api!.Client(cluster.Name, Identity.Component("controllers"));
            var set = new InformerSet(api, _time, _logs);
            informers[cluster.Name] = set;
            _host.Add(set);
            IClusterApi manager = _api.Client(cluster.Name, Identity.Component("kube-controller-manager"));
            IClusterApi scheduler = _api.Client(cluster.Name, Identity.Component("kube-scheduler"));
            WorkloadsArea.AddTo(_host, manager, set, _time, _logs, new WorkloadsOptions { Scheduler = scheduler, Usage = () => _nodes.UsageOf(cluster.Name), Signals = () => _telemetry?.Signals });
            await _nodes.AddAsync(_host, cluster, set, cancellation);
        }

        _nodes.ServeTo(_api!.Pods);
        return informers;
    }

    private void AddHub(IReadOnlyDictionary<string, InformerSet> informers)
    {
        InformerSet hub = informers[_options.Hub];
        var access = new EndpointAccess(_api!, _options.Hub);
        var options = new PipelinesOptions
        {
            DataDirectory = Path.Combine(_options.Data.FullName, "runs"),
            GitUrl = () => new Uri(_web!.Web, "/git").AbsoluteUri,
            PortalUrl = () => _web!.Web.AbsoluteUri.TrimEnd('/'),
            HostActions = [new PolicyStep(() => hub.Api, _time).Action],
            Provenance = new Fairway.Pipelines.Actions.ProvenanceSigner("https://fairway.dev/builders/pipelines/v1", _stores!.Builder),
            Lines = line => _telemetry?.Take(new PlatformLine(
                [("cluster", _options.Hub), ("namespace", line.Namespace), ("source", "pipeline"), ("service_name", line.Namespace), ("run", line.Run), ("job", line.Job), ("step", $"{line.Step}")],
                line.At,
                line.Text)),
        };
        PipelinesArea
            .AddTo(_host, hub.Api, hub, _stores!.Git, _stores.Blobs, _stores.Images, _stores.Ledger, options, _time, _logs)
            .MapEndpoints(_web!.Routes, access.AuthorizeAsync, access.Actor);
        _policies = Fairway.Policy.PolicyArea.AddTo(_host, new Fairway.Policy.PolicyDependencies
        {
            Hub = _options.Hub,
            Clusters = informers,
            Ledger = _stores.Ledger,
            Revisions = _stores.Resources,
            Serve = _api!.Computed.Add,
            Budgets = _slos!.Budgets,
            Images = _stores.Images,
            PlatformKey = _stores.Builder.ExportSubjectPublicKeyInfoPem(),
            Time = _time,
            Logs = _logs,
        });
        DeliveryArea.AddTo(_host, new DeliveryDependencies
        {
            Hub = hub,
            Clusters = Joined(informers),
            Repositories = _stores.Git,
            Blobs = _stores.Blobs,
            Ledger = _stores.Ledger,
            Traffic = _gateway!.Traffic,
            Signals = _telemetry!.Signals,
            Budgets = _slos!.Budgets,
            Policies = _policies.Promotions,
            Time = _time,
            Logs = _logs,
            UrlOf = host => $"http://{host}:{_gateway.Port}",
        });
        DeliveryArea.MapEndpoints(_web.Routes, access.Guard, _time);
        _policies.MapEndpoints(_web.Routes, access.GuardPolicy);
    }

    private async Task AddTelemetryAsync(IReadOnlyDictionary<string, InformerSet> informers, CancellationToken cancellation)
    {
        var options = new TelemetryOptions
        {
            Directory = Path.Combine(_options.Data.FullName, "telemetry"),
            Version = FairwayVersion.Text,
            Clusters = informers,
            Hub = informers[_options.Hub],
            Traffic = _gateway!.Traffic,
            Usage = _nodes!.UsageOf,
            ContainerLogs = _nodes.FollowLog,
            Remotes = _options.Remotes,
            Traces = traces => _options.TraceRules is { } file ? TraceRulesFile.Read(File.ReadAllText(file), file, traces) : traces,
        };
        _telemetry = await TelemetryArea.OpenAsync(options, _time, _logs, cancellation);
        _telemetry.AddTo(_host);
        TelemetryArea telemetry = _telemetry;
        _gateway.Spans = span => telemetry.Take(GatewaySpans.Of(span));
        _slos = SloFeature.Open(_telemetry, _options.Slos, options.Directory, _time, _logs);
        _slos.AddTo(_host);
        _slos.MapTo(new TelemetryRoutes(_web!.Routes, "", endpoint => _api!.Guarded((context, _) => endpoint(context))));
        OpenAlerting();
        OpenForwarding(options.Directory);
        foreach ((string cluster, InformerSet set) in informers)
        {
            ClusterRules.AddTo(_host, cluster, set, _alerting!.Rules, _time, _logs);
        }

        _telemetry.MapToPortal(_web!.Routes, endpoint => _api!.Guarded((context, _) => endpoint(context)));
    }

    private void OpenForwarding(string directory)
    {
        if (_options.ForwardConfig is not { } file)
        {
            return;
        }

        try
        {
            _forwarding = ForwardingFeature.Open(_telemetry!, file, Path.Combine(directory, "forwarding"), _time, _logs);
            _forwarding.AddTo(_host);
        }
        catch (Exception refused) when (refused is ForwardConfigException or IOException)
        {
            throw new CommandFailure(ExitCode.Failed, $"telemetry cannot be sent on: {refused.Message}");
        }
    }

    private void OpenAlerting()
    {
        try
        {
            var alerts = new AlertManagerOptions
            {
                Directory = Path.Combine(_options.Data.FullName, "telemetry", "alerts"),
                ConfigFile = _options.AlertmanagerConfig,
                ExternalUrl = _web!.Web.AbsoluteUri.TrimEnd('/'),
                Version = FairwayVersion.Text,
            };
            _alerting = AlertingFeature.Open(_telemetry!, new RuleOptions { Files = [.. _options.Rules, _slos!.RulesFile] }, alerts, _time, _logs);
        }
        catch (Exception refused) when (refused is AlertConfigException or IOException)
        {
            throw new CommandFailure(ExitCode.Failed, $"the alert configuration cannot be used: {refused.Message}");
        }

        _alerting.AddTo(_host);
        _alerting.MapTo(new TelemetryRoutes(_web.Routes, "/alertmanager", endpoint => _api!.Guarded((context, _) => endpoint(context))));
    }

    private async Task StartTelemetryAsync(PortPlan ports, CancellationToken cancellation)
    {
        try
        {
            await _telemetry!.StartAsync(ports.Telemetry, cancellation);
        }
        catch (IOException taken)
        {
            throw new CommandFailure(ExitCode.Failed, $"a port for telemetry is in use ({taken.Message}). Choose others with --port, or --port 0 for free ones");
        }
    }

    /// <summary>The platform's own clusters, and the real ones that it was joined with; others may join while it runs.</summary>
    private ClusterSets Joined(IReadOnlyDictionary<string, InformerSet> own)
    {
        var sets = ClusterSets.Of(own);
        _joined = new JoinedClusters(new MemberClusters(_options.Data), [.. own.Keys], sets, _api!.Foreign, _time, _logs);
        _notices.AddRange(_joined.Load());
        new ClusterEndpoints(_api, _options.Hub, _joined, () => _state, WriteKubeconfigAsync).MapTo(_web!.Routes);
        return sets;
    }

    private async Task StartGatewayAsync(PortPlan ports, CancellationToken cancellation)
    {
        try
        {
            await _gateway!.StartAsync(ports.Gateway, cancellation);
        }
        catch (IOException taken)
        {
            throw new CommandFailure(ExitCode.Failed, $"port {ports.Gateway} for the gateway is in use ({taken.Message}). Choose another with --port, or --port 0 for free ones");
        }
    }

    /// <summary>Writes the kubeconfig and then the state file: whoever sees the state can use both.</summary>
    private async Task AnnounceAsync(CancellationToken cancellation)
    {
        string[] names = [.. _options.Clusters.Select(cluster => cluster.Name)];
        await WriteKubeconfigAsync(cancellation);
        DateTimeOffset started = new(Process.GetCurrentProcess().StartTime.ToUniversalTime(), TimeSpan.Zero);
        _state = new PlatformState
        {
            Pid = Environment.ProcessId,
            StartedAt = started,
            Version = FairwayVersion.Text,
            Hub = _options.Hub,
            ReadyMilliseconds = (_time.GetUtcNow() - started).TotalMilliseconds,
            Endpoints = new PlatformEndpoints
            {
                Portal = _web!.Web.AbsoluteUri.TrimEnd('/'),
                Gateway = $"http://localhost:{_gateway!.Port}",
                Git = new Uri(_web.Web, "/git").AbsoluteUri,
                Prometheus = $"http://127.0.0.1:{_telemetry!.Ports.Query}",
                Alertmanager = $"http://127.0.0.1:{_telemetry.Ports.Query}",
                OtlpHttp = $"http://127.0.0.1:{_telemetry.Ports.OtlpHttp}",
                Loki = $"http://127.0.0.1:{_telemetry.Ports.Query}",
                Jaeger = $"http://127.0.0.1:{_telemetry.Ports.Query}",
                OtlpGrpc = $"http://127.0.0.1:{_telemetry.Ports.OtlpGrpc}",
                Clusters = names.ToDictionary(name => name, name => new Uri(_web.Api, $"/clusters/{name}").AbsoluteUri),
            },
        };
        _state.Save(_options.Data);
    }

    /// <summary>One context for each cluster, joined ones too: requests for them are passed on.</summary>
    private async Task WriteKubeconfigAsync(CancellationToken cancellation)
    {
        string[] names = [.. _options.Clusters.Select(cluster => cluster.Name), .. _joined?.Names ?? []];
        Kubeconfig kubeconfig = KubeconfigFile.For(_web!.Api, names, _stores!.Authority.CertificatePem, await OwnerTokenAsync(cancellation));
        await PrivateFile.WriteAsync(PlatformConnection.KubeconfigPath(_options.Data), Encoding.UTF8.GetBytes(kubeconfig.ToYaml()), cancellation);
    }

    /// <summary>The owner's token from the last kubeconfig while it is good, so that copies of that file stay good.</summary>
    private async Task<string> OwnerTokenAsync(CancellationToken cancellation)
    {
        string path = PlatformConnection.KubeconfigPath(_options.Data);
        if (File.Exists(path))
        {
            try
            {
                Kubeconfig last = await Kubeconfig.LoadAsync(path, cancellation);
                if (last.Context(last.CurrentContext).Token is { } token && _stores!.Tokens.Authenticate(token) is not null)
                {
                    return token;
                }
            }
            catch (KubeconfigException)
            {
                // Damaged: it is written anew with a new token.
            }
        }

        return await _stores!.Tokens.IssueAsync(Owner, null, cancellation);
    }

    private static async ValueTask StopAsync(IAsyncDisposable? part)
    {
        if (part is not null)
        {
            await part.DisposeAsync();
        }
    }
}

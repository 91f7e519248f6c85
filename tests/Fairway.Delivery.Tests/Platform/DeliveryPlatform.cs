using System.Text;
using Fairway.ApiServer;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Git;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Traffic;
using Fairway.Storage;
using Fairway.Workloads;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Delivery.Tests.Platform;

/// <summary>Delivery on the real embedded API with real workload controllers, real git and a real ledger; only pods and the gateway are played.</summary>
internal sealed class DeliveryPlatform : IAsyncDisposable
{
    public const string Team = "team";

    private static readonly string[] Names = ["hub", "dev", "prod"];
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"fairway-delivery-{Guid.NewGuid():N}");
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _background = [];
    private RevisionLog _log = null!;
    private ControllerHost? _host;

    public EmbeddedApi Api { get; private set; } = null!;

    public Ledger Ledger { get; private set; } = null!;

    public GitRepositories Repositories { get; private set; } = null!;

    public BlobStore Blobs { get; private set; } = null!;

    public FakeTraffic Traffic { get; } = new();

    public Dictionary<string, FakeCluster> Clusters { get; } = [];

    public CapturingLogs Logs { get; } = new();

    public IClusterApi Hub => Client("hub");

    public IClusterApi Prod => Client("prod");

    public IClusterApi Client(string cluster) => Api.Client(cluster, Identity.Component("test"));

    public static async Task<DeliveryPlatform> StartAsync()
    {
        var platform = new DeliveryPlatform();
        Directory.CreateDirectory(platform._directory);
        platform._log = await RevisionLog.OpenAsync(new RevisionLogOptions { Directory = Path.Combine(platform._directory, "log") }, CancellationToken.None);
        platform.Api = new EmbeddedApi(platform._log, new EmbeddedApiOptions
        {
            Clusters = Names,
            Tokens = await TokenStore.OpenAsync(Path.Combine(platform._directory, "tokens"), TimeProvider.System, CancellationToken.None),
        });
        await platform.Api.StartAsync(CancellationToken.None);
        platform.Ledger = await Ledger.OpenSqliteAsync(Path.Combine(platform._directory, "ledger.db"), TimeProvider.System, CancellationToken.None);
        platform.Repositories = new GitRepositories(Path.Combine(platform._directory, "git"), new GitProgram(new GitProgramOptions(), TimeProvider.System));
        platform.Blobs = new BlobStore(Path.Combine(platform._directory, "blobs"));
        await platform.Hub.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = Team } }, CancellationToken.None);
        foreach (string name in Names.Skip(1))
        {
            platform.Clusters[name] = new FakeCluster(platform.Client(name));
            platform._background.Add(Task.Run(() => platform.Clusters[name].RunAsync(platform._stop.Token)));
        }

        await platform.StartControllersAsync();
        return platform;
    }

    public async Task StartControllersAsync()
    {
        _host = new ControllerHost(TimeProvider.System, Logs);
        Dictionary<string, InformerSet> sets = Names.ToDictionary(name => name, name => new InformerSet(Client(name), TimeProvider.System, Logs));
        foreach ((string name, InformerSet set) in sets)
        {
            WorkloadsArea.AddTo(_host, Client(name), set, TimeProvider.System, Logs);
        }

        DeliveryArea.AddTo(_host, new DeliveryDependencies
        {
            Hub = sets["hub"],
            Clusters = ClusterSets.Of(sets),
            Repositories = Repositories,
            Blobs = Blobs,
            Ledger = Ledger,
            Traffic = Traffic,
            Time = TimeProvider.System,
            Logs = Logs,
        });
        await _host.StartAsync(CancellationToken.None);
    }

    public async Task StopControllersAsync()
    {
        await _host!.StopAsync(CancellationToken.None);
        await _host.DisposeAsync();
    }

    /// <summary>Commits the manifests to main and records the release of that commit.</summary>
    public async Task ReleaseAsync(long number, string manifests, string application = "shop")
    {
        BareRepository repository = await Repositories.EnsureAsync(RepositoryName.Of(Team, application), "main", CancellationToken.None);
        string? head = await repository.ResolveAsync("refs/heads/main", CancellationToken.None);
        CommitOutcome outcome = await repository.CommitAsync(
            new CommitRequest
            {
                Branch = "main",
                ExpectedHead = head,
                Files = new Dictionary<string, ReadOnlyMemory<byte>?>
                {
                    ["deploy/all.yaml"] = Encoding.UTF8.GetBytes(manifests),
                    ["VERSION"] = Encoding.UTF8.GetBytes($"{number}\n"),
                },
                Message = $"Change {number}",
                Author = new GitSignature("Ada", "ada@example.org", TimeProvider.System.GetUtcNow()),
            },
            CancellationToken.None);
        string sha = outcome.ShouldBeOfType<CommitOutcome.Committed>().Sha;
        await Hub.CreateAsync(
            new Release
            {
                Metadata = new ObjectMeta { Name = $"{application}-{number}", Namespace = Team },
                Spec = new ReleaseSpec
                {
                    Application = application,
                    Version = sha[..7],
                    Number = number,
                    Commit = new CommitRef { Sha = sha, Message = $"Change {number}", Author = "Ada", Time = TimeProvider.System.GetUtcNow() },
                    Images = [new ReleaseImage { Name = "shop/web", Digest = $"sha256:{number:d64}" }],
                },
            },
            CancellationToken.None);
    }

    public Task<Application> ApplicationAsync(params ApplicationEnvironment[] environments) => Hub.CreateAsync(
        new Application
        {
            Metadata = new ObjectMeta { Name = "shop", Namespace = Team },
            Spec = new ApplicationSpec { Repository = "shop", Environments = environments },
        },
        CancellationToken.None);

    public async Task<Promotion> PromotionAsync(string name, params string[] phases)
    {
        Promotion? promotion = null;
        await HoldsAsync(
            async () => (promotion = await Hub.FindAsync<Promotion>(Team, name, CancellationToken.None)) is { Status.Phase: { } phase } && phases.Contains(phase),
            () => $"promotion {name} to be {string.Join(" or ", phases)}; it is {promotion?.Status}");
        return promotion!;
    }

    public async Task<EnvironmentStatus> EnvironmentAsync(string name, Func<EnvironmentStatus, bool> condition)
    {
        EnvironmentStatus? status = null;
        await HoldsAsync(
            async () => (status = (await Hub.FindAsync<Application>(Team, "shop", CancellationToken.None))?.Status?.Environments?.FirstOrDefault(one => one.Name == name)) is not null
                && condition(status),
            () => $"environment {name} to be as expected; it is {status}");
        return status!;
    }

    public async Task HoldsAsync(Func<Task<bool>> condition, Func<string> what)
    {
        long begin = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(begin) > TimeSpan.FromSeconds(60))
            {
                throw new TimeoutException($"Waited for {what()}\n{string.Join('\n', Logs.Lines.TakeLast(40))}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    public async Task<string?> FileAsync(string branch, string path)
    {
        BareRepository repository = Repositories.Get(RepositoryName.Of(Team, "shop"));
        string? sha = await repository.ResolveAsync($"refs/heads/{branch}", CancellationToken.None);
        return sha is not null && await repository.ReadFileAsync(sha, path, CancellationToken.None) is { } content ? Encoding.UTF8.GetString(content.Span) : null;
    }

    public async Task<IReadOnlyList<Fact>> FactsAsync(params string[] types)
    {
        List<Fact> facts = [];
        await foreach (LedgerEntry entry in Ledger.ReadAsync(new LedgerQuery { Types = types.Length == 0 ? null : types }, CancellationToken.None))
        {
            facts.Add(entry.Fact);
        }

        return facts;
    }

    public async ValueTask DisposeAsync()
    {
        await StopControllersAsync();
        await _stop.CancelAsync();
        try
        {
            await Task.WhenAll(_background);
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }

        await Api.DisposeAsync();
        await Ledger.DisposeAsync();
        await _log.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>Traffic that is good unless a test says otherwise.</summary>
internal sealed class FakeTraffic : ITrafficMeasures
{
    public long Requests { get; set; } = 100;

    public double FailureShare { get; set; }

    public TrafficSummary Summarize(string cluster, string @namespace, string service, TimeSpan window)
        => new() { Requests = Requests, Failures = (long)(Requests * FailureShare), Latency = [new LatencyBucket(double.PositiveInfinity, Requests)] };
}

internal sealed class CapturingLogs : ILoggerFactory, ILogger
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
        }
    }
}

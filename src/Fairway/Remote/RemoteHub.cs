using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Delivery;
using Fairway.Git;
using Fairway.Git.Hosting;
using Fairway.Pipelines;
using Fairway.Platform;
using Fairway.Resources.Traffic;
using Fairway.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fairway.Remote;

/// <summary>How the hub's controllers are to run against a real cluster.</summary>
/// <param name="Data">Repositories, artifacts, runs and the ledger; a volume of its own.</param>
/// <param name="Hub">The cluster that holds Fairway's kinds, and how to reach it.</param>
/// <param name="Namespace">Where the Lease is by which one of several processes leads.</param>
/// <param name="Address">Where to listen for git and health checks.</param>
/// <param name="Port">The same; 0 chooses a free one.</param>
internal sealed record RemoteHubOptions(DirectoryInfo Data, KubeconfigContext Hub, string Namespace, System.Net.IPAddress Address, int Port)
{
    /// <summary>The connection string of the PostgreSQL database that keeps the ledger; null: a file in the data directory. Secret.</summary>
    public string? Ledger { get; init; }

    /// <summary>Without secrets.</summary>
    public override string ToString() => $"{Hub} {Namespace} {Address}:{Port}";
}

/// <summary>
/// Fairway's hub on a real cluster: pipelines, releases, promotions, sync and rollouts as controllers over its API, one process
/// leading by a Lease. Nothing of it is in process: it is the same code as the embedded hub's, over HTTP.
/// </summary>
internal sealed class RemoteHub(RemoteHubOptions options, TimeProvider time, ILoggerFactory logs)
{
    /// <summary>Runs until cancelled.</summary>
    /// <param name="ready">Told the port once it listens.</param>
    public async Task RunAsync(Action<int> ready, CancellationToken cancellation)
    {
        using HttpClusterApi api = HttpClusterApi.Connect(options.Hub);
        Directory.CreateDirectory(options.Data.FullName);
        await using Ledger ledger = options.Ledger is { } database
            ? await Ledger.OpenPostgresAsync(database, time, cancellation)
            : await Ledger.OpenSqliteAsync(Path.Combine(options.Data.FullName, "ledger.db"), time, cancellation);
        var blobs = new BlobStore(Path.Combine(options.Data.FullName, "blobs"));
        var images = new ImageStore(blobs, Path.Combine(options.Data.FullName, "images.json"));
        var git = new GitRepositories(Path.Combine(options.Data.FullName, "git"), new GitProgram(new GitProgramOptions(), time));
        var elector = new LeaderElector(
            api,
            new LeaderOptions { Namespace = options.Namespace, Name = "fairway-controllers", Identity = $"{Environment.MachineName}-{Guid.NewGuid():n}" },
            time,
            logs);
        await using WebApplication web = Listen(elector);
        web.MapGit(git, new GitHostingOptions { Authorize = new RemoteGitAccess(api).AuthorizeAsync }, time, logs);
        await web.StartAsync(cancellation);
        var url = new Uri(web.Urls.First());
        ready(url.Port);
        HttpClusterApi[] members = [.. new MemberClusters(options.Data).All().Select(HttpClusterApi.Connect)];
        try
        {
            await elector.RunAsync(leading => LeadAsync(api, members, git, blobs, images, ledger, url, leading), cancellation);
        }
        finally
        {
            foreach (HttpClusterApi member in members)
            {
                member.Dispose();
            }

            await web.StopAsync(CancellationToken.None);
        }
    }

    private async Task LeadAsync(
        HttpClusterApi api, IReadOnlyList<HttpClusterApi> members, GitRepositories git, BlobStore blobs, ImageStore images, Ledger ledger, Uri url, CancellationToken leading)
    {
        await using var host = new ControllerHost(time, logs);
        var hub = new InformerSet(api, time, logs);
        // Delivery has rights in single namespaces of a real cluster, not over all of it.
        var clusters = new ClusterSets();
        clusters.TryAdd(api.Cluster, new ClusterSet(hub, ByNamespace: true));
        foreach (HttpClusterApi member in members)
        {
            var set = new InformerSet(member, time, logs, mayBeAbsent: true);
            if (clusters.TryAdd(member.Cluster, new ClusterSet(set, ByNamespace: true)))
            {
                host.Add(set);
            }
        }

        var pipelines = new PipelinesOptions
        {
            DataDirectory = Path.Combine(options.Data.FullName, "runs"),
            GitUrl = () => new Uri($"http://127.0.0.1:{url.Port}/git").AbsoluteUri,
            PortalUrl = () => "",
        };
        PipelinesArea.AddTo(host, api, hub, git, blobs, images, ledger, pipelines, time, logs);
        DeliveryArea.AddTo(host, new DeliveryDependencies
        {
            Hub = hub,
            Clusters = clusters,
            Repositories = git,
            Blobs = blobs,
            Ledger = ledger,
            Traffic = new NoTraffic(),
            Time = time,
            Logs = logs,
        });
        await host.StartAsync(leading);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, leading);
        }
        catch (OperationCanceledException)
        {
            // Leadership, or the process, has ended: the host stops its controllers.
        }
    }

    private WebApplication Listen(LeaderElector elector)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(logs);
        builder.Services.AddRoutingCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(options.Address, options.Port);
        });
        WebApplication app = builder.Build();
        app.MapGet("/healthz", () => Results.Text("ok"));
        app.MapGet("/readyz", () => Results.Text(elector.IsLeading ? "leading" : "waiting to lead"));
        return app;
    }

    /// <summary>Traffic is counted by the cluster's own gateway, which Fairway does not see: an analysis of it finds no data, which is never success.</summary>
    private sealed class NoTraffic : ITrafficMeasures
    {
        public TrafficSummary Summarize(string cluster, string @namespace, string service, TimeSpan window)
            => new() { Requests = 0, Failures = 0, Latency = [new LatencyBucket(double.PositiveInfinity, 0)] };
    }
}

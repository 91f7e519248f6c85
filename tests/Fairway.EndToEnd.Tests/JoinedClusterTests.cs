using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.EndToEnd.Tests;

/// <summary>Two programs that know each other by HTTP only: one delivers, the other is the cluster that it was joined with.</summary>
public sealed class JoinedClusterTests
{
    private const string Team = ShopDelivery.Team;
    private const string Remote = "far";

    private static readonly CanaryStep[] Steps =
    [
        new CanaryStep { SetWeight = 20 },
        new CanaryStep { Pause = new CanaryPause { Duration = "5s" } },
        new CanaryStep { SetWeight = 60 },
        new CanaryStep { Pause = new CanaryPause { Duration = "2s" } },
    ];

    [Fact]
    public async Task Hub_KilledInTheMiddleOfACanaryOnAJoinedCluster_GoesOnWhereItWas()
    {
        await using PlatformProcess member = await PlatformProcess.StartAsync("hub=none", "prod=simulated:2");
        await using PlatformProcess hub = await PlatformProcess.StartAsync("hub=none");
        await JoinAsync(hub, member);
        IClusterApi there = await member.ClusterAsync("prod");
        string sha = await ShopDelivery.SetUpAsync(hub, Remote, Steps);

        // 1. The first release comes to the other program's cluster.
        Release first = await (await hub.ClusterAsync("hub")).CreateAsync(ShopDelivery.NewRelease(1, sha), CancellationToken.None);
        await ServesAsync(hub, there, first);

        // 2. The second is under way when the hub dies; the member serves on, and the rollout ends after the hub is back.
        Release second = await (await hub.ClusterAsync("hub")).CreateAsync(ShopDelivery.NewRelease(2, sha), CancellationToken.None);
        await Eventually.GetAsync("the canary to run in the joined cluster", async () => await there.FindAsync<Deployment>(Team, "web-canary", CancellationToken.None) is { Status.ReadyReplicas: > 0 } canary ? canary : null);
        PlatformProcess.Kill(hub.Pid);
        (await there.GetAsync<Deployment>(Team, "web", CancellationToken.None)).Status!.ReadyReplicas.ShouldBe(3);
        await hub.StartAgainAsync();
        await ServesAsync(hub, there, second);
        (await there.FindAsync<Deployment>(Team, "web-canary", CancellationToken.None)).ShouldBeNull();

        // 3. What runs there is seen through the hub, as in a cluster of its own.
        IClusterApi through = await hub.ClusterAsync(Remote);
        IReadOnlyList<Pod> pods = await through.ListAsync<Pod>(Team, CancellationToken.None);
        pods.Count.ShouldBe(3);
        (await through.ListAsync<Event>(Team, CancellationToken.None)).ShouldContain(told => told.InvolvedObject.Kind == "Deployment" && told.Reason == "ScalingReplicaSet");

        // 4. After it left, what was delivered stays, and the hub knows it no more.
        Outcome left = await hub.RunAsync("clusters", "leave", Remote);
        left.ExitCode.ShouldBe(0, left.Errors);
        (await hub.JsonAsync("clusters", "list")).ToJsonString().ShouldNotContain($"\"{Remote}\"");
        (await there.ListAsync<Pod>(Team, CancellationToken.None)).Count.ShouldBe(3);
        (await hub.JsonAsync("ledger", "verify"))["valid"]!.GetValue<bool>().ShouldBeTrue();
    }

    private static async Task JoinAsync(PlatformProcess hub, PlatformProcess member)
    {
        string file = Path.Combine(hub.Data.FullName, "member.kubeconfig");
        await File.WriteAllTextAsync(file, (await member.RunAsync("kubeconfig")).Output);
        Outcome joined = await hub.RunAsync("clusters", "join", Remote, "--kubeconfig", file, "--context", "prod");
        joined.ExitCode.ShouldBe(0, joined.Errors);
        JsonNode clusters = await hub.JsonAsync("clusters", "list");
        clusters.ToJsonString().ShouldContain($"\"{Remote}\"");
    }

    private static Task ServesAsync(PlatformProcess hub, IClusterApi there, Release release) => Eventually.TrueAsync(
        $"{release.Metadata.Name} to serve in the joined cluster with nothing under way",
        async () =>
        {
            IReadOnlyList<Pod> pods = await there.ListAsync<Pod>(Team, CancellationToken.None);
            return await StatusAsync(hub) is { Health: "Healthy", Rollout: null, Promotion: null } status
                && status.Release == release.Metadata.Name
                && pods.Count == 3
                && pods.All(pod => pod.Metadata.Labels!["fairway.dev/release"] == release.Metadata.Name);
        });

    private static async Task<EnvironmentStatus?> StatusAsync(PlatformProcess hub)
        => (await (await hub.ClusterAsync("hub")).GetAsync<Application>(Team, "web", CancellationToken.None)).Status?.Environments?.SingleOrDefault();
}

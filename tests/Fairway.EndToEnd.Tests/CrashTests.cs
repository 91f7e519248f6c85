using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.EndToEnd.Tests;

/// <summary>
/// SIGKILL at a hundred random moments while writes are acknowledged and rollouts are under way, on simulated pods. The seed is
/// printed; FAIRWAY_CRASH_SEED replays it.
/// </summary>
public sealed class CrashTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const int Kills = 100;
    private const int KillsPerRelease = 10;
    private const string Team = ShopDelivery.Team;

    // Pauses make the rollout live through several of the kills.
    private static readonly CanaryStep[] Steps =
    [
        new CanaryStep { SetWeight = 20 },
        new CanaryStep { Pause = new CanaryPause { Duration = "6s" } },
        new CanaryStep { SetWeight = 60 },
        new CanaryStep { Pause = new CanaryPause { Duration = "3s" } },
    ];

    [Fact]
    public async Task Platform_KilledAHundredTimes_LosesNothingAndFinishesItsRollouts()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("FAIRWAY_CRASH_SEED"), CultureInfo.InvariantCulture, out int given) ? given : Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using PlatformProcess platform = await PlatformProcess.StartAsync("hub=none", "prod=simulated:3");
        var writes = new AcknowledgedWrites("default");
        string sha = await ShopDelivery.SetUpAsync(platform, "prod", Steps);
        Release? stable = null;
        for (int release = 1; release <= Kills / KillsPerRelease; release++)
        {
            IClusterApi hub = await platform.ClusterAsync("hub");
            Release next = await hub.CreateAsync(ShopDelivery.NewRelease(release, sha), CancellationToken.None);
            bool abort = release > 1 && release % 3 == 0;
            for (int kill = 0; kill < KillsPerRelease; kill++)
            {
                await CrashAsync(platform, writes, TimeSpan.FromMilliseconds(random.Next(0, 900)), abort && kill == 2 ? next : null);
            }

            stable = await SettleAsync(platform, next, stable, abort);
        }

        (await platform.JsonAsync("ledger", "verify"))["valid"]!.GetValue<bool>().ShouldBeTrue();
        writes.Count.ShouldBeGreaterThan(100);
    }

    /// <summary>One life of the platform: checks what it remembers, writes, and dies.</summary>
    private static async Task CrashAsync(PlatformProcess platform, AcknowledgedWrites writes, TimeSpan after, Release? toAbort)
    {
        int pid = platform.Pid;
        IClusterApi prod = await platform.ClusterAsync("prod");
        await writes.ShouldAllBeThereAsync(prod);
        Task[] writers = [.. Enumerable.Range(0, 4).Select(_ => writes.WriteUntilItDiesAsync(prod))];
        if (toAbort is not null)
        {
            await AbortAsync(await platform.ClusterAsync("hub"), toAbort);
        }

        await Task.Delay(after, TimeProvider.System);
        PlatformProcess.Kill(pid);
        await Task.WhenAll(writers);
        await platform.StartAgainAsync();
    }

    /// <summary>Left alone, it ends where it should: the release serves, or the one before does after an abort.</summary>
    private static async Task<Release> SettleAsync(PlatformProcess platform, Release release, Release? stable, bool aborted)
    {
        IClusterApi hub = await platform.ClusterAsync("hub");
        IClusterApi prod = await platform.ClusterAsync("prod");
        Release expected = aborted ? stable! : release;
        await Eventually.TrueAsync(
            $"prod to run {expected.Metadata.Name} with nothing under way",
            async () =>
            {
                Application application = await hub.GetAsync<Application>(Team, "web", CancellationToken.None);
                return application.Status?.Environments?.SingleOrDefault() is { Health: "Healthy" } status
                    && status.Release == expected.Metadata.Name
                    && status.Rollout is null
                    && status.Promotion is null;
            },
            TimeSpan.FromSeconds(90));
        await Eventually.TrueAsync("exactly the pods that are asked for", async () =>
        {
            IReadOnlyList<Pod> pods = await prod.ListAsync<Pod>(Team, CancellationToken.None);
            IReadOnlyList<Deployment> deployments = await prod.ListAsync<Deployment>(Team, CancellationToken.None);
            return deployments.Count == 1
                && pods.Count == 3
                && pods.All(pod => pod.Metadata.Labels!["fairway.dev/release"] == expected.Metadata.Name)
                && pods.Select(pod => pod.Metadata.Name).Distinct().Count() == 3;
        });
        return expected;
    }

    private static async Task AbortAsync(IClusterApi hub, Release release)
    {
        Rollout rollout = await Eventually.GetAsync(
            "the rollout to be aborted",
            async () => (await hub.ListAsync<Rollout>(Team, CancellationToken.None)).FirstOrDefault(one => one.Spec.Release == release.Metadata.Name));
        await hub.PatchAsync(
            KindOf<Rollout>.Type,
            Team,
            rollout.Metadata.Name,
            new PatchBody(PatchKind.Merge, new JsonObject { ["spec"] = new JsonObject { ["abort"] = true } }),
            WriteOptions.Default,
            CancellationToken.None);
    }
}

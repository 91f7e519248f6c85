using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Gateway;
using Fairway.Storage;

namespace Fairway.Delivery.Tests.Platform;

public sealed class DeliveryPlatformTests
{
    private static readonly ApplicationEnvironment Dev = new() { Name = "dev" };

    private static readonly ApplicationEnvironment CanaryProd = new()
    {
        Name = "prod",
        Strategy = new DeliveryStrategy
        {
            Canary = new CanaryStrategy
            {
                ScaleDownDelay = "0s",
                Steps =
                [
                    new CanaryStep { SetWeight = 20 },
                    new CanaryStep { Analysis = new CanaryAnalysis { Templates = [new AnalysisTemplateRef { TemplateName = "signals" }] } },
                    new CanaryStep { SetWeight = 60 },
                ],
            },
        },
    };

    [Fact]
    public async Task Release_GoesWell_ReachesEveryEnvironmentAndByCanaryTheSecondTime()
    {
        await using DeliveryPlatform platform = await StartAsync(Dev, CanaryProd);
        await platform.ReleaseAsync(1, Manifests());
        await platform.PromotionAsync("shop-1-dev", "Succeeded");
        (await platform.PromotionAsync("shop-1-prod", "Succeeded")).Status!.Rollout.ShouldBeNull();

        await platform.ReleaseAsync(2, Manifests());
        (await platform.PromotionAsync("shop-2-prod", "Succeeded", "Failed")).Status!.Phase.ShouldBe("Succeeded", await WhyAsync(platform));
        Rollout rollout = await platform.Hub.GetAsync<Rollout>(DeliveryPlatform.Team, "shop-2-prod", CancellationToken.None);
        rollout.Status!.Phase.ShouldBe("Succeeded");
        (await platform.Prod.FindAsync<Deployment>("shop", "web-canary", CancellationToken.None)).ShouldBeNull();
        (await platform.Prod.FindAsync<Service>("shop", "web-canary", CancellationToken.None)).ShouldBeNull();
        (await platform.Prod.GetAsync<Deployment>("shop", "web", CancellationToken.None))
            .Spec.Template.Spec.Containers[0].Image.ShouldBe($"shop/web@sha256:{2:d64}");
        HTTPRoute route = await platform.Prod.GetAsync<HTTPRoute>("shop", "web", CancellationToken.None);
        route.Spec.Rules![0].BackendRefs!.Select(backend => backend.Name).ShouldBe(["web"]);
        (await platform.FileAsync("env/prod", "shop/release.yaml")).ShouldNotBeNull().ShouldContain("release: shop-2");
        EnvironmentStatus prod = await platform.EnvironmentAsync("prod", one => one is { Release: "shop-2", Sync: "Synced", Health: "Healthy" });
        prod.Drift.ShouldBeNull();

        IReadOnlyList<Fact> facts = await platform.FactsAsync();
        facts.Where(fact => fact.Environment == "prod" && fact.Release == "shop-2" && fact.Type != FactTypes.SyncApplied)
            .Select(fact => $"{fact.Type} {fact.Data!["weight"]}".TrimEnd()).ShouldBe(
            [
                "promotion.requested", "promotion.started", "rollout.started", "rollout.step 20", "rollout.analysis",
                "rollout.step 60", "rollout.step 100", "rollout.step 0", "rollout.succeeded", "promotion.succeeded",
            ]);
    }

    [Fact]
    public async Task Release_FailsItsAnalysis_IsTakenBackByACommitAndTheNextOneMovesOn()
    {
        await using DeliveryPlatform platform = await StartAsync(Dev, CanaryProd);
        await platform.ReleaseAsync(1, Manifests());
        await platform.PromotionAsync("shop-1-prod", "Succeeded");

        platform.Traffic.FailureShare = 0.5;
        await platform.ReleaseAsync(2, Manifests());
        Promotion failed = await platform.PromotionAsync("shop-2-prod", "Failed", "Succeeded");
        failed.Status!.Phase.ShouldBe("Failed");
        failed.Status.Message.ShouldNotBeNull().ShouldContain("success rate 0.5");
        string pin = (await platform.FileAsync("env/prod", "shop/release.yaml")).ShouldNotBeNull();
        pin.ShouldContain("release: shop-1");
        pin.ShouldContain("revertOf: shop-2-prod");
        await platform.EnvironmentAsync("prod", one => one is { Release: "shop-1", Sync: "Synced", Health: "Healthy", Rollout: null });
        (await platform.Prod.FindAsync<Deployment>("shop", "web-canary", CancellationToken.None)).ShouldBeNull();
        (await platform.Prod.GetAsync<Deployment>("shop", "web", CancellationToken.None))
            .Spec.Template.Spec.Containers[0].Image.ShouldBe($"shop/web@sha256:{1:d64}");
        Fact rollback = (await platform.FactsAsync(FactTypes.RollbackCommitted)).ShouldHaveSingleItem();
        rollback.Release.ShouldBe("shop-1");

        platform.Traffic.FailureShare = 0;
        await platform.ReleaseAsync(3, Manifests());
        (await platform.PromotionAsync("shop-3-prod", "Succeeded", "Failed")).Status!.Phase.ShouldBe("Succeeded");
    }

    [Fact]
    public async Task Rollout_ControllersRestartInTheMiddle_GoesOn()
    {
        await using DeliveryPlatform platform = await StartAsync(Dev, CanaryProd);
        await platform.ReleaseAsync(1, Manifests());
        await platform.PromotionAsync("shop-1-prod", "Succeeded");
        await platform.ReleaseAsync(2, Manifests());
        for (int restart = 0; restart < 4; restart++)
        {
            await platform.HoldsAsync(
                async () => await platform.Hub.FindAsync<Rollout>(DeliveryPlatform.Team, "shop-2-prod", CancellationToken.None) is { Status.StartedAt: not null },
                () => "the rollout to start");
            await platform.StopControllersAsync();
            await platform.StartControllersAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(150 * (restart + 1)), TimeProvider.System, CancellationToken.None);
        }

        (await platform.PromotionAsync("shop-2-prod", "Succeeded", "Failed")).Status!.Phase.ShouldBe("Succeeded");
        (await platform.FactsAsync(FactTypes.PromotionSucceeded)).Count(fact => fact.Release == "shop-2").ShouldBe(2);
        (await platform.FactsAsync(FactTypes.RolloutStarted)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Rollout_NewerReleaseArrivesInTheMiddle_GivesWayAndTheNewerOneFinishes()
    {
        ApplicationEnvironment prod = CanaryProd with
        {
            Strategy = new DeliveryStrategy
            {
                Canary = new CanaryStrategy { ScaleDownDelay = "0s", Steps = [new CanaryStep { SetWeight = 50 }, new CanaryStep { Pause = new CanaryPause() }] },
            },
        };
        await using DeliveryPlatform platform = await StartAsync(Dev, prod);
        await platform.ReleaseAsync(1, Manifests());
        await platform.PromotionAsync("shop-1-prod", "Succeeded");
        await platform.ReleaseAsync(2, Manifests());
        await RolloutAsync(platform, "shop-2-prod", "Paused");
        await platform.ReleaseAsync(3, Manifests());
        await platform.PromotionAsync("shop-2-prod", "Superseded");
        await RolloutAsync(platform, "shop-3-prod", "Paused");
        (await platform.Prod.GetAsync<Deployment>("shop", "web", CancellationToken.None)).Spec.Template.Spec.Containers[0].Image.ShouldBe($"shop/web@sha256:{1:d64}");
        await platform.Hub.PatchAsync(
            KindOf<Rollout>.Type, DeliveryPlatform.Team, "shop-3-prod", new PatchBody(PatchKind.Merge, JsonNode.Parse("""{"spec":{"promoteFull":true}}""")!),
            WriteOptions.Default, CancellationToken.None);
        await platform.PromotionAsync("shop-3-prod", "Succeeded");
        (await platform.FactsAsync(FactTypes.RollbackCommitted)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Promotion_IsDeletedInTheMiddleOfACanary_GoesBackAndStaysAway()
    {
        await using DeliveryPlatform platform = await StartAsync(Dev, CanaryProd with
        {
            Strategy = new DeliveryStrategy
            {
                Canary = new CanaryStrategy { ScaleDownDelay = "0s", Steps = [new CanaryStep { SetWeight = 50 }, new CanaryStep { Pause = new CanaryPause() }] },
            },
        });
        await platform.ReleaseAsync(1, Manifests());
        await platform.PromotionAsync("shop-1-prod", "Succeeded");
        await platform.ReleaseAsync(2, Manifests());
        await RolloutAsync(platform, "shop-2-prod", "Paused");
        await platform.Hub.DeleteAsync(KindOf<Promotion>.Type, DeliveryPlatform.Team, "shop-2-prod", DeleteOptions.Background, CancellationToken.None);
        await platform.HoldsAsync(
            async () => await platform.Hub.FindAsync<Promotion>(DeliveryPlatform.Team, "shop-2-prod", CancellationToken.None) is null
                && await platform.Prod.FindAsync<Deployment>("shop", "web-canary", CancellationToken.None) is null,
            () => "the promotion and its canary to be gone");
        (await platform.FileAsync("env/prod", "shop/release.yaml")).ShouldNotBeNull().ShouldContain("release: shop-1");
        await platform.EnvironmentAsync("prod", one => one is { Release: "shop-1", Sync: "Synced", Health: "Healthy" });
        (await platform.Hub.GetAsync<Release>(DeliveryPlatform.Team, "shop-2", CancellationToken.None)).Status!.FailedIn.ShouldNotBeNull().ShouldContain(one => one.Environment == "prod");
        (await platform.Hub.FindAsync<Promotion>(DeliveryPlatform.Team, "shop-2-prod", CancellationToken.None)).ShouldBeNull("a promotion that somebody deleted came back");
    }

    private static Task RolloutAsync(DeliveryPlatform platform, string name, string phase) => platform.HoldsAsync(
        async () => (await platform.Hub.FindAsync<Rollout>(DeliveryPlatform.Team, name, CancellationToken.None))?.Status?.Phase == phase,
        () => $"rollout {name} to be {phase}");

    [Fact]
    public async Task Promotion_NeedsApproval_WaitsForAPersonAndGivesWayToANewerRelease()
    {
        await using DeliveryPlatform platform = await StartAsync(Dev, new ApplicationEnvironment { Name = "prod", Gate = new PromotionGate { Type = "Approval" } });
        await platform.ReleaseAsync(1, Manifests());
        await platform.PromotionAsync("shop-1-prod", "AwaitingApproval");
        await platform.ReleaseAsync(2, Manifests());
        await platform.PromotionAsync("shop-1-prod", "Superseded");
        await platform.PromotionAsync("shop-2-prod", "AwaitingApproval");
        await platform.Hub.PatchAsync(
            KindOf<Promotion>.Type, DeliveryPlatform.Team, "shop-2-prod", new PatchBody(PatchKind.Merge, JsonNode.Parse("""{"spec":{"approval":{"by":"grace"}}}""")!),
            WriteOptions.Default, CancellationToken.None);
        await platform.PromotionAsync("shop-2-prod", "Succeeded");
        (await platform.FactsAsync(FactTypes.PromotionApproved)).ShouldHaveSingleItem().Actor.ShouldBe("grace");
        (await platform.EnvironmentAsync("prod", one => one.Release == "shop-2")).By.ShouldBe("grace");
    }

    [Fact]
    public async Task Sync_SomebodyChangesOrDeletesObjects_PutsThemBackAndSaysWho()
    {
        await using DeliveryPlatform platform = await StartAsync(Dev);
        await platform.ReleaseAsync(1, Manifests());
        await platform.PromotionAsync("shop-1-dev", "Succeeded");
        IClusterApi dev = platform.Client("dev");
        await dev.PatchAsync(
            KindOf<Deployment>.Type, "shop", "web", new PatchBody(PatchKind.Merge, JsonNode.Parse("""{"spec":{"replicas":5}}""")!),
            new WriteOptions { FieldManager = "mallory" }, CancellationToken.None);
        EnvironmentStatus status = await platform.EnvironmentAsync("dev", one => one.Drift is { Count: > 0 });
        DriftedField drift = status.Drift![0];
        (drift.Object, drift.Field, drift.Desired, drift.Live, drift.Manager).ShouldBe(("Deployment/web", "spec.replicas", "2", "5", "mallory"));
        (await dev.GetAsync<Deployment>("shop", "web", CancellationToken.None)).Spec.Replicas.ShouldBe(2);

        await dev.DeleteAsync(KindOf<Service>.Type, "shop", "web", DeleteOptions.Background, CancellationToken.None);
        await platform.HoldsAsync(async () => await dev.FindAsync<Service>("shop", "web", CancellationToken.None) is not null, () => "Service web to be back");
        await platform.HoldsAsync(async () => (await platform.FactsAsync(FactTypes.DriftHealed)).Count == 2, () => "two facts of drift that was healed");
    }

    [Fact]
    public async Task Sync_ObjectLeavesTheManifests_IsPruned()
    {
        await using DeliveryPlatform platform = await StartAsync(Dev);
        await platform.ReleaseAsync(1, Manifests() + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: old}\ndata: {a: b}\n");
        await platform.PromotionAsync("shop-1-dev", "Succeeded");
        IClusterApi dev = platform.Client("dev");
        (await dev.FindAsync<ConfigMap>("shop", "old", CancellationToken.None)).ShouldNotBeNull();
        await dev.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Name = "theirs", Namespace = "shop" } }, CancellationToken.None);
        await platform.ReleaseAsync(2, Manifests());
        await platform.PromotionAsync("shop-2-dev", "Succeeded");
        await platform.HoldsAsync(async () => await dev.FindAsync<ConfigMap>("shop", "old", CancellationToken.None) is null, () => "ConfigMap old to be pruned");
        (await dev.FindAsync<ConfigMap>("shop", "theirs", CancellationToken.None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Release_ManifestsCannotBeRendered_IsRefusedAndTheNextOneGoesOn()
    {
        await using DeliveryPlatform platform = await StartAsync(Dev);
        await platform.ReleaseAsync(1, "apiVersion: v1\nkind: Service\n  metadata: {}\n");
        await platform.HoldsAsync(
            async () => (await platform.Hub.GetAsync<Release>(DeliveryPlatform.Team, "shop-1", CancellationToken.None)).Status is { Phase: "Refused", Message: { } message }
                && message.Contains("deploy/all.yaml:", StringComparison.Ordinal),
            () => "release 1 to be refused");
        await platform.ReleaseAsync(2, Manifests());
        await platform.PromotionAsync("shop-2-dev", "Succeeded");
    }

    [Fact]
    public async Task Promotion_ClusterRefusesTheManifests_FailsAtOnceWithNothingApplied()
    {
        await using DeliveryPlatform platform = await StartAsync(Dev);
        await platform.ReleaseAsync(1, Manifests());
        await platform.PromotionAsync("shop-1-dev", "Succeeded");
        await platform.ReleaseAsync(2, Manifests().Replace("replicas: 2", "replicas: many", StringComparison.Ordinal)
            + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n");
        Promotion failed = await platform.PromotionAsync("shop-2-dev", "Failed", "Succeeded");
        failed.Status!.Message.ShouldNotBeNull().ShouldContain("Deployment/web");
        (await platform.Client("dev").FindAsync<ConfigMap>("shop", "new", CancellationToken.None)).ShouldBeNull();
        await platform.EnvironmentAsync("dev", one => one is { Release: "shop-1", Sync: "Synced", Health: "Healthy" });
    }

    private static async Task<DeliveryPlatform> StartAsync(params ApplicationEnvironment[] environments)
    {
        DeliveryPlatform platform = await DeliveryPlatform.StartAsync();
        await platform.Hub.CreateAsync(
            new AnalysisTemplate
            {
                Metadata = new ObjectMeta { Name = "signals", Namespace = DeliveryPlatform.Team },
                Spec = new AnalysisTemplateSpec
                {
                    Metrics = [new AnalysisMetric { Name = "success-rate", Interval = "150ms", Count = 2, SuccessRate = new SuccessRateMeasure { Minimum = 0.99 } }],
                },
            },
            CancellationToken.None);
        await platform.ApplicationAsync(environments);
        return platform;
    }

    private static async Task<string> WhyAsync(DeliveryPlatform platform)
        => string.Join('\n', (await platform.Hub.ListAsync<Promotion>(DeliveryPlatform.Team, CancellationToken.None)).Select(one => $"{one.Metadata.Name} {one.Status}"))
            + string.Join('\n', platform.Logs.Lines.TakeLast(20));

    internal static string Manifests() => """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app.kubernetes.io/name: web}}
          template:
            metadata: {labels: {app.kubernetes.io/name: web}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: web
                image: shop/web
                ports: [{name: http, containerPort: 8080}]
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app.kubernetes.io/name: web}, ports: [{name: http, port: 80, targetPort: http}]}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: web}
        spec:
          rules:
          - backendRefs: [{name: web, port: 80}]

        """;
}

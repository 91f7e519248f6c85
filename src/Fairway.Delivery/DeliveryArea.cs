using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Delivery.Analysis;
using Fairway.Delivery.Environments;
using Fairway.Delivery.Promotions;
using Fairway.Delivery.Rendering;
using Fairway.Delivery.Rollouts;
using Fairway.Delivery.Sync;
using Fairway.Git;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Resources.Signals;
using Fairway.Resources.Traffic;
using Fairway.Storage;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Fairway.Delivery;

/// <summary>What delivery stands on.</summary>
public sealed record DeliveryDependencies
{
    /// <summary>The cluster that holds Fairway's kinds.</summary>
    public required InformerSet Hub { get; init; }

    /// <summary>Every cluster that environments may name, the hub too if it may be one, by name. Others may join and leave later.</summary>
    public required ClusterSets Clusters { get; init; }

    public required GitRepositories Repositories { get; init; }

    public required BlobStore Blobs { get; init; }

    public required Ledger Ledger { get; init; }

    public required ITrafficMeasures Traffic { get; init; }

    /// <summary>Metrics, logs and traces; without them, analyses that ask for them end in an error that says so.</summary>
    public ISignalQueries? Signals { get; init; }

    /// <summary>Error budgets, for gates that ask for them.</summary>
    public IErrorBudgets? Budgets { get; init; }

    /// <summary>Policies and freezes, for gates; without them nothing is held by either.</summary>
    public IPromotionPolicies? Policies { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILoggerFactory Logs { get; init; }

    /// <summary>The address at which a route's hostname is reached from outside: <c>web.prod.localhost</c> to <c>http://web.prod.localhost:8080</c>.</summary>
    public Func<string, string?> UrlOf { get; init; } = _ => null;
}

/// <summary>From a release to users: rendering, promotion, sync, rollouts and their analysis.</summary>
public static class DeliveryArea
{
    /// <summary>Adds delivery's controllers to a host.</summary>
    public static void AddTo(ControllerHost host, DeliveryDependencies needs)
    {
        IClusterApi hub = needs.Hub.Api;
        var watches = new DeliveryWatches(needs.Hub);
        var branches = new EnvironmentBranches(needs.Repositories, needs.Time);
        var facts = new DeliveryFacts(needs.Ledger, needs.Time);
        ClusterSet Cluster(string name) => needs.Clusters.Find(name)
            ?? throw new StatusException(404, "NotFound", $"there is no cluster {name}; there are {string.Join(", ", needs.Clusters.All.Keys.Order(StringComparer.Ordinal))}. Join it: fairway clusters join {name} --kubeconfig FILE");
        var inClusters = new ClusterWatches(watches);

        host.Add(Releases(needs, watches, new ReleaseReconciler(hub, new Renderer(needs.Repositories, needs.Time), needs.Blobs, needs.Logs.CreateLogger<ReleaseReconciler>())));
        host.Add(Applications(needs, new ApplicationReconciler(hub)));
        host.Add(Promotions(needs, watches, new PromotionReconciler(
            hub, new PromotionObserver(hub, branches, needs.Blobs, needs.Budgets, needs.Policies), branches, needs.Blobs, new PromotionFacts(facts), needs.Time)));
        inClusters.Rollouts = Rollouts(needs, watches, new RolloutReconciler(
            hub, new RolloutObserver(hub, name => Cluster(name).Informers.Api, branches), new RolloutFacts(facts), needs.Time));
        host.Add(inClusters.Rollouts);
        host.Add(Analyses(needs, new AnalysisReconciler(hub, new AnalysisQuestions(needs.Traffic, needs.Signals), facts, needs.Time)));
        inClusters.Sync = Sync(needs, watches, new SyncReconciler(hub, Cluster, inClusters, branches, new EnvironmentSync(needs.Time), facts, needs.Time) { UrlOf = needs.UrlOf });
        host.Add(inClusters.Sync);
        foreach ((string _, ClusterSet set) in needs.Clusters.All.Where(cluster => !cluster.Value.ByNamespace))
        {
            host.Add(set.Informers);
            inClusters.Follow(set, null, []);
        }
    }

    /// <summary>
    /// Maps delivery's endpoints below <c>/fairway/v1</c>: <c>POST applications/{ns}/{name}/promote</c>,
    /// <c>promotions/{ns}/{name}/{approve|abort}</c>, <c>rollouts/{ns}/{name}/{promote|resume|pause|abort}</c>;
    /// <c>GET applications/{ns}/{name}/{tree|why}/{environment}</c>.
    /// </summary>
    public static void MapEndpoints(IEndpointRouteBuilder routes, DeliveryGuard guard, TimeProvider time)
        => new DeliveryEndpoints(guard, time).MapTo(routes);

    private static ControllerBuilder Builder(DeliveryDependencies needs, string name) => new(name, needs.Hub, needs.Time, needs.Logs);

    private static Controller Releases(DeliveryDependencies needs, DeliveryWatches watches, ReleaseReconciler reconciler)
        => Builder(needs, "releases")
            .For<Release>()
            .Watches<Application>(watches.ReleasesOf)
            .Reconcile(reconciler.ReconcileAsync)
            .WithWorkers(2)
            .Build();

    private static Controller Applications(DeliveryDependencies needs, ApplicationReconciler reconciler)
        => Builder(needs, "automatic-promotion")
            .For<Application>()
            .Watches<Release>(DeliveryWatches.ApplicationOf)
            .Watches<Promotion>(DeliveryWatches.ApplicationOf)
            .Reconcile(reconciler.ReconcileAsync)
            .Build();

    private static Controller Promotions(DeliveryDependencies needs, DeliveryWatches watches, PromotionReconciler reconciler)
        => Builder(needs, "promotions")
            .For<Promotion>()
            .Watches<Promotion>(watches.PeersOf)
            .Watches<Application>(watches.PromotionsOf)
            .Watches<Release>(watches.PromotionsOf)
            .Watches<GitRepository>(watches.PromotionsOf)
            .Watches<Rollout>(DeliveryWatches.PromotionOf)
            .Watches<FreezeWindow>(_ => watches.WaitingPromotions())
            .Watches<TrustedKey>(_ => watches.WaitingPromotions())
            .Watches<Waiver>(_ => watches.WaitingPromotions())
            .Reconcile(reconciler.ReconcileAsync)
            .WithWorkers(2)
            .Build();

    private static Controller Rollouts(DeliveryDependencies needs, DeliveryWatches watches, RolloutReconciler reconciler)
        => Builder(needs, "rollouts")
            .For<Rollout>()
            .Watches<Rollout>(watches.PeersOf)
            .Watches<Application>(watches.RolloutsOf)
            .Watches<AnalysisRun>(DeliveryWatches.RolloutOf)
            .Reconcile(reconciler.ReconcileAsync)
            .WithWorkers(2)
            .Build();

    private static Controller Analyses(DeliveryDependencies needs, AnalysisReconciler reconciler)
        => Builder(needs, "analysis").For<AnalysisRun>().Reconcile(reconciler.ReconcileAsync).WithWorkers(2).Build();

    private static Controller Sync(DeliveryDependencies needs, DeliveryWatches watches, SyncReconciler reconciler)
        => Builder(needs, "sync")
            .For<Application>()
            .Watches<Promotion>(DeliveryWatches.ApplicationOf)
            .Watches<Rollout>(DeliveryWatches.ApplicationOf)
            .Watches<GitRepository>(watches.ApplicationsOf)
            .Reconcile(reconciler.ReconcileAsync)
            .WithWorkers(2)
            .Build();
}

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
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Resources.Kinds.Gateway;
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

    /// <summary>Every cluster that environments may name, the hub too if it may be one, by name.</summary>
    public required IReadOnlyDictionary<string, InformerSet> Clusters { get; init; }

    public required GitRepositories Repositories { get; init; }

    public required BlobStore Blobs { get; init; }

    public required Ledger Ledger { get; init; }

    public required ITrafficMeasures Traffic { get; init; }

    /// <summary>Metrics, logs and traces; without them, analyses that ask for them end in an error that says so.</summary>
    public ISignalQueries? Signals { get; init; }

    /// <summary>Error budgets, for gates that ask for them.</summary>
    public IErrorBudgets? Budgets { get; init; }

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
        foreach (InformerSet set in needs.Clusters.Values)
        {
            host.Add(set);
        }

        IClusterApi hub = needs.Hub.Api;
        var watches = new DeliveryWatches(needs.Hub);
        var branches = new EnvironmentBranches(needs.Repositories, needs.Time);
        var facts = new DeliveryFacts(needs.Ledger, needs.Time);
        IClusterApi Cluster(string name) => needs.Clusters.TryGetValue(name, out InformerSet? set)
            ? set.Api
            : throw new StatusException(404, "NotFound", $"there is no cluster {name}; there are {string.Join(", ", needs.Clusters.Keys.Order(StringComparer.Ordinal))}");

        host.Add(Releases(needs, watches, new ReleaseReconciler(hub, new Renderer(needs.Repositories, needs.Time), needs.Blobs, needs.Logs.CreateLogger<ReleaseReconciler>())));
        host.Add(Applications(needs, new ApplicationReconciler(hub)));
        host.Add(Promotions(needs, watches, new PromotionReconciler(
            hub, new PromotionObserver(hub, branches, needs.Blobs, needs.Budgets), branches, needs.Blobs, new PromotionFacts(facts), needs.Time)));
        host.Add(Rollouts(needs, watches, new RolloutReconciler(hub, new RolloutObserver(hub, Cluster, branches), new RolloutFacts(facts), needs.Time)));
        host.Add(Analyses(needs, new AnalysisReconciler(hub, new AnalysisQuestions(needs.Traffic, needs.Signals), facts, needs.Time)));
        host.Add(Sync(needs, watches, new SyncReconciler(hub, Cluster, branches, new EnvironmentSync(needs.Time), facts, needs.Time) { UrlOf = needs.UrlOf }));
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
            .Reconcile(reconciler.ReconcileAsync)
            .WithWorkers(2)
            .Build();

    private static Controller Rollouts(DeliveryDependencies needs, DeliveryWatches watches, RolloutReconciler reconciler)
    {
        ControllerBuilder builder = Builder(needs, "rollouts")
            .For<Rollout>()
            .Watches<Rollout>(watches.PeersOf)
            .Watches<Application>(watches.RolloutsOf)
            .Watches<AnalysisRun>(DeliveryWatches.RolloutOf);
        foreach ((string name, InformerSet set) in needs.Clusters)
        {
            foreach (ResourceType type in (ResourceType[])[
                KindOf<Deployment>.Type, KindOf<Service>.Type, KindOf<EndpointSlice>.Type, KindOf<HTTPRoute>.Type, KindOf<ConfigMap>.Type])
            {
                builder.WatchesChanges(set.Of(type), change => Either(change, changed => watches.RolloutsIn(name, changed)));
            }
        }

        return builder.Reconcile(reconciler.ReconcileAsync).WithWorkers(2).Build();
    }

    private static Controller Analyses(DeliveryDependencies needs, AnalysisReconciler reconciler)
        => Builder(needs, "analysis").For<AnalysisRun>().Reconcile(reconciler.ReconcileAsync).WithWorkers(2).Build();

    private static Controller Sync(DeliveryDependencies needs, DeliveryWatches watches, SyncReconciler reconciler)
    {
        ControllerBuilder builder = Builder(needs, "sync")
            .For<Application>()
            .Watches<Promotion>(DeliveryWatches.ApplicationOf)
            .Watches<Rollout>(DeliveryWatches.ApplicationOf)
            .Watches<GitRepository>(watches.ApplicationsOf);
        foreach (InformerSet set in needs.Clusters.Values)
        {
            foreach (ResourceType type in (ResourceType[])[
                KindOf<Deployment>.Type, KindOf<Pod>.Type, KindOf<Service>.Type, KindOf<HTTPRoute>.Type,
                KindOf<ConfigMap>.Type, KindOf<Secret>.Type, KindOf<ServiceAccount>.Type, KindOf<ReplicaSet>.Type])
            {
                builder.WatchesChanges(set.Of(type), change => Either(change, DeliveryWatches.ApplicationOf));
            }
        }

        return builder.Reconcile(reconciler.ReconcileAsync).WithWorkers(2).Build();
    }

    private static IEnumerable<ObjectKey> Either(InformerChange change, Func<Document, IEnumerable<ObjectKey>> map)
        => (change.Before is { } before ? map(before) : []).Union(change.After is { } after ? map(after) : []);
}

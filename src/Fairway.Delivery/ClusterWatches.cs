using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Resources.Kinds.Gateway;

namespace Fairway.Delivery;

/// <summary>
/// Follows objects in the clusters that are delivered to, and tells sync and rollouts of those that concern them. Which kinds are
/// known only when they are delivered, and which clusters only when they join. Safe for concurrent use.
/// </summary>
internal sealed class ClusterWatches(DeliveryWatches watches)
{
    /// <summary>What workloads consist of, and what rollouts make.</summary>
    private static readonly ResourceType[] Always =
    [
        KindOf<Deployment>.Type, KindOf<ReplicaSet>.Type, KindOf<Pod>.Type, KindOf<Service>.Type, KindOf<EndpointSlice>.Type,
        KindOf<HTTPRoute>.Type, KindOf<ConfigMap>.Type, KindOf<Secret>.Type, KindOf<ServiceAccount>.Type,
    ];

    private readonly ConditionalWeakTable<InformerSet, ConcurrentDictionary<(string ApiVersion, string Plural, string Namespace), bool>> _followed = [];

    /// <summary>Set once built.</summary>
    public Controller? Sync { get; set; }

    /// <summary>Set once built.</summary>
    public Controller? Rollouts { get; set; }

    /// <summary>Follows the usual kinds and these in a cluster. Following again does nothing.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="namespace">The namespace that is delivered to; only clusters that are watched by namespace need it.</param>
    /// <param name="kinds">What is delivered besides.</param>
    public void Follow(ClusterSet cluster, string? @namespace, IReadOnlyList<ResourceType> kinds)
    {
        InformerSet set = cluster.Informers;
        ConcurrentDictionary<(string, string, string), bool> followed = _followed.GetValue(set, static _ => []);
        foreach (ResourceType type in Always.Concat(kinds))
        {
            string? where = cluster.ByNamespace && type.Namespaced ? @namespace : null;
            if (cluster.ByNamespace && !type.Namespaced && type.GroupResource == KindOf<Namespace>.Type.GroupResource)
            {
                continue; // other namespaces of another's cluster are none of our business
            }

            if (followed.TryAdd((type.ApiVersion, type.Plural, where ?? ""), true))
            {
                // Usual kinds of the platform's own clusters are watched anyway; of others only what delivery brought.
                bool isShared = !cluster.ByNamespace && Always.Contains(type);
                bool isOurs = !isShared && !Always.Contains(type);
                Informer informer = set.Of(type, where, isOurs ? Labels.Application : null, mayVanish: !isShared);
                informer.Subscribe(change => Tell(set.Api.Cluster, change));
            }
        }
    }

    private void Tell(string cluster, InformerChange change)
    {
        foreach (ObjectKey application in Either(change, DeliveryWatches.ApplicationOf))
        {
            Sync?.Enqueue(application);
        }

        foreach (ObjectKey rollout in Either(change, changed => watches.RolloutsIn(cluster, changed)))
        {
            Rollouts?.Enqueue(rollout);
        }
    }

    private static IEnumerable<ObjectKey> Either(InformerChange change, Func<Document, IEnumerable<ObjectKey>> map)
        => (change.Before is { } before ? map(before) : []).Union(change.After is { } after ? map(after) : []);
}

using System.Collections.Immutable;

namespace Fairway.ControllerRuntime;

/// <summary>A cluster as controllers see it.</summary>
/// <param name="Informers">Its API and the copies of its objects.</param>
/// <param name="ByNamespace">
/// Objects are watched in the namespaces that matter only: the cluster is another's, its objects may be many, and rights may be
/// given by namespace.
/// </param>
public sealed record ClusterSet(InformerSet Informers, bool ByNamespace = false);

/// <summary>The clusters that controllers may reach, by name. They come and go while controllers run. Safe for concurrent use.</summary>
public sealed class ClusterSets
{
    // Replaced as a whole; writers race by compare and swap.
    private ImmutableDictionary<string, ClusterSet> _all = ImmutableDictionary<string, ClusterSet>.Empty;

    /// <summary>The clusters at this moment.</summary>
    public IReadOnlyDictionary<string, ClusterSet> All => _all;

    /// <summary>Clusters that are there from the start and stay.</summary>
    public static ClusterSets Of(IReadOnlyDictionary<string, InformerSet> clusters)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        return new ClusterSets { _all = clusters.ToImmutableDictionary(cluster => cluster.Key, cluster => new ClusterSet(cluster.Value)) };
    }

    /// <summary>The cluster of a name; null when there is none.</summary>
    public ClusterSet? Find(string name) => _all.GetValueOrDefault(name);

    /// <summary>Adds a cluster; false when the name is taken. Whoever adds it runs its informers.</summary>
    public bool TryAdd(string name, ClusterSet set) => ImmutableInterlocked.TryAdd(ref _all, name, set);

    /// <summary>Takes a cluster away; false when there is none of that name.</summary>
    public bool Remove(string name) => ImmutableInterlocked.TryRemove(ref _all, name, out _);
}

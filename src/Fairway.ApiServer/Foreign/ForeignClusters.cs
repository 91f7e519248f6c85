using System.Collections.Immutable;
using Fairway.Client;

namespace Fairway.ApiServer;

/// <summary>
/// A cluster that others serve and this server passes requests on to. What a person may do there is decided twice: by RBAC of the
/// hub, as if it were the hub's object, and by the cluster itself, of the user that it was joined as.
/// </summary>
/// <param name="Name">Below which name it is served here.</param>
/// <param name="Http">Speaks to it with its own credentials; the base address is its URL.</param>
/// <param name="Api">The same in documents.</param>
public sealed record ForeignCluster(string Name, HttpClient Http, IClusterApi Api);

/// <summary>The clusters that are passed on to; they come and go while the server runs. Safe for concurrent use.</summary>
public sealed class ForeignClusters
{
    private ImmutableSortedDictionary<string, ForeignCluster> _all = ImmutableSortedDictionary.Create<string, ForeignCluster>(StringComparer.Ordinal);

    /// <summary>The clusters at this moment, by name.</summary>
    public IReadOnlyDictionary<string, ForeignCluster> All => _all;

    /// <summary>The cluster of a name; null when there is none.</summary>
    public ForeignCluster? Find(string name) => _all.GetValueOrDefault(name);

    /// <summary>Serves a cluster from now on, in place of one of the same name.</summary>
    public void Set(ForeignCluster cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ImmutableInterlocked.Update(ref _all, static (all, one) => all.SetItem(one.Name, one), cluster);
    }

    /// <summary>Serves a cluster no more. Requests under way end as its client is disposed.</summary>
    public void Remove(string name) => ImmutableInterlocked.Update(ref _all, static (all, gone) => all.Remove(gone), name);
}

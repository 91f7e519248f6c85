using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>
/// The states that lists under way are paging through, newest last, so that the next page comes from memory. Holds at most so
/// many; what falls out is read back from the log. Safe for concurrent use.
/// </summary>
internal sealed class PageCache(int capacity = 32)
{
    private readonly Lock _gate = new(); // guards _pages
    private readonly LinkedList<(string Place, Snapshot Snapshot)> _pages = [];

    public Snapshot? Find(string cluster, string groupResource, string? @namespace, long revision)
    {
        string place = Place(cluster, groupResource, @namespace);
        lock (_gate)
        {
            for (var node = _pages.Last; node is not null; node = node.Previous)
            {
                if (node.Value.Snapshot.Revision == revision && node.Value.Place == place)
                {
                    return node.Value.Snapshot;
                }
            }
        }

        return null;
    }

    public void Keep(string cluster, string groupResource, string? @namespace, Snapshot snapshot)
    {
        if (Find(cluster, groupResource, @namespace, snapshot.Revision) is not null)
        {
            return;
        }

        lock (_gate)
        {
            _pages.AddLast((Place(cluster, groupResource, @namespace), snapshot));
            if (_pages.Count > capacity)
            {
                _pages.RemoveFirst();
            }
        }
    }

    private static string Place(string cluster, string groupResource, string? @namespace) => $"{cluster}/{groupResource}/{@namespace}";
}

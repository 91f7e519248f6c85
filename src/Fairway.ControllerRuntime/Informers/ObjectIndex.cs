using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>Objects of a cache by keys computed from them: by owner, by node, by whatever a controller looks up often.</summary>
/// <remarks>Looking up costs O(result). Kept by the informer that made it, under its lock.</remarks>
public sealed class ObjectIndex
{
    private readonly Func<Document, IEnumerable<string>> _keys;
    private readonly Lock _gate;
    private readonly Dictionary<string, Dictionary<ObjectKey, Document>> _groups = [];

    internal ObjectIndex(Func<Document, IEnumerable<string>> keys, Lock gate)
    {
        _keys = keys;
        _gate = gate;
    }

    /// <summary>The objects with this key, in no order.</summary>
    public IReadOnlyList<Document> Find(string key)
    {
        lock (_gate)
        {
            return _groups.TryGetValue(key, out Dictionary<ObjectKey, Document>? group) ? [.. group.Values] : [];
        }
    }

    internal void Change(Document? before, Document? after)
    {
        if (before is not null)
        {
            foreach (string key in _keys(before))
            {
                if (_groups.TryGetValue(key, out Dictionary<ObjectKey, Document>? group) && group.Remove(ObjectKey.Of(before)) && group.Count == 0)
                {
                    _groups.Remove(key);
                }
            }
        }

        if (after is not null)
        {
            foreach (string key in _keys(after))
            {
                if (!_groups.TryGetValue(key, out Dictionary<ObjectKey, Document>? group))
                {
                    _groups[key] = group = [];
                }

                group[ObjectKey.Of(after)] = after;
            }
        }
    }
}

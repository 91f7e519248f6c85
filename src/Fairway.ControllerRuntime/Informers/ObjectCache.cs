using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>The objects of one kind as last seen, by key, namespace, owner and further indexes.</summary>
/// <remarks>Safe for concurrent use. A get costs O(1), a list O(result).</remarks>
internal sealed class ObjectCache
{
    // Guards the objects, the indexes and the handlers; held while handlers run, so that each sees changes in order.
    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, Document> _objects = [];
    private readonly List<ObjectIndex> _indexes = [];
    private readonly List<Action<InformerChange>> _handlers = [];
    private readonly ObjectIndex _byNamespace;
    private readonly ObjectIndex _byOwner;

    public ObjectCache()
    {
        _byNamespace = AddIndex(document => [document.Header.Namespace]);
        _byOwner = AddIndex(document => document.Header.OwnerReferences.Select(owner => owner.Uid).Distinct(StringComparer.Ordinal));
    }

    public Document? Get(ObjectKey key)
    {
        lock (_gate)
        {
            return _objects.GetValueOrDefault(key);
        }
    }

    public IReadOnlyList<Document> List(string? @namespace)
    {
        if (!string.IsNullOrEmpty(@namespace))
        {
            return _byNamespace.Find(@namespace);
        }

        lock (_gate)
        {
            return [.. _objects.Values];
        }
    }

    public IReadOnlyList<Document> OwnedBy(string uid) => _byOwner.Find(uid);

    public ObjectIndex AddIndex(Func<Document, IEnumerable<string>> keys)
    {
        var index = new ObjectIndex(keys, _gate);
        lock (_gate)
        {
            foreach (Document document in _objects.Values)
            {
                index.Change(null, document);
            }

            _indexes.Add(index);
        }

        return index;
    }

    /// <summary>Calls the handler for what is there already, then for every change.</summary>
    public void Subscribe(Action<InformerChange> handler)
    {
        lock (_gate)
        {
            foreach (Document document in _objects.Values)
            {
                handler(new InformerChange(null, document));
            }

            _handlers.Add(handler);
        }
    }

    public void Set(Document document)
    {
        lock (_gate)
        {
            var key = ObjectKey.Of(document);
            Document? before = _objects.GetValueOrDefault(key);
            _objects[key] = document;
            Announce(before, document);
        }
    }

    public void Remove(Document last)
    {
        lock (_gate)
        {
            if (_objects.Remove(ObjectKey.Of(last), out Document? before))
            {
                Announce(before, null);
            }
        }
    }

    /// <summary>Takes a complete list over: announces what is new, what changed and what went while nobody looked.</summary>
    public void Replace(IReadOnlyList<Document> items)
    {
        lock (_gate)
        {
            var gone = new Dictionary<ObjectKey, Document>(_objects);
            foreach (Document item in items)
            {
                gone.Remove(ObjectKey.Of(item));
            }

            foreach (Document last in gone.Values)
            {
                Remove(last);
            }

            foreach (Document item in items)
            {
                if (_objects.GetValueOrDefault(ObjectKey.Of(item))?.Header.ResourceVersion != item.Header.ResourceVersion)
                {
                    Set(item);
                }
            }
        }
    }

    private void Announce(Document? before, Document? after)
    {
        foreach (ObjectIndex index in _indexes)
        {
            index.Change(before, after);
        }

        foreach (Action<InformerChange> handler in _handlers)
        {
            handler(new InformerChange(before, after));
        }
    }
}

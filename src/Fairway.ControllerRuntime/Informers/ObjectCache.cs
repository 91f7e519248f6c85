using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>The objects of one kind as last seen, by key, namespace, owner and further indexes.</summary>
/// <remarks>One writer at a time, any number of readers. A get costs O(1), a list O(result).</remarks>
internal sealed class ObjectCache
{
    // Guards the objects, the indexes and the list of handlers. Never held while handlers run: they look at other caches.
    private readonly Lock _gate = new();
    private readonly Action<Exception> _onHandlerError;
    private readonly Dictionary<ObjectKey, Document> _objects = [];
    private readonly List<ObjectIndex> _indexes = [];
    private readonly ObjectIndex _byNamespace;
    private readonly ObjectIndex _byOwner;
    private Action<InformerChange>[] _handlers = [];

    public ObjectCache(Action<Exception> onHandlerError)
    {
        _onHandlerError = onHandlerError;
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

    /// <summary>Calls the handler for what is there already and for every change from now on; the two may overlap.</summary>
    public void Subscribe(Action<InformerChange> handler)
    {
        Document[] present;
        lock (_gate)
        {
            present = [.. _objects.Values];
            _handlers = [.. _handlers, handler];
        }

        foreach (Document document in present)
        {
            Call(handler, new InformerChange(null, document));
        }
    }

    public void Set(Document document)
    {
        Document? before;
        lock (_gate)
        {
            var key = ObjectKey.Of(document);
            before = _objects.GetValueOrDefault(key);
            _objects[key] = document;
            Reindex(before, document);
        }

        Announce(new InformerChange(before, document));
    }

    public void Remove(Document last)
    {
        Document? before;
        lock (_gate)
        {
            if (!_objects.Remove(ObjectKey.Of(last), out before))
            {
                return;
            }

            Reindex(before, null);
        }

        Announce(new InformerChange(before, null));
    }

    /// <summary>Takes a complete list over: announces what is new, what changed and what went while nobody looked.</summary>
    public void Replace(IReadOnlyList<Document> items)
    {
        Dictionary<ObjectKey, Document> before;
        lock (_gate)
        {
            before = new Dictionary<ObjectKey, Document>(_objects);
        }

        var gone = new Dictionary<ObjectKey, Document>(before);
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
            if (before.GetValueOrDefault(ObjectKey.Of(item))?.Header.ResourceVersion != item.Header.ResourceVersion)
            {
                Set(item);
            }
        }
    }

    private void Reindex(Document? before, Document? after)
    {
        foreach (ObjectIndex index in _indexes)
        {
            index.Change(before, after);
        }
    }

    private void Announce(InformerChange change)
    {
        foreach (Action<InformerChange> handler in Volatile.Read(ref _handlers))
        {
            Call(handler, change);
        }
    }

    /// <summary>A handler that fails costs itself one change, not the cache its watch.</summary>
    private void Call(Action<InformerChange> handler, InformerChange change)
    {
        try
        {
            handler(change);
        }
        catch (Exception error)
        {
            _onHandlerError(error);
        }
    }
}

using System.Collections.Concurrent;
using Fairway.ControllerRuntime;
using Fairway.Resources;

namespace Fairway.Workloads.GarbageCollection;

/// <summary>All objects of a cluster and who owns whom, over the informers of every kind.</summary>
internal sealed class ObjectGraph
{
    private readonly ConcurrentDictionary<string, Informer> _byGroupResource = new();
    private readonly ConcurrentDictionary<(string Group, string Kind), Informer> _byKind = new();
    private readonly InformerSet _informers;

    public ObjectGraph(InformerSet informers, IEnumerable<ResourceType> types)
    {
        _informers = informers;
        foreach (ResourceType type in types)
        {
            Add(type);
        }
    }

    public IEnumerable<Informer> Informers => _byGroupResource.Values;

    /// <summary>Takes in the objects of one more resource.</summary>
    /// <returns>Its informer; null when the graph has it already.</returns>
    public Informer? Add(ResourceType type)
    {
        if (_byGroupResource.ContainsKey(type.GroupResource))
        {
            return null;
        }

        Informer informer = _informers.Of(type);
        _byKind[(type.Group, type.Kind)] = informer;
        return _byGroupResource.TryAdd(type.GroupResource, informer) ? informer : null;
    }

    public Informer? InformerOf(OwnerReference owner)
    {
        int slash = owner.ApiVersion.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : owner.ApiVersion[..slash];
        return _byKind.GetValueOrDefault((group, owner.Kind));
    }

    /// <summary>The objects that name this uid among their owners.</summary>
    public IEnumerable<(ResourceType Type, Document Object)> DependentsOf(string uid)
        => uid.Length == 0 ? [] : Informers.SelectMany(informer => informer.OwnedBy(uid).Select(document => (informer.Type, document)));

    /// <summary>One key for all kinds: the name carries the resource.</summary>
    public static ObjectKey KeyOf(ResourceType type, Document document)
        => new(document.Header.Namespace, $"{type.GroupResource}/{document.Header.Name}");

    /// <summary>The object of a key.</summary>
    public (ResourceType Type, Document? Object)? Find(ObjectKey key)
    {
        int slash = key.Name.IndexOf('/', StringComparison.Ordinal);
        return _byGroupResource.TryGetValue(key.Name[..slash], out Informer? informer)
            ? (informer.Type, informer.Get(new ObjectKey(key.Namespace, key.Name[(slash + 1)..])))
            : null;
    }

    /// <summary>
    /// Whom a change of this object concerns: itself, when it has owners or waits for its dependents; its owners, which may wait for
    /// it; and its dependents, when it is going.
    /// </summary>
    public IEnumerable<ObjectKey> ConcernedBy(ResourceType type, InformerChange change)
    {
        DocumentHeader header = (change.After ?? change.Before!).Header;
        if (change.After is { } present && (header.OwnerReferences.Count > 0 || IsHeld(header)))
        {
            yield return KeyOf(type, present);
        }

        if (change.After is null || header.IsDeleting)
        {
            foreach ((ResourceType dependentType, Document dependent) in DependentsOf(header.Uid))
            {
                yield return KeyOf(dependentType, dependent);
            }

            foreach (OwnerReference owner in header.OwnerReferences)
            {
                if (InformerOf(owner) is { } informer
                    && informer.Get(new ObjectKey(informer.Type.Namespaced ? header.Namespace : "", owner.Name)) is { Header.IsDeleting: true } held)
                {
                    yield return KeyOf(informer.Type, held);
                }
            }
        }
    }

    /// <summary>Deleting, and waiting for the collector.</summary>
    public static bool IsHeld(DocumentHeader header)
        => header.IsDeleting && (header.Finalizers.Contains(GarbagePlanner.Foreground) || header.Finalizers.Contains(GarbagePlanner.Orphan));
}

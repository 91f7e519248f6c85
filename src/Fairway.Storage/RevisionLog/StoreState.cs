using System.Collections.Immutable;
using Fairway.Resources;

namespace Fairway.Storage;

/// <summary>
/// Everything that exists at one revision. Immutable: a reader takes the reference and has a consistent view for as long as it
/// likes, without holding up the writer. A write copies the path to its leaf (about log2 n nodes of 56 bytes).
/// </summary>
internal sealed record StoreState(
    long Revision, ImmutableDictionary<CollectionKey, ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, Document>>> Collections)
{
    public static readonly ImmutableSortedDictionary<string, Document> NoObjects =
        ImmutableSortedDictionary.Create<string, Document>(StringComparer.Ordinal);

    public static readonly ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, Document>> NoNamespaces =
        ImmutableSortedDictionary.Create<string, ImmutableSortedDictionary<string, Document>>(StringComparer.Ordinal);

    public static StoreState Empty { get; } = new(
        0, ImmutableDictionary<CollectionKey, ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, Document>>>.Empty);

    public Document? Get(in StorageKey key)
        => Namespaces(key.Collection).TryGetValue(key.Namespace, out ImmutableSortedDictionary<string, Document>? objects)
            ? objects.GetValueOrDefault(key.Name)
            : null;

    public Snapshot List(CollectionKey collection, string? @namespace)
    {
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, Document>> namespaces = Namespaces(collection);
        return string.IsNullOrEmpty(@namespace)
            ? new Snapshot(Revision, namespaces)
            : new Snapshot(Revision, namespaces.TryGetValue(@namespace, out var objects) ? NoNamespaces.Add(@namespace, objects) : NoNamespaces);
    }

    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, Document>> Namespaces(CollectionKey collection)
        => Collections.GetValueOrDefault(collection, NoNamespaces);
}

/// <summary>
/// The writer's next state while it is being made: sees the changes of its own batch. Used by one thread; thrown away when the
/// batch cannot be made durable.
/// </summary>
internal sealed class StateDraft(StoreState origin)
{
    private readonly Dictionary<(CollectionKey Collection, string Namespace), ImmutableSortedDictionary<string, Document>.Builder> _touched = [];

    public Document? Get(in StorageKey key)
        => _touched.TryGetValue((key.Collection, key.Namespace), out var objects) ? objects.GetValueOrDefault(key.Name) : origin.Get(key);

    public void Put(in StorageKey key, Document document) => Objects(key)[key.Name] = document;

    public void Delete(in StorageKey key) => Objects(key).Remove(key.Name);

    public StoreState Finish(long revision)
    {
        var collections = origin.Collections.ToBuilder();
        foreach (var (place, objects) in _touched)
        {
            var namespaces = collections.GetValueOrDefault(place.Collection, StoreState.NoNamespaces);
            collections[place.Collection] = objects.Count == 0
                ? namespaces.Remove(place.Namespace)
                : namespaces.SetItem(place.Namespace, objects.ToImmutable());
        }

        return new StoreState(revision, collections.ToImmutable());
    }

    private ImmutableSortedDictionary<string, Document>.Builder Objects(in StorageKey key)
    {
        if (!_touched.TryGetValue((key.Collection, key.Namespace), out var objects))
        {
            objects = origin.Namespaces(key.Collection).GetValueOrDefault(key.Namespace, StoreState.NoObjects)!.ToBuilder();
            _touched[(key.Collection, key.Namespace)] = objects;
        }

        return objects;
    }
}

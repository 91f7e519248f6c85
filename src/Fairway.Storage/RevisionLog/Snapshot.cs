using System.Collections;
using System.Collections.Immutable;
using Fairway.Resources;

namespace Fairway.Storage;

/// <summary>
/// The objects of a resource at one revision, ordered by namespace and name (ordinal). Immutable; taking one costs nothing, and
/// holding one holds up nobody. Enumeration is linear.
/// </summary>
public sealed class Snapshot : IReadOnlyCollection<Document>
{
    private readonly ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, Document>> _namespaces;

    internal Snapshot(long revision, ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, Document>> namespaces)
    {
        Revision = revision;
        _namespaces = namespaces;
    }

    /// <summary>Everything up to and including this revision is in, nothing after it.</summary>
    public long Revision { get; }

    /// <summary>The very same objects are in both, whatever else has happened in between. Snapshots of all namespaces only; constant time.</summary>
    public bool HasSameObjects(Snapshot other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(_namespaces, other._namespaces);
    }

    public int Count
    {
        get
        {
            int count = 0;
            foreach (var (_, objects) in _namespaces)
            {
                count += objects.Count;
            }

            return count;
        }
    }

    /// <summary>The objects that come after a key: the next page of a list.</summary>
    public IEnumerable<Document> After(ObjectKey key)
    {
        foreach (var (@namespace, objects) in _namespaces)
        {
            int order = string.CompareOrdinal(@namespace, key.Namespace);
            if (order < 0)
            {
                continue;
            }

            foreach (var (name, document) in objects)
            {
                if (order > 0 || string.CompareOrdinal(name, key.Name) > 0)
                {
                    yield return document;
                }
            }
        }
    }

    public IEnumerator<Document> GetEnumerator()
    {
        foreach (var (_, objects) in _namespaces)
        {
            foreach (var (_, document) in objects)
            {
                yield return document;
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

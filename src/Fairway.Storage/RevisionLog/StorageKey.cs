using Fairway.Resources;

namespace Fairway.Storage;

/// <summary>Where one object is kept: logical cluster, <c>deployments.apps</c>, namespace (empty for none) and name.</summary>
public readonly record struct StorageKey(string Cluster, string GroupResource, string Namespace, string Name)
{
    internal CollectionKey Collection => new(Cluster, GroupResource);

    /// <summary>The key as one path; no part may contain a slash, so the path is unambiguous.</summary>
    public override string ToString() => $"{Cluster}/{GroupResource}/{Namespace}/{Name}";

    internal static StorageKey Parse(string path)
    {
        string[] parts = path.Split('/');
        return parts.Length == 4
            ? new StorageKey(parts[0], parts[1], parts[2], parts[3])
            : throw new FormatException($"\"{path}\" is not a storage key.");
    }

    /// <summary>Refuses what could not be told apart in storage.</summary>
    internal void Require()
    {
        if (!IsPart(Cluster) || !IsPart(GroupResource) || !IsPart(Name) || Namespace is null || Namespace.Contains('/', StringComparison.Ordinal))
        {
            throw StatusException.BadRequest(
                $"\"{this}\" cannot be stored: cluster, resource and name must not be empty, and no part may contain a slash.");
        }
    }

    private static bool IsPart(string? text) => !string.IsNullOrEmpty(text) && !text.Contains('/', StringComparison.Ordinal);
}

/// <summary>All objects of one resource in one cluster.</summary>
internal readonly record struct CollectionKey(string Cluster, string GroupResource)
{
    /// <summary>What the paths of the collection's keys (in one namespace, if given) begin with.</summary>
    public string Prefix(string? @namespace)
        => string.IsNullOrEmpty(@namespace) ? $"{Cluster}/{GroupResource}/" : $"{Cluster}/{GroupResource}/{@namespace}/";
}

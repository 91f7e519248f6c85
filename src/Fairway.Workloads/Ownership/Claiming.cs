using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;

namespace Fairway.Workloads.Ownership;

/// <summary>Writes what <see cref="Claims{T}"/> decided.</summary>
internal static class Claiming
{
    /// <summary>Adopts and releases, and returns all that the owner controls afterwards.</summary>
    public static async Task<IReadOnlyList<T>> WriteAsync<TOwner, T>(
        IClusterApi api, TOwner owner, Claims<T> claims, CancellationToken cancellation)
        where TOwner : class, IResource
        where T : class, IResource
    {
        foreach (T leaving in claims.Release)
        {
            await ChangeOwnersAsync(api, leaving, owners => owners.Where(reference => reference.Uid != owner.Metadata.Uid), cancellation);
        }

        if (claims.Adopt.Count == 0 || !await IsStillThereAsync(api, owner, cancellation))
        {
            return claims.Owned;
        }

        var all = new List<T>(claims.Owned);
        foreach (T orphan in claims.Adopt)
        {
            if (await ChangeOwnersAsync(api, orphan, owners => [.. owners, Owners.ControllerReference(owner)], cancellation) is { } adopted)
            {
                all.Add(adopted);
            }
        }

        return all;
    }

    /// <summary>The cache may show an owner that is going or was replaced: adoption asks the server.</summary>
    private static async Task<bool> IsStillThereAsync<TOwner>(IClusterApi api, TOwner owner, CancellationToken cancellation)
        where TOwner : class, IResource
    {
        TOwner? live = await api.FindAsync<TOwner>(owner.Metadata.Namespace, owner.Metadata.Name, cancellation);
        return live?.Metadata.Uid == owner.Metadata.Uid && live?.Metadata.DeletionTimestamp is null;
    }

    private static async Task<T?> ChangeOwnersAsync<T>(
        IClusterApi api, T target, Func<IEnumerable<OwnerReference>, IEnumerable<OwnerReference>> change, CancellationToken cancellation)
        where T : class, IResource
    {
        var owners = new JsonArray([.. change(target.Metadata.OwnerReferences ?? []).Select(ToNode)]);
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = target.Metadata.Uid,
                ["resourceVersion"] = target.Metadata.ResourceVersion,
                ["ownerReferences"] = owners.Count > 0 ? owners : null,
            },
        };
        try
        {
            Document written = await api.PatchAsync(
                KindOf<T>.Type,
                target.Metadata.Namespace,
                target.Metadata.Name,
                new PatchBody(PatchKind.Merge, patch),
                WriteOptions.Default,
                cancellation);
            return written.As<T>();
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            return null;
        }
    }

    private static JsonNode? ToNode(OwnerReference reference) => System.Text.Json.JsonSerializer.SerializeToNode(reference, KindsJson.Of<OwnerReference>());
}

using System.Runtime.CompilerServices;
using Fairway.Client;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>A foreign cluster's API as one of this server's users: the hub's RBAC is asked first, and audit records it.</summary>
internal sealed class GuardedApi(ForeignCluster cluster, ClusterVerbs judge, Identity user, Gate gate, TimeProvider time) : IClusterApi
{
    public string Cluster => cluster.Name;

    public Task<IReadOnlyList<ServedResource>> DiscoverAsync(CancellationToken cancellation) => cluster.Api.DiscoverAsync(cancellation);

    public Task<Document> GetAsync(ResourceType type, string? @namespace, string name, CancellationToken cancellation)
        => Run("get", type, @namespace, name, null, () => cluster.Api.GetAsync(type, @namespace, name, cancellation));

    public Task<DocumentList> ListAsync(ResourceType type, string? @namespace, ListOptions options, CancellationToken cancellation)
        => Run("list", type, @namespace, null, null, () => cluster.Api.ListAsync(type, @namespace, options, cancellation));

    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceType type, string? @namespace, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Run("watch", type, @namespace, null, null, static () => Task.FromResult(true));
        await foreach (WatchEvent change in cluster.Api.WatchAsync(type, @namespace, options, cancellation))
        {
            yield return change;
        }
    }

    public Task<Document> CreateAsync(ResourceType type, string? @namespace, Document body, WriteOptions options, CancellationToken cancellation)
        => Run("create", type, @namespace, null, options.Subresource, () => cluster.Api.CreateAsync(type, @namespace, body, options, cancellation));

    public Task<Document> UpdateAsync(ResourceType type, string? @namespace, string name, Document body, WriteOptions options, CancellationToken cancellation)
        => Run("update", type, @namespace, name, options.Subresource, () => cluster.Api.UpdateAsync(type, @namespace, name, body, options, cancellation));

    public Task<Document> PatchAsync(ResourceType type, string? @namespace, string name, PatchBody patch, WriteOptions options, CancellationToken cancellation)
        => Run("patch", type, @namespace, name, options.Subresource, () => cluster.Api.PatchAsync(type, @namespace, name, patch, options, cancellation));

    public Task<Document> DeleteAsync(ResourceType type, string? @namespace, string name, DeleteOptions options, CancellationToken cancellation)
        => Run("delete", type, @namespace, name, null, () => cluster.Api.DeleteAsync(type, @namespace, name, options, cancellation));

    private async Task<T> Run<T>(string verb, ResourceType type, string? @namespace, string? name, string? subresource, Func<Task<T>> action)
    {
        try
        {
            return await gate.RunAsync(judge, Call.Of(cluster.Name, user, verb, type, @namespace, name, subresource, time.GetUtcNow()), action);
        }
        catch (Exception broken) when (broken is HttpRequestException or KubeconfigException)
        {
            throw ForeignProxy.Unreachable(cluster, broken);
        }
    }
}

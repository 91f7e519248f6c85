using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds;

namespace Fairway.ApiServer;

/// <summary>One of the portal's watches on a foreign cluster: listed, then watched, begun again by the portal when it breaks off.</summary>
internal sealed class ForeignWatch(ForeignCluster cluster, ClusterVerbs judge, Identity user, Gate gate, TimeProvider time)
{
    // A cluster that is away is tried again after this; one that ends a watch, as servers do from time to time, sooner.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AfterEnd = TimeSpan.FromSeconds(1);

    /// <param name="path">As in the cluster: <c>/api/v1/namespaces/shop/pods</c>, or one object's.</param>
    /// <param name="labelSelector">Null for all.</param>
    /// <param name="fieldSelector">The same.</param>
    /// <param name="send">Told ADDED, SYNCED, MODIFIED, DELETED and ERROR.</param>
    /// <param name="cancellation">Ends the watch.</param>
    /// <exception cref="StatusException">The path names nothing that can be watched, or the user may not.</exception>
    public async Task RunAsync(
        string path, string? labelSelector, string? fieldSelector, Func<string, ReadOnlyMemory<byte>?, ValueTask> send, CancellationToken cancellation)
    {
        RequestInfo info = RequestInfo.Parse("GET", path, isWatch: true, null);
        if (!info.IsResource)
        {
            throw Refusals.NoSuchResource();
        }

        var api = new GuardedApi(cluster, judge, user, gate, time);
        TimeSpan pause = AfterEnd;
        try
        {
            await FollowAsync(api, info, labelSelector, info.Name.Length > 0 ? $"metadata.name={info.Name}" : fieldSelector, send, cancellation);
        }
        catch (StatusException refused) when (refused.Code is not (410 or 403 or 404))
        {
            await send("ERROR", StatusBody.Write(refused));
            pause = AfterFailure;
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or KubeconfigException)
        {
            await send("ERROR", StatusBody.Write(ForeignProxy.Unreachable(cluster, broken)));
            pause = AfterFailure;
        }

        await Task.Delay(pause, time, cancellation);
        throw new StatusException(410, "Expired", "the watch has ended; begin it again");
    }

    private static async Task FollowAsync(
        GuardedApi api, RequestInfo info, string? labels, string? fields, Func<string, ReadOnlyMemory<byte>?, ValueTask> send, CancellationToken cancellation)
    {
        ResourceType type = await TypeAsync(api, info, cancellation);
        string? @namespace = type.Namespaced ? info.Namespace : null;
        var options = new ListOptions { LabelSelector = labels, FieldSelector = fields, Limit = 500 };
        DocumentList page;
        do
        {
            page = await api.ListAsync(type, @namespace, options, cancellation);
            foreach (Document item in page.Items)
            {
                await send("ADDED", item.Json);
            }

            options = options with { Continue = page.Continue };
        }
        while (!string.IsNullOrEmpty(page.Continue));

        await send("SYNCED", null);
        var place = new WatchOptions { LabelSelector = labels, FieldSelector = fields, ResourceVersion = page.ResourceVersion };
        await foreach (WatchEvent change in api.WatchAsync(type, @namespace, place, cancellation))
        {
            await send(WatchResponse.Name(change.Type), change.Object.Json);
        }
    }

    private static async Task<ResourceType> TypeAsync(GuardedApi api, RequestInfo info, CancellationToken cancellation)
        => AllKinds.Catalog.Find(info.Group, info.Version, info.Resource)?.Type
            ?? (await api.DiscoverAsync(cancellation)).FirstOrDefault(served =>
                served.Type.Group == info.Group && served.Type.Version == info.Version && served.Type.Plural == info.Resource)?.Type
            ?? throw Refusals.NoSuchResource();
}

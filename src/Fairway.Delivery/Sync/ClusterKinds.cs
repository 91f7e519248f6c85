using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds;

namespace Fairway.Delivery.Sync;

/// <summary>What one cluster serves, by its own discovery: remembered for a while, asked anew for a kind that is missing. Safe for concurrent use.</summary>
internal sealed class ClusterKinds(IClusterApi api, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    // A kind that is missing is asked for again at most this often.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _asking = new(1, 1); // guards the two below
    private IReadOnlyList<ServedResource> _served = [];
    private DateTimeOffset? _asked;

    /// <summary>The type of a kind; null when the cluster does not serve it.</summary>
    public async Task<ResourceType?> FindAsync(string apiVersion, string kind, CancellationToken cancellation)
        => Find(await ServedAsync(Fresh, cancellation), apiVersion, kind) ?? Find(await ServedAsync(Pause, cancellation), apiVersion, kind);

    /// <summary>What sync may have brought and can find and delete: one version of each resource, the cluster's preferred one.</summary>
    public async Task<IReadOnlyList<ResourceType>> DeliverableAsync(CancellationToken cancellation)
        => [.. (await ServedAsync(Fresh, cancellation))
            .Where(served => served.Takes("list") && served.Takes("delete") && served.Takes("patch"))
            .Select(served => served.Type)
            .DistinctBy(type => (type.Group, type.Plural))];

    /// <summary>Definitions have changed: what is remembered may be wrong.</summary>
    public void Forget() => _asked = null;

    /// <summary>Whether a kind comes from a definition and not with Kubernetes, the Gateway API or Fairway.</summary>
    public static bool IsCustom(ResourceType type) => AllKinds.Catalog.Find(type.ApiVersion, type.Kind) is null && type.Group.Contains('.', StringComparison.Ordinal)
        && !type.Group.EndsWith(".k8s.io", StringComparison.Ordinal);

    private static ResourceType? Find(IReadOnlyList<ServedResource> served, string apiVersion, string kind)
        => served.FirstOrDefault(one => one.Type.Kind == kind && one.Type.ApiVersion == apiVersion && one.Takes("get"))?.Type;

    private async Task<IReadOnlyList<ServedResource>> ServedAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        await _asking.WaitAsync(cancellation);
        try
        {
            if (_asked is not { } at || time.GetUtcNow() - at >= atMost)
            {
                _served = await api.DiscoverAsync(cancellation);
                _asked = time.GetUtcNow();
            }

            return _served;
        }
        finally
        {
            _asking.Release();
        }
    }
}

using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Quota;

/// <summary>
/// Counts again what quotas limit: when a quota is new or changed, when something that counts goes or ends, and every five minutes.
/// What is added is charged by admission, which knows of it first.
/// </summary>
internal sealed class QuotaReconciler(IClusterApi api, InformerSet informers, IReadOnlyDictionary<string, ResourceType> counted, TimeProvider time)
{
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    private readonly ConcurrentDictionary<ObjectKey, string> _seen = new();
    private readonly Informer<ResourceQuota> _quotas = informers.Of<ResourceQuota>();

    /// <summary>The quotas that a change of something counted concerns: it went, or it ended.</summary>
    public IEnumerable<ObjectKey> ConcernedBy(InformerChange change)
    {
        if (change.Before is not { } before)
        {
            return [];
        }

        ObjectKey[] quotas = [.. _quotas.List(before.Header.Namespace).Select(ObjectKey.Of)];
        bool isFreed = quotas.Length > 0 && (change.After is not { } after || (HasEnded(after) && !HasEnded(before)));
        return isFreed ? quotas : [];
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_quotas.Get(key) is null)
        {
            return ReconcileResult.Done;
        }

        JsonObject quota = (await api.GetAsync(KindOf<ResourceQuota>.Type, key.Namespace, key.Name, cancellation)).ToNode();
        var objects = new Dictionary<string, IReadOnlyList<JsonObject>>();
        foreach (string resource in QuotaPlanner.Resources(quota, counted.Keys))
        {
            // The server is asked, not the cache: what was just charged must not be forgotten.
            DocumentList list = await api.ListAsync(counted[resource], key.Namespace, ListOptions.All, cancellation);
            objects[resource] = [.. list.Items.Select(item => item.ToNode())];
        }

        if (QuotaPlanner.Plan(quota, objects, time.GetUtcNow()) is { } status)
        {
            // What is charged and not stored yet looks like too much: less is only believed when nothing was charged for a while.
            string version = (string?)quota["metadata"]?["resourceVersion"] ?? "";
            if (QuotaPlanner.Lowers(quota, status) && !(_seen.TryGetValue(key, out string? before) && before == version))
            {
                _seen[key] = version;
                return ReconcileResult.After(Settle);
            }

            _seen.TryRemove(key, out _);
            quota["status"] = status;
            await api.UpdateAsync(KindOf<ResourceQuota>.Type, key.Namespace, key.Name, Document.From(quota), new WriteOptions { Subresource = "status" }, cancellation);
        }

        return ReconcileResult.After(Again);
    }

    private static bool HasEnded(Document pod)
        => pod.Header.Kind == "Pod" && (string?)pod.ToNode()["status"]?["phase"] is "Succeeded" or "Failed";
}

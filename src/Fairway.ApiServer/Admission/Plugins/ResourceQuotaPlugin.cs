using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Quota;

namespace Fairway.ApiServer;

/// <summary>
/// ResourceQuota: charges what a request adds to every quota of its namespace that means it, and refuses what would exceed one.
/// Charging is a conditional write of the quota's status, one request of a namespace at a time, so concurrent creates cannot
/// share the last place. What is freed, or was charged for nothing, a controller counts again.
/// </summary>
internal sealed class ResourceQuotaPlugin(ObjectStore store, TimeProvider time) : IValidatingPlugin
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Object is null || request.Subresource.Length > 0 || request.Namespace.Length == 0 || request.Resource.GroupResource == "namespaces" || !Handles(request))
        {
            return ValueTask.CompletedTask;
        }

        return store.List("resourcequotas", request.Namespace).Any() ? ChargeAsync(request, cancellation) : ValueTask.CompletedTask;
    }

    private static bool Handles(AdmissionRequest request) => request.Operation == AdmissionOperation.Create
        || (request.Operation == AdmissionOperation.Update && request.Resource.GroupResource is "services" or "persistentvolumeclaims");

    private async ValueTask ChargeAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        SemaphoreSlim turn = _turns.GetOrAdd(request.Namespace, static _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellation);
        try
        {
            // Every quota is asked whether the request says what it counts, then whether there is enough, before any is charged.
            foreach (Document quota in store.List("resourcequotas", request.Namespace))
            {
                RequireAmounts(request, quota.ToNode());
            }

            var charged = new List<string>();
            foreach (Document quota in store.List("resourcequotas", request.Namespace))
            {
                if (Charged(request, quota.ToNode()) is not null)
                {
                    charged.Add(quota.Header.Name);
                }
            }

            foreach (string name in request.DryRun ? [] : charged)
            {
                await store.ChangeAsync(
                    KindOf<ResourceQuota>.Type,
                    request.Namespace,
                    name,
                    live => Charged(request, live.ToNode()) is { } quota ? new Change.Put(quota) : Change.None,
                    dryRun: false,
                    cancellation);
            }
        }
        finally
        {
            turn.Release();
        }
    }

    private static void RequireAmounts(AdmissionRequest request, JsonObject quota)
    {
        string resource = request.Resource.GroupResource;
        string[] limited = resource == "pods" ? [.. QuotaUsage.Concerning(resource, Amounts.Read(quota["status"]?["hard"]).Keys)] : [];
        if (limited.Length > 0 && QuotaUsage.IsInScope(quota, resource, request.Object!) && QuotaUsage.Missing(limited, request.Object!) is { } missing)
        {
            throw request.Forbidden($"failed quota: {(string?)quota["metadata"]?["name"]}: {missing}");
        }
    }

    /// <summary>The quota with the request charged to it; null when it does not mean the request or nothing is added.</summary>
    private JsonObject? Charged(AdmissionRequest request, JsonObject quota)
    {
        string resource = request.Resource.GroupResource;
        string name = (string?)quota["metadata"]?["name"] ?? "";
        SortedDictionary<string, Quantity> hard = Amounts.Read(quota["status"]?["hard"]);
        SortedDictionary<string, Quantity> used = Amounts.Read(quota["status"]?["used"]);
        string[] limited = [.. QuotaUsage.Concerning(resource, hard.Keys)];
        if (limited.Length == 0 || !QuotaUsage.IsInScope(quota, resource, request.Object!))
        {
            return null;
        }

        if (limited.Any(each => !used.ContainsKey(each)))
        {
            throw request.Forbidden($"status unknown for quota: {name}, resources: {string.Join(',', limited.Order(StringComparer.Ordinal))}");
        }

        SortedDictionary<string, Quantity> added = Added(request, quota, hard);
        if (added.Count == 0)
        {
            return null;
        }

        SortedDictionary<string, Quantity> next = new(used, StringComparer.Ordinal);
        Amounts.Add(next, added);
        string[] exceeded = [.. added.Keys.Where(each => next[each] > hard[each])];
        if (exceeded.Length > 0)
        {
            string Shown(SortedDictionary<string, Quantity> amounts) => Amounts.Show(amounts.Where(entry => exceeded.Contains(entry.Key)));
            throw request.Forbidden($"exceeded quota: {name}, requested: {Shown(added)}, used: {Shown(used)}, limited: {Shown(hard)}");
        }

        quota["status"]!["used"] = Amounts.Write(next);
        return quota;
    }

    private SortedDictionary<string, Quantity> Added(AdmissionRequest request, JsonObject quota, SortedDictionary<string, Quantity> hard)
    {
        string resource = request.Resource.GroupResource;
        DateTimeOffset now = time.GetUtcNow();
        SortedDictionary<string, Quantity> usage = QuotaUsage.Of(resource, request.Object!, now);
        string[] negative = [.. usage.Where(entry => entry.Value.Nanos.Sign < 0).Select(entry => entry.Key)];
        if (negative.Length > 0)
        {
            throw request.Forbidden($"quota usage is negative for resource(s): {string.Join(',', negative)}");
        }

        SortedDictionary<string, Quantity> before = request.OldObject is { } old && QuotaUsage.IsInScope(quota, resource, old)
            ? QuotaUsage.Of(resource, old, now)
            : Amounts.New();
        SortedDictionary<string, Quantity> added = Amounts.New();
        foreach ((string name, Quantity amount) in usage.Where(entry => hard.ContainsKey(entry.Key)))
        {
            Quantity more = before.TryGetValue(name, out Quantity own) ? amount - own : amount;
            if (more.Nanos.Sign > 0)
            {
                added[name] = more;
            }
        }

        return added;
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Policy;
using Fairway.Resources.Labels;

namespace Fairway.ApiServer;

/// <summary>
/// Asks the disruption budgets before a pod is evicted. An allowed eviction is taken off its budget at once, so that two that come
/// together do not both pass on the same one.
/// </summary>
internal sealed class Evictions(ObjectStore store, TimeProvider time)
{
    private const int MaxDisrupted = 2000;
    private static readonly ResourceType Budgets = KindOf<PodDisruptionBudget>.Type;

    /// <exception cref="StatusException">429 with the cause DisruptionBudget; 500 when several budgets select the pod.</exception>
    public async Task RequireAsync(Document pod, bool dryRun, CancellationToken cancellation)
    {
        JsonObject node = pod.ToNode();
        if (pod.Header.IsDeleting || (string?)node["status"]?["phase"] is "Succeeded" or "Failed" or "Pending")
        {
            return; // nobody is served by it
        }

        Document[] budgets = [.. store.List(Budgets.GroupResource, pod.Header.Namespace).Where(budget => Selects(budget, pod))];
        if (budgets.Length > 1)
        {
            throw new StatusException(500, "InternalError", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        }

        if (budgets.Length == 0)
        {
            return;
        }

        bool isReady = (node["status"]?["conditions"] as JsonArray ?? []).Any(condition => (string?)condition?["type"] == "Ready" && (string?)condition["status"] == "True");
        await store.ChangeAsync(
            Budgets,
            pod.Header.Namespace,
            budgets[0].Header.Name,
            live => ValueTask.FromResult(Decide(live.ToNode(), live.Header, pod.Header.Name, isReady)),
            dryRun,
            cancellation);
    }

    private static bool Selects(Document budget, Document pod)
        => LabelSelector.FromObject(budget.ToNode()["spec"]?["selector"]).Matches(pod.Header.Labels);

    private Change Decide(JsonObject budget, DocumentHeader header, string pod, bool isReady)
    {
        JsonObject status = budget["status"] as JsonObject ?? [];
        budget["status"] ??= status;
        long healthy = Number(status, "currentHealthy");
        long desired = Number(status, "desiredHealthy");
        if (!isReady)
        {
            bool isAlwaysAllowed = (string?)budget["spec"]?["unhealthyPodEvictionPolicy"] == "AlwaysAllow";
            if (isAlwaysAllowed || (healthy >= desired && desired > 0))
            {
                return Change.None; // it counts for nothing, so nothing is lost with it
            }
        }

        if (Number(status, "observedGeneration") < ((long?)budget["metadata"]?["generation"] ?? 0))
        {
            throw Refuse($"The disruption budget {header.Name} is still being processed by the server.", 10);
        }

        long allowed = Number(status, "disruptionsAllowed");
        JsonObject disrupted = status["disruptedPods"] as JsonObject ?? [];
        if (disrupted.Count > MaxDisrupted)
        {
            throw new StatusException(403, "Forbidden", $"poddisruptionbudgets.policy \"{header.Name}\" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller");
        }

        if (allowed <= 0)
        {
            throw Refuse(string.Create(CultureInfo.InvariantCulture, $"The disruption budget {header.Name} needs {desired} healthy pods and has {healthy} currently"), null);
        }

        status["disruptionsAllowed"] = allowed - 1;
        status["disruptedPods"] ??= disrupted;
        disrupted[pod] = SystemMetadata.Timestamp(time.GetUtcNow());
        if (allowed == 1)
        {
            Exhausted(status);
        }

        return new Change.Put(budget);
    }

    private void Exhausted(JsonObject status)
    {
        foreach (JsonNode? condition in status["conditions"] as JsonArray ?? [])
        {
            if (condition is JsonObject members && (string?)members["type"] == "DisruptionAllowed")
            {
                members["status"] = "False";
                members["reason"] = "InsufficientPods";
                members["lastTransitionTime"] = SystemMetadata.Timestamp(time.GetUtcNow());
            }
        }
    }

    private static long Number(JsonObject status, string member) => (long?)status[member] ?? 0;

    private static StatusException Refuse(string cause, int? retryAfter) => new(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.")
    {
        Details = new StatusDetails { Causes = [new StatusCause { Reason = "DisruptionBudget", Message = cause }], RetryAfterSeconds = retryAfter },
    };
}

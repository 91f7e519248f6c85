using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.ReplicaSets;

/// <summary>What is known of a set.</summary>
internal sealed record ReplicaSetObservation
{
    public required ReplicaSet Set { get; init; }

    /// <summary>The pods that it controls, with those that were just created and without those whose deletion was just asked for.</summary>
    public required IReadOnlyList<Pod> Pods { get; init; }

    /// <summary>Active pods of the same deployment on each node.</summary>
    public required IReadOnlyDictionary<string, int> PodsOnNode { get; init; }

    public required DateTimeOffset Now { get; init; }
}

/// <summary>What to do about it.</summary>
/// <param name="Create">How many pods to create.</param>
/// <param name="Delete">The pods to delete.</param>
/// <param name="Status">The status before that is done.</param>
/// <param name="RequeueAfter">When a ready pod becomes available.</param>
internal sealed record ReplicaSetDecision(int Create, IReadOnlyList<Pod> Delete, ReplicaSetStatus Status, TimeSpan? RequeueAfter);

/// <summary>Compares the pods that there are with those that there should be. Pure.</summary>
internal static class ReplicaSetPlanner
{
    /// <summary>At most this many pods are created or deleted in one go.</summary>
    public const int Burst = 500;

    public static ReplicaSetDecision Plan(ReplicaSetObservation observed)
    {
        ReplicaSet set = observed.Set;
        Pod[] active = [.. observed.Pods.Where(PodStates.IsActive)];
        int surplus = active.Length - (set.Spec.Replicas ?? 1);
        bool isGoing = set.Metadata.DeletionTimestamp is not null;
        int create = isGoing || surplus >= 0 || set.Spec.Template is null ? 0 : Math.Min(-surplus, Burst);
        Pod[] delete = isGoing || surplus <= 0
            ? []
            : [.. active.Order(new PodDeletionOrder(observed.PodsOnNode, observed.Now)).Take(Math.Min(surplus, Burst))];
        return new ReplicaSetDecision(create, delete, StatusOf(set, active, observed.Now), NextAvailable(set, active, observed.Now));
    }

    private static ReplicaSetStatus StatusOf(ReplicaSet set, Pod[] active, DateTimeOffset now)
    {
        IReadOnlyDictionary<string, string> labels = set.Spec.Template?.Metadata?.Labels ?? new Dictionary<string, string>();
        int minReady = set.Spec.MinReadySeconds ?? 0;
        return new ReplicaSetStatus
        {
            Replicas = active.Length,
            FullyLabeledReplicas = OrNull(active.Count(pod => labels.All(label => pod.Metadata.Labels?.GetValueOrDefault(label.Key) == label.Value))),
            ReadyReplicas = OrNull(active.Count(PodStates.IsReady)),
            AvailableReplicas = OrNull(active.Count(pod => pod.IsAvailable(minReady, now))),
            ObservedGeneration = set.Metadata.Generation,
            Conditions = set.Status?.Conditions,
        };
    }

    private static TimeSpan? NextAvailable(ReplicaSet set, Pod[] active, DateTimeOffset now)
    {
        int minReady = set.Spec.MinReadySeconds ?? 0;
        if (minReady == 0)
        {
            return null;
        }

        return active
            .Where(pod => pod.IsReady() && !pod.IsAvailable(minReady, now))
            .Select(pod => pod.AvailableIn(minReady, now))
            .Where(wait => wait > TimeSpan.Zero)
            .Min();
    }

    /// <summary>Counts of zero are left out, as Kubernetes does.</summary>
    private static int? OrNull(int count) => count == 0 ? null : count;
}

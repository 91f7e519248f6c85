using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.StatefulSets;

/// <summary>What is known of a set.</summary>
internal sealed record StatefulSetObservation
{
    public required StatefulSet Set { get; init; }

    /// <summary>The pods that it controls; those whose deletion was just asked for count as being deleted.</summary>
    public required IReadOnlyList<Pod> Pods { get; init; }

    /// <summary>The revision from which an update goes away, and the one to which it goes.</summary>
    public required string CurrentRevision { get; init; }

    public required string UpdateRevision { get; init; }

    public required DateTimeOffset Now { get; init; }
}

/// <summary>A pod to create.</summary>
/// <param name="Ordinal">Its number.</param>
/// <param name="IsCurrent">Of the current revision, not of the one that an update goes to.</param>
internal readonly record struct NewStatefulPod(int Ordinal, bool IsCurrent);

/// <summary>What to do about it.</summary>
internal sealed record StatefulSetDecision
{
    public IReadOnlyList<NewStatefulPod> Create { get; init; } = [];

    public IReadOnlyList<Pod> Delete { get; init; } = [];

    /// <summary>Pods beyond the set's size, which go or are about to.</summary>
    public required IReadOnlyList<Pod> Condemned { get; init; }

    public required StatefulSetStatus Status { get; init; }

    /// <summary>When a ready pod becomes available.</summary>
    public TimeSpan? RequeueAfter { get; init; }
}

/// <summary>
/// One safe step: 1. pods that are missing or have ended, from the first up; 2. pods beyond the size, from the last down; 3. pods of
/// an old revision, from the last down. In order, each step waits for the pods before it to be available; in parallel none does. Pure.
/// </summary>
internal static class StatefulSetPlanner
{
    public static StatefulSetDecision Plan(StatefulSetObservation observed)
    {
        StatefulSet set = observed.Set;
        var state = new StatefulSetState(observed);
        (List<NewStatefulPod> create, List<Pod> delete, bool isSettled) = Scale(state);
        if (isSettled && set.Spec.UpdateStrategy?.Type != "OnDelete")
        {
            delete.AddRange(Update(state, delete.Count));
        }

        if (set.Metadata.DeletionTimestamp is not null)
        {
            create = [];
            delete = [];
        }

        return new StatefulSetDecision
        {
            Create = create,
            Delete = delete,
            Condemned = state.Condemned,
            Status = StatusOf(observed, state),
            RequeueAfter = NextAvailable(observed),
        };
    }

    /// <returns>What to create and delete, and whether nothing has to be waited for before pods are updated.</returns>
    private static (List<NewStatefulPod> Create, List<Pod> Delete, bool IsSettled) Scale(StatefulSetState state)
    {
        var create = new List<NewStatefulPod>();
        var delete = new List<Pod>();
        foreach ((int ordinal, Pod? pod) in state.Wanted)
        {
            if (pod is null)
            {
                create.Add(new NewStatefulPod(ordinal, state.NeedsCurrent(ordinal)));
            }
            else if (pod.HasEnded() && pod.Metadata.DeletionTimestamp is null)
            {
                delete.Add(pod);
            }
            else if (!state.IsOrdered || state.IsAvailable(pod))
            {
                continue;
            }

            if (state.IsOrdered)
            {
                return (create, delete, false);
            }
        }

        Pod? firstUnhealthy = state.Wanted.Select(each => each.Pod).Concat(state.Condemned.Reverse()).FirstOrDefault(pod => pod is not null && !state.IsAvailable(pod));
        foreach (Pod pod in state.Condemned)
        {
            bool isGoing = pod.Metadata.DeletionTimestamp is not null;
            bool mayGo = !state.IsOrdered || state.IsAvailable(pod) || ReferenceEquals(pod, firstUnhealthy);
            if (!isGoing && mayGo)
            {
                delete.Add(pod);
            }

            if (state.IsOrdered)
            {
                return (create, delete, false);
            }
        }

        return (create, delete, true);
    }

    /// <summary>Old pods from the last down to the partition, as many as may be missing.</summary>
    private static IEnumerable<Pod> Update(StatefulSetState state, int alreadyGoing)
    {
        int room = state.MaxUnavailable - alreadyGoing - state.Wanted.Count(each => each.Pod is null || !state.IsAvailable(each.Pod));
        bool isOneByOne = state.MaxUnavailable == 1;
        foreach ((int ordinal, Pod? pod) in state.Wanted.Reverse())
        {
            if (ordinal < state.Partition || pod is null)
            {
                yield break;
            }

            bool isGoing = pod.Metadata.DeletionTimestamp is not null;
            bool isOld = StatefulPods.RevisionOf(pod) != state.UpdateRevision;
            if (isOld && !isGoing && (isOneByOne || room > 0 || !state.IsAvailable(pod)))
            {
                yield return pod;
                room--;
            }

            // One by one, an unhealthy pod of the new revision stops the update, and an old one is itself the next to go.
            if (isOneByOne && (isOld || !state.IsAvailable(pod)))
            {
                yield break;
            }
        }
    }

    private static StatefulSetStatus StatusOf(StatefulSetObservation observed, StatefulSetState state)
    {
        StatefulSet set = observed.Set;
        Pod[] all = [.. observed.Pods];
        Pod[] there = [.. all.Where(pod => pod.Metadata.DeletionTimestamp is null)];
        int ready = all.Count(pod => pod.Status?.Phase == "Running" && pod.IsReady());
        int updated = there.Count(pod => StatefulPods.RevisionOf(pod) == observed.UpdateRevision);
        int current = there.Count(pod => StatefulPods.RevisionOf(pod) == observed.CurrentRevision);
        string currentRevision = observed.CurrentRevision;
        int wanted = set.Spec.Replicas ?? 1;
        bool isComplete = set.Spec.UpdateStrategy?.Type != "OnDelete" && updated == wanted && all.Length == wanted && ready == wanted;
        if (isComplete)
        {
            currentRevision = observed.UpdateRevision;
            current = updated;
        }

        return new StatefulSetStatus
        {
            ObservedGeneration = set.Metadata.Generation,
            Replicas = all.Length,
            ReadyReplicas = OrNull(ready),
            AvailableReplicas = all.Count(state.IsAvailable),
            CurrentReplicas = OrNull(current),
            UpdatedReplicas = OrNull(updated),
            CurrentRevision = currentRevision,
            UpdateRevision = observed.UpdateRevision,
            CollisionCount = set.Status?.CollisionCount ?? 0,
            Conditions = set.Status?.Conditions,
        };
    }

    private static TimeSpan? NextAvailable(StatefulSetObservation observed)
    {
        int minReady = observed.Set.Spec.MinReadySeconds ?? 0;
        return minReady == 0 ? null : observed.Pods
            .Where(pod => pod.IsReady() && !pod.IsAvailable(minReady, observed.Now))
            .Select(pod => pod.AvailableIn(minReady, observed.Now))
            .Where(wait => wait > TimeSpan.Zero)
            .Min();
    }

    private static int? OrNull(int count) => count == 0 ? null : count;
}

/// <summary>The pods of a set sorted by what they are to it.</summary>
internal sealed class StatefulSetState
{
    private readonly StatefulSetObservation _observed;
    private readonly int _minReady;

    public StatefulSetState(StatefulSetObservation observed)
    {
        _observed = observed;
        StatefulSet set = observed.Set;
        _minReady = set.Spec.MinReadySeconds ?? 0;
        int first = StatefulPods.First(set);
        int count = set.Spec.Replicas ?? 1;
        var byOrdinal = new Dictionary<int, Pod>();
        var condemned = new List<(int Ordinal, Pod Pod)>();
        foreach (Pod pod in observed.Pods)
        {
            if (StatefulPods.OrdinalOf(set, pod) is not { } ordinal)
            {
                continue;
            }

            if (ordinal >= first && ordinal < first + count)
            {
                byOrdinal[ordinal] = pod;
            }
            else
            {
                condemned.Add((ordinal, pod));
            }
        }

        Wanted = [.. Enumerable.Range(first, count).Select(ordinal => (ordinal, byOrdinal.GetValueOrDefault(ordinal)))];
        Condemned = [.. condemned.OrderByDescending(each => each.Ordinal).Select(each => each.Pod)];
        RollingUpdateStatefulSetStrategy? rolling = set.Spec.UpdateStrategy?.RollingUpdate;
        Partition = first + (rolling?.Partition ?? 0);
        MaxUnavailable = Math.Max(1, rolling?.MaxUnavailable?.Of(count, roundUp: true) ?? 1);
    }

    /// <summary>Every number that should have a pod, in order.</summary>
    public IReadOnlyList<(int Ordinal, Pod? Pod)> Wanted { get; }

    /// <summary>Pods with other numbers, the last first.</summary>
    public IReadOnlyList<Pod> Condemned { get; }

    /// <summary>The first number that an update touches.</summary>
    public int Partition { get; }

    public int MaxUnavailable { get; }

    public string UpdateRevision => _observed.UpdateRevision;

    public bool IsOrdered => _observed.Set.Spec.PodManagementPolicy != "Parallel";

    /// <summary>Running, ready for long enough and not on its way out.</summary>
    public bool IsAvailable(Pod pod)
        => pod.Metadata.DeletionTimestamp is null && pod.Status?.Phase == "Running" && pod.IsAvailable(_minReady, _observed.Now);

    /// <summary>A missing pod below the partition comes back as it was.</summary>
    public bool NeedsCurrent(int ordinal)
        => _observed.Set.Spec.UpdateStrategy?.Type != "OnDelete" && ordinal < Partition;
}

using System.Collections.Concurrent;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Storage;

namespace Fairway.Workloads.Scheduling;

/// <summary>Collects what happens in a cluster as informers tell it, and brings a snapshot up to date when asked.</summary>
internal sealed class ClusterChanges
{
    private readonly ConcurrentQueue<Action<SchedulingSnapshot, PendingPods, Dictionary<string, string>>> _changes = new();

    public ClusterChanges(InformerSet informers, Func<Pod, bool> waits)
    {
        informers.Of<Pod>().Subscribe((before, after) => _changes.Enqueue((snapshot, pending, assumed) => Take(before, after, waits, snapshot, pending, assumed)));
        informers.Of<Node>().Subscribe((before, after) => _changes.Enqueue((snapshot, _, _) => Take(before, after, snapshot)));
        informers.Of<Namespace>().Subscribe((before, after) => TouchIf(before is not null && after is not null && !Same(before.Metadata.Labels, after.Metadata.Labels)));
        informers.Of<PersistentVolumeClaim>().Subscribe((_, _) => TouchIf(true));
        informers.Of<PersistentVolume>().Subscribe((_, _) => TouchIf(true));
        informers.Of<StorageClass>().Subscribe((_, _) => TouchIf(true));
    }

    /// <param name="assumed">Pods that were given a node which the cache does not show yet: uid and node.</param>
    public void ApplyTo(SchedulingSnapshot snapshot, PendingPods pending, Dictionary<string, string> assumed)
    {
        while (_changes.TryDequeue(out Action<SchedulingSnapshot, PendingPods, Dictionary<string, string>>? change))
        {
            change(snapshot, pending, assumed);
        }
    }

    private void TouchIf(bool matters)
    {
        if (matters)
        {
            _changes.Enqueue((snapshot, _, _) => snapshot.Touch());
        }
    }

    private static void Take(
        Pod? before, Pod? after, Func<Pod, bool> waits, SchedulingSnapshot snapshot, PendingPods pending, Dictionary<string, string> assumed)
    {
        if (before?.Metadata.Uid is { } old && old != after?.Metadata.Uid)
        {
            Forget(old, snapshot, pending, assumed);
        }

        if (after?.Metadata.Uid is not { } uid)
        {
            return;
        }

        if (after.HasEnded())
        {
            Forget(uid, snapshot, pending, assumed);
        }
        else if (!string.IsNullOrEmpty(after.Spec.NodeName))
        {
            pending.Remove(uid);
            assumed.Remove(uid);
            var pod = new PodNeeds(after);
            if (snapshot.NodeOf(uid) != after.Spec.NodeName || before is null || !IsSame(before, after))
            {
                snapshot.Place(pod, after.Spec.NodeName);
            }
        }
        else if (waits(after))
        {
            var pod = new PodNeeds(after);
            if (after.Status?.NominatedNodeName is { Length: > 0 } promised)
            {
                snapshot.Nominate(pod, promised);
            }

            if (!assumed.ContainsKey(uid))
            {
                pending.Set(pod);
            }
        }
        else
        {
            Forget(uid, snapshot, pending, assumed);
        }
    }

    private static void Forget(string uid, SchedulingSnapshot snapshot, PendingPods pending, Dictionary<string, string> assumed)
    {
        pending.Remove(uid);
        assumed.Remove(uid);
        snapshot.Remove(uid);
    }

    private static void Take(Node? before, Node? after, SchedulingSnapshot snapshot)
    {
        if (after is null)
        {
            snapshot.RemoveNode(before!.Metadata.Name);
        }
        else if (snapshot.Find(after.Metadata.Name) is not { } known || !IsSame(known.Node, after))
        {
            snapshot.Set(after);
        }
    }

    private static bool IsSame(Node before, Node after)
        => before.Spec?.Unschedulable == after.Spec?.Unschedulable
            && (before.Spec?.Taints ?? []).SequenceEqual(after.Spec?.Taints ?? [])
            && Same(before.Metadata.Labels, after.Metadata.Labels)
            && Same(before.Status?.Allocatable, after.Status?.Allocatable);

    /// <summary>What matters of a pod that is on its node: that it is being deleted, its labels, and what it requests.</summary>
    private static bool IsSame(Pod before, Pod after)
        => before.Metadata.DeletionTimestamp == after.Metadata.DeletionTimestamp
            && before.Spec.NodeName == after.Spec.NodeName
            && Same(before.Metadata.Labels, after.Metadata.Labels)
            && before.Spec.Containers.Select(container => container.Resources).SequenceEqual(after.Spec.Containers.Select(container => container.Resources), SameRequests.Instance);

    private static bool Same<T>(IReadOnlyDictionary<string, T>? before, IReadOnlyDictionary<string, T>? after)
        => (before?.Count ?? 0) == (after?.Count ?? 0)
            && (before ?? new Dictionary<string, T>()).All(pair => after!.TryGetValue(pair.Key, out T? value) && EqualityComparer<T>.Default.Equals(value, pair.Value));

    private sealed class SameRequests : IEqualityComparer<ResourceRequirements?>
    {
        public static SameRequests Instance { get; } = new();

        public bool Equals(ResourceRequirements? x, ResourceRequirements? y) => Same(x?.Requests, y?.Requests) && Same(x?.Limits, y?.Limits);

        public int GetHashCode(ResourceRequirements? obj) => 0;
    }
}

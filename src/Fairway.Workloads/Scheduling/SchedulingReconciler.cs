using System.Collections.Concurrent;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>
/// Gives every pod without a node one that can take it, or says why none can. One pass looks at all pods that are worth it, the
/// most important first; each choice sees the ones before; bindings are written beside each other at its end.
/// </summary>
internal sealed class SchedulingReconciler
{
    private const string Name = "default-scheduler";

    /// <summary>So many bindings are written at a time.</summary>
    private const int Abreast = 16;

    private readonly ClusterChanges _changes;
    private readonly VolumeLookup _lookup;
    private readonly SchedulingWriter _writer;
    private readonly Informer<Namespace> _namespaces;
    private readonly TimeProvider _time;
    private readonly Func<IReadOnlyList<Budget>> _budgets;

    // Only the one worker touches these.
    private readonly SchedulingSnapshot _snapshot = new();
    private readonly PendingPods _pending = new();
    private readonly Dictionary<string, string> _assumed = [];
    private readonly Dictionary<string, (PodNeeds Pod, string Node, DateTimeOffset Since)> _waitingForVolumes = [];

    // Placed pods whose writes were refused: they are placed anew.
    private readonly ConcurrentQueue<PodNeeds> _failed = new();

    public SchedulingReconciler(IClusterApi api, InformerSet informers, SeriesRecorder events, TimeProvider time, Func<IReadOnlyList<Budget>>? budgets = null)
    {
        _changes = new ClusterChanges(informers, IsWaiting);
        _lookup = new VolumeLookup(informers);
        _writer = new SchedulingWriter(api, events, time);
        _namespaces = informers.Of<Namespace>();
        _time = time;
        _budgets = budgets ?? (() => []);
    }

    /// <summary>The one key: a pass concerns all pods that wait.</summary>
    public static IEnumerable<ObjectKey> All { get; } = [new ObjectKey("", "pods")];

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        _changes.ApplyTo(_snapshot, _pending, _assumed);
        var writes = new List<Func<CancellationToken, Task>>();
        ContinueWithVolumes(writes);
        var refused = new Dictionary<string, (long Version, Placement.Nowhere Placement)>();
        DateTimeOffset now = _time.GetUtcNow();
        foreach (PodNeeds pod in _pending.Due(_snapshot, now))
        {
            VolumeNeeds volumes = _lookup.Of(pod);
            switch (Plan(pod, volumes, refused))
            {
                case Placement.On target:
                    Assume(pod, volumes, target.Node, now);
                    Node? node = _snapshot.Find(target.Node)?.Node;
                    writes.Add(token => PlaceAsync(pod, volumes, node, target.Node, token));
                    break;
                case Placement.Preempt preempt:
                    _snapshot.Nominate(pod, preempt.Node);
                    _pending.Refused(pod.Uid, _snapshot, now);
                    writes.Add(token => _writer.PreemptAsync(pod.Pod, preempt, token));
                    break;
                case Placement.Nowhere nowhere:
                    _pending.Refused(pod.Uid, _snapshot, now);
                    _snapshot.ClearNomination(pod.Uid);
                    writes.Add(token => _writer.ExplainAsync(pod.Pod, nowhere.Why, nominated: null, token));
                    break;
            }
        }

        await WriteAsync(writes, cancellation);
        return _pending.NextIn(_snapshot, _time.GetUtcNow()) is { } next ? ReconcileResult.After(next) : ReconcileResult.Done;
    }

    private static bool IsWaiting(Pod pod)
        => string.IsNullOrEmpty(pod.Spec.NodeName)
            && pod.IsActive()
            && pod.Spec.SchedulerName is null or "" or Name
            && pod.Spec.SchedulingGates is null or { Count: 0 };

    private Placement Plan(PodNeeds pod, VolumeNeeds volumes, Dictionary<string, (long Version, Placement.Nowhere Placement)> refused)
    {
        // Pods of one ReplicaSet or Job differ in nothing that matters here: what was refused to one is refused to the next.
        string? kin = pod is { LooksAtPods: false, Claims.Count: 0 }
            && pod.Pod.Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true) is { Kind: "ReplicaSet" or "Job" } owner
            ? owner.Uid
            : null;
        if (kin is not null && refused.TryGetValue(kin, out (long Version, Placement.Nowhere Placement) known) && known.Version == _snapshot.Version)
        {
            return known.Placement;
        }

        Placement placement = SchedulingPlanner.Plan(new SchedulingInput
        {
            Pod = pod,
            Snapshot = _snapshot,
            Volumes = volumes,
            NamespaceLabels = name => _namespaces.Get(null, name)?.Metadata.Labels,
            Budgets = _budgets(),
        });
        if (kin is not null && placement is Placement.Nowhere nowhere)
        {
            refused[kin] = (_snapshot.Version, nowhere);
        }

        return placement;
    }

    private void Assume(PodNeeds pod, VolumeNeeds volumes, string node, DateTimeOffset now)
    {
        if (volumes.Waiting.Count > 0)
        {
            _waitingForVolumes[pod.Uid] = (pod, node, now);
        }

        _assumed[pod.Uid] = node;
        _pending.Remove(pod.Uid);
        _snapshot.Place(pod, node);
    }

    /// <summary>Pods that were given a node and waited for their volumes are bound when they have them, or placed anew when not in time.</summary>
    private void ContinueWithVolumes(List<Func<CancellationToken, Task>> writes)
    {
        foreach ((string uid, (PodNeeds pod, string node, DateTimeOffset since)) in _waitingForVolumes)
        {
            if (!_assumed.ContainsKey(uid))
            {
                _waitingForVolumes.Remove(uid);
            }
            else if (_lookup.AreBound(pod))
            {
                _waitingForVolumes.Remove(uid);
                writes.Add(token => BindAsync(pod, node, token));
            }
            else if (_time.GetUtcNow() - since > SchedulingWriter.VolumePatience)
            {
                _waitingForVolumes.Remove(uid);
                GiveUp(pod);
                writes.Add(token => _writer.ExplainAsync(pod.Pod, "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded", nominated: null, token));
            }
        }
    }

    private async Task WriteAsync(List<Func<CancellationToken, Task>> writes, CancellationToken cancellation)
    {
        try
        {
            await Parallel.ForEachAsync(
                writes,
                new ParallelOptions { MaxDegreeOfParallelism = Abreast, CancellationToken = cancellation },
                async (write, token) => await write(token));
        }
        finally
        {
            while (_failed.TryDequeue(out PodNeeds? pod))
            {
                GiveUp(pod);
            }
        }
    }

    /// <summary>Binds the pod, or has its volumes chosen first: then it is bound when they are there.</summary>
    private async Task PlaceAsync(PodNeeds pod, VolumeNeeds volumes, Node? node, string name, CancellationToken cancellation)
    {
        if (volumes.Waiting.Count == 0)
        {
            await BindAsync(pod, name, cancellation);
            return;
        }

        try
        {
            await _writer.ChooseVolumesAsync(volumes.Waiting, node, name, cancellation);
        }
        catch (StatusException)
        {
            _failed.Enqueue(pod);
            throw;
        }
    }

    private async Task BindAsync(PodNeeds pod, string node, CancellationToken cancellation)
    {
        try
        {
            await _writer.BindAsync(pod.Pod, node, cancellation);
        }
        catch (StatusException refused)
        {
            _failed.Enqueue(pod);
            if (!refused.IsNotFound && !refused.IsConflict)
            {
                throw;
            }

            // Gone, or bound by someone else: the cache will say so.
        }
    }

    private void GiveUp(PodNeeds pod)
    {
        _waitingForVolumes.Remove(pod.Uid);
        if (_assumed.Remove(pod.Uid))
        {
            _snapshot.Remove(pod.Uid);
            _pending.Set(pod);
            _pending.Refused(pod.Uid, _snapshot, _time.GetUtcNow());
        }
    }
}

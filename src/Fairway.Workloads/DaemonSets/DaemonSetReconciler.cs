using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Ownership;
using Fairway.Workloads.Revisions;

namespace Fairway.Workloads.DaemonSets;

/// <summary>Keeps a pod of each DaemonSet on every node that should have one.</summary>
internal sealed class DaemonSetReconciler
{
    private readonly IClusterApi _api;
    private readonly Informer<DaemonSet> _sets;
    private readonly Informer<Node> _nodes;
    private readonly PodCandidates _candidates;
    private readonly PodWriter _pods;
    private readonly RevisionHistory _history;
    private readonly EventRecorder _events;
    private readonly TimeProvider _time;

    public DaemonSetReconciler(IClusterApi api, InformerSet informers, PodCandidates candidates, EventRecorder events, TimeProvider time)
    {
        _api = api;
        _sets = informers.Of<DaemonSet>();
        _nodes = informers.Of<Node>();
        _candidates = candidates;
        _pods = new PodWriter(api, informers.Of<Pod>(), events, time);
        _history = new RevisionHistory(api, informers, time);
        _events = events;
        _time = time;
    }

    /// <summary>A node that comes, goes, or changes its labels or taints concerns every daemon.</summary>
    public IEnumerable<ObjectKey> All(InformerChange change)
    {
        Node? before = change.Before?.As<Node>();
        Node? after = change.After?.As<Node>();
        bool isSame = before is not null && after is not null
            && Same(before.Metadata.Labels, after.Metadata.Labels)
            && (before.Spec?.Taints ?? []).SequenceEqual(after.Spec?.Taints ?? []);
        return isSame ? [] : _sets.List().Select(ObjectKey.Of);
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_sets.Get(key) is not { } set || set.Metadata.DeletionTimestamp is not null)
        {
            return ReconcileResult.Done; // what is going makes and keeps nothing any more
        }

        if (set.Spec.Selector.MatchesAll())
        {
            _events.Warning(set, "SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required.");
            return ReconcileResult.Done;
        }

        // 1. The revisions.
        IReadOnlyList<ControllerRevision> history = await _history.OfAsync(set, cancellation);
        if (await _history.SyncAsync(set, set.Spec.Template, RevisionPlanner.HashLabel, history, set.Status?.CollisionCount ?? 0, cancellation) is not { } revision)
        {
            DaemonSetStatus collided = (set.Status ?? new DaemonSetStatus()) with { CollisionCount = (set.Status?.CollisionCount ?? 0) + 1 };
            await _api.WriteStatusAsync(set, set with { Status = collided }, cancellation);
            return ReconcileResult.Done;
        }

        string hash = revision.Metadata.Labels?.GetValueOrDefault(RevisionPlanner.HashLabel) ?? "";

        // 2. The pods.
        IReadOnlyList<Pod> owned = await Claiming.WriteAsync(_api, set, Claims<Pod>.Of(set, set.Spec.Selector, _candidates.Of(set.Metadata.Uid, key.Namespace)), cancellation);
        Pod[] pods =
        [
            .. (await _pods.NewestAsync(owned, set, cancellation)).Select(pod => _pods.IsDeleted(pod) && pod.Metadata.DeletionTimestamp is null
                ? pod with { Metadata = pod.Metadata with { DeletionTimestamp = _time.GetUtcNow() } }
                : pod),
        ];
        DaemonSetDecision decision = DaemonSetPlanner.Plan(new DaemonSetObservation { Set = set, Nodes = _nodes.List(), Pods = pods, Hash = hash, Now = _time.GetUtcNow() });

        // 3. Do it, and say how it is.
        await _api.WriteStatusAsync(set, set with { Status = decision.Status }, cancellation);
        await ActAsync(set, decision, hash, cancellation);
        HashSet<string> live = [revision.Metadata.Name, .. pods.Select(pod => $"{set.Metadata.Name}-{pod.Metadata.Labels?.GetValueOrDefault(RevisionPlanner.HashLabel)}")];
        await _history.TruncateAsync(history, live, set.Spec.RevisionHistoryLimit ?? 10, cancellation);
        return new ReconcileResult(decision.RequeueAfter ?? (_pods.IsBehind ? OwnWrites<Pod>.Patience : null));
    }

    private async Task ActAsync(DaemonSet set, DaemonSetDecision decision, string hash, CancellationToken cancellation)
    {
        foreach (Pod failed in decision.Failed)
        {
            string node = DaemonSetPlanner.NodeOf(failed) ?? "";
            _events.Warning(set, "FailedDaemonPod", $"Found failed daemon pod {failed.Metadata.Namespace}/{failed.Metadata.Name} on node {node}, will try to kill it");
        }

        await Task.WhenAll(decision.Delete.Select(pod => _pods.DeleteAsync(set, pod, cancellation)));
        try
        {
            await _pods.CreateAllAsync(set, [.. decision.Create.Select(node => DaemonSetPlanner.PodFor(set, node, hash))], cancellation);
        }
        catch (StatusException refused) when (PodWriter.IsNamespaceGoing(refused))
        {
            // The set goes with it.
        }
    }

    private static bool Same(IReadOnlyDictionary<string, string>? left, IReadOnlyDictionary<string, string>? right)
        => (left?.Count ?? 0) == (right?.Count ?? 0) && (left ?? new Dictionary<string, string>()).All(label => right!.GetValueOrDefault(label.Key) == label.Value);
}

using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Ownership;

namespace Fairway.Workloads.ReplicaSets;

/// <summary>Keeps as many pods as each ReplicaSet asks for.</summary>
internal sealed class ReplicaSetReconciler
{
    private readonly IClusterApi _api;
    private readonly Informer<ReplicaSet> _sets;
    private readonly Informer<Pod> _pods;
    private readonly PodCandidates _candidates;
    private readonly PodWriter _writer;
    private readonly TimeProvider _time;

    public ReplicaSetReconciler(IClusterApi api, InformerSet informers, PodCandidates candidates, EventRecorder events, TimeProvider time)
    {
        _api = api;
        _sets = informers.Of<ReplicaSet>();
        _pods = informers.Of<Pod>();
        _candidates = candidates;
        _writer = new PodWriter(api, _pods, events, time);
        _time = time;
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_sets.Get(key) is not { } set)
        {
            return ReconcileResult.Done;
        }

        // 1. Which pods are ours, counting what we did that the cache does not show yet.
        Claims<Pod> claims = Claims<Pod>.Of(set, set.Spec.Selector, _candidates.Of(set.Metadata.Uid, key.Namespace).Where(pod => !pod.HasEnded() || pod.Metadata.IsControlledBy(set)));
        IReadOnlyList<Pod> owned = await Claiming.WriteAsync(_api, set, claims, cancellation);
        IReadOnlyList<Pod> all = await _writer.NewestAsync(owned, set, cancellation);

        // 2. Compare with what should be.
        ReplicaSetDecision decision = ReplicaSetPlanner.Plan(new ReplicaSetObservation
        {
            Set = set,
            Pods = [.. all.Where(pod => !_writer.IsDeleted(pod))],
            PodsOnNode = PodsOnNode(set),
            Now = _time.GetUtcNow(),
        });

        // 3. Do it, then say how it is.
        StatusException? failure = await ReplicaPods.ActAsync(_writer, set, set.Spec.Template, decision, cancellation);
        ReplicaSetStatus status = decision.Status with { Conditions = ReplicaFailure.Told(set.Status?.Conditions, failure, decision, _time.GetUtcNow()) };
        await _api.WriteStatusAsync(set, set with { Status = status }, cancellation);
        return failure is null ? new ReconcileResult(decision.RequeueAfter ?? (_writer.IsBehind ? OwnWrites<Pod>.Patience : null)) : throw failure;
    }

    /// <summary>Active pods of this set and of its siblings under the same deployment, by node.</summary>
    private Dictionary<string, int> PodsOnNode(ReplicaSet set)
    {
        IEnumerable<string> sets = set.Metadata.Controller() is { } deployment
            ? _sets.OwnedBy(deployment.Uid).Select(sibling => sibling.Metadata.Uid!)
            : [set.Metadata.Uid!];
        return sets
            .SelectMany(_pods.OwnedBy)
            .Where(pod => pod.IsActive() && !string.IsNullOrEmpty(pod.Spec.NodeName))
            .GroupBy(pod => pod.Spec.NodeName!)
            .ToDictionary(group => group.Key, group => group.Count());
    }
}

using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Ownership;
using Fairway.Workloads.Revisions;

namespace Fairway.Workloads.StatefulSets;

/// <summary>Keeps the numbered pods of StatefulSets and their claims.</summary>
internal sealed class StatefulSetReconciler
{
    private readonly IClusterApi _api;
    private readonly Informer<StatefulSet> _sets;
    private readonly PodCandidates _candidates;
    private readonly OwnWrites<Pod> _writes;
    private readonly RevisionHistory _history;
    private readonly StatefulClaims _claims;
    private readonly EventRecorder _events;
    private readonly TimeProvider _time;

    public StatefulSetReconciler(IClusterApi api, InformerSet informers, PodCandidates candidates, EventRecorder events, TimeProvider time)
    {
        _api = api;
        _sets = informers.Of<StatefulSet>();
        _candidates = candidates;
        _writes = new OwnWrites<Pod>(api, informers.Of<Pod>(), time);
        _history = new RevisionHistory(api, informers, time);
        _claims = new StatefulClaims(api, events);
        _events = events;
        _time = time;
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_sets.Get(key) is not { } set || set.Spec.Selector.MatchesAll())
        {
            return ReconcileResult.Done;
        }

        // 1. The revisions.
        IReadOnlyList<ControllerRevision> history = await _history.OfAsync(set, cancellation);
        if (set.Metadata.DeletionTimestamp is not null && history.Count == 0)
        {
            return ReconcileResult.Done; // its revisions have left it: it goes without what it owned
        }

        int collisions = set.Status?.CollisionCount ?? 0;
        if (await _history.SyncAsync(set, set.Spec.Template, "controller.kubernetes.io/hash", history, collisions, cancellation) is not { } update)
        {
            StatefulSetStatus status = (set.Status ?? new StatefulSetStatus()) with { CollisionCount = collisions + 1 };
            await _api.WriteStatusAsync(set, set with { Status = status }, cancellation);
            return ReconcileResult.Done;
        }

        ControllerRevision current = history.FirstOrDefault(revision => revision.Metadata.Name == set.Status?.CurrentRevision) ?? update;

        // 2. The pods.
        IEnumerable<Pod> candidates = _candidates.Of(set.Metadata.Uid, key.Namespace)
            .Where(pod => pod.Metadata.IsControlledBy(set) || StatefulPods.OrdinalOf(set, pod) is not null);
        IReadOnlyList<Pod> owned = await Claiming.WriteAsync(_api, set, Claims<Pod>.Of(set, set.Spec.Selector, candidates), cancellation);
        Pod[] pods =
        [
            .. (await _writes.OverAsync(owned, pod => pod.Metadata.IsControlledBy(set), cancellation)).Select(pod => _writes.IsDeleted(pod) && pod.Metadata.DeletionTimestamp is null
                ? pod with { Metadata = pod.Metadata with { DeletionTimestamp = _time.GetUtcNow() } }
                : pod),
        ];
        StatefulSetDecision decision = StatefulSetPlanner.Plan(new StatefulSetObservation
        {
            Set = set,
            Pods = pods,
            CurrentRevision = current.Metadata.Name,
            UpdateRevision = update.Metadata.Name,
            Now = _time.GetUtcNow(),
        });

        // 3. Say how it is, then do it.
        await _api.WriteStatusAsync(set, set with { Status = decision.Status }, cancellation);
        await ActAsync(set, decision, pods, current, cancellation);
        HashSet<string> live = [current.Metadata.Name, update.Metadata.Name, .. pods.Select(pod => StatefulPods.RevisionOf(pod) ?? "")];
        await _history.TruncateAsync(history, live, set.Spec.RevisionHistoryLimit ?? 10, cancellation);
        return new ReconcileResult(decision.RequeueAfter ?? (_writes.IsBehind ? OwnWrites<Pod>.Patience : null));
    }

    private async Task ActAsync(StatefulSet set, StatefulSetDecision decision, Pod[] pods, ControllerRevision current, CancellationToken cancellation)
    {
        await _claims.TieAsync(set, pods, decision.Condemned, cancellation);
        foreach (Pod pod in decision.Delete)
        {
            await _api.DeleteAsync(pod, cancellation);
            _writes.Deleted(pod);
            _events.Normal(set, "SuccessfulDelete", $"delete Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} successful");
        }

        foreach (NewStatefulPod wanted in decision.Create)
        {
            bool isCurrent = wanted.IsCurrent && RevisionData.TemplateOf(current.Data) is not null;
            PodTemplateSpec template = isCurrent ? RevisionData.TemplateOf(current.Data)! : set.Spec.Template;
            string revision = isCurrent ? current.Metadata.Name : decision.Status.UpdateRevision!;
            await CreateAsync(set, StatefulPods.New(set, template, revision, wanted.Ordinal), wanted.Ordinal, cancellation);
        }
    }

    private async Task CreateAsync(StatefulSet set, Pod pod, int ordinal, CancellationToken cancellation)
    {
        try
        {
            await _claims.EnsureAsync(set, ordinal, cancellation);
            _writes.Wrote(await _api.CreateAsync(pod, cancellation));
            _events.Normal(set, "SuccessfulCreate", $"create Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} successful");
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            // Ours from before the cache shows it; another's pod of that name is in the way until it goes.
            if (await _api.FindAsync<Pod>(set.Metadata.Namespace, pod.Metadata.Name, cancellation) is { } existing)
            {
                if (!existing.Metadata.IsControlledBy(set))
                {
                    _events.Warning(set, "FailedCreate", $"create Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} failed error: {refused.Message}");
                    throw;
                }

                _writes.Wrote(existing);
            }
        }
        catch (StatusException refused) when (PodWriter.IsNamespaceGoing(refused))
        {
            // The set goes with it.
        }
        catch (StatusException refused)
        {
            _events.Warning(set, "FailedCreate", $"create Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} failed error: {refused.Message}");
            throw;
        }
    }
}

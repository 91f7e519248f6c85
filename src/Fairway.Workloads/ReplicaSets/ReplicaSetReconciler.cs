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
    private readonly OwnWrites<Pod> _writes;
    private readonly EventRecorder _events;
    private readonly TimeProvider _time;

    public ReplicaSetReconciler(IClusterApi api, InformerSet informers, PodCandidates candidates, EventRecorder events, TimeProvider time)
    {
        _api = api;
        _sets = informers.Of<ReplicaSet>();
        _pods = informers.Of<Pod>();
        _candidates = candidates;
        _writes = new OwnWrites<Pod>(api, _pods, time);
        _events = events;
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
        IReadOnlyList<Pod> all = await _writes.OverAsync(owned, pod => pod.Metadata.IsControlledBy(set), cancellation);

        // 2. Compare with what should be.
        ReplicaSetDecision decision = ReplicaSetPlanner.Plan(new ReplicaSetObservation
        {
            Set = set,
            Pods = [.. all.Where(pod => !_writes.IsDeleted(pod))],
            PodsOnNode = PodsOnNode(set),
            Now = _time.GetUtcNow(),
        });

        // 3. Do it, then say how it is.
        Exception? failure = await ActAsync(set, decision, cancellation);
        ReplicaSetStatus status = decision.Status with { Conditions = ReplicaFailure.Told(set.Status?.Conditions, failure, decision, _time.GetUtcNow()) };
        await _api.WriteStatusAsync(set, set with { Status = status }, cancellation);
        if (failure is not null)
        {
            throw failure;
        }

        return new ReconcileResult(decision.RequeueAfter ?? (_writes.IsBehind ? OwnWrites<Pod>.Patience : null));
    }

    private async Task<Exception?> ActAsync(ReplicaSet set, ReplicaSetDecision decision, CancellationToken cancellation)
    {
        try
        {
            await CreateAsync(set, decision.Create, cancellation);
            await Task.WhenAll(decision.Delete.Select(pod => DeleteAsync(set, pod, cancellation)));
            return null;
        }
        catch (StatusException refused) when (refused.Code == 403 && refused.Message.Contains("being terminated", StringComparison.Ordinal))
        {
            // The namespace is going, and the set with it.
            return null;
        }
        catch (StatusException refused)
        {
            return refused;
        }
    }

    /// <summary>In batches of 1, 2, 4, …: what fails for one pod fails once, not five hundred times.</summary>
    private async Task CreateAsync(ReplicaSet set, int count, CancellationToken cancellation)
    {
        for (int batch = 1; count > 0; batch *= 2)
        {
            int size = Math.Min(batch, count);
            await Task.WhenAll(Enumerable.Range(0, size).Select(_ => CreateOneAsync(set, cancellation)));
            count -= size;
        }
    }

    private async Task CreateOneAsync(ReplicaSet set, CancellationToken cancellation)
    {
        try
        {
            Pod created = await _api.CreateAsync(PodFrom(set), cancellation);
            _writes.Wrote(created);
            _events.Normal(set, "SuccessfulCreate", $"Created pod: {created.Metadata.Name}");
        }
        catch (StatusException refused)
        {
            _events.Warning(set, "FailedCreate", $"Error creating: {refused.Message}");
            throw;
        }
    }

    private async Task DeleteAsync(ReplicaSet set, Pod pod, CancellationToken cancellation)
    {
        await _api.DeleteAsync(pod, cancellation);
        _writes.Deleted(pod);
        _events.Normal(set, "SuccessfulDelete", $"Deleted pod: {pod.Metadata.Name}");
    }

    private static Pod PodFrom(ReplicaSet set)
    {
        PodTemplateSpec template = set.Spec.Template!;
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                GenerateName = $"{set.Metadata.Name}-",
                Namespace = set.Metadata.Namespace,
                Labels = template.Metadata?.Labels,
                Annotations = template.Metadata?.Annotations,
                Finalizers = template.Metadata?.Finalizers,
                OwnerReferences = [Owners.ControllerReference(set)],
            },
            Spec = template.Spec,
        };
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

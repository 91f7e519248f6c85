using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Ownership;

namespace Fairway.Workloads.Deployments;

/// <summary>Rolls deployments out through their ReplicaSets.</summary>
internal sealed class DeploymentReconciler(IClusterApi api, InformerSet informers, EventRecorder events, TimeProvider time)
{
    private readonly Informer<Deployment> _deployments = informers.Of<Deployment>();
    private readonly Informer<ReplicaSet> _sets = informers.Of<ReplicaSet>();
    private readonly Informer<Pod> _pods = informers.Of<Pod>();
    private readonly OwnWrites<ReplicaSet> _writes = new(api, informers.Of<ReplicaSet>(), time);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_deployments.Get(key) is not { } deployment)
        {
            return ReconcileResult.Done;
        }

        if (deployment.Spec.Selector.MatchesAll())
        {
            events.Warning(deployment, "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.");
            return ReconcileResult.Done;
        }

        IReadOnlyList<ReplicaSet> all = await _writes.OverAsync(_sets.List(key.Namespace), set => set.Metadata.Namespace == key.Namespace, cancellation);
        Claims<ReplicaSet> claims = Claims<ReplicaSet>.Of(deployment, deployment.Spec.Selector, all);
        IReadOnlyList<ReplicaSet> sets = await Claiming.WriteAsync(api, deployment, claims, cancellation);
        DeploymentDecision decision = DeploymentPlanner.Plan(new DeploymentObservation
        {
            Deployment = deployment,
            Sets = sets,
            SetsWithPods = sets.Where(HasPods).Select(set => set.Metadata.Uid!).ToHashSet(StringComparer.Ordinal),
            Now = time.GetUtcNow(),
        });
        await WriteAsync(deployment, decision, cancellation);
        return new ReconcileResult(decision.RequeueAfter ?? (_writes.IsBehind ? OwnWrites<ReplicaSet>.Patience : null));
    }

    private bool HasPods(ReplicaSet set) => _pods.OwnedBy(set.Metadata.Uid!).Any(pod => !pod.HasEnded());

    private async Task WriteAsync(Deployment deployment, DeploymentDecision decision, CancellationToken cancellation)
    {
        if (decision.Create is { } created && !await CreateAsync(deployment, created, cancellation))
        {
            // The name is another template's: count the collision, which gives the next attempt another name.
            DeploymentStatus status = (deployment.Status ?? new DeploymentStatus()) with { CollisionCount = (deployment.Status?.CollisionCount ?? 0) + 1 };
            await api.WriteStatusAsync(deployment, deployment with { Status = status }, cancellation);
            return;
        }

        foreach (SetChange change in decision.Changes)
        {
            _writes.Wrote(await api.WriteAsync(change.From, change.To, cancellation));
            TellOfScaling(deployment, change.To.Metadata.Name, change.From.Spec.Replicas ?? 1, change.To.Spec.Replicas ?? 1);
        }

        foreach (ReplicaSet superfluous in decision.Delete)
        {
            await api.DeleteAsync(superfluous, cancellation);
        }

        // The revision goes with the status: an annotation written with the object would count as a change by its user.
        Deployment annotated = deployment;
        if (decision.Revision is { } revision)
        {
            var annotations = new Dictionary<string, string>(deployment.Metadata.Annotations ?? new Dictionary<string, string>())
            {
                [RevisionAnnotations.Revision] = RevisionAnnotations.Text(revision),
            };
            annotated = deployment with { Metadata = deployment.Metadata with { Annotations = annotations } };
        }

        await api.WriteStatusAsync(deployment, annotated with { Status = decision.Status }, cancellation);
    }

    /// <returns>false when a set of that name is there and is not ours or not of this template.</returns>
    private async Task<bool> CreateAsync(Deployment deployment, ReplicaSet wanted, CancellationToken cancellation)
    {
        try
        {
            _writes.Wrote(await api.CreateAsync(wanted, cancellation));
            TellOfScaling(deployment, wanted.Metadata.Name, 0, wanted.Spec.Replicas ?? 1);
            return true;
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            // Our own from before the cache shows it is what was wanted.
            ReplicaSet? existing = await api.FindAsync<ReplicaSet>(wanted.Metadata.Namespace, wanted.Metadata.Name, cancellation);
            if (existing is null)
            {
                return true;
            }

            bool isOurs = existing.Metadata.IsControlledBy(deployment) && TemplateHash.AreEqual(existing.Spec.Template, wanted.Spec.Template);
            if (isOurs)
            {
                _writes.Wrote(existing);
            }

            return isOurs;
        }
        catch (StatusException refused) when (!PodWriter.IsNamespaceGoing(refused))
        {
            string message = $"Failed to create new replica set \"{wanted.Metadata.Name}\": {refused.Message}";
            events.Warning(deployment, "ReplicaSetCreateError", message);
            DeploymentStatus status = DeploymentProgress.Refused(deployment, message, time.GetUtcNow());
            await api.WriteStatusAsync(deployment, deployment with { Status = status }, cancellation);
            throw;
        }
    }

    private void TellOfScaling(Deployment deployment, string set, int from, int to)
    {
        if (from != to)
        {
            events.Normal(deployment, "ScalingReplicaSet", $"Scaled {(from < to ? "up" : "down")} replica set {set} from {from} to {to}");
        }
    }
}

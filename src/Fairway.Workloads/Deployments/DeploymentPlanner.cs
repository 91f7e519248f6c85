using Fairway.Resources.Kinds.Apps;

namespace Fairway.Workloads.Deployments;

/// <summary>Takes a deployment one safe step nearer to what it asks for. Pure; called again after every change.</summary>
internal static class DeploymentPlanner
{
    public static DeploymentDecision Plan(DeploymentObservation observed)
    {
        Deployment deployment = observed.Deployment;
        var sets = new DeploymentSets(deployment, observed.Sets);
        if (deployment.Metadata.DeletionTimestamp is not null)
        {
            return Decision(observed, sets, revision: null, delete: []);
        }

        bool isPaused = deployment.Spec.Paused == true;
        bool isResize = IsResize(deployment, sets);
        long? revision = null;

        // 1. The revision: that of the present template is the highest.
        long next = RevisionAnnotations.MaxRevision(sets.Old) + 1;
        if (sets.New is not null)
        {
            sets.Refresh(next);
            revision = Math.Max(next, RevisionAnnotations.RevisionOf(sets.New.Metadata));
        }

        // 2. Sizes: a change of the desired number is spread over all sets; else the rollout takes its next step.
        if (isPaused || isResize)
        {
            Resizing.Plan(deployment, sets);
        }
        else if (RollingLimits.IsRolling(deployment))
        {
            revision = CreateIfMissing(sets, next, revision, Rolling.SizeOfCreated(deployment, sets));
            Rolling.Plan(deployment, sets);
        }
        else if (Recreation.IsOldGone(sets, observed.SetsWithPods))
        {
            revision = CreateIfMissing(sets, next, revision, sets.Desired);
            Recreation.ScaleNew(sets);
        }
        else
        {
            Recreation.ScaleOldDown(sets);
        }

        // 3. History that is too long, once the rollout is complete.
        IReadOnlyList<ReplicaSet> delete = isPaused || DeploymentProgress.IsComplete(deployment, sets) ? Superfluous(deployment, sets) : [];
        return Decision(observed, sets, revision, delete);
    }

    private static long? CreateIfMissing(DeploymentSets sets, long next, long? revision, int size)
    {
        if (sets.New is not null)
        {
            return revision;
        }

        sets.Create(next, size);
        return next;
    }

    /// <summary>Some set was sized for another desired number than the present one.</summary>
    private static bool IsResize(Deployment deployment, DeploymentSets sets)
        => (RollingLimits.IsRolling(deployment) || sets.All.Count(set => sets.Size(set) > 0) <= 1)
        && sets.All.Any(set => sets.Size(set) > 0
            && RevisionAnnotations.Number(set.Metadata, RevisionAnnotations.Desired) is { } desired
            && desired != sets.Desired);

    private static IReadOnlyList<ReplicaSet> Superfluous(Deployment deployment, DeploymentSets sets)
    {
        int limit = deployment.Spec.RevisionHistoryLimit ?? 10;
        ReplicaSet[] kept = [.. sets.Old.Where(set => set.Metadata.DeletionTimestamp is null)];
        return
        [
            .. kept
                .OrderBy(set => RevisionAnnotations.RevisionOf(set.Metadata))
                .ThenBy(set => set.Metadata.CreationTimestamp)
                .Take(Math.Max(0, kept.Length - limit))
                .Where(set => (set.Status?.Replicas ?? 0) == 0
                    && sets.Size(set) == 0
                    && (set.Spec.Replicas ?? 1) == 0
                    && (set.Status?.ObservedGeneration ?? 0) >= (set.Metadata.Generation ?? 0)),
        ];
    }

    private static DeploymentDecision Decision(DeploymentObservation observed, DeploymentSets sets, long? revision, IReadOnlyList<ReplicaSet> delete)
    {
        Deployment deployment = observed.Deployment;
        DeploymentStatus status = DeploymentProgress.StatusOf(deployment, sets, observed.Now);
        return new DeploymentDecision
        {
            Create = sets.Created,
            Changes = deployment.Metadata.DeletionTimestamp is null ? sets.Changes : [],
            Delete = delete,
            Revision = revision is { } number && number != RevisionAnnotations.RevisionOf(deployment.Metadata) ? number : null,
            Status = status,
            RequeueAfter = DeploymentProgress.NextCheck(deployment, status, observed.Now),
        };
    }
}

using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;

namespace Fairway.Workloads.Deployments;

/// <summary>What a deployment's status says: counts, availability and progress against its deadline.</summary>
internal static class DeploymentProgress
{
    private const string Progressing = "Progressing";
    private const string TimedOut = "ProgressDeadlineExceeded";
    private const string Available = "NewReplicaSetAvailable";

    public static bool IsComplete(Deployment deployment, DeploymentSets sets) => IsComplete(deployment, Counts(deployment, sets));

    public static DeploymentStatus StatusOf(Deployment deployment, DeploymentSets sets, DateTimeOffset now)
    {
        // Pausing and resuming are noted before anything else: a condition that changes goes to the end of the list.
        DeploymentStatus counts = Counts(deployment, sets);
        counts = counts with { Conditions = WithPause(deployment, counts.Conditions ?? [], now) };
        IReadOnlyList<DeploymentCondition> conditions = WithAvailability(deployment, counts, now);
        conditions = WithProgress(deployment, sets, counts, conditions, now);
        return counts with { Conditions = WithFailure(sets, conditions, now) };
    }

    /// <summary>The status of a deployment whose new ReplicaSet the server refuses. Told once: the words may be others each time.</summary>
    public static DeploymentStatus Refused(Deployment deployment, string message, DateTimeOffset now)
    {
        DeploymentStatus status = deployment.Status ?? new DeploymentStatus();
        return deployment.Spec.ProgressDeadlineSeconds is null
            ? status
            : status with { Conditions = Set(status.Conditions, Progressing, "False", "ReplicaSetCreateError", message, now) };
    }

    /// <summary>How long until the deadline passes if nothing happens.</summary>
    public static TimeSpan? NextCheck(Deployment deployment, DeploymentStatus status, DateTimeOffset now)
    {
        DeploymentCondition? progress = Find(status.Conditions, Progressing);
        if (deployment.Spec is not { ProgressDeadlineSeconds: { } deadline } || deployment.Spec.Paused == true
            || progress?.LastUpdateTime is not { } updated || progress.Reason is Available or TimedOut)
        {
            return null;
        }

        // A second later than exactly then, since timestamps are cut to seconds.
        TimeSpan left = updated.AddSeconds(deadline + 1) - now;
        return left > TimeSpan.Zero ? left : TimeSpan.FromSeconds(1);
    }

    private static DeploymentStatus Counts(Deployment deployment, DeploymentSets sets)
    {
        int total = sets.All.Sum(set => set.Status?.Replicas ?? 0);
        int available = sets.All.Sum(set => set.Status?.AvailableReplicas ?? 0);
        return new DeploymentStatus
        {
            ObservedGeneration = deployment.Metadata.Generation,
            Replicas = OrNull(total),
            UpdatedReplicas = OrNull(sets.New?.Status?.Replicas ?? 0),
            ReadyReplicas = OrNull(sets.All.Sum(set => set.Status?.ReadyReplicas ?? 0)),
            AvailableReplicas = OrNull(available),
            UnavailableReplicas = OrNull(Math.Max(0, sets.All.Sum(set => set.Spec.Replicas ?? 1) - available)),
            CollisionCount = deployment.Status?.CollisionCount,
            Conditions = deployment.Status?.Conditions,
        };
    }

    private static bool IsComplete(Deployment deployment, DeploymentStatus status)
    {
        int desired = deployment.Spec.Replicas ?? 1;
        return (status.UpdatedReplicas ?? 0) == desired && (status.Replicas ?? 0) == desired && (status.AvailableReplicas ?? 0) == desired;
    }

    private static IReadOnlyList<DeploymentCondition> WithAvailability(Deployment deployment, DeploymentStatus counts, DateTimeOffset now)
    {
        int needed = (deployment.Spec.Replicas ?? 1) - RollingLimits.Of(deployment).Unavailable;
        bool isAvailable = (counts.AvailableReplicas ?? 0) >= needed;
        return isAvailable
            ? Set(counts.Conditions, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
            : Set(counts.Conditions, "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now);
    }

    private static IReadOnlyList<DeploymentCondition> WithProgress(
        Deployment deployment, DeploymentSets sets, DeploymentStatus counts, IReadOnlyList<DeploymentCondition> conditions, DateTimeOffset now)
    {
        DeploymentCondition? current = Find(conditions, Progressing);
        if (deployment.Spec.ProgressDeadlineSeconds is not { } deadline)
        {
            return [.. conditions.Where(condition => condition.Type != Progressing)];
        }

        if (current?.Reason is "DeploymentPaused" || (current?.Reason is "DeploymentResumed" && Find(deployment.Status?.Conditions, Progressing)?.Reason is "DeploymentPaused"))
        {
            return conditions;
        }

        string what = sets.Created is { } created ? $"ReplicaSet \"{created.Metadata.Name}\""
            : sets.New is { } newest ? $"ReplicaSet \"{newest.Metadata.Name}\""
            : $"Deployment \"{deployment.Metadata.Name}\"";
        if (sets.Created is not null)
        {
            return Set(conditions, Progressing, "True", "NewReplicaSetCreated", $"Created new replica set \"{sets.Created.Metadata.Name}\"", now);
        }

        bool wasComplete = (counts.Replicas ?? 0) == (counts.UpdatedReplicas ?? 0) && current?.Reason == Available;
        if (wasComplete)
        {
            return conditions;
        }

        if (sets.New is { } found && deployment.Status?.ObservedGeneration != deployment.Metadata.Generation && current?.Reason == Available && !IsComplete(deployment, counts))
        {
            // A template that was there before became the present one again: its time starts now.
            return Set(conditions, Progressing, "True", "FoundNewReplicaSet", $"Found new replica set \"{found.Metadata.Name}\"", now);
        }

        if (IsComplete(deployment, counts))
        {
            return Set(conditions, Progressing, "True", Available, $"{what} has successfully progressed.", now);
        }

        if (current is null || HasMoved(deployment.Status, counts))
        {
            return Updated(conditions, $"{what} is progressing.", now);
        }

        return HasTimedOut(current, deadline, now)
            ? Set(conditions, Progressing, "False", TimedOut, $"{what} has timed out progressing.", now)
            : conditions;
    }

    /// <summary>The conditions of a deployment that is paused or was until now. A rollout that has failed stays failed.</summary>
    private static IReadOnlyList<DeploymentCondition> WithPause(Deployment deployment, IReadOnlyList<DeploymentCondition> conditions, DateTimeOffset now)
    {
        DeploymentCondition? current = Find(conditions, Progressing);
        if (deployment.Spec.ProgressDeadlineSeconds is null || current?.Reason == TimedOut)
        {
            return conditions;
        }

        if (deployment.Spec.Paused == true)
        {
            return Set(conditions, Progressing, "Unknown", "DeploymentPaused", "Deployment is paused", now);
        }

        return current?.Reason == "DeploymentPaused"
            ? Set(conditions, Progressing, "Unknown", "DeploymentResumed", "Deployment is resumed", now)
            : conditions;
    }

    private static bool HasMoved(DeploymentStatus? before, DeploymentStatus after)
    {
        int oldBefore = (before?.Replicas ?? 0) - (before?.UpdatedReplicas ?? 0);
        int oldAfter = (after.Replicas ?? 0) - (after.UpdatedReplicas ?? 0);
        return (after.UpdatedReplicas ?? 0) > (before?.UpdatedReplicas ?? 0)
            || oldAfter < oldBefore
            || (after.ReadyReplicas ?? 0) > (before?.ReadyReplicas ?? 0)
            || (after.AvailableReplicas ?? 0) > (before?.AvailableReplicas ?? 0);
    }

    private static bool HasTimedOut(DeploymentCondition current, int deadline, DateTimeOffset now)
        => current.Reason == TimedOut
            || (current.Reason != Available && current.LastUpdateTime is { } updated && updated.AddSeconds(deadline) < now);

    private static IReadOnlyList<DeploymentCondition> WithFailure(
        DeploymentSets sets, IReadOnlyList<DeploymentCondition> conditions, DateTimeOffset now)
    {
        IEnumerable<ReplicaSet> newestFirst = sets.New is null ? sets.Old : [sets.New, .. sets.Old];
        Condition? failure = newestFirst.Select(set => set.Status?.Conditions.Find("ReplicaFailure")).FirstOrDefault(found => found is not null);
        if (failure is not null)
        {
            return Set(conditions, "ReplicaFailure", failure.Status, failure.Reason ?? "", failure.Message ?? "", now);
        }

        return [.. conditions.Where(condition => condition.Type != "ReplicaFailure")];
    }

    private static DeploymentCondition? Find(IReadOnlyList<DeploymentCondition>? conditions, string type)
        => conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <summary>Progress: the update time moves although status and reason may be what they were.</summary>
    private static IReadOnlyList<DeploymentCondition> Updated(IReadOnlyList<DeploymentCondition> conditions, string message, DateTimeOffset now)
    {
        DeploymentCondition? before = Find(conditions, Progressing);
        var after = new DeploymentCondition
        {
            Type = Progressing,
            Status = "True",
            Reason = "ReplicaSetUpdated",
            Message = message,
            LastUpdateTime = now,
            LastTransitionTime = before?.Status == "True" ? before.LastTransitionTime : now,
        };
        return [.. conditions.Where(condition => condition.Type != Progressing), after];
    }

    /// <summary>Sets a condition; the same status and reason leave it as it is.</summary>
    private static IReadOnlyList<DeploymentCondition> Set(
        IReadOnlyList<DeploymentCondition>? conditions, string type, string status, string reason, string message, DateTimeOffset now)
    {
        DeploymentCondition? before = Find(conditions, type);
        if (before?.Status == status && before.Reason == reason)
        {
            return conditions!;
        }

        var after = new DeploymentCondition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            LastUpdateTime = now,
            LastTransitionTime = before?.Status == status ? before.LastTransitionTime : now,
        };
        return [.. (conditions ?? []).Where(condition => condition.Type != type), after];
    }

    /// <summary>Counts of zero are left out, as Kubernetes does.</summary>
    private static int? OrNull(int count) => count == 0 ? null : count;
}

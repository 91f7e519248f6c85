using Fairway.Resources.Kinds.Apps;

namespace Fairway.Workloads.Deployments;

/// <summary>What is known of a deployment.</summary>
internal sealed record DeploymentObservation
{
    public required Deployment Deployment { get; init; }

    /// <summary>The ReplicaSets that it controls.</summary>
    public required IReadOnlyList<ReplicaSet> Sets { get; init; }

    /// <summary>Uids of sets that still have pods which have not ended, those that are being deleted included.</summary>
    public required IReadOnlySet<string> SetsWithPods { get; init; }

    public required DateTimeOffset Now { get; init; }
}

/// <summary>What to do about it, in this order.</summary>
internal sealed record DeploymentDecision
{
    /// <summary>The ReplicaSet of a template that has none.</summary>
    public ReplicaSet? Create { get; init; }

    /// <summary>Changes of sets: size, annotations.</summary>
    public IReadOnlyList<SetChange> Changes { get; init; } = [];

    /// <summary>Sets beyond the history limit.</summary>
    public IReadOnlyList<ReplicaSet> Delete { get; init; } = [];

    /// <summary>The deployment's revision, when it is not the one annotated.</summary>
    public long? Revision { get; init; }

    public required DeploymentStatus Status { get; init; }

    /// <summary>When the progress deadline has to be looked at.</summary>
    public TimeSpan? RequeueAfter { get; init; }
}

/// <summary>A set as it is and as it should be.</summary>
internal sealed record SetChange(ReplicaSet From, ReplicaSet To)
{
    public bool IsScaling => (From.Spec.Replicas ?? 1) != (To.Spec.Replicas ?? 1);
}

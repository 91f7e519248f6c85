using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Apps;

/// <summary>Deployment keeps a number of equal pods running and replaces them step by step when the template changes.</summary>
[Kind("apps/v1", "deployments", Status = true, Scale = true, ShortNames = ["deploy"], Categories = ["all"])]
public sealed record Deployment : IResource
{
    public string ApiVersion => "apps/v1";

    public string Kind => "Deployment";

    public ObjectMeta Metadata { get; init; } = new();

    public required DeploymentSpec Spec { get; init; }

    public DeploymentStatus? Status { get; init; }
}

public sealed record DeploymentSpec
{
    /// <summary>How many pods.</summary>
    [Default("1")]
    [Bounds(Minimum = 0)]
    public int? Replicas { get; init; }

    /// <summary>Which pods belong to it; must match the template's labels and cannot change.</summary>
    [Immutable]
    [Atomic]
    public required LabelSelectorSpec Selector { get; init; }

    /// <summary>What the pods look like.</summary>
    public required PodTemplateSpec Template { get; init; }

    /// <summary>How old pods are replaced by new ones.</summary>
    [Default("{}")]
    public DeploymentStrategy? Strategy { get; init; }

    /// <summary>How many seconds a pod must be ready before it counts as available.</summary>
    [Bounds(Minimum = 0)]
    public int? MinReadySeconds { get; init; }

    /// <summary>How many old ReplicaSets are kept to go back to.</summary>
    [Default("10")]
    [Bounds(Minimum = 0)]
    public int? RevisionHistoryLimit { get; init; }

    /// <summary>No rollout begins or goes on while true.</summary>
    public bool? Paused { get; init; }

    /// <summary>Seconds without progress after which the rollout is reported as failed.</summary>
    [Default("600")]
    [Bounds(Minimum = 0)]
    public int? ProgressDeadlineSeconds { get; init; }
}

public sealed record DeploymentStrategy
{
    /// <summary><c>RollingUpdate</c>, or <c>Recreate</c> to end all old pods before the first new one starts.</summary>
    [OneOf("Recreate", "RollingUpdate")]
    [Default("\"RollingUpdate\"")]
    public string? Type { get; init; }

    /// <summary>Only with type RollingUpdate; 25 % each when absent.</summary>
    public RollingUpdateDeployment? RollingUpdate { get; init; }
}

public sealed record RollingUpdateDeployment
{
    /// <summary>How many pods may be missing, as a number or a percentage rounded down.</summary>
    [Default("\"25%\"")]
    public IntOrString? MaxUnavailable { get; init; }

    /// <summary>How many pods may be there above the desired number, as a number or a percentage rounded up.</summary>
    [Default("\"25%\"")]
    public IntOrString? MaxSurge { get; init; }
}

public sealed record DeploymentStatus
{
    public long? ObservedGeneration { get; init; }

    /// <summary>Pods that are not ending, of all revisions.</summary>
    public int? Replicas { get; init; }

    /// <summary>Those of the present template.</summary>
    public int? UpdatedReplicas { get; init; }

    public int? ReadyReplicas { get; init; }

    /// <summary>Ready for at least minReadySeconds.</summary>
    public int? AvailableReplicas { get; init; }

    public int? UnavailableReplicas { get; init; }

    /// <summary>Available, Progressing, ReplicaFailure.</summary>
    [ListMap("type")]
    public IReadOnlyList<DeploymentCondition>? Conditions { get; init; }

    /// <summary>Makes new ReplicaSet names when a hash collides.</summary>
    public int? CollisionCount { get; init; }
}

/// <summary>One aspect of a deployment's state.</summary>
public sealed record DeploymentCondition
{
    public required string Type { get; init; }

    public required string Status { get; init; }

    public DateTimeOffset? LastUpdateTime { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

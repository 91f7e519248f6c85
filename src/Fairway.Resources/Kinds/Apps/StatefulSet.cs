using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Apps;

/// <summary>StatefulSet keeps pods with fixed names, and storage that stays with each name.</summary>
[Kind("apps/v1", "statefulsets", Status = true, Scale = true, ShortNames = ["sts"], Categories = ["all"])]
public sealed record StatefulSet : IResource
{
    public string ApiVersion => "apps/v1";

    public string Kind => "StatefulSet";

    public ObjectMeta Metadata { get; init; } = new();

    public required StatefulSetSpec Spec { get; init; }

    public StatefulSetStatus? Status { get; init; }
}

public sealed record StatefulSetSpec
{
    /// <summary>How many pods.</summary>
    [Default("1")]
    [Bounds(Minimum = 0)]
    public int? Replicas { get; init; }

    /// <summary>Which pods belong to it; must match the template's labels and cannot change.</summary>
    [Atomic]
    public required LabelSelectorSpec Selector { get; init; }

    /// <summary>What the pods look like.</summary>
    public required PodTemplateSpec Template { get; init; }

    /// <summary>Claims that each pod has for itself; they outlive the pod.</summary>
    [Atomic]
    public IReadOnlyList<PersistentVolumeClaim>? VolumeClaimTemplates { get; init; }

    /// <summary>The headless service under which the pods have names.</summary>
    public string? ServiceName { get; init; }

    /// <summary>One after the other, each once the one before is ready (OrderedReady), or all at once (Parallel).</summary>
    [OneOf("OrderedReady", "Parallel")]
    [Default("\"OrderedReady\"")]
    public string? PodManagementPolicy { get; init; }

    /// <summary>How old pods are replaced by new ones.</summary>
    [Default("{}")]
    public StatefulSetUpdateStrategy? UpdateStrategy { get; init; }

    /// <summary>How many old revisions are kept to go back to.</summary>
    [Default("10")]
    [Bounds(Minimum = 0)]
    public int? RevisionHistoryLimit { get; init; }

    /// <summary>How many seconds a pod must be ready before it counts as available.</summary>
    [Bounds(Minimum = 0)]
    public int? MinReadySeconds { get; init; }

    /// <summary>What becomes of the claims when the set is deleted or gets smaller.</summary>
    [Default("{}")]
    public StatefulSetPersistentVolumeClaimRetentionPolicy? PersistentVolumeClaimRetentionPolicy { get; init; }

    /// <summary>Where the numbers in the pods' names begin.</summary>
    public StatefulSetOrdinals? Ordinals { get; init; }
}

public sealed record StatefulSetUpdateStrategy
{
    /// <summary><c>RollingUpdate</c>, or <c>OnDelete</c> to wait until someone deletes the old pods.</summary>
    [OneOf("OnDelete", "RollingUpdate")]
    [Default("\"RollingUpdate\"")]
    public string? Type { get; init; }

    /// <summary>Only with type RollingUpdate.</summary>
    public RollingUpdateStatefulSetStrategy? RollingUpdate { get; init; }
}

public sealed record RollingUpdateStatefulSetStrategy
{
    /// <summary>Pods with a number below it stay as they are.</summary>
    [Bounds(Minimum = 0)]
    public int? Partition { get; init; }

    /// <summary>How many pods may be missing during the update, as a number or a percentage rounded up; 1 when absent.</summary>
    public IntOrString? MaxUnavailable { get; init; }
}

public sealed record StatefulSetPersistentVolumeClaimRetentionPolicy
{
    [OneOf("Delete", "Retain")]
    [Default("\"Retain\"")]
    public string? WhenDeleted { get; init; }

    [OneOf("Delete", "Retain")]
    [Default("\"Retain\"")]
    public string? WhenScaled { get; init; }
}

public sealed record StatefulSetOrdinals
{
    [Bounds(Minimum = 0)]
    public int? Start { get; init; }
}

public sealed record StatefulSetStatus
{
    public long? ObservedGeneration { get; init; }

    public int Replicas { get; init; }

    public int? ReadyReplicas { get; init; }

    /// <summary>Pods of the revision from which an update goes away.</summary>
    public int? CurrentReplicas { get; init; }

    /// <summary>Pods of the revision to which it goes.</summary>
    public int? UpdatedReplicas { get; init; }

    public string? CurrentRevision { get; init; }

    public string? UpdateRevision { get; init; }

    /// <summary>Makes new revision names when a hash collides.</summary>
    public int? CollisionCount { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    /// <summary>Ready for at least minReadySeconds.</summary>
    public int AvailableReplicas { get; init; }
}

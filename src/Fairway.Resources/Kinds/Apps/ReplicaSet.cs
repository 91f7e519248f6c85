using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Apps;

/// <summary>ReplicaSet keeps a number of equal pods running.</summary>
[Kind("apps/v1", "replicasets", Status = true, Scale = true, ShortNames = ["rs"], Categories = ["all"])]
[FieldSelector("status.replicas")]
public sealed record ReplicaSet : IResource
{
    public string ApiVersion => "apps/v1";

    public string Kind => "ReplicaSet";

    public ObjectMeta Metadata { get; init; } = new();

    public required ReplicaSetSpec Spec { get; init; }

    public ReplicaSetStatus? Status { get; init; }
}

public sealed record ReplicaSetSpec
{
    /// <summary>How many pods.</summary>
    [Default("1")]
    [Bounds(Minimum = 0)]
    public int? Replicas { get; init; }

    /// <summary>How many seconds a pod must be ready before it counts as available.</summary>
    [Bounds(Minimum = 0)]
    public int? MinReadySeconds { get; init; }

    /// <summary>Which pods belong to it; must match the template's labels and cannot change.</summary>
    [Immutable]
    [Atomic]
    public required LabelSelectorSpec Selector { get; init; }

    /// <summary>What the pods look like.</summary>
    public PodTemplateSpec? Template { get; init; }
}

public sealed record ReplicaSetStatus
{
    /// <summary>Pods that are neither ended nor ending.</summary>
    public int Replicas { get; init; }

    /// <summary>Those that have all labels of the template.</summary>
    public int? FullyLabeledReplicas { get; init; }

    public int? ReadyReplicas { get; init; }

    public int? AvailableReplicas { get; init; }

    public long? ObservedGeneration { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

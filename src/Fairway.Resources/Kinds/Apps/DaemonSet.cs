using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Apps;

/// <summary>DaemonSet keeps one pod on every node that fits.</summary>
[Kind("apps/v1", "daemonsets", Status = true, ShortNames = ["ds"], Categories = ["all"])]
public sealed record DaemonSet : IResource
{
    public string ApiVersion => "apps/v1";

    public string Kind => "DaemonSet";

    public ObjectMeta Metadata { get; init; } = new();

    public required DaemonSetSpec Spec { get; init; }

    public DaemonSetStatus? Status { get; init; }
}

public sealed record DaemonSetSpec
{
    /// <summary>Which pods belong to it; must match the template's labels and cannot change.</summary>
    [Immutable]
    [Atomic]
    public required LabelSelectorSpec Selector { get; init; }

    /// <summary>What the pods look like; its node selector and affinity choose the nodes.</summary>
    public required PodTemplateSpec Template { get; init; }

    /// <summary>How old pods are replaced by new ones.</summary>
    [Default("{}")]
    public DaemonSetUpdateStrategy? UpdateStrategy { get; init; }

    /// <summary>How many seconds a pod must be ready before it counts as available.</summary>
    [Bounds(Minimum = 0)]
    public int? MinReadySeconds { get; init; }

    /// <summary>How many old revisions are kept to go back to.</summary>
    [Default("10")]
    [Bounds(Minimum = 0)]
    public int? RevisionHistoryLimit { get; init; }
}

public sealed record DaemonSetUpdateStrategy
{
    /// <summary><c>RollingUpdate</c>, or <c>OnDelete</c> to wait until someone deletes the old pods.</summary>
    [OneOf("OnDelete", "RollingUpdate")]
    [Default("\"RollingUpdate\"")]
    public string? Type { get; init; }

    /// <summary>Only with type RollingUpdate.</summary>
    public RollingUpdateDaemonSet? RollingUpdate { get; init; }
}

public sealed record RollingUpdateDaemonSet
{
    /// <summary>On how many nodes the pod may be missing, as a number or a percentage rounded up.</summary>
    [Default("1")]
    public IntOrString? MaxUnavailable { get; init; }

    /// <summary>On how many nodes the new pod starts beside the old one, as a number or a percentage rounded up.</summary>
    [Default("0")]
    public IntOrString? MaxSurge { get; init; }
}

public sealed record DaemonSetStatus
{
    /// <summary>Nodes that should have the pod and have it.</summary>
    public int CurrentNumberScheduled { get; init; }

    /// <summary>Nodes that have the pod and should not.</summary>
    public int NumberMisscheduled { get; init; }

    /// <summary>Nodes that should have the pod.</summary>
    public int DesiredNumberScheduled { get; init; }

    public int NumberReady { get; init; }

    public long? ObservedGeneration { get; init; }

    public int? UpdatedNumberScheduled { get; init; }

    public int? NumberAvailable { get; init; }

    public int? NumberUnavailable { get; init; }

    /// <summary>Makes new revision names when a hash collides.</summary>
    public int? CollisionCount { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

namespace Fairway.Resources.Kinds.Core;

/// <summary>Rules about the node that a pod runs on and the pods beside it.</summary>
public sealed record Affinity
{
    public NodeAffinity? NodeAffinity { get; init; }

    public PodAffinity? PodAffinity { get; init; }

    public PodAffinity? PodAntiAffinity { get; init; }
}

public sealed record NodeAffinity
{
    /// <summary>Must hold for the node to be chosen.</summary>
    [Atomic]
    public NodeSelector? RequiredDuringSchedulingIgnoredDuringExecution { get; init; }

    [Atomic]
    public IReadOnlyList<PreferredSchedulingTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; init; }
}

/// <summary>Any of the terms.</summary>
public sealed record NodeSelector
{
    [Atomic]
    public required IReadOnlyList<NodeSelectorTerm> NodeSelectorTerms { get; init; }
}

/// <summary>All of the requirements; a term without any matches no node.</summary>
public sealed record NodeSelectorTerm
{
    [Atomic]
    public IReadOnlyList<NodeSelectorRequirement>? MatchExpressions { get; init; }

    [Atomic]
    public IReadOnlyList<NodeSelectorRequirement>? MatchFields { get; init; }
}

public sealed record NodeSelectorRequirement
{
    public required string Key { get; init; }

    [OneOf("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")]
    public required string Operator { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Values { get; init; }
}

public sealed record PreferredSchedulingTerm
{
    [Bounds(Minimum = 1, Maximum = 100)]
    public required int Weight { get; init; }

    public required NodeSelectorTerm Preference { get; init; }
}

public sealed record PodAffinity
{
    [Atomic]
    public IReadOnlyList<PodAffinityTerm>? RequiredDuringSchedulingIgnoredDuringExecution { get; init; }

    [Atomic]
    public IReadOnlyList<WeightedPodAffinityTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; init; }
}

public sealed record PodAffinityTerm
{
    [Atomic]
    public LabelSelectorSpec? LabelSelector { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Namespaces { get; init; }

    [Atomic]
    public LabelSelectorSpec? NamespaceSelector { get; init; }

    /// <summary>The node label whose value says what counts as the same place.</summary>
    public required string TopologyKey { get; init; }

    [Atomic]
    public IReadOnlyList<string>? MatchLabelKeys { get; init; }

    [Atomic]
    public IReadOnlyList<string>? MismatchLabelKeys { get; init; }
}

public sealed record WeightedPodAffinityTerm
{
    [Bounds(Minimum = 1, Maximum = 100)]
    public required int Weight { get; init; }

    public required PodAffinityTerm PodAffinityTerm { get; init; }
}

/// <summary>A taint that does not keep the pod off a node.</summary>
public sealed record Toleration
{
    /// <summary>The taint's key; with operator Exists and no key every taint is tolerated.</summary>
    public string? Key { get; init; }

    /// <summary><c>Equal</c> (also when absent) or <c>Exists</c>.</summary>
    [OneOf("Equal", "Exists")]
    public string? Operator { get; init; }

    public string? Value { get; init; }

    /// <summary>Absent: every effect.</summary>
    [OneOf("NoSchedule", "PreferNoSchedule", "NoExecute")]
    public string? Effect { get; init; }

    /// <summary>How long a NoExecute taint is tolerated; for ever when absent.</summary>
    public long? TolerationSeconds { get; init; }
}

namespace Fairway.Resources.Kinds.Policy;

/// <summary>PodDisruptionBudget limits how many pods of an application may be evicted at a time.</summary>
[Kind("policy/v1", "poddisruptionbudgets", Status = true, ShortNames = ["pdb"])]
public sealed record PodDisruptionBudget : IResource
{
    public string ApiVersion => "policy/v1";

    public string Kind => "PodDisruptionBudget";

    public ObjectMeta Metadata { get; init; } = new();

    public PodDisruptionBudgetSpec? Spec { get; init; }

    public PodDisruptionBudgetStatus? Status { get; init; }
}

public sealed record PodDisruptionBudgetSpec
{
    /// <summary>How many must stay, as a number or a percentage rounded up.</summary>
    public IntOrString? MinAvailable { get; init; }

    /// <summary>Which pods; null chooses none, empty all of the namespace.</summary>
    [Atomic]
    public LabelSelectorSpec? Selector { get; init; }

    /// <summary>How many may be missing, as a number or a percentage rounded up.</summary>
    public IntOrString? MaxUnavailable { get; init; }

    /// <summary>Whether pods that are not ready anyway may always be evicted (AlwaysAllow), or only while the application is well (IfHealthyBudget, also when absent).</summary>
    [OneOf("AlwaysAllow", "IfHealthyBudget")]
    public string? UnhealthyPodEvictionPolicy { get; init; }
}

public sealed record PodDisruptionBudgetStatus
{
    public long? ObservedGeneration { get; init; }

    /// <summary>Pods whose eviction was allowed and that are not seen going yet.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset>? DisruptedPods { get; init; }

    /// <summary>How many pods may be evicted now.</summary>
    public int DisruptionsAllowed { get; init; }

    public int CurrentHealthy { get; init; }

    public int DesiredHealthy { get; init; }

    public int ExpectedPods { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

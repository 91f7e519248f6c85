namespace Fairway.Resources.Kinds.Policy;

/// <summary>Eviction evicts a pod from its node subject to certain policies and safety constraints.</summary>
[Kind("policy/v1", "evictions", CreateOnly = true, CreatedAt = "pods/{name}/eviction")]
public sealed record Eviction : IResource
{
    public string ApiVersion => "policy/v1";

    public string Kind => "Eviction";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>How the pod is deleted.</summary>
    public EvictionDeleteOptions? DeleteOptions { get; init; }
}

/// <summary>How the pod of an eviction is deleted: the DeleteOptions of a delete.</summary>
public sealed record EvictionDeleteOptions
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    /// <summary>Seconds before the pod goes; 0 at once.</summary>
    public long? GracePeriodSeconds { get; init; }

    /// <summary>What the pod must still be.</summary>
    public EvictionPreconditions? Preconditions { get; init; }

    public bool? OrphanDependents { get; init; }

    public string? PropagationPolicy { get; init; }

    /// <summary>All, to change nothing.</summary>
    [Atomic]
    public IReadOnlyList<string>? DryRun { get; init; }

    public bool? IgnoreStoreReadErrorWithClusterBreakingPotential { get; init; }
}

/// <summary>What must still be so when the pod is evicted.</summary>
public sealed record EvictionPreconditions
{
    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }
}

namespace Fairway.Resources.Kinds.Scheduling;

/// <summary>PriorityClass names how important pods are.</summary>
[Kind("scheduling.k8s.io/v1", "priorityclasses", Namespaced = false, ShortNames = ["pc"])]
public sealed record PriorityClass : IResource
{
    public string ApiVersion => "scheduling.k8s.io/v1";

    public string Kind => "PriorityClass";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The priority that pods of the class get; at most 1,000,000,000 for classes that users make.</summary>
    public required int Value { get; init; }

    /// <summary>The class of pods that name none. Only one class may say so.</summary>
    public bool? GlobalDefault { get; init; }

    /// <summary>When to use the class.</summary>
    public string? Description { get; init; }

    /// <summary>PreemptLowerPriority may end pods of lower priority to make room; Never waits.</summary>
    [OneOf("Never", "PreemptLowerPriority")]
    [Default("\"PreemptLowerPriority\"")]
    public string? PreemptionPolicy { get; init; }
}

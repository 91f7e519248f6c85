namespace Fairway.Resources.Kinds.Core;

/// <summary>ReplicationController keeps a number of equal pods running; ReplicaSets and Deployments are the newer form.</summary>
[Kind("v1", "replicationcontrollers", Status = true, Scale = true, ShortNames = ["rc"], Categories = ["all"])]
[FieldSelector("status.replicas")]
public sealed record ReplicationController : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "ReplicationController";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>How many pods, and what they look like.</summary>
    public ReplicationControllerSpec? Spec { get; init; }

    /// <summary>What was last seen of its pods.</summary>
    public ReplicationControllerStatus? Status { get; init; }
}

/// <summary>How many pods, and what they look like.</summary>
public sealed record ReplicationControllerSpec
{
    /// <summary>How many pods.</summary>
    [Default("1")]
    [Bounds(Minimum = 0)]
    public int? Replicas { get; init; }

    /// <summary>How many seconds a pod must be ready before it counts as available.</summary>
    [Bounds(Minimum = 0)]
    public int? MinReadySeconds { get; init; }

    /// <summary>The labels of its pods; those of the template when absent.</summary>
    [Atomic]
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>What the pods look like.</summary>
    public PodTemplateSpec? Template { get; init; }
}

/// <summary>What was last seen of the pods of a ReplicationController.</summary>
public sealed record ReplicationControllerStatus
{
    /// <summary>Pods that are neither ended nor ending.</summary>
    public required int Replicas { get; init; }

    /// <summary>Those that have all labels of the template.</summary>
    public int? FullyLabeledReplicas { get; init; }

    public int? ReadyReplicas { get; init; }

    public int? AvailableReplicas { get; init; }

    public long? ObservedGeneration { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>PodTemplate describes a template for creating copies of a predefined pod.</summary>
[Kind("v1", "podtemplates")]
public sealed record PodTemplate : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "PodTemplate";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The pods that will be made from it.</summary>
    public PodTemplateSpec? Template { get; init; }
}

/// <summary>ComponentStatus holds what is known of the health of the cluster's own parts. Deprecated in Kubernetes, and read only.</summary>
[Kind("v1", "componentstatuses", Namespaced = false, ShortNames = ["cs"])]
public sealed record ComponentStatus : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "ComponentStatus";

    public ObjectMeta Metadata { get; init; } = new();

    [ListMap("type")]
    public IReadOnlyList<ComponentCondition>? Conditions { get; init; }
}

/// <summary>Whether a part is well.</summary>
public sealed record ComponentCondition
{
    /// <summary>Always Healthy.</summary>
    public required string Type { get; init; }

    public required string Status { get; init; }

    public string? Message { get; init; }

    public string? Error { get; init; }
}

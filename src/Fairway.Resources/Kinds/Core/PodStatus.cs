using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Core;

/// <summary>What the node last observed of a pod.</summary>
public sealed record PodStatus
{
    public long? ObservedGeneration { get; init; }

    /// <summary>Pending, Running, Succeeded, Failed or Unknown.</summary>
    [OneOf("Pending", "Running", "Succeeded", "Failed", "Unknown")]
    public string? Phase { get; init; }

    /// <summary>PodScheduled, Initialized, ContainersReady, Ready, ….</summary>
    [ListMap("type")]
    public IReadOnlyList<PodCondition>? Conditions { get; init; }

    /// <summary>Why, in a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>Why, in a word: <c>Evicted</c>.</summary>
    public string? Reason { get; init; }

    public string? NominatedNodeName { get; init; }

    [JsonPropertyName("hostIP")]
    public string? HostIP { get; init; }

    [MergeKey("ip")]
    public IReadOnlyList<IPAddressEntry>? HostIPs { get; init; }

    [JsonPropertyName("podIP")]
    public string? PodIP { get; init; }

    [ListMap("ip")]
    public IReadOnlyList<IPAddressEntry>? PodIPs { get; init; }

    /// <summary>When the node took the pod up.</summary>
    public DateTimeOffset? StartTime { get; init; }

    [Atomic]
    public IReadOnlyList<ContainerStatus>? InitContainerStatuses { get; init; }

    [Atomic]
    public IReadOnlyList<ContainerStatus>? ContainerStatuses { get; init; }

    [Atomic]
    public IReadOnlyList<ContainerStatus>? EphemeralContainerStatuses { get; init; }

    /// <summary>Guaranteed, Burstable or BestEffort.</summary>
    public string? QosClass { get; init; }
}

/// <summary>An address of a pod or its node.</summary>
public sealed record IPAddressEntry
{
    public required string Ip { get; init; }
}

/// <summary>One aspect of a pod's state.</summary>
public sealed record PodCondition
{
    public required string Type { get; init; }

    /// <summary>True, False or Unknown.</summary>
    public required string Status { get; init; }

    public long? ObservedGeneration { get; init; }

    public DateTimeOffset? LastProbeTime { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

/// <summary>What the node last observed of a container.</summary>
public sealed record ContainerStatus
{
    public required string Name { get; init; }

    /// <summary>What it does now: one member is set.</summary>
    public ContainerState? State { get; init; }

    /// <summary>How it ended the last time.</summary>
    public ContainerState? LastState { get; init; }

    public bool Ready { get; init; }

    public int RestartCount { get; init; }

    public string Image { get; init; } = "";

    [JsonPropertyName("imageID")]
    public string ImageID { get; init; } = "";

    /// <summary><c>runtime://id</c>.</summary>
    [JsonPropertyName("containerID")]
    public string? ContainerID { get; init; }

    /// <summary>The startup probe has succeeded, or there is none and the container runs.</summary>
    public bool? Started { get; init; }

    /// <summary>What the container got.</summary>
    public IReadOnlyDictionary<string, Quantity>? AllocatedResources { get; init; }

    /// <summary>What limits the container in fact.</summary>
    public ResourceRequirements? Resources { get; init; }

    [ListMap("mountPath")]
    public IReadOnlyList<VolumeMountStatus>? VolumeMounts { get; init; }
}

/// <summary>Where a volume is mounted in a container.</summary>
public sealed record VolumeMountStatus
{
    public required string Name { get; init; }

    public required string MountPath { get; init; }

    public bool? ReadOnly { get; init; }

    public string? RecursiveReadOnly { get; init; }
}

/// <summary>What a container does: one member is set; none means waiting.</summary>
public sealed record ContainerState
{
    public ContainerStateWaiting? Waiting { get; init; }

    public ContainerStateRunning? Running { get; init; }

    public ContainerStateTerminated? Terminated { get; init; }
}

public sealed record ContainerStateWaiting
{
    /// <summary><c>ContainerCreating</c>, <c>CrashLoopBackOff</c>, <c>ImagePullBackOff</c>, …</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }
}

public sealed record ContainerStateRunning
{
    public DateTimeOffset? StartedAt { get; init; }
}

public sealed record ContainerStateTerminated
{
    public int ExitCode { get; init; }

    public int? Signal { get; init; }

    /// <summary><c>Completed</c>, <c>Error</c>, <c>OOMKilled</c>, …</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    [JsonPropertyName("containerID")]
    public string? ContainerID { get; init; }
}

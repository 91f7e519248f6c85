using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Core;

/// <summary>Node is a place that runs pods.</summary>
[Kind("v1", "nodes", Namespaced = false, Status = true, ShortNames = ["no"])]
[FieldSelector("spec.unschedulable")]
public sealed record Node : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "Node";

    public ObjectMeta Metadata { get; init; } = new();

    [Default("{}")]
    public NodeSpec? Spec { get; init; }

    public NodeStatus? Status { get; init; }
}

public sealed record NodeSpec
{
    [JsonPropertyName("podCIDR")]
    public string? PodCidr { get; init; }

    [JsonPropertyName("podCIDRs")]
    [ListSet]
    public IReadOnlyList<string>? PodCidrs { get; init; }

    [JsonPropertyName("providerID")]
    public string? ProviderId { get; init; }

    /// <summary>No new pods; <c>kubectl cordon</c> sets it.</summary>
    public bool? Unschedulable { get; init; }

    /// <summary>Keep pods off that do not tolerate them.</summary>
    [Atomic]
    public IReadOnlyList<Taint>? Taints { get; init; }
}

/// <summary>Keeps pods off a node that do not tolerate it.</summary>
public sealed record Taint
{
    public required string Key { get; init; }

    public string? Value { get; init; }

    [OneOf("NoSchedule", "PreferNoSchedule", "NoExecute")]
    public required string Effect { get; init; }

    public DateTimeOffset? TimeAdded { get; init; }
}

public sealed record NodeStatus
{
    /// <summary>What the node has.</summary>
    public IReadOnlyDictionary<string, Quantity>? Capacity { get; init; }

    /// <summary>What of it pods may take.</summary>
    public IReadOnlyDictionary<string, Quantity>? Allocatable { get; init; }

    [ListMap("type")]
    public IReadOnlyList<NodeCondition>? Conditions { get; init; }

    [ListMap("type")]
    public IReadOnlyList<NodeAddress>? Addresses { get; init; }

    public NodeDaemonEndpoints? DaemonEndpoints { get; init; }

    public NodeSystemInfo? NodeInfo { get; init; }

    [Atomic]
    public IReadOnlyList<ContainerImage>? Images { get; init; }
}

/// <summary>One aspect of a node's state.</summary>
public sealed record NodeCondition
{
    /// <summary><c>Ready</c>, <c>MemoryPressure</c>, <c>DiskPressure</c>, <c>PIDPressure</c>.</summary>
    public required string Type { get; init; }

    public required string Status { get; init; }

    public DateTimeOffset? LastHeartbeatTime { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

public sealed record NodeAddress
{
    /// <summary><c>InternalIP</c>, <c>Hostname</c>, …</summary>
    public required string Type { get; init; }

    public required string Address { get; init; }
}

public sealed record NodeDaemonEndpoints
{
    public DaemonEndpoint? KubeletEndpoint { get; init; }
}

public sealed record DaemonEndpoint
{
    [JsonPropertyName("Port")]
    public int Port { get; init; }
}

public sealed record NodeSystemInfo
{
    [JsonPropertyName("machineID")]
    public string MachineId { get; init; } = "";

    [JsonPropertyName("systemUUID")]
    public string SystemUuid { get; init; } = "";

    [JsonPropertyName("bootID")]
    public string BootId { get; init; } = "";

    public string KernelVersion { get; init; } = "";

    public string OsImage { get; init; } = "";

    /// <summary><c>process://0.1.0</c></summary>
    public string ContainerRuntimeVersion { get; init; } = "";

    public string KubeletVersion { get; init; } = "";

    public string KubeProxyVersion { get; init; } = "";

    public string OperatingSystem { get; init; } = "";

    public string Architecture { get; init; } = "";
}

public sealed record ContainerImage
{
    [Atomic]
    public IReadOnlyList<string>? Names { get; init; }

    public long? SizeBytes { get; init; }
}

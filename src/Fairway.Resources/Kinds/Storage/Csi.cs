namespace Fairway.Resources.Kinds.Storage;

/// <summary>CSIDriver captures information about a storage driver that is deployed on the cluster.</summary>
[Kind("storage.k8s.io/v1", "csidrivers", Namespaced = false)]
public sealed record CSIDriver : IResource
{
    public string ApiVersion => "storage.k8s.io/v1";

    public string Kind => "CSIDriver";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>What the driver can do.</summary>
    public required CSIDriverSpec Spec { get; init; }
}

/// <summary>What a storage driver can do.</summary>
public sealed record CSIDriverSpec
{
    /// <summary>Volumes have to be attached before they are mounted.</summary>
    [Default("true")]
    [Immutable]
    public bool? AttachRequired { get; init; }

    /// <summary>The driver is told about the pod when a volume is mounted.</summary>
    [Default("false")]
    public bool? PodInfoOnMount { get; init; }

    [ListSet]
    [Default("[\"Persistent\"]")]
    [Immutable]
    public IReadOnlyList<string>? VolumeLifecycleModes { get; init; }

    /// <summary>Scheduling asks how much room the driver has.</summary>
    [Default("false")]
    public bool? StorageCapacity { get; init; }

    [OneOf("File", "None", "ReadWriteOnceWithFSType")]
    [Default("\"ReadWriteOnceWithFSType\"")]
    public string? FsGroupPolicy { get; init; }

    /// <summary>Tokens of the pod's account that the driver gets.</summary>
    [Atomic]
    public IReadOnlyList<CSITokenRequest>? TokenRequests { get; init; }

    [Default("false")]
    public bool? RequiresRepublish { get; init; }

    [Default("false")]
    public bool? SeLinuxMount { get; init; }
}

/// <summary>A token of a pod's account.</summary>
public sealed record CSITokenRequest
{
    public required string Audience { get; init; }

    [Bounds(Minimum = 600)]
    public long? ExpirationSeconds { get; init; }
}

/// <summary>CSINode holds information about all storage drivers installed on a node.</summary>
[Kind("storage.k8s.io/v1", "csinodes", Namespaced = false)]
public sealed record CSINode : IResource
{
    public string ApiVersion => "storage.k8s.io/v1";

    public string Kind => "CSINode";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The drivers on the node.</summary>
    public required CSINodeSpec Spec { get; init; }
}

/// <summary>The drivers on a node.</summary>
public sealed record CSINodeSpec
{
    [ListMap("name")]
    public required IReadOnlyList<CSINodeDriver> Drivers { get; init; }
}

/// <summary>A driver on a node.</summary>
public sealed record CSINodeDriver
{
    [Bounds(MinLength = 1)]
    public required string Name { get; init; }

    /// <summary>What the driver calls the node.</summary>
    [Bounds(MinLength = 1, MaxLength = 256)]
    public required string NodeID { get; init; }

    [Atomic]
    public IReadOnlyList<string>? TopologyKeys { get; init; }

    public VolumeNodeResources? Allocatable { get; init; }
}

/// <summary>How many volumes a node takes.</summary>
public sealed record VolumeNodeResources
{
    [Bounds(Minimum = 0)]
    public int? Count { get; init; }
}

/// <summary>CSIStorageCapacity stores how much room a storage driver says to have in some part of the cluster.</summary>
[Kind("storage.k8s.io/v1", "csistoragecapacities")]
public sealed record CSIStorageCapacity : IResource
{
    public string ApiVersion => "storage.k8s.io/v1";

    public string Kind => "CSIStorageCapacity";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The nodes from which the storage can be reached.</summary>
    [Immutable]
    [Atomic]
    public LabelSelectorSpec? NodeTopology { get; init; }

    [Immutable]
    public required string StorageClassName { get; init; }

    public Quantity? Capacity { get; init; }

    public Quantity? MaximumVolumeSize { get; init; }
}

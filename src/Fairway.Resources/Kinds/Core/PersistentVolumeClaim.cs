namespace Fairway.Resources.Kinds.Core;

/// <summary>PersistentVolumeClaim asks for storage that outlives pods.</summary>
[Kind("v1", "persistentvolumeclaims", Status = true, ShortNames = ["pvc"])]
public sealed record PersistentVolumeClaim : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "PersistentVolumeClaim";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>What is asked for.</summary>
    public PersistentVolumeClaimSpec? Spec { get; init; }

    /// <summary>What was given.</summary>
    public PersistentVolumeClaimStatus? Status { get; init; }
}

/// <summary>What storage is asked for.</summary>
public sealed record PersistentVolumeClaimSpec
{
    /// <summary>How it will be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.</summary>
    [Atomic]
    public IReadOnlyList<string>? AccessModes { get; init; }

    /// <summary>Only volumes with these labels; such a claim is never provisioned for.</summary>
    [Atomic]
    public LabelSelectorSpec? Selector { get; init; }

    /// <summary>How much: <c>requests.storage</c>.</summary>
    public VolumeResourceRequirements? Resources { get; init; }

    /// <summary>The volume that the claim has, or wants.</summary>
    public string? VolumeName { get; init; }

    /// <summary>The class; the default class where absent, none where empty.</summary>
    public string? StorageClassName { get; init; }

    [OneOf("Block", "Filesystem")]
    [Default("\"Filesystem\"")]
    public string? VolumeMode { get; init; }

    [Atomic]
    public TypedLocalObjectReference? DataSource { get; init; }

    public TypedObjectReference? DataSourceRef { get; init; }

    public string? VolumeAttributesClassName { get; init; }
}

/// <summary>How much storage.</summary>
public sealed record VolumeResourceRequirements
{
    public IReadOnlyDictionary<string, Quantity>? Limits { get; init; }

    public IReadOnlyDictionary<string, Quantity>? Requests { get; init; }
}

/// <summary>What a new volume begins with.</summary>
public sealed record TypedLocalObjectReference
{
    public string? ApiGroup { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }
}

/// <summary>The same, from another namespace too.</summary>
public sealed record TypedObjectReference
{
    public string? ApiGroup { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }
}

/// <summary>What a claim was given.</summary>
public sealed record PersistentVolumeClaimStatus
{
    /// <summary>Pending, Bound or Lost.</summary>
    [OneOf("Bound", "Lost", "Pending")]
    [Default("\"Pending\"")]
    public string? Phase { get; init; }

    [Atomic]
    public IReadOnlyList<string>? AccessModes { get; init; }

    public IReadOnlyDictionary<string, Quantity>? Capacity { get; init; }

    [ListMap("type")]
    public IReadOnlyList<PersistentVolumeClaimCondition>? Conditions { get; init; }

    public IReadOnlyDictionary<string, Quantity>? AllocatedResources { get; init; }
}

/// <summary>One aspect of a claim's state: <c>Resizing</c>, ….</summary>
public sealed record PersistentVolumeClaimCondition
{
    public required string Type { get; init; }

    public required string Status { get; init; }

    public DateTimeOffset? LastProbeTime { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

/// <summary>A claim to be made for each pod.</summary>
public sealed record PersistentVolumeClaimTemplate
{
    /// <summary>Labels and annotations of the claim.</summary>
    public ObjectMeta? Metadata { get; init; }

    public required PersistentVolumeClaimSpec Spec { get; init; }
}

namespace Fairway.Resources.Kinds.Core;

/// <summary>PersistentVolume is storage that outlives pods.</summary>
[Kind("v1", "persistentvolumes", Namespaced = false, Status = true, ShortNames = ["pv"])]
public sealed record PersistentVolume : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "PersistentVolume";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>What the volume is and who has it.</summary>
    public PersistentVolumeSpec? Spec { get; init; }

    public PersistentVolumeStatus? Status { get; init; }
}

/// <summary>A volume: one source is set.</summary>
public sealed record PersistentVolumeSpec
{
    /// <summary>How much it holds: <c>storage</c>.</summary>
    public IReadOnlyDictionary<string, Quantity>? Capacity { get; init; }

    /// <summary>A directory of any node.</summary>
    public HostPathVolumeSource? HostPath { get; init; }

    /// <summary>A directory of the nodes that <see cref="NodeAffinity"/> names.</summary>
    public LocalVolumeSource? Local { get; init; }

    public GCEPersistentDiskVolumeSource? GcePersistentDisk { get; init; }

    public AWSElasticBlockStoreVolumeSource? AwsElasticBlockStore { get; init; }

    public GlusterfsPersistentVolumeSource? Glusterfs { get; init; }

    public NFSVolumeSource? Nfs { get; init; }

    public RBDPersistentVolumeSource? Rbd { get; init; }

    public ISCSIPersistentVolumeSource? Iscsi { get; init; }

    public CinderPersistentVolumeSource? Cinder { get; init; }

    public CephFSPersistentVolumeSource? Cephfs { get; init; }

    public FCVolumeSource? Fc { get; init; }

    public FlockerVolumeSource? Flocker { get; init; }

    public FlexPersistentVolumeSource? FlexVolume { get; init; }

    public AzureFilePersistentVolumeSource? AzureFile { get; init; }

    public VsphereVirtualDiskVolumeSource? VsphereVolume { get; init; }

    public QuobyteVolumeSource? Quobyte { get; init; }

    public AzureDiskVolumeSource? AzureDisk { get; init; }

    public PhotonPersistentDiskVolumeSource? PhotonPersistentDisk { get; init; }

    public PortworxVolumeSource? PortworxVolume { get; init; }

    public ScaleIOPersistentVolumeSource? ScaleIO { get; init; }

    public StorageOSPersistentVolumeSource? Storageos { get; init; }

    public CSIPersistentVolumeSource? Csi { get; init; }

    /// <summary>How it can be mounted.</summary>
    [Atomic]
    public IReadOnlyList<string>? AccessModes { get; init; }

    /// <summary>The claim that has it, both ways.</summary>
    public ObjectReference? ClaimRef { get; init; }

    /// <summary>What happens when its claim is deleted: Retain, Delete or Recycle.</summary>
    [OneOf("Delete", "Recycle", "Retain")]
    [Default("\"Retain\"")]
    public string? PersistentVolumeReclaimPolicy { get; init; }

    /// <summary>Claims of this class only; empty for claims of no class.</summary>
    public string? StorageClassName { get; init; }

    [Atomic]
    public IReadOnlyList<string>? MountOptions { get; init; }

    [OneOf("Block", "Filesystem")]
    [Default("\"Filesystem\"")]
    public string? VolumeMode { get; init; }

    /// <summary>The nodes from which it can be reached.</summary>
    public VolumeNodeAffinity? NodeAffinity { get; init; }

    public string? VolumeAttributesClassName { get; init; }
}

/// <summary>A directory of one node.</summary>
public sealed record LocalVolumeSource
{
    public required string Path { get; init; }

    public string? FsType { get; init; }
}

/// <summary>The nodes from which a volume can be reached.</summary>
public sealed record VolumeNodeAffinity
{
    public NodeSelector? Required { get; init; }
}

/// <summary>Where a volume is in its life.</summary>
public sealed record PersistentVolumeStatus
{
    /// <summary>Pending, Available, Bound, Released or Failed.</summary>
    [OneOf("Available", "Bound", "Failed", "Pending", "Released")]
    [Default("\"Pending\"")]
    public string? Phase { get; init; }

    public string? Message { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? LastPhaseTransitionTime { get; init; }
}

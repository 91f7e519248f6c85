using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Core;

/// <summary>A directory that containers of a pod can mount: one source is set.</summary>
public sealed record Volume
{
    public required string Name { get; init; }

    /// <summary>Empty at the pod's start, gone with the pod.</summary>
    public EmptyDirVolumeSource? EmptyDir { get; init; }

    /// <summary>A path of the node.</summary>
    public HostPathVolumeSource? HostPath { get; init; }

    /// <summary>The keys of a ConfigMap as files.</summary>
    public ConfigMapVolumeSource? ConfigMap { get; init; }

    /// <summary>The keys of a Secret as files.</summary>
    public SecretVolumeSource? Secret { get; init; }

    /// <summary>Fields of the pod as files.</summary>
    [JsonPropertyName("downwardAPI")]
    public DownwardApiVolumeSource? DownwardApi { get; init; }

    /// <summary>Several sources in one directory.</summary>
    public ProjectedVolumeSource? Projected { get; init; }

    /// <summary>A claim on storage that outlives the pod.</summary>
    public PersistentVolumeClaimVolumeSource? PersistentVolumeClaim { get; init; }

    /// <summary>A claim that is made with the pod and goes with it.</summary>
    public EphemeralVolumeSource? Ephemeral { get; init; }

    public GCEPersistentDiskVolumeSource? GcePersistentDisk { get; init; }

    public AWSElasticBlockStoreVolumeSource? AwsElasticBlockStore { get; init; }

    public GitRepoVolumeSource? GitRepo { get; init; }

    public NFSVolumeSource? Nfs { get; init; }

    public ISCSIVolumeSource? Iscsi { get; init; }

    public GlusterfsVolumeSource? Glusterfs { get; init; }

    public RBDVolumeSource? Rbd { get; init; }

    public FlexVolumeSource? FlexVolume { get; init; }

    public CinderVolumeSource? Cinder { get; init; }

    public CephFSVolumeSource? Cephfs { get; init; }

    public FlockerVolumeSource? Flocker { get; init; }

    public FCVolumeSource? Fc { get; init; }

    public AzureFileVolumeSource? AzureFile { get; init; }

    public VsphereVirtualDiskVolumeSource? VsphereVolume { get; init; }

    public QuobyteVolumeSource? Quobyte { get; init; }

    public AzureDiskVolumeSource? AzureDisk { get; init; }

    public PhotonPersistentDiskVolumeSource? PhotonPersistentDisk { get; init; }

    public PortworxVolumeSource? PortworxVolume { get; init; }

    public ScaleIOVolumeSource? ScaleIO { get; init; }

    public StorageOSVolumeSource? Storageos { get; init; }

    public CSIVolumeSource? Csi { get; init; }
}

/// <summary>A claim of the pod's own, called <c>POD-VOLUME</c>.</summary>
public sealed record EphemeralVolumeSource
{
    public PersistentVolumeClaimTemplate? VolumeClaimTemplate { get; init; }
}

public sealed record EmptyDirVolumeSource
{
    /// <summary>Empty for the node's disk, <c>Memory</c> for memory.</summary>
    public string? Medium { get; init; }

    public Quantity? SizeLimit { get; init; }
}

public sealed record HostPathVolumeSource
{
    public required string Path { get; init; }

    [Default("\"\"")]
    public string? Type { get; init; }
}

public sealed record ConfigMapVolumeSource
{
    public string? Name { get; init; }

    /// <summary>Which keys become which files; all of them, by their names, when absent.</summary>
    [Atomic]
    public IReadOnlyList<KeyToPath>? Items { get; init; }

    [Default("420")]
    [Bounds(Minimum = 0, Maximum = 511)]
    public int? DefaultMode { get; init; }

    public bool? Optional { get; init; }
}

public sealed record SecretVolumeSource
{
    public string? SecretName { get; init; }

    [Atomic]
    public IReadOnlyList<KeyToPath>? Items { get; init; }

    [Default("420")]
    [Bounds(Minimum = 0, Maximum = 511)]
    public int? DefaultMode { get; init; }

    public bool? Optional { get; init; }
}

/// <summary>A key and the file that it becomes.</summary>
public sealed record KeyToPath
{
    public required string Key { get; init; }

    /// <summary>Relative, without <c>..</c>.</summary>
    public required string Path { get; init; }

    [Bounds(Minimum = 0, Maximum = 511)]
    public int? Mode { get; init; }
}

public sealed record DownwardApiVolumeSource
{
    [Atomic]
    public IReadOnlyList<DownwardApiVolumeFile>? Items { get; init; }

    [Default("420")]
    [Bounds(Minimum = 0, Maximum = 511)]
    public int? DefaultMode { get; init; }
}

/// <summary>A file with a field of the pod.</summary>
public sealed record DownwardApiVolumeFile
{
    public required string Path { get; init; }

    [Atomic]
    public ObjectFieldSelector? FieldRef { get; init; }

    [Atomic]
    public ResourceFieldSelector? ResourceFieldRef { get; init; }

    [Bounds(Minimum = 0, Maximum = 511)]
    public int? Mode { get; init; }
}

public sealed record ProjectedVolumeSource
{
    [Atomic]
    public IReadOnlyList<VolumeProjection>? Sources { get; init; }

    [Default("420")]
    [Bounds(Minimum = 0, Maximum = 511)]
    public int? DefaultMode { get; init; }
}

/// <summary>One part of a projected volume: one member is set.</summary>
public sealed record VolumeProjection
{
    public ObjectProjection? ConfigMap { get; init; }

    public ObjectProjection? Secret { get; init; }

    [JsonPropertyName("downwardAPI")]
    public DownwardApiProjection? DownwardApi { get; init; }

    public ServiceAccountTokenProjection? ServiceAccountToken { get; init; }
}

/// <summary>Keys of a ConfigMap or Secret.</summary>
public sealed record ObjectProjection
{
    public string? Name { get; init; }

    [Atomic]
    public IReadOnlyList<KeyToPath>? Items { get; init; }

    public bool? Optional { get; init; }
}

public sealed record DownwardApiProjection
{
    [Atomic]
    public IReadOnlyList<DownwardApiVolumeFile>? Items { get; init; }
}

public sealed record ServiceAccountTokenProjection
{
    public string? Audience { get; init; }

    [Default("3600")]
    public long? ExpirationSeconds { get; init; }

    public required string Path { get; init; }
}

public sealed record PersistentVolumeClaimVolumeSource
{
    public required string ClaimName { get; init; }

    public bool? ReadOnly { get; init; }
}

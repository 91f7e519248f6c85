using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Core;

/// <summary>A disk of Google Compute Engine.</summary>
public sealed record GCEPersistentDiskVolumeSource
{
    public string? PdName { get; init; }

    public string? FsType { get; init; }

    public int? Partition { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>A disk of Amazon Elastic Block Store.</summary>
public sealed record AWSElasticBlockStoreVolumeSource
{
    public string? VolumeID { get; init; }

    public string? FsType { get; init; }

    public int? Partition { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>A checkout of a git repository.</summary>
public sealed record GitRepoVolumeSource
{
    public string? Repository { get; init; }

    public string? Revision { get; init; }

    public string? Directory { get; init; }
}

/// <summary>A directory of an NFS server.</summary>
public sealed record NFSVolumeSource
{
    public string? Server { get; init; }

    public string? Path { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>An iSCSI disk, as a pod refers to it.</summary>
public sealed record ISCSIVolumeSource
{
    public string? TargetPortal { get; init; }

    public string? Iqn { get; init; }

    public int? Lun { get; init; }

    [Default("\"default\"")]
    public string? IscsiInterface { get; init; }

    public string? FsType { get; init; }

    public bool? ReadOnly { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Portals { get; init; }

    public bool? ChapAuthDiscovery { get; init; }

    public bool? ChapAuthSession { get; init; }

    public LocalObjectReference? SecretRef { get; init; }

    public string? InitiatorName { get; init; }
}

/// <summary>A Glusterfs volume, as a pod refers to it.</summary>
public sealed record GlusterfsVolumeSource
{
    public string? Endpoints { get; init; }

    public string? Path { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>A Ceph block device, as a pod refers to it.</summary>
public sealed record RBDVolumeSource
{
    [Atomic]
    public IReadOnlyList<string>? Monitors { get; init; }

    public string? Image { get; init; }

    public string? FsType { get; init; }

    [Default("\"rbd\"")]
    public string? Pool { get; init; }

    [Default("\"admin\"")]
    public string? User { get; init; }

    [Default("\"/etc/ceph/keyring\"")]
    public string? Keyring { get; init; }

    public LocalObjectReference? SecretRef { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>A volume of a driver on the node, as a pod refers to it.</summary>
public sealed record FlexVolumeSource
{
    public string? Driver { get; init; }

    public string? FsType { get; init; }

    public LocalObjectReference? SecretRef { get; init; }

    public bool? ReadOnly { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

/// <summary>An OpenStack disk, as a pod refers to it.</summary>
public sealed record CinderVolumeSource
{
    public string? VolumeID { get; init; }

    public string? FsType { get; init; }

    public bool? ReadOnly { get; init; }

    public LocalObjectReference? SecretRef { get; init; }
}

/// <summary>A Ceph file system, as a pod refers to it.</summary>
public sealed record CephFSVolumeSource
{
    [Atomic]
    public IReadOnlyList<string>? Monitors { get; init; }

    public string? Path { get; init; }

    public string? User { get; init; }

    public string? SecretFile { get; init; }

    public LocalObjectReference? SecretRef { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>A Flocker dataset.</summary>
public sealed record FlockerVolumeSource
{
    public string? DatasetName { get; init; }

    public string? DatasetUUID { get; init; }
}

/// <summary>A Fibre Channel disk.</summary>
public sealed record FCVolumeSource
{
    [Atomic]
    public IReadOnlyList<string>? TargetWWNs { get; init; }

    public int? Lun { get; init; }

    public string? FsType { get; init; }

    public bool? ReadOnly { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Wwids { get; init; }
}

/// <summary>An Azure file share, as a pod refers to it.</summary>
public sealed record AzureFileVolumeSource
{
    public string? SecretName { get; init; }

    public string? ShareName { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>A vSphere disk.</summary>
public sealed record VsphereVirtualDiskVolumeSource
{
    public string? VolumePath { get; init; }

    public string? FsType { get; init; }

    public string? StoragePolicyName { get; init; }

    public string? StoragePolicyID { get; init; }
}

/// <summary>A Quobyte volume.</summary>
public sealed record QuobyteVolumeSource
{
    public string? Registry { get; init; }

    public string? Volume { get; init; }

    public bool? ReadOnly { get; init; }

    public string? User { get; init; }

    public string? Group { get; init; }

    public string? Tenant { get; init; }
}

/// <summary>An Azure disk.</summary>
public sealed record AzureDiskVolumeSource
{
    public string? DiskName { get; init; }

    public string? DiskURI { get; init; }

    [Default("\"ReadWrite\"")]
    public string? CachingMode { get; init; }

    [Default("\"ext4\"")]
    public string? FsType { get; init; }

    [Default("false")]
    public bool? ReadOnly { get; init; }

    [Default("\"Shared\"")]
    public string? Kind { get; init; }
}

/// <summary>A Photon disk.</summary>
public sealed record PhotonPersistentDiskVolumeSource
{
    public string? PdID { get; init; }

    public string? FsType { get; init; }
}

/// <summary>A Portworx volume.</summary>
public sealed record PortworxVolumeSource
{
    public string? VolumeID { get; init; }

    public string? FsType { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>A ScaleIO volume, as a pod refers to it.</summary>
public sealed record ScaleIOVolumeSource
{
    public string? Gateway { get; init; }

    public string? System { get; init; }

    public LocalObjectReference? SecretRef { get; init; }

    public bool? SslEnabled { get; init; }

    public string? ProtectionDomain { get; init; }

    public string? StoragePool { get; init; }

    [Default("\"ThinProvisioned\"")]
    public string? StorageMode { get; init; }

    public string? VolumeName { get; init; }

    [Default("\"xfs\"")]
    public string? FsType { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>A StorageOS volume, as a pod refers to it.</summary>
public sealed record StorageOSVolumeSource
{
    public string? VolumeName { get; init; }

    public string? VolumeNamespace { get; init; }

    public string? FsType { get; init; }

    public bool? ReadOnly { get; init; }

    public LocalObjectReference? SecretRef { get; init; }
}

/// <summary>A volume of a CSI driver that lives as long as the pod.</summary>
public sealed record CSIVolumeSource
{
    public string? Driver { get; init; }

    public bool? ReadOnly { get; init; }

    public string? FsType { get; init; }

    public IReadOnlyDictionary<string, string>? VolumeAttributes { get; init; }

    public LocalObjectReference? NodePublishSecretRef { get; init; }
}

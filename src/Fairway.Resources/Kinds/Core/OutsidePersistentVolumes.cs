using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Core;

/// <summary>A Glusterfs volume.</summary>
public sealed record GlusterfsPersistentVolumeSource
{
    public string? Endpoints { get; init; }

    public string? Path { get; init; }

    public bool? ReadOnly { get; init; }

    public string? EndpointsNamespace { get; init; }
}

/// <summary>A Ceph block device.</summary>
public sealed record RBDPersistentVolumeSource
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

    public SecretReference? SecretRef { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>An iSCSI disk.</summary>
public sealed record ISCSIPersistentVolumeSource
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

    public SecretReference? SecretRef { get; init; }

    public string? InitiatorName { get; init; }
}

/// <summary>An OpenStack disk.</summary>
public sealed record CinderPersistentVolumeSource
{
    public string? VolumeID { get; init; }

    public string? FsType { get; init; }

    public bool? ReadOnly { get; init; }

    public SecretReference? SecretRef { get; init; }
}

/// <summary>A Ceph file system.</summary>
public sealed record CephFSPersistentVolumeSource
{
    [Atomic]
    public IReadOnlyList<string>? Monitors { get; init; }

    public string? Path { get; init; }

    public string? User { get; init; }

    public string? SecretFile { get; init; }

    public SecretReference? SecretRef { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>A volume of a driver on the node.</summary>
public sealed record FlexPersistentVolumeSource
{
    public string? Driver { get; init; }

    public string? FsType { get; init; }

    public SecretReference? SecretRef { get; init; }

    public bool? ReadOnly { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

/// <summary>An Azure file share.</summary>
public sealed record AzureFilePersistentVolumeSource
{
    public string? SecretName { get; init; }

    public string? ShareName { get; init; }

    public bool? ReadOnly { get; init; }

    public string? SecretNamespace { get; init; }
}

/// <summary>A ScaleIO volume.</summary>
public sealed record ScaleIOPersistentVolumeSource
{
    public string? Gateway { get; init; }

    public string? System { get; init; }

    public SecretReference? SecretRef { get; init; }

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

/// <summary>A StorageOS volume.</summary>
public sealed record StorageOSPersistentVolumeSource
{
    public string? VolumeName { get; init; }

    public string? VolumeNamespace { get; init; }

    public string? FsType { get; init; }

    public bool? ReadOnly { get; init; }

    public ObjectReference? SecretRef { get; init; }
}

/// <summary>A volume of a CSI driver.</summary>
public sealed record CSIPersistentVolumeSource
{
    public string? Driver { get; init; }

    public string? VolumeHandle { get; init; }

    public bool? ReadOnly { get; init; }

    public string? FsType { get; init; }

    public IReadOnlyDictionary<string, string>? VolumeAttributes { get; init; }

    public SecretReference? ControllerPublishSecretRef { get; init; }

    public SecretReference? NodeStageSecretRef { get; init; }

    public SecretReference? NodePublishSecretRef { get; init; }

    public SecretReference? ControllerExpandSecretRef { get; init; }

    public SecretReference? NodeExpandSecretRef { get; init; }
}

/// <summary>A Secret in any namespace.</summary>
public sealed record SecretReference
{
    public string? Name { get; init; }

    public string? Namespace { get; init; }
}

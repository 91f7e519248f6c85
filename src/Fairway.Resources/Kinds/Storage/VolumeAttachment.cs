using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Storage;

/// <summary>VolumeAttachment captures the intent to attach or detach a volume to or from a node. A storage driver does it.</summary>
[Kind("storage.k8s.io/v1", "volumeattachments", Namespaced = false, Status = true)]
public sealed record VolumeAttachment : IResource
{
    public string ApiVersion => "storage.k8s.io/v1";

    public string Kind => "VolumeAttachment";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>Which volume to which node.</summary>
    [Immutable]
    public required VolumeAttachmentSpec Spec { get; init; }

    /// <summary>How far it has come.</summary>
    public VolumeAttachmentStatus? Status { get; init; }
}

/// <summary>Which volume to which node.</summary>
public sealed record VolumeAttachmentSpec
{
    /// <summary>The driver that must handle it.</summary>
    [Bounds(MinLength = 1)]
    public required string Attacher { get; init; }

    public required VolumeAttachmentSource Source { get; init; }

    /// <summary>The node.</summary>
    [Bounds(MinLength = 1)]
    public required string NodeName { get; init; }
}

/// <summary>The volume: one of these.</summary>
public sealed record VolumeAttachmentSource
{
    public string? PersistentVolumeName { get; init; }

    public PersistentVolumeSpec? InlineVolumeSpec { get; init; }
}

/// <summary>How far an attachment has come.</summary>
public sealed record VolumeAttachmentStatus
{
    public required bool Attached { get; init; }

    public IReadOnlyDictionary<string, string>? AttachmentMetadata { get; init; }

    public VolumeError? AttachError { get; init; }

    public VolumeError? DetachError { get; init; }
}

/// <summary>What went wrong at last.</summary>
public sealed record VolumeError
{
    public DateTimeOffset? Time { get; init; }

    public string? Message { get; init; }
}

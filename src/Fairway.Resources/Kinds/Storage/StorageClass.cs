using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Storage;

/// <summary>StorageClass says how volumes are made for the claims that name it.</summary>
[Kind("storage.k8s.io/v1", "storageclasses", Namespaced = false, ShortNames = ["sc"])]
public sealed record StorageClass : IResource
{
    /// <summary>The annotation that makes a class the one of claims that name none.</summary>
    public const string DefaultAnnotation = "storageclass.kubernetes.io/is-default-class";

    public string ApiVersion => "storage.k8s.io/v1";

    public string Kind => "StorageClass";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>Who makes the volumes.</summary>
    public required string Provisioner { get; init; }

    /// <summary>What the provisioner is told.</summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>What happens to a volume whose claim is deleted: Delete or Retain.</summary>
    [OneOf("Delete", "Retain")]
    [Default("\"Delete\"")]
    public string? ReclaimPolicy { get; init; }

    [Atomic]
    public IReadOnlyList<string>? MountOptions { get; init; }

    /// <summary>Claims of this class may ask for more later.</summary>
    public bool? AllowVolumeExpansion { get; init; }

    /// <summary>Immediate binds a claim at once; WaitForFirstConsumer when a pod that uses it is placed.</summary>
    [OneOf("Immediate", "WaitForFirstConsumer")]
    [Default("\"Immediate\"")]
    public string? VolumeBindingMode { get; init; }

    /// <summary>The places in which volumes can be made.</summary>
    [Atomic]
    public IReadOnlyList<TopologySelectorTerm>? AllowedTopologies { get; init; }

    /// <summary>Whether the annotation makes it the default class.</summary>
    [JsonIgnore]
    public bool IsDefault => Metadata.Annotations?.GetValueOrDefault(DefaultAnnotation) == "true";
}

/// <summary>Places where all of these hold.</summary>
public sealed record TopologySelectorTerm
{
    [Atomic]
    public IReadOnlyList<TopologySelectorLabelRequirement>? MatchLabelExpressions { get; init; }
}

/// <summary>A node label has one of the values.</summary>
public sealed record TopologySelectorLabelRequirement
{
    public required string Key { get; init; }

    [Atomic]
    public required IReadOnlyList<string> Values { get; init; }
}

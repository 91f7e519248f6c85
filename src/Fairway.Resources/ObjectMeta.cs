using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Resources;

/// <summary>Standard metadata of every resource (meta/v1 ObjectMeta).</summary>
public sealed record ObjectMeta
{
    /// <summary>Unique within the namespace and kind; cannot change.</summary>
    public string Name { get; init; } = "";

    /// <summary>The namespace; null for resources that belong to none.</summary>
    public string? Namespace { get; init; }

    /// <summary>A prefix from which the server makes a unique name when <see cref="Name"/> is empty.</summary>
    public string? GenerateName { get; init; }

    /// <summary>Unique in time and space, set by the server.</summary>
    public string? Uid { get; init; }

    /// <summary>Opaque version of the object, used for optimistic concurrency and watches.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Grows by one with every change of the desired state.</summary>
    public long? Generation { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>When deletion was asked for; the object goes once its finalizers are gone.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    public long? DeletionGracePeriodSeconds { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Objects that this one depends on; when all are gone, it is deleted.</summary>
    [ListMap("uid")]
    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }

    /// <summary>Names of those who must act before the object is removed.</summary>
    [ListSet]
    public IReadOnlyList<string>? Finalizers { get; init; }

    /// <summary>Which manager owns which fields, kept by server-side apply.</summary>
    [Atomic]
    public IReadOnlyList<ManagedFieldsEntry>? ManagedFields { get; init; }
}

/// <summary>Points at an owner in the same namespace, or at one that belongs to no namespace.</summary>
public sealed record OwnerReference
{
    public required string ApiVersion { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }

    public required string Uid { get; init; }

    /// <summary>At most one owner is the managing controller.</summary>
    public bool? Controller { get; init; }

    /// <summary>Foreground deletion of the owner waits for this object.</summary>
    public bool? BlockOwnerDeletion { get; init; }
}

/// <summary>One manager's fields: the identity is manager, operation, apiVersion and subresource.</summary>
public sealed record ManagedFieldsEntry
{
    public string? Manager { get; init; }

    /// <summary><c>Apply</c> or <c>Update</c>.</summary>
    public string? Operation { get; init; }

    public string? ApiVersion { get; init; }

    public DateTimeOffset? Time { get; init; }

    /// <summary>Always <c>FieldsV1</c>.</summary>
    public string? FieldsType { get; init; }

    /// <summary>A trie of field paths: <c>f:name</c>, <c>k:{…}</c>, <c>v:…</c>, <c>i:…</c>, <c>.</c>.</summary>
    [JsonPropertyName("fieldsV1")]
    public JsonElement? FieldsV1 { get; init; }

    public string? Subresource { get; init; }
}

/// <summary>One aspect of an object's state (meta/v1 Condition).</summary>
public sealed record Condition
{
    public required string Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public required string Status { get; init; }

    public long? ObservedGeneration { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>A CamelCase word for machines.</summary>
    public string? Reason { get; init; }

    /// <summary>A sentence for people.</summary>
    public string? Message { get; init; }
}

/// <summary>What every typed record has.</summary>
public interface IResource
{
    string ApiVersion { get; }

    string Kind { get; }

    ObjectMeta Metadata { get; }
}

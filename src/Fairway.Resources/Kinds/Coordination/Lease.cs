using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Coordination;

/// <summary>Lease says who holds a role until when.</summary>
[Kind("coordination.k8s.io/v1", "leases")]
[Column("Holder", ".spec.holderIdentity")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record Lease : IResource
{
    public string ApiVersion => "coordination.k8s.io/v1";

    public string Kind => "Lease";

    public ObjectMeta Metadata { get; init; } = new();

    public LeaseSpec? Spec { get; init; }
}

public sealed record LeaseSpec
{
    /// <summary>Who holds it; empty when it was given up.</summary>
    public string? HolderIdentity { get; init; }

    /// <summary>Others may take it when it was not renewed for this long.</summary>
    [Bounds(Minimum = 1)]
    public int? LeaseDurationSeconds { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? AcquireTime { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? RenewTime { get; init; }

    /// <summary>How often it changed hands.</summary>
    public int? LeaseTransitions { get; init; }

    public string? Strategy { get; init; }

    public string? PreferredHolder { get; init; }
}

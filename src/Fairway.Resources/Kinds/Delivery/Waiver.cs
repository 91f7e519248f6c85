namespace Fairway.Resources.Kinds.Delivery;

/// <summary>
/// A dated exception from a policy: asked for by one person, approved by another, ended by its expiry. It lives in the hub and is
/// honoured wherever the policy is evaluated: on files, in pipelines, at admission and in the audit.
/// </summary>
[Kind("fairway.dev/v1", "waivers", Status = true, ShortNames = ["wv"], Categories = ["fairway"])]
[Column("Policy", ".spec.policy")]
[Column("Owner", ".spec.owner")]
[Column("Phase", ".status.phase")]
[Column("Asked by", ".spec.requestedBy")]
[Column("Approved by", ".spec.approval.by")]
[Column("Expires", ".spec.expiresAt")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record Waiver : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "Waiver";

    public ObjectMeta Metadata { get; init; } = new();

    public required WaiverSpec Spec { get; init; }

    public WaiverStatus? Status { get; init; }
}

/// <summary>What is waived, for whom, why and until when.</summary>
public sealed record WaiverSpec
{
    /// <summary>The policy's name.</summary>
    [Immutable]
    [Bounds(MinLength = 1, MaxLength = 253)]
    public required string Policy { get; init; }

    /// <summary>One validation of the policy; all of them when absent.</summary>
    [Immutable]
    public string? Rule { get; init; }

    /// <summary>Which objects. Every member that is given must fit.</summary>
    [Immutable]
    public required WaiverScope Scope { get; init; }

    /// <summary>The team or person that answers for it.</summary>
    [Bounds(MinLength = 1, MaxLength = 253)]
    public required string Owner { get; init; }

    /// <summary>Why the rule cannot be kept now.</summary>
    [Bounds(MinLength = 10, MaxLength = 4096)]
    public required string Reason { get; init; }

    /// <summary>What protects instead.</summary>
    [Bounds(MinLength = 3, MaxLength = 4096)]
    public required string CompensatingControl { get; init; }

    /// <summary>Where the work to end it is planned.</summary>
    public string? Ticket { get; init; }

    /// <summary>From then on the policy holds again. At most 366 days ahead; a policy may allow less.</summary>
    [Immutable]
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Who asked. Set by the server from the authenticated user.</summary>
    [Immutable]
    public string? RequestedBy { get; init; }

    /// <summary>Set by approval: by another person than the one who asked.</summary>
    public Approval? Approval { get; init; }

    /// <summary>Set by refusal, or to end it early.</summary>
    public Approval? Rejection { get; init; }
}

/// <summary>Which objects a waiver covers. Names may have <c>*</c> at their ends.</summary>
public sealed record WaiverScope
{
    /// <summary>Logical clusters.</summary>
    [ListSet]
    public IReadOnlyList<string>? Clusters { get; init; }

    [ListSet]
    public IReadOnlyList<string>? Namespaces { get; init; }

    [ListSet]
    public IReadOnlyList<string>? Kinds { get; init; }

    /// <summary>Objects by name; for files, also their path.</summary>
    [ListSet]
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Only while every container's image is one of these (<c>repository@sha256:…</c>, or a digest): the waiver ends with the version.</summary>
    [ListSet]
    public IReadOnlyList<string>? Images { get; init; }

    public LabelSelectorSpec? Selector { get; init; }
}

/// <summary>Where a waiver stands.</summary>
public sealed record WaiverStatus
{
    /// <summary>Requested, Active, ExpiringSoon, Expired, Rejected or Invalid.</summary>
    public string? Phase { get; init; }

    public string? Message { get; init; }

    /// <summary>How often it has covered a violation, by distinct objects.</summary>
    public long? Uses { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Days since it was asked for, counted when the phase was last looked at.</summary>
    public long? AgeDays { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

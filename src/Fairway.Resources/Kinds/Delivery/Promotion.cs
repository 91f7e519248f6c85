namespace Fairway.Resources.Kinds.Delivery;

/// <summary>One attempt to bring one release into one environment. It ends; it is never reused.</summary>
[Kind("fairway.dev/v1", "promotions", Status = true, ShortNames = ["promo"], Categories = ["fairway"])]
[Column("Application", ".spec.application")]
[Column("Environment", ".spec.environment")]
[Column("Release", ".spec.release")]
[Column("Phase", ".status.phase")]
[Column("Waiting for", ".status.waitingFor.what")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record Promotion : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "Promotion";

    public ObjectMeta Metadata { get; init; } = new();

    public required PromotionSpec Spec { get; init; }

    public PromotionStatus? Status { get; init; }
}

/// <summary>What is asked for.</summary>
public sealed record PromotionSpec
{
    [Immutable]
    public required string Application { get; init; }

    [Immutable]
    public required string Environment { get; init; }

    [Immutable]
    public required string Release { get; init; }

    /// <summary>Who or what asked.</summary>
    [Immutable]
    public string? RequestedBy { get; init; }

    /// <summary>Why, where a person said so.</summary>
    public string? Reason { get; init; }

    /// <summary>Go straight to the release without canary steps: a rollback to something that ran here before.</summary>
    [Immutable]
    public bool? Rollback { get; init; }

    /// <summary>Set by approval.</summary>
    public Approval? Approval { get; init; }

    /// <summary>Stop the promotion and keep (or return to) the release that was there.</summary>
    public bool? Abort { get; init; }
}

/// <summary>A person's decision.</summary>
public sealed record Approval
{
    public required string By { get; init; }

    public DateTimeOffset? At { get; init; }

    public string? Comment { get; init; }
}

/// <summary>How far it is.</summary>
public sealed record PromotionStatus
{
    /// <summary>Pending, AwaitingApproval, Writing, Syncing, RollingOut, Verifying, Reverting, Succeeded, Failed, Aborted or Superseded.</summary>
    public string? Phase { get; init; }

    public string? Message { get; init; }

    /// <summary>Set in every phase that waits.</summary>
    public WaitingFor? WaitingFor { get; init; }

    /// <summary>The commit on the environment branch that carries the desired state.</summary>
    public string? Revision { get; init; }

    /// <summary>The release that was there before.</summary>
    public string? PreviousRelease { get; init; }

    /// <summary>The commit of the environment branch with the release that was there before.</summary>
    public string? PreviousRevision { get; init; }

    /// <summary>The commit that pinned the release before again, after this one failed or was aborted.</summary>
    public string? RevertRevision { get; init; }

    /// <summary>How a Reverting promotion will end: Failed or Aborted.</summary>
    public string? Outcome { get; init; }

    /// <summary>Why a Reverting promotion goes back.</summary>
    public string? OutcomeReason { get; init; }

    /// <summary>The Rollout that moves the traffic, if the strategy has one.</summary>
    public string? Rollout { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>A wait that names its object and its end.</summary>
public sealed record WaitingFor
{
    /// <summary>In words: <c>Deployment web in prod to have 3 available replicas (2 now)</c>.</summary>
    public required string What { get; init; }

    /// <summary>The object that is waited for, the same as long as the wait is the same: <c>Deployment/web-canary</c>.</summary>
    public string? On { get; init; }

    public DateTimeOffset? Since { get; init; }

    /// <summary>When waiting ends as a failure; null when it waits for a person.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

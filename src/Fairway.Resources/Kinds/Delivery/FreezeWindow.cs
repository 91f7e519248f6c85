namespace Fairway.Resources.Kinds.Delivery;

/// <summary>
/// A time in which nothing new enters environments. Once (<c>from</c>, <c>until</c>) or again and again (<c>schedule</c>,
/// <c>duration</c>). Promotions wait for its end; rollbacks pass, and what a waiver of the policy <c>no-change-in-freeze</c> covers.
/// </summary>
[Kind("fairway.dev/v1", "freezewindows", Namespaced = false, ShortNames = ["freeze"], Categories = ["fairway"])]
[Column("Reason", ".spec.reason")]
[Column("From", ".spec.from")]
[Column("Until", ".spec.until")]
[Column("Schedule", ".spec.schedule")]
[Column("Duration", ".spec.duration")]
[Column("Environments", ".spec.environments")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record FreezeWindow : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "FreezeWindow";

    public ObjectMeta Metadata { get; init; } = new();

    public required FreezeWindowSpec Spec { get; init; }
}

/// <summary>When, and for whom. Every list that is given must contain the promotion's.</summary>
public sealed record FreezeWindowSpec
{
    /// <summary>Why, for whoever has to wait.</summary>
    [Bounds(MinLength = 3, MaxLength = 1024)]
    public required string Reason { get; init; }

    /// <summary>The beginning; since ever when absent.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The end, which does not belong to it.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Five fields as a CronJob has them: each time it fires, a freeze begins (<c>0 15 * * 5</c>, Fridays at three).</summary>
    public string? Schedule { get; init; }

    /// <summary>How long a freeze of the schedule lasts (<c>64h</c>).</summary>
    public string? Duration { get; init; }

    /// <summary>The zone of the schedule (<c>Europe/Berlin</c>); UTC when absent.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Teams' namespaces in the hub; all when absent.</summary>
    [ListSet]
    public IReadOnlyList<string>? Namespaces { get; init; }

    /// <summary>Applications; all when absent.</summary>
    [ListSet]
    public IReadOnlyList<string>? Applications { get; init; }

    /// <summary>Environments; all when absent.</summary>
    [ListSet]
    public IReadOnlyList<string>? Environments { get; init; }
}

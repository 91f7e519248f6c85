using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Signals;

namespace Fairway.Delivery.Promotions;

/// <summary>Everything that a decision about a promotion stands on.</summary>
internal sealed record PromotionObservation
{
    public required string Name { get; init; }

    public required PromotionSpec Spec { get; init; }

    public required PromotionStatus Status { get; init; }

    public bool Deleting { get; init; }

    /// <summary>What policies say against it; null when nothing, and when they were not asked.</summary>
    public PolicyHold? Hold { get; init; }

    /// <summary>The environment as the application declares it; null when there is no such application or environment.</summary>
    public ApplicationEnvironment? Environment { get; init; }

    public ReleaseObservation? Release { get; init; }

    /// <summary>The environment that comes before; null for the first.</summary>
    public string? EnvironmentBefore { get; init; }

    /// <summary>Promotions to the same environment that have not ended and were asked for earlier.</summary>
    public IReadOnlyList<PromotionPeer> Older { get; init; } = [];

    /// <summary>Promotions to the same environment that have not ended and were asked for later; the newest last.</summary>
    public IReadOnlyList<PromotionPeer> Newer { get; init; } = [];

    /// <summary>The promotion that the head of the environment branch names; null when it names none.</summary>
    public string? HeadPromotion { get; init; }

    public string? HeadRevision { get; init; }

    /// <summary>
    /// What the head names has been found good: its promotion succeeded, it pins a release that was good before, or nobody is
    /// responsible for it any more.
    /// </summary>
    public bool HeadIsGood { get; init; } = true;

    /// <summary>How the head is to be delivered, where this promotion wrote it.</summary>
    public bool HeadIsCanary { get; init; }

    /// <summary>The release to return to, as the head of the branch records it.</summary>
    public LastGood? LastGood { get; init; }

    /// <summary>Why the strategy's canary is impossible with this release; null when it is possible or not asked for.</summary>
    public string? CanaryRefusal { get; init; }

    public RolloutView? Rollout { get; init; }

    /// <summary>The error budget of which least is left; null when there is none, nothing was measured, or nobody asks.</summary>
    public BudgetLeft? Budget { get; init; }

    /// <summary>The budget is below what the environment's gate wants.</summary>
    public bool BudgetIsLow => Environment?.Gate?.ErrorBudget is { } gate && Budget is { } left && left.Remaining < gate.Minimum;

    /// <summary>The environment as sync last saw it.</summary>
    public EnvironmentView Live { get; init; } = new();
}

/// <summary>The release as far as a promotion asks.</summary>
internal sealed record ReleaseObservation
{
    public required string Application { get; init; }

    /// <summary>Its manifests for the environment are rendered.</summary>
    public bool HasManifests { get; init; }

    /// <summary>Why they cannot be.</summary>
    public string? Refusal { get; init; }

    /// <summary>Since when it has been verified in the environment before; null when it was not.</summary>
    public DateTimeOffset? VerifiedBeforeAt { get; init; }

    /// <summary>It has been verified in this very environment already.</summary>
    public bool VerifiedHere { get; init; }
}

/// <summary>Another promotion to the same environment.</summary>
internal sealed record PromotionPeer(string Name, string? Phase);

/// <summary>A release that an environment can return to, and the commit of its branch that has it.</summary>
internal sealed record LastGood(string Release, string Revision);

/// <summary>A rollout as far as its promotion asks.</summary>
internal sealed record RolloutView
{
    public string? Phase { get; init; }

    public string? Message { get; init; }

    public WaitingFor? WaitingFor { get; init; }

    public string? AbortReason { get; init; }

    public bool AbortAsked { get; init; }

    public string? SupersededBy { get; init; }
}

/// <summary>An environment as far as a promotion asks.</summary>
internal sealed record EnvironmentView
{
    /// <summary>The promotion that the commit names to which the cluster was last synced.</summary>
    public string? SyncedPromotion { get; init; }

    public string? Sync { get; init; }

    public string? Health { get; init; }

    public string? Message { get; init; }
}

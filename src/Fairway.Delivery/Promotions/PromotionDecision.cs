using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Promotions;

/// <summary>What to do now; after it the world is observed anew.</summary>
internal abstract record PromotionAction
{
    private PromotionAction()
    {
    }

    /// <summary>Nothing but waiting.</summary>
    public sealed record None : PromotionAction;

    /// <summary>Put the release's manifests on the environment branch.</summary>
    public sealed record Commit : PromotionAction;

    /// <summary>Put the last good release back on the environment branch and pin it there.</summary>
    public sealed record CommitBack(LastGood Target, string Reason) : PromotionAction;

    public sealed record StartRollout : PromotionAction;

    public sealed record AbortRollout : PromotionAction;

    public sealed record SupersedeRollout(string By) : PromotionAction;
}

/// <summary>A decision: the action, the status once it is done, and when to look again at the latest.</summary>
internal sealed record PromotionDecision(PromotionAction Action, PromotionStatus Status, DateTimeOffset? Look = null);

using Fairway.Delivery.Environments;
using Fairway.Delivery.Promotions;
using Fairway.Delivery.Rollouts;

namespace Fairway.Delivery.Sync;

/// <summary>Which commit of the environment branch the cluster is to be at.</summary>
/// <param name="Revision">The commit; null when nothing is to be done yet.</param>
/// <param name="Waiting">Why it is not the head of the branch.</param>
internal sealed record SyncTarget(string? Revision, string? Waiting)
{
    /// <summary>
    /// The head, except while the release on it is still to prove itself by canary: then the last good commit, until the rollout
    /// has all traffic on the canary and lets the stable workloads follow.
    /// </summary>
    /// <param name="promotionPhase">The phase of the promotion that the pin names; null when it does not exist.</param>
    /// <param name="rolloutPhase">The phase of its rollout; null when there is none.</param>
    public static SyncTarget Of(string head, EnvironmentPin pin, string? promotionPhase, string? rolloutPhase)
    {
        bool holds = pin is { Canary: true, Promotion: not null }
            && promotionPhase is not null and not PromotionPhases.Succeeded
            && !RolloutPhases.StableFollows(rolloutPhase);
        return holds
            ? new SyncTarget(pin.Over?.Revision, $"{pin.Release} is on the branch and is judged by rollout {pin.Promotion} first")
            : new SyncTarget(head, null);
    }
}

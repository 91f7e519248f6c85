using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Resources.Signals;

/// <summary>The narrow question that delivery asks of policies: does anything keep this release out of this environment now?</summary>
public interface IPromotionPolicies
{
    /// <summary>
    /// Judges a promotion and its release by what is known of both. Freezes are always asked for; what else is, the environment's gate
    /// says. Waivers count.
    /// </summary>
    /// <param name="promotion">As it is stored.</param>
    /// <param name="policies">Names of packs, and of policies of packs.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>null when nothing does.</returns>
    Task<PolicyHold?> HoldAsync(Promotion promotion, IReadOnlyList<string> policies, CancellationToken cancellation);
}

/// <summary>What holds a promotion.</summary>
/// <param name="Policy">The policy's name.</param>
/// <param name="What">What has to change, to follow "waiting for".</param>
/// <param name="Until">When it ends by itself, as far as that is known.</param>
public sealed record PolicyHold(string Policy, string What, DateTimeOffset? Until);

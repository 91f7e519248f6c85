using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Rollouts;

/// <summary>What to do now. One thing at a time: after it the world is observed anew.</summary>
internal abstract record RolloutAction
{
    private RolloutAction()
    {
    }

    /// <summary>Nothing but waiting.</summary>
    public sealed record None : RolloutAction;

    /// <summary>Have a canary of this rollout's release, each target with this many replicas.</summary>
    public sealed record EnsureCanary(IReadOnlyList<int> Replicas) : RolloutAction;

    /// <summary>Have this percentage of the traffic on the canary; 0 writes the routes as the stable release has them.</summary>
    public sealed record ShiftTraffic(int Weight) : RolloutAction;

    /// <summary>Start the analysis of a step.</summary>
    public sealed record StartAnalysis(int Step) : RolloutAction;

    /// <summary>Delete everything of the canary.</summary>
    public sealed record RemoveCanary : RolloutAction;
}

/// <summary>A decision: the action, the status that is true once it is done, and when to look again at the latest.</summary>
internal sealed record RolloutDecision(RolloutAction Action, RolloutStatus Status, DateTimeOffset? Look = null);

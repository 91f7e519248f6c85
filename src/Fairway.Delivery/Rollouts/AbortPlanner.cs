namespace Fairway.Delivery.Rollouts;

/// <summary>Back to the stable release: traffic as soon as it can serve, then the canary goes. Nothing stops it; deadlines only push on.</summary>
internal static class AbortPlanner
{
    public static RolloutDecision Plan(RolloutTurn turn)
    {
        if (turn.Weight != 0)
        {
            return Return(turn);
        }

        if (turn.Seen.Status.TrafficReturnedAt is null)
        {
            return AwaitRoute(turn) ?? turn.TrafficReturned($"all traffic is on {turn.Seen.Spec.StableRelease ?? "the stable release"}");
        }

        return FinishPlanner.Retire(turn, RolloutPhases.Aborted, turn.Seen.Status.AbortReason ?? "aborted");
    }

    private static RolloutDecision Return(RolloutTurn turn)
    {
        TargetObservation? waiting = turn.Targets.FirstOrDefault(target => !ServePlanner.IsDead(target) && !CanTakeOver(turn, target));
        if (waiting is null || turn.IsOverdue(Subject(waiting)))
        {
            return turn.Do(new RolloutAction.ShiftTraffic(0), turn.Seen.Status.AbortReason);
        }

        return turn.Wait(
            Subject(waiting),
            $"Deployment {waiting.Deployment} in {turn.Seen.Spec.Environment} to serve {turn.Seen.Spec.StableRelease} again "
            + $"({waiting.Stable?.Ready ?? 0} of {waiting.Stable?.Desired ?? 0} ready)");
    }

    private static RolloutDecision? AwaitRoute(RolloutTurn turn)
        => turn.Targets.FirstOrDefault(target => target.Route is { Accepted: false, Missing: false, Rejection: null }) is { } pending
            && !turn.IsOverdue($"HTTPRoute/{pending.Route.Name}")
                ? turn.Wait($"HTTPRoute/{pending.Route.Name}", $"HTTPRoute {pending.Route.Name} in {turn.Seen.Spec.Environment} to be accepted by the gateway")
                : null;

    // Untouched stable workloads have kept their size: one ready pod shows that they serve. Once they began to follow the new
    // release, they must be wholly back first.
    private static bool CanTakeOver(RolloutTurn turn, TargetObservation target) => target.Stable is { ReadyEndpoints: > 0 } stable
        && (turn.Seen.Status.FinishingAt is null
            || (stable.Complete && stable.Release == turn.Seen.Spec.StableRelease && stable.Ready >= stable.Desired));

    private static string Subject(TargetObservation target) => $"Deployment/{target.Deployment}";
}

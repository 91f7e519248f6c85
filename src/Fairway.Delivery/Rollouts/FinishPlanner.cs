namespace Fairway.Delivery.Rollouts;

/// <summary>All traffic is on the canary and the stable workloads follow; then they take it back and the canary goes.</summary>
internal static class FinishPlanner
{
    public static RolloutDecision Plan(RolloutTurn turn)
    {
        if (turn.Seen.Status.TrafficReturnedAt is not null)
        {
            return Retire(turn, RolloutPhases.Succeeded, $"{turn.Seen.Spec.Release} serves all traffic in {turn.Seen.Spec.Environment}");
        }

        if (turn.Targets.FirstOrDefault(target => !HasFollowed(target, turn.Seen.Spec.Release)) is { } behind)
        {
            return Hold(turn) ?? turn.Wait($"Deployment/{behind.Deployment}", Lag(turn, behind));
        }

        return turn.Weight != 0
            ? turn.Do(new RolloutAction.ShiftTraffic(0), "the stable workloads have followed: traffic goes back to them")
            : ServePlanner.AwaitRoute(turn) ?? turn.TrafficReturned("all traffic is on the stable workloads");
    }

    /// <summary>Drains and removes the canary, then ends. A canary that does not go within the deadline is named and left.</summary>
    public static RolloutDecision Retire(RolloutTurn turn, string ending, string message)
    {
        if (turn.Weight != 0)
        {
            return turn.Do(new RolloutAction.ShiftTraffic(0));
        }

        if (!turn.Targets.Any(target => target.CanaryLeftovers))
        {
            return turn.Enter(ending, message);
        }

        DateTimeOffset drained = (turn.Seen.Status.TrafficReturnedAt ?? turn.Now)
            + (turn.HadTraffic ? RolloutPlanner.ScaleDownDelay(turn.Seen.Spec) : TimeSpan.Zero);
        if (turn.Now < drained)
        {
            return turn.WaitUntil(turn.Phase, "the canary to finish the requests it has", drained);
        }

        const string leftovers = "canary";
        return turn.IsOverdue(leftovers)
            ? turn.Enter(ending, $"{message}; objects of the canary are still being deleted")
            : Removing(turn.Wait(leftovers, "the canary's objects to be gone"), turn, ending, message);
    }

    /// <summary>While the stable side is being updated, traffic stays where there are pods for it.</summary>
    private static RolloutDecision? Hold(RolloutTurn turn)
    {
        int[] full = [.. turn.Targets.Select(target => RolloutPlanner.ReplicasFor(target.Replicas, 100))];
        bool carries = turn.Targets.Zip(full).All(pair => pair.First.Canary is { } canary && canary.Ready >= pair.Second);
        return ServePlanner.Rescue(turn)
            ?? (turn.Seen.Refusal is null ? ServePlanner.Raise(turn, full) : null)
            ?? (carries && turn.Weight != 100 && turn.Targets.All(target => !target.Route.Missing)
                ? turn.Do(new RolloutAction.ShiftTraffic(100))
                : null);
    }

    private static bool HasFollowed(TargetObservation target, string release)
        => target.Stable is { Complete: true } stable && stable.Release == release && stable.Ready >= stable.Desired;

    private static string Lag(RolloutTurn turn, TargetObservation target)
    {
        string name = $"Deployment {target.Deployment} in {turn.Seen.Spec.Environment}";
        string trouble = target.Stable?.Trouble is { } why ? $": {why}" : "";
        return target.Stable switch
        {
            null => $"{name} to exist",
            { } stable when stable.Release != turn.Seen.Spec.Release => $"{name} to be synced to {turn.Seen.Spec.Release} (at {stable.Release ?? "no release"} now)",
            { } stable => $"{name} to have {stable.Desired} ready replicas of {turn.Seen.Spec.Release} and none of another ({stable.Ready} ready now){trouble}",
        };
    }

    // A wait that is over turns into an abort; here nothing is left to return from, so it ends as it would have.
    private static RolloutDecision Removing(RolloutDecision waiting, RolloutTurn turn, string ending, string message)
        => waiting.Status.Phase == turn.Phase
            ? waiting with { Action = new RolloutAction.RemoveCanary() }
            : turn.Enter(ending, $"{message}; objects of the canary are still being deleted");
}

namespace Fairway.Delivery.Rollouts;

/// <summary>Establishes one traffic weight on a canary that can carry it: replicas before weight on the way up, after it on the way down.</summary>
internal static class ServePlanner
{
    /// <summary>What is still to be done or waited for; null when the weight stands on ready replicas and the gateway has taken it.</summary>
    public static RolloutDecision? Establish(RolloutTurn turn, int weight)
    {
        int[] needed = [.. turn.Targets.Select(target => RolloutPlanner.ReplicasFor(target.Replicas, weight))];
        return Rescue(turn)
            ?? Lower(turn, weight)
            ?? Raise(turn, needed)
            ?? AwaitReplicas(turn, needed)
            ?? Shift(turn, weight)
            ?? AwaitRoute(turn)
            ?? Shrink(turn, needed);
    }

    /// <summary>Takes all traffic off a canary that has no pod for it, when the stable side has.</summary>
    public static RolloutDecision? Rescue(RolloutTurn turn)
    {
        bool dead = turn.Targets.Any(target => target.Route.Weight != 0 && IsDead(target));
        bool refuge = turn.Targets.Where(IsDead).All(target => target.Stable is { ReadyEndpoints: > 0 });
        return dead && refuge ? turn.Do(new RolloutAction.ShiftTraffic(0), "the canary has no ready pod: its traffic goes back") : null;
    }

    /// <summary>Nobody answers. Asked of the endpoints alone: the counts of a workload lag behind while it is being scaled.</summary>
    public static bool IsDead(TargetObservation target) => target.Canary is not { ReadyEndpoints: > 0 };

    /// <summary>Has canaries of at least these sizes.</summary>
    public static RolloutDecision? Raise(RolloutTurn turn, int[] needed)
    {
        bool short_ = turn.Targets.Zip(needed).Any(pair => pair.First.Canary is not { } canary || canary.Desired < pair.Second);
        return short_
            ? turn.Do(new RolloutAction.EnsureCanary(
                [.. turn.Targets.Zip(needed).Select(pair => Math.Max(pair.Second, pair.First.Canary?.Desired ?? 0))]))
            : null;
    }

    /// <summary>Waits until the gateway has taken the rules; a refusal aborts.</summary>
    public static RolloutDecision? AwaitRoute(RolloutTurn turn)
    {
        if (turn.Targets.FirstOrDefault(target => target.Route.Rejection is not null) is { } rejected)
        {
            return turn.Abort($"the gateway refuses HTTPRoute {rejected.Route.Name}: {rejected.Route.Rejection}");
        }

        return turn.Targets.FirstOrDefault(target => target.Route is { Accepted: false, Missing: false }) is { } pending
            ? turn.Wait($"HTTPRoute/{pending.Route.Name}", $"HTTPRoute {pending.Route.Name} in {turn.Seen.Spec.Environment} to be accepted by the gateway")
            : null;
    }

    private static RolloutDecision? Lower(RolloutTurn turn, int weight)
        => turn.Weight > weight ? turn.Do(new RolloutAction.ShiftTraffic(weight)) : null;

    private static RolloutDecision? AwaitReplicas(RolloutTurn turn, int[] needed)
    {
        foreach ((TargetObservation target, int replicas) in turn.Targets.Zip(needed))
        {
            if (target.Canary!.Ready < replicas)
            {
                string trouble = target.Canary.Trouble is { } why ? $": {why}" : "";
                return turn.Wait(
                    $"Deployment/{target.Deployment}-canary",
                    $"the canary of Deployment {target.Deployment} in {turn.Seen.Spec.Environment} to have {replicas} ready replicas ({target.Canary.Ready} now){trouble}");
            }
        }

        return null;
    }

    private static RolloutDecision? Shift(RolloutTurn turn, int weight)
    {
        if (weight > 0 && turn.Targets.FirstOrDefault(target => target.Route.Missing) is { } missing)
        {
            return turn.Abort($"no HTTPRoute routes to Service {missing.Service} in {turn.Seen.Spec.Environment} any more: there is no traffic to shift");
        }

        return turn.Targets.Any(target => !target.Route.Missing && target.Route.Weight != weight)
            ? turn.Do(new RolloutAction.ShiftTraffic(weight))
            : null;
    }

    private static RolloutDecision? Shrink(RolloutTurn turn, int[] needed)
        => turn.Targets.Zip(needed).Any(pair => pair.First.Canary!.Desired > pair.Second)
            ? turn.Do(new RolloutAction.EnsureCanary(needed))
            : null;
}

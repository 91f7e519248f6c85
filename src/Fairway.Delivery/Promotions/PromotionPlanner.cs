using Fairway.Resources.Kinds.Delivery;
using static Fairway.Delivery.Promotions.PromotionPhases;

namespace Fairway.Delivery.Promotions;

/// <summary>
/// The way of one release into one environment, as a table from phase and observation to the next single action. Level-triggered:
/// it can be stopped anywhere and asked again.
/// </summary>
/// <remarks>
/// <code>
/// Pending ─────────► AwaitingApproval ─► Writing ─► Syncing ────────────► Verifying ─► Succeeded
///   │ (gate, soak)     (a person)          │          (no canary)            ▲  │
///   │                                      └──────► RollingOut ──────────────┘  │
///   ▼                                                  │ failed, aborted        │ not healthy in time
/// Failed, Aborted, Superseded ◄────────────────────── Reverting ◄───────────────┘
/// </code>
/// A promotion that waits gives way to any newer one; one under way gives way to a newer one that has passed its gate.
/// </remarks>
internal static class PromotionPlanner
{
    /// <summary>How long an environment may be Degraded before the release is taken back.</summary>
    public static readonly TimeSpan DegradedLimit = TimeSpan.FromSeconds(60);

    /// <summary>How often a budget is asked for while a promotion waits for it.</summary>
    private static readonly TimeSpan BudgetRecheck = TimeSpan.FromSeconds(30);

    /// <summary>How often policies are asked while a promotion waits for them: facts grow old, and freezes end, without an event.</summary>
    private static readonly TimeSpan PolicyRecheck = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan DefaultProgressDeadline = TimeSpan.FromMinutes(10);

    /// <summary>The next decision.</summary>
    public static PromotionDecision Plan(PromotionObservation seen, DateTimeOffset now)
    {
        var turn = new PromotionTurn(seen, now);
        return turn.Phase switch
        {
            _ when HasEnded(turn.Phase) => turn.Stay(),
            Pending => PlanPending(turn),
            AwaitingApproval => PlanApproval(turn),
            Writing => PlanWriting(turn),
            Syncing => PlanSyncing(turn),
            RollingOut => PlanRollingOut(turn),
            Verifying => PlanVerifying(turn),
            _ => PlanReverting(turn),
        };
    }

    private static bool AbortAsked(PromotionTurn turn) => turn.Seen.Spec.Abort == true || turn.Seen.Deleting;

    private static TimeSpan Deadline(PromotionTurn turn) => Durations.Or(
        turn.Seen.Environment?.Strategy?.Canary?.ProgressDeadline ?? turn.Seen.Environment?.Strategy?.ProgressDeadline, DefaultProgressDeadline);

    private static PromotionPeer? NewerUnderWay(PromotionTurn turn) => turn.Seen.Newer.LastOrDefault(peer => IsUnderWay(peer.Phase));

    /// <summary>The branch no longer says what this promotion wrote: somebody else decided.</summary>
    private static bool LostHead(PromotionTurn turn) => turn.Seen.HeadPromotion != turn.Seen.Name;

    private static PromotionDecision PlanPending(PromotionTurn turn)
    {
        PromotionSpec spec = turn.Seen.Spec;
        PromotionDecision Fail(string why) => turn.Enter(Failed, why);
        if (Retired(turn) is { } ended)
        {
            return ended;
        }

        if (turn.Seen.Environment is not { } environment)
        {
            return Fail($"application {spec.Application} has no environment {spec.Environment}");
        }

        if (turn.Seen.Release is not { } release)
        {
            return Fail($"there is no release {spec.Release}");
        }

        if (release.Application != spec.Application)
        {
            return Fail($"release {spec.Release} is of application {release.Application}, not of {spec.Application}");
        }

        if (release.Refusal is { } refusal)
        {
            return Fail($"release {spec.Release} cannot be delivered: {refusal}");
        }

        if (!release.HasManifests)
        {
            return turn.Wait($"Release/{spec.Release}", $"the manifests of {spec.Release} for {spec.Environment} to be rendered", Deadline(turn), Fail);
        }

        return Gate(turn, environment, release);
    }

    private static PromotionDecision Gate(PromotionTurn turn, ApplicationEnvironment environment, ReleaseObservation release)
    {
        PromotionSpec spec = turn.Seen.Spec;
        bool known = spec.Rollback == true || release.VerifiedHere;
        if (!known && turn.Seen.EnvironmentBefore is { } before)
        {
            if (release.VerifiedBeforeAt is not { } verified)
            {
                return turn.Enter(Failed, $"{spec.Release} has not been verified in {before}, which comes before {spec.Environment}: promote it there first");
            }

            DateTimeOffset soaked = verified + Durations.Or(environment.Gate?.Soak, TimeSpan.Zero);
            if (turn.Now < soaked)
            {
                return turn.WaitUntil($"{spec.Release} to have been healthy in {before} for {environment.Gate!.Soak}", soaked);
            }
        }

        if (turn.Seen.BudgetIsLow && environment.Gate!.ErrorBudget!.WhenBelow != "Slow" && spec.Rollback != true && spec.Approval is null)
        {
            return turn.WaitForBudget(environment.Gate.ErrorBudget.Minimum, BudgetRecheck);
        }

        if (turn.Seen.Hold is { } hold)
        {
            return turn.WaitForPolicy(hold, PolicyRecheck);
        }

        bool needsPerson = environment.Gate?.Type == "Approval" && spec.Rollback != true && spec.Approval is null;
        return needsPerson
            ? AskPerson(turn, turn.Enter(AwaitingApproval, $"{spec.Release} may enter {spec.Environment} once a person approves"))
            : turn.Enter(Writing, $"{spec.Release} may enter {spec.Environment}");
    }

    // Whoever sees the phase sees at once what it waits for.
    private static PromotionDecision AskPerson(PromotionTurn turn, PromotionDecision entered)
        => entered with { Status = entered.Status with { WaitingFor = turn.WaitForPerson(ApprovalOf(turn)).Status.WaitingFor } };

    private static string ApprovalOf(PromotionTurn turn) => $"a person to approve {turn.Seen.Spec.Release} for {turn.Seen.Spec.Environment}";

    private static PromotionDecision PlanApproval(PromotionTurn turn)
        => Retired(turn) ?? (turn.Seen.Spec.Approval is { } approval
            ? turn.Seen.Hold is { } hold ? turn.WaitForPolicy(hold, PolicyRecheck) : turn.Enter(Writing, $"approved by {approval.By}")
            : turn.WaitForPerson(ApprovalOf(turn)));

    /// <summary>How a promotion ends that has written nothing yet: stopped, or overtaken by a newer one.</summary>
    private static PromotionDecision? Retired(PromotionTurn turn)
        => AbortAsked(turn) ? turn.Enter(Aborted, "aborted on request")
            : turn.Seen.Newer is [.., var newest] ? turn.Enter(Superseded, $"superseded by {newest.Name}")
            : null;

    private static PromotionDecision PlanWriting(PromotionTurn turn)
    {
        if (!LostHead(turn))
        {
            return Written(turn);
        }

        if (NewerUnderWay(turn) is { } newer)
        {
            return turn.Enter(Superseded, $"superseded by {newer.Name}");
        }

        if (turn.Seen.Older.FirstOrDefault(peer => IsUnderWay(peer.Phase)) is { } older)
        {
            return turn.Wait($"Promotion/{older.Name}", $"promotion {older.Name} to give way", Deadline(turn) * 2, why => turn.Enter(Failed, why));
        }

        if (AbortAsked(turn))
        {
            return GiveUp(turn, Aborted, "aborted on request");
        }

        if (turn.Seen.Environment is null)
        {
            return GiveUp(turn, Failed, $"application {turn.Seen.Spec.Application} has no environment {turn.Seen.Spec.Environment} any more");
        }

        if (turn.Seen.CanaryRefusal is { } refusal)
        {
            return GiveUp(turn, Failed, refusal);
        }

        string branch = $"branch env/{turn.Seen.Spec.Environment}";
        PromotionDecision writing = turn.Wait(branch, $"{branch} to take the manifests of {turn.Seen.Spec.Release}", Deadline(turn), why => GiveUp(turn, Failed, why));
        return writing.Status.Phase == Writing ? writing with { Action = new PromotionAction.Commit(), Look = turn.Now } : writing;
    }

    /// <summary>Ends before anything was written. What an overtaken promotion has left on the branch is this one's to clear up.</summary>
    private static PromotionDecision GiveUp(PromotionTurn turn, string outcome, string why)
        => turn.Seen is { HeadIsGood: false, LastGood: not null } ? turn.Revert(outcome, why) : turn.Enter(outcome, why);

    private static PromotionDecision Written(PromotionTurn turn)
    {
        PromotionDecision decision = turn.Seen.HeadIsCanary
            ? turn.Enter(RollingOut, $"{turn.Seen.Spec.Release} is on branch env/{turn.Seen.Spec.Environment}; traffic moves step by step")
            : turn.Enter(Syncing, $"{turn.Seen.Spec.Release} is on branch env/{turn.Seen.Spec.Environment}");
        return decision with
        {
            Status = decision.Status with
            {
                Revision = turn.Seen.HeadRevision,
                PreviousRelease = turn.Seen.LastGood?.Release,
                PreviousRevision = turn.Seen.LastGood?.Revision,
                Rollout = turn.Seen.HeadIsCanary ? turn.Seen.Name : null,
            },
        };
    }

    private static PromotionDecision PlanSyncing(PromotionTurn turn)
        => Overruled(turn) ?? (turn.Seen.Live.SyncedPromotion == turn.Seen.Name && turn.Seen.Live.Sync == "Synced"
            ? turn.Enter(Verifying, $"{turn.Seen.Spec.Environment} is synced to {turn.Seen.Spec.Release}")
            : turn.Wait(
                "sync",
                $"{turn.Seen.Spec.Environment} to be synced to {turn.Seen.Spec.Release}{Because(turn)}",
                Deadline(turn),
                why => turn.Revert(Failed, why)));

    private static PromotionDecision PlanVerifying(PromotionTurn turn)
    {
        if (Overruled(turn) is { } overruled)
        {
            return overruled;
        }

        string name = turn.Seen.Spec.Environment;
        bool synced = turn.Seen.Live.SyncedPromotion == turn.Seen.Name && turn.Seen.Live.Sync == "Synced";
        if (synced && turn.Seen.Live.Health == "Healthy")
        {
            return turn.Enter(Succeeded, $"{turn.Seen.Spec.Release} runs healthy in {name}");
        }

        return synced && turn.Seen.Live.Health == "Degraded"
            ? turn.Wait("degraded", $"{name} to recover: it is Degraded with {turn.Seen.Spec.Release}{Because(turn)}", DegradedLimit, why => turn.Revert(Failed, why))
            : turn.Wait("health", $"{name} to be healthy with {turn.Seen.Spec.Release}{Because(turn)}", Deadline(turn), why => turn.Revert(Failed, why));
    }

    /// <summary>What ends the wait of a promotion that sync brings out directly.</summary>
    private static PromotionDecision? Overruled(PromotionTurn turn)
    {
        if (LostHead(turn))
        {
            return turn.Enter(Superseded, $"branch env/{turn.Seen.Spec.Environment} has moved on to {turn.Seen.HeadPromotion ?? "what somebody pushed"}");
        }

        if (AbortAsked(turn))
        {
            return turn.Revert(Aborted, "aborted on request");
        }

        // After a canary the environment already is on the new release: verifying it takes less than going back and forth.
        if (turn.Seen.Status.Rollout is null && NewerUnderWay(turn) is { } newer)
        {
            return turn.Enter(Superseded, $"superseded by {newer.Name}");
        }

        return turn.Seen.Live is { Sync: "Refused", SyncedPromotion: var synced } && synced == turn.Seen.Name
            ? turn.Revert(Failed, turn.Seen.Live.Message ?? "the cluster refuses the manifests")
            : null;
    }

    private static PromotionDecision PlanRollingOut(PromotionTurn turn)
    {
        if (turn.Seen.Rollout is not { } rollout)
        {
            return LostHead(turn)
                ? turn.Enter(Superseded, $"branch env/{turn.Seen.Spec.Environment} has moved on")
                : turn.Do(new PromotionAction.StartRollout(), $"starting rollout {turn.Seen.Name}");
        }

        switch (rollout.Phase)
        {
            case "Succeeded":
                return turn.Enter(Verifying, $"all traffic is on {turn.Seen.Spec.Release}");
            case "Aborted" when rollout.SupersededBy is { } newer:
                return turn.Enter(Superseded, $"superseded by {newer}");
            case "Aborting" or "Aborted" when rollout.SupersededBy is null:
                return turn.Revert(AbortAsked(turn) || rollout.AbortAsked ? Aborted : Failed, rollout.AbortReason ?? "the rollout was aborted");
        }

        if (rollout.SupersededBy is null && !rollout.AbortAsked && Interruption(turn, rollout) is { } interruption)
        {
            return turn.Do(interruption, "the rollout gives way");
        }

        WaitingFor waiting = rollout.WaitingFor ?? new WaitingFor { What = $"rollout {turn.Seen.Name}: {rollout.Message ?? rollout.Phase ?? "starting"}" };
        return turn.Waiting(waiting, null);
    }

    private static PromotionAction? Interruption(PromotionTurn turn, RolloutView rollout)
    {
        bool finishing = rollout.Phase == "Finishing";
        return turn switch
        {
            _ when AbortAsked(turn) => new PromotionAction.AbortRollout(),
            _ when LostHead(turn) && !finishing => new PromotionAction.SupersedeRollout(turn.Seen.HeadPromotion ?? "what somebody pushed"),
            _ when NewerUnderWay(turn) is { } newer && !finishing => new PromotionAction.SupersedeRollout(newer.Name),
            _ when finishing && turn.Seen.Live.Sync == "Refused" => new PromotionAction.AbortRollout(),
            _ => null,
        };
    }

    private static PromotionDecision PlanReverting(PromotionTurn turn)
    {
        string outcome = turn.Seen.Status.Outcome ?? Failed;
        string reason = turn.Seen.Status.OutcomeReason ?? turn.Seen.Status.Message ?? outcome;
        if (!LostHead(turn) || !turn.Seen.HeadIsGood)
        {
            return turn.Seen.LastGood is { } good
                ? turn.Do(new PromotionAction.CommitBack(good, reason), reason)
                : turn.Enter(outcome, $"{reason}; there is no release before it to return to");
        }

        bool ended = turn.Seen.Rollout is null || turn.Seen.Rollout.Phase is "Aborted" or "Succeeded";
        return ended
            ? turn.Enter(outcome, reason)
            : turn.Wait($"Rollout/{turn.Seen.Name}", $"rollout {turn.Seen.Name} to take its canary away", Deadline(turn), _ => turn.Enter(outcome, reason));
    }

    private static string Because(PromotionTurn turn) => turn.Seen.Live.Message is { } message ? $" ({message})" : "";
}

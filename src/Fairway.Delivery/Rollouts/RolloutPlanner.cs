using Fairway.Resources.Kinds.Delivery;
using static Fairway.Delivery.Rollouts.RolloutPhases;

namespace Fairway.Delivery.Rollouts;

/// <summary>
/// Decides the next single action of a canary rollout from what is observed. Level-triggered: it never relies on what it did
/// before, so it can be stopped anywhere and asked again.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>Pending until no other rollout of the environment is under way; Starting until the canary has its first replicas.</item>
/// <item>The steps in order. Weight rises only onto a canary that has the replicas for it, ready; falls before replicas do.</item>
/// <item>After the last step all traffic goes to a canary of full size, and Finishing lets the stable workloads follow.</item>
/// <item>When they have, traffic goes back to them, the canary drains and is removed: Succeeded.</item>
/// <item>Aborting: traffic back to the stable side as soon as it can serve, drain, remove: Aborted.</item>
/// </list>
/// Invariants: a canary with no ready pod has no weight while the stable side can serve; every wait names its object and, unless
/// it is for a person, has a deadline that ends in an abort (and, while aborting, in going on regardless).
/// </remarks>
internal static class RolloutPlanner
{
    private static readonly TimeSpan DefaultProgressDeadline = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan DefaultInconclusiveDeadline = TimeSpan.FromHours(1);
    private static readonly TimeSpan DefaultScaleDownDelay = TimeSpan.FromSeconds(10);

    /// <summary>The next decision.</summary>
    public static RolloutDecision Plan(RolloutObservation seen, DateTimeOffset now)
    {
        var turn = new RolloutTurn(seen, now);
        if (HasEnded(turn.Phase))
        {
            return turn.Stay();
        }

        if (turn.Phase != Aborting && AbortCause(seen, turn) is { } cause)
        {
            return turn.Abort(cause);
        }

        return turn.Phase switch
        {
            Pending => PlanPending(turn),
            Starting => PlanStarting(turn),
            Finishing => FinishPlanner.Plan(turn),
            Aborting => AbortPlanner.Plan(turn),
            _ => PlanStep(turn),
        };
    }

    /// <summary>Replicas that a target needs before it may carry a percentage of the traffic.</summary>
    public static int ReplicasFor(int full, int weight) => Math.Max(1, (int)Math.Ceiling(full * weight / 100.0));

    internal static TimeSpan ProgressDeadline(RolloutSpec spec) => Durations.Or(spec.Canary.ProgressDeadline, DefaultProgressDeadline);

    internal static TimeSpan InconclusiveDeadline(RolloutSpec spec) => Durations.Or(spec.Canary.InconclusiveDeadline, DefaultInconclusiveDeadline);

    internal static TimeSpan ScaleDownDelay(RolloutSpec spec) => Durations.Or(spec.Canary.ScaleDownDelay, DefaultScaleDownDelay);

    private static string? AbortCause(RolloutObservation seen, RolloutTurn turn) => seen switch
    {
        { Deleting: true } => "the rollout was deleted",
        { Spec.Abort: true } => "aborted on request",
        { Spec.SupersededBy: { } newer } when turn.Phase != Finishing => $"superseded by {newer}",
        { Refusal: { } refusal } when turn.Phase != Finishing => refusal,
        _ => null,
    };

    private static RolloutDecision PlanPending(RolloutTurn turn) => turn.Seen.Blocker is { } blocker
        ? turn.Wait($"Rollout/{blocker}", $"rollout {blocker} to end")
        : turn.Enter(Starting, $"starting the canary of {turn.Seen.Spec.Release}");

    private static RolloutDecision PlanStarting(RolloutTurn turn)
        => ServePlanner.Establish(turn, 0)
            ?? turn.EnterStep(0, "the canary is up");

    private static RolloutDecision PlanStep(RolloutTurn turn)
    {
        IReadOnlyList<CanaryStep> steps = turn.Seen.Spec.Canary.Steps;
        int index = turn.Seen.Status.Step ?? 0;
        if (index >= steps.Count || turn.Seen.Spec.PromoteFull == true)
        {
            return PlanFull(turn, steps.Count);
        }

        if (ServePlanner.Establish(turn, WeightAt(steps, index)) is { } first)
        {
            return first;
        }

        if (turn.Seen.Spec.Paused == true)
        {
            return turn.WaitForPerson(Paused, $"a person to resume rollout, held at step {index + 1} of {steps.Count}");
        }

        return steps[index] switch
        {
            { Analysis: not null } => PlanAnalysis(turn, index),
            { Pause: { } pause } => PlanPause(turn, index, pause),
            { SetWeight: { } weight } => turn.EnterStep(index + 1, $"{weight} % of the traffic is on {turn.Seen.Spec.Release}"),
            _ => turn.EnterStep(index + 1, $"step {index + 1} asks for nothing"),
        };
    }

    private static RolloutDecision PlanFull(RolloutTurn turn, int steps)
    {
        if (turn.Seen.Status.Step != steps)
        {
            return turn.EnterStep(steps, "promoted past the remaining steps");
        }

        return turn.Seen.Spec.Paused == true && turn.Seen.Spec.PromoteFull != true
            ? turn.WaitForPerson(Paused, "a person to resume the rollout, held before full traffic")
            : ServePlanner.Establish(turn, 100)
                ?? turn.Enter(Finishing, "all traffic is on the canary; the stable workloads follow") with { Look = turn.Now };
    }

    private static RolloutDecision PlanPause(RolloutTurn turn, int index, CanaryPause pause)
    {
        if (turn.Seen.Spec.ResumedStep >= index)
        {
            return turn.EnterStep(index + 1, "resumed");
        }

        if (pause.Duration is null)
        {
            return turn.WaitForPerson(Paused, $"a person to resume the rollout at step {index + 1}");
        }

        if (Durations.TryParse(pause.Duration) is not { } length)
        {
            return turn.Abort($"spec.canary.steps[{index}].pause.duration: \"{pause.Duration}\" is not a duration (30s, 5m)");
        }

        DateTimeOffset end = turn.StepStarted + length;
        return turn.Now >= end
            ? turn.EnterStep(index + 1, $"paused for {pause.Duration}")
            : turn.WaitUntil(Paused, $"the pause of {pause.Duration} to end", end);
    }

    private static RolloutDecision PlanAnalysis(RolloutTurn turn, int index)
    {
        AnalysisObservation analysis = turn.Seen.Analysis
            ?? new AnalysisObservation { Name = "?", Phase = "Missing", Fault = $"step {index + 1} names no analysis" };
        if (analysis.Fault is { } fault)
        {
            return turn.Abort(fault);
        }

        switch (analysis.Phase)
        {
            case "Missing":
                return turn.Enter(Analyzing, $"judging {turn.Seen.Spec.Release} by {analysis.Name}") with
                {
                    Action = new RolloutAction.StartAnalysis(index),
                };
            case "Successful":
                return turn.EnterStep(index + 1, $"analysis {analysis.Name} succeeded");
            case "Failed" or "Error":
                return turn.Abort($"analysis {analysis.Name} {(analysis.Phase == "Failed" ? "failed" : "could not measure")}: {analysis.Message}");
            case "Inconclusive" when turn.Seen.Spec.ResumedStep >= index:
                return turn.EnterStep(index + 1, $"resumed by a person; analysis {analysis.Name} was inconclusive");
            case "Inconclusive":
                return turn.Wait(
                    $"AnalysisRun/{analysis.Name}",
                    $"a person to judge: analysis {analysis.Name} is inconclusive ({analysis.Message})",
                    InconclusiveDeadline(turn.Seen.Spec),
                    Paused,
                    on: "inconclusive");
            default:
                return turn.Wait(
                    $"AnalysisRun/{analysis.Name}",
                    $"analysis {analysis.Name} to end",
                    (analysis.Expected * 2) + ProgressDeadline(turn.Seen.Spec),
                    Analyzing);
        }
    }

    /// <summary>The weight in force at a step: its own, or that of the last step before it that sets one.</summary>
    internal static int WeightAt(IReadOnlyList<CanaryStep> steps, int index)
    {
        for (int i = Math.Min(index, steps.Count - 1); i >= 0; i--)
        {
            if (steps[i].SetWeight is { } weight)
            {
                return weight;
            }
        }

        return 0;
    }
}

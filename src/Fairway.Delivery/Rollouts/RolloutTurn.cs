using Fairway.Resources.Kinds.Delivery;
using static Fairway.Delivery.Rollouts.RolloutPhases;

namespace Fairway.Delivery.Rollouts;

/// <summary>One observation at one moment, and how decisions about it are put into words.</summary>
internal sealed class RolloutTurn(RolloutObservation seen, DateTimeOffset now)
{
    private const int KeptEvents = 100;

    public RolloutObservation Seen { get; } = seen;

    public DateTimeOffset Now { get; } = now;

    public string Phase { get; } = seen.Status.Phase ?? Pending;

    public IReadOnlyList<TargetObservation> Targets => Seen.Targets;

    /// <summary>The percentage on the canary over all routes: the highest; -1 while some route disagrees with itself.</summary>
    public int Weight => Targets.Any(target => target.Route.Weight < 0) ? -1 : Targets.Select(target => target.Route.Weight).DefaultIfEmpty(0).Max();

    /// <summary>Some traffic has reached the canary in this rollout.</summary>
    public bool HadTraffic => Weight != 0 || Seen.Status.Weight > 0 || (Seen.Status.History ?? []).Any(happened => happened.Weight > 0);

    public DateTimeOffset StepStarted => Seen.Status.StepStartedAt ?? Now;

    /// <summary>Nothing to do and nothing to wait for.</summary>
    public RolloutDecision Stay() => new(new RolloutAction.None(), Observed());

    /// <summary>One action, the rest as it is.</summary>
    public RolloutDecision Do(RolloutAction action, string? message = null)
        => new(action, Observed() with { Phase = ActivePhase, Message = message ?? Seen.Status.Message }, Now);

    /// <summary>A new phase. Entering Finishing or an ending leaves its time.</summary>
    public RolloutDecision Enter(string phase, string message)
    {
        RolloutStatus status = Observed();
        return new RolloutDecision(
            new RolloutAction.None(),
            Happened(status, message) with
            {
                Phase = phase,
                Message = message,
                WaitingFor = null,
                StartedAt = status.StartedAt ?? (phase == Pending ? null : Now),
                FinishingAt = status.FinishingAt ?? (phase == Finishing ? Now : null),
                FinishedAt = HasEnded(phase) ? Now : null,
            },
            HasEnded(phase) ? null : Now);
    }

    /// <summary>The next step; its clock starts.</summary>
    public RolloutDecision EnterStep(int step, string message)
    {
        RolloutStatus status = Observed();
        return new RolloutDecision(
            new RolloutAction.None(),
            Happened(status, message) with
            {
                Phase = Progressing,
                Step = step,
                StepStartedAt = Now,
                Message = message,
                WaitingFor = null,
            },
            Now);
    }

    /// <summary>Gives up. A rollout that has not touched anything ends at once.</summary>
    public RolloutDecision Abort(string reason)
    {
        RolloutDecision decision = Enter(Phase == Pending ? Aborted : Aborting, reason);
        return decision with { Status = decision.Status with { AbortReason = reason } };
    }

    /// <summary>Traffic is back for good; the drain starts.</summary>
    public RolloutDecision TrafficReturned(string message)
    {
        RolloutStatus status = Observed();
        return new RolloutDecision(
            new RolloutAction.None(), Happened(status, message) with { TrafficReturnedAt = Now, Message = message, WaitingFor = null }, Now);
    }

    /// <summary>Waits for an object, at most so long: then the rollout is aborted.</summary>
    /// <param name="subject">The object, the same as long as the wait is the same.</param>
    /// <param name="on">Set where one object is waited for in two ways.</param>
    public RolloutDecision Wait(string subject, string what, TimeSpan? limit = null, string? phase = null, string? on = null)
    {
        string key = on is null ? subject : $"{subject} {on}";
        TimeSpan length = limit ?? RolloutPlanner.ProgressDeadline(Seen.Spec);
        DateTimeOffset since = SinceWaitingFor(key);
        DateTimeOffset deadline = since + length;
        if (Now >= deadline && Phase != Aborting)
        {
            return Abort($"waited {Words(length)} for {what}");
        }

        return Waiting(phase ?? ActivePhase, new WaitingFor { What = what, On = key, Since = since, Deadline = deadline }, deadline);
    }

    /// <summary>A wait of this kind has passed its deadline.</summary>
    public bool IsOverdue(string subject)
        => Seen.Status.WaitingFor is { Deadline: { } deadline } waiting && waiting.On == subject && Now >= deadline;

    public RolloutDecision WaitUntil(string phase, string what, DateTimeOffset end)
        => Waiting(phase, new WaitingFor { What = what, On = "time", Since = SinceWaitingFor("time"), Deadline = end }, end);

    public RolloutDecision WaitForPerson(string phase, string what)
        => Waiting(phase, new WaitingFor { What = what, On = "person", Since = SinceWaitingFor("person") }, null);

    private string ActivePhase => Phase is Paused or Analyzing ? Progressing : Phase;

    private RolloutDecision Waiting(string phase, WaitingFor waiting, DateTimeOffset? look)
        => new(
            new RolloutAction.None(),
            Observed() with { Phase = phase, Message = $"waiting for {waiting.What}", WaitingFor = waiting },
            look);

    private DateTimeOffset SinceWaitingFor(string key)
        => Seen.Status.WaitingFor is { Since: { } since } waiting && waiting.On == key ? since : Now;

    /// <summary>The status with the numbers as they are now. A weight that changed since the last look is an event.</summary>
    private RolloutStatus Observed()
    {
        int weight = Math.Max(0, Weight);
        RolloutStatus status = Seen.Status with
        {
            Phase = Phase,
            Weight = weight,
            AnalysisRun = Seen.Analysis is { Phase: not "Missing" } analysis ? analysis.Name : Seen.Status.AnalysisRun,
        };
        return weight == (Seen.Status.Weight ?? 0) ? status : Happened(status, $"{weight} % of the traffic on the canary");
    }

    private RolloutStatus Happened(RolloutStatus status, string what)
        => status with
        {
            History = [.. (status.History ?? []).Append(new RolloutEvent { At = Now, What = what, Weight = status.Weight }).TakeLast(KeptEvents)],
        };

    private static string Words(TimeSpan length) => length.TotalSeconds < 120 ? $"{length.TotalSeconds:0.#} s" : $"{length.TotalMinutes:0.#} min";
}

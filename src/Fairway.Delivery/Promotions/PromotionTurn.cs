using System.Globalization;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Signals;
using static Fairway.Delivery.Promotions.PromotionPhases;

namespace Fairway.Delivery.Promotions;

/// <summary>One observation at one moment, and how decisions about it are put into words.</summary>
internal sealed class PromotionTurn(PromotionObservation seen, DateTimeOffset now)
{
    public PromotionObservation Seen { get; } = seen;

    public DateTimeOffset Now { get; } = now;

    public string Phase { get; } = seen.Status.Phase ?? Pending;

    public PromotionDecision Stay() => new(new PromotionAction.None(), Seen.Status with { Phase = Phase });

    public PromotionDecision Do(PromotionAction action, string message)
        => new(action, Seen.Status with { Phase = Phase, Message = message }, Now);

    public PromotionDecision Enter(string phase, string message)
        => new(
            new PromotionAction.None(),
            Seen.Status with
            {
                Phase = phase,
                Message = message,
                WaitingFor = null,
                StartedAt = Seen.Status.StartedAt ?? Now,
                FinishedAt = HasEnded(phase) ? Now : null,
            },
            HasEnded(phase) ? null : Now);

    /// <summary>Goes back to the last good release and then ends so.</summary>
    public PromotionDecision Revert(string outcome, string reason)
    {
        PromotionDecision decision = Enter(Reverting, reason);
        return decision with { Status = decision.Status with { Outcome = outcome, OutcomeReason = reason } };
    }

    /// <summary>Waits for an object until a deadline, then does what the caller says.</summary>
    public PromotionDecision Wait(string on, string what, TimeSpan limit, Func<string, PromotionDecision> overdue)
    {
        DateTimeOffset since = Since(on);
        DateTimeOffset deadline = since + limit;
        return Now >= deadline
            ? overdue($"waited {Words(limit)} for {what}")
            : Waiting(new WaitingFor { What = what, On = on, Since = since, Deadline = deadline }, deadline);
    }

    public PromotionDecision WaitUntil(string what, DateTimeOffset end)
        => Waiting(new WaitingFor { What = what, On = "time", Since = Since("time"), Deadline = end }, end);

    public PromotionDecision WaitForPerson(string what)
        => Waiting(new WaitingFor { What = what, On = "person", Since = Since("person") }, null);

    /// <summary>Waits until enough of the error budget is back, or a person approves all the same.</summary>
    public PromotionDecision WaitForBudget(double minimum, TimeSpan recheck)
    {
        BudgetLeft left = Seen.Budget!;
        string what = $"the error budget of {left.Slo} ({left.Objective}) to recover: {Percent(left.Remaining)} is left, {Percent(minimum)} is wanted; a person may approve all the same";
        return Waiting(new WaitingFor { What = what, On = "budget", Since = Since("budget") }, Now + recheck);
    }

    /// <summary>Waits until a policy lets it pass: by itself at a known end, or when what is known changes.</summary>
    public PromotionDecision WaitForPolicy(PolicyHold hold, TimeSpan recheck)
    {
        string on = $"policy/{hold.Policy}";
        DateTimeOffset look = hold.Until is { } until && until < Now + recheck ? until : Now + recheck;
        return Waiting(new WaitingFor { What = hold.What, On = on, Since = Since(on), Deadline = hold.Until }, look);
    }

    /// <summary>Waits as somebody else says that it waits.</summary>
    public PromotionDecision Waiting(WaitingFor waiting, DateTimeOffset? look)
        => new(
            new PromotionAction.None(),
            Seen.Status with { Phase = Phase, Message = $"waiting for {waiting.What}", WaitingFor = waiting, StartedAt = Seen.Status.StartedAt ?? Now },
            look);

    private DateTimeOffset Since(string on)
        => Seen.Status.WaitingFor is { Since: { } since } waiting && waiting.On == on ? since : Now;

    private static string Percent(double share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Words(TimeSpan length) => length.TotalSeconds < 120 ? $"{length.TotalSeconds:0.#} s" : $"{length.TotalMinutes:0.#} min";
}

namespace Fairway.Resources.Signals;

/// <summary>The narrow question that delivery asks of SLOs: how much may still go wrong?</summary>
public interface IErrorBudgets
{
    /// <summary>The budget of which least is left, among the SLOs of a service in an environment.</summary>
    /// <returns>Null when there is no SLO for it, or nothing has been measured: not the same as a full budget, and not a reason to hold.</returns>
    Task<BudgetLeft?> LeastAsync(string service, string environment, CancellationToken cancellation);
}

/// <summary>What is left of one budget.</summary>
/// <param name="Slo">The SLO's name.</param>
/// <param name="Objective">Which of its objectives.</param>
/// <param name="Remaining">1 untouched, 0 used up, negative overspent.</param>
public sealed record BudgetLeft(string Slo, string Objective, double Remaining);

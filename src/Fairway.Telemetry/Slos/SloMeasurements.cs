using Fairway.PromQL;

namespace Fairway.Telemetry.Slos;

/// <summary>One query at one moment, as an engine answers it.</summary>
public delegate Task<QueryResult> InstantQuery(string query, DateTimeOffset at, CancellationToken cancellation);

/// <summary>One query over a range of moments.</summary>
public delegate Task<QueryResult> RangeQuery(string query, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken cancellation);

/// <summary>Asks a store of metrics how SLOs stand.</summary>
public sealed class SloMeasurements(InstantQuery query)
{
    /// <summary>How an objective's budget stands at a moment. Cost: two queries for each counted span of the period.</summary>
    /// <exception cref="PromQLException">A query of the objective fails.</exception>
    public async Task<ErrorBudget> BudgetAsync(Slo slo, Objective objective, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(slo);
        ArgumentNullException.ThrowIfNull(objective);
        (DateTimeOffset from, DateTimeOffset to) = slo.Window.At(now);
        var expressions = new SloExpressions(objective, slo.Method);
        var sum = new Measured(0, 0);
        foreach ((DateTimeOffset begin, DateTimeOffset end) in ErrorBudgets.Counted(from, to < now ? to : now, slo.Corrections))
        {
            TimeSpan length = end - begin;
            double total = await NumberAsync(expressions.Total(length), end, cancellation);
            double bad = total > 0 ? await NumberAsync(expressions.Bad(length), end, cancellation) : 0;
            sum += new Measured(Math.Min(bad, total), total);
        }

        return ErrorBudgets.Of(slo, objective, sum, now);
    }

    /// <summary>How many times faster than it may the budget burned over a window; null when nothing was measured.</summary>
    /// <exception cref="PromQLException">A query of the objective fails.</exception>
    public async Task<double?> BurnRateAsync(Slo slo, Objective objective, TimeSpan window, DateTimeOffset at, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(slo);
        ArgumentNullException.ThrowIfNull(objective);
        var expressions = new SloExpressions(objective, slo.Method);
        double total = await NumberAsync(expressions.Total(window), at, cancellation);
        return total > 0 ? await NumberAsync(expressions.Bad(window), at, cancellation) / total / (1 - objective.Target) : null;
    }

    private async Task<double> NumberAsync(string expression, DateTimeOffset at, CancellationToken cancellation)
        => (await query(expression, at, cancellation)).Value switch
        {
            VectorValue vector => vector.Samples.Where(sample => double.IsFinite(sample.Value)).Sum(sample => sample.Value),
            ScalarValue scalar when double.IsFinite(scalar.Value) => scalar.Value,
            _ => 0,
        };
}

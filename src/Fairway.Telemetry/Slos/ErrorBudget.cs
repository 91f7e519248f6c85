namespace Fairway.Telemetry.Slos;

/// <summary>What was measured over some time, in the unit of the objective: events, samples or slices.</summary>
/// <param name="Bad">How much was bad.</param>
/// <param name="Total">How much was measured.</param>
public readonly record struct Measured(double Bad, double Total)
{
    public static Measured operator +(Measured left, Measured right) => new(left.Bad + right.Bad, left.Total + right.Total);

    /// <summary>The sum; named for those who cannot write operators.</summary>
    public static Measured Add(Measured left, Measured right) => left + right;
}

/// <summary>How an error budget stands.</summary>
public sealed record ErrorBudget
{
    /// <summary>The period that it is for.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The end of the period; for a rolling window the moment of asking.</summary>
    public required DateTimeOffset To { get; init; }

    public required double Target { get; init; }

    /// <summary>What was measured, without corrected times.</summary>
    public required Measured Measured { get; init; }

    /// <summary>The share that was good; null when nothing was measured, which is not the same as all good.</summary>
    public required double? Ratio { get; init; }

    /// <summary>How much may be bad in the period, in the unit of the measurement. For events it grows with the traffic.</summary>
    public required double Allowed { get; init; }

    /// <summary>The share of the budget that is left: 1 untouched, 0 used up, negative overspent; null when nothing was measured.</summary>
    public required double? Remaining { get; init; }

    /// <summary>Time in the period that does not count.</summary>
    public TimeSpan Corrected { get; init; }
}

/// <summary>The arithmetic of error budgets. Pure.</summary>
public static class ErrorBudgets
{
    /// <summary>
    /// A period without its corrections, as spans that do not overlap, in order. What was measured over them may be added up.
    /// Cost: n log n in the corrections.
    /// </summary>
    public static IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Counted(DateTimeOffset from, DateTimeOffset to, IEnumerable<Correction> corrections)
    {
        ArgumentNullException.ThrowIfNull(corrections);
        List<(DateTimeOffset, DateTimeOffset)> counted = [];
        DateTimeOffset cursor = from;
        foreach (Correction one in corrections.Where(one => one.To > from && one.From < to).OrderBy(one => one.From))
        {
            if (one.From > cursor)
            {
                counted.Add((cursor, one.From));
            }

            cursor = one.To > cursor ? one.To : cursor;
        }

        if (cursor < to)
        {
            counted.Add((cursor, to));
        }

        return counted;
    }

    /// <summary>How a budget stands.</summary>
    /// <param name="slo">The SLO.</param>
    /// <param name="objective">One of its objectives.</param>
    /// <param name="measured">What was measured over the counted spans of the period up to now.</param>
    /// <param name="now">The moment.</param>
    public static ErrorBudget Of(Slo slo, Objective objective, Measured measured, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(slo);
        ArgumentNullException.ThrowIfNull(objective);
        (DateTimeOffset from, DateTimeOffset to) = slo.Window.At(now);
        TimeSpan counted = Sum(Counted(from, to, slo.Corrections));

        // Slices are known in advance for the whole period; events are only known once they have happened.
        double units = slo.Method == BudgetingMethod.Occurrences || objective.Slice is not { } slice ? measured.Total : counted / slice;
        double allowed = (1 - objective.Target) * units;
        bool isKnown = measured.Total > 0;
        return new ErrorBudget
        {
            From = from,
            To = to,
            Target = objective.Target,
            Measured = measured,
            Ratio = isKnown ? 1 - (measured.Bad / measured.Total) : null,
            Allowed = allowed,
            Remaining = isKnown ? 1 - (measured.Bad / allowed) : null,
            Corrected = to - from - counted,
        };
    }

    /// <summary>
    /// What is left of a composite's budget. Events and ratios: every objective spends from the one budget what it spends of its
    /// own, times its weight. Slices: the objective that has spent most.
    /// </summary>
    /// <returns>Null when nothing was measured for any of them.</returns>
    public static double? Composite(Slo slo, IReadOnlyList<ErrorBudget> budgets)
    {
        ArgumentNullException.ThrowIfNull(slo);
        ArgumentNullException.ThrowIfNull(budgets);
        (double Spent, double Weight)[] known =
        [
            .. slo.Objectives.Zip(budgets).Where(pair => pair.Second.Remaining is not null).Select(pair => (1 - pair.Second.Remaining!.Value, pair.First.Weight)),
        ];
        return known.Length == 0 ? null
            : slo.Method == BudgetingMethod.Timeslices ? 1 - known.Max(one => one.Spent)
            : 1 - known.Sum(one => one.Spent * one.Weight);
    }

    private static TimeSpan Sum(IEnumerable<(DateTimeOffset From, DateTimeOffset To)> spans)
        => spans.Aggregate(TimeSpan.Zero, (sum, span) => sum + (span.To - span.From));
}

namespace Fairway.Telemetry.Slos;

/// <summary>How an error budget is counted.</summary>
public enum BudgetingMethod
{
    /// <summary>Good events of all events.</summary>
    Occurrences,

    /// <summary>Good time slices of all time slices; a slice is good when its own ratio reaches the slice's target.</summary>
    Timeslices,

    /// <summary>The average of the slices' ratios.</summary>
    RatioTimeslices,
}

/// <summary>How a threshold metric is compared with its value.</summary>
public enum SloOperator
{
    /// <summary>Good when at most the value.</summary>
    Lte,

    /// <summary>Good when at least the value.</summary>
    Gte,

    /// <summary>Good when below the value.</summary>
    Lt,

    /// <summary>Good when above the value.</summary>
    Gt,
}

/// <summary>What is measured. All queries are PromQL.</summary>
public abstract record Indicator
{
    private Indicator()
    {
    }

    /// <summary>Good (or bad) events of all events.</summary>
    /// <param name="Part">The query of the good events, or of the bad ones.</param>
    /// <param name="PartIsBad">The part counts bad events.</param>
    /// <param name="Total">The query of all events.</param>
    /// <param name="IsCounter">The queries are counters that only grow; otherwise each sample is a number of events.</param>
    public sealed record Ratio(string Part, bool PartIsBad, string Total, bool IsCounter) : Indicator;

    /// <summary>A ratio that is measured as such, between 0 and 1.</summary>
    /// <param name="Query">The ratio.</param>
    /// <param name="OfFailures">It is the share of failures.</param>
    public sealed record RawRatio(string Query, bool OfFailures) : Indicator;

    /// <summary>A number that is good or bad at each moment.</summary>
    /// <param name="Query">The number.</param>
    public sealed record Threshold(string Query) : Indicator;
}

/// <summary>One target of an SLO.</summary>
public sealed record Objective
{
    /// <summary>A short name, unique in its SLO; made from the display name or the position.</summary>
    public required string Name { get; init; }

    public string? DisplayName { get; init; }

    /// <summary>The share that has to be good, at least 0 and below 1.</summary>
    public required double Target { get; init; }

    public required Indicator Indicator { get; init; }

    /// <summary>For a threshold: how, and with what, the number is compared.</summary>
    public SloOperator? Operator { get; init; }

    public double? Value { get; init; }

    /// <summary>For time slices: the share that makes a slice good.</summary>
    public double? SliceTarget { get; init; }

    /// <summary>For time slices: how long one is.</summary>
    public TimeSpan? Slice { get; init; }

    /// <summary>In a composite: how much this one's burning counts.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>One alert that somebody asked for by an AlertPolicy.</summary>
public sealed record BurnAlert
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public required string Severity { get; init; }

    /// <summary>How the burn rate is compared with the threshold for the alert to fire.</summary>
    public required SloOperator Operator { get; init; }

    /// <summary>A factor of the speed at which the budget lasts exactly its window.</summary>
    public required double Threshold { get; init; }

    public required TimeSpan Lookback { get; init; }

    public required TimeSpan After { get; init; }

    public bool WhenBreaching { get; init; }

    public bool WhenResolved { get; init; }

    public bool WhenNoData { get; init; }

    public IReadOnlyList<string> Targets { get; init; } = [];
}

/// <summary>A time that does not count: planned maintenance, a test, somebody else's outage.</summary>
/// <param name="From">When it begins.</param>
/// <param name="To">When it ends (exclusive).</param>
/// <param name="Reason">Why; shown wherever the budget is.</param>
public sealed record Correction(DateTimeOffset From, DateTimeOffset To, string Reason);

/// <summary>An SLO with everything that its documents refer to.</summary>
public sealed record Slo
{
    public required string Name { get; init; }

    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    public required string Service { get; init; }

    public required BudgetWindow Window { get; init; }

    public required BudgetingMethod Method { get; init; }

    public required IReadOnlyList<Objective> Objectives { get; init; }

    /// <summary>The objectives have indicators of their own and one budget together.</summary>
    public bool IsComposite { get; init; }

    /// <summary>Alerts by the documents' own policies. When there are none, the usual windows alert.</summary>
    public IReadOnlyList<BurnAlert> Alerts { get; init; } = [];

    /// <summary>Fewer events than this in an alert's long window say nothing. 0 for no guard.</summary>
    public double MinimumEvents { get; init; }

    /// <summary>Fewer bad events than this in an alert's long window are not worth a page. 0 for no guard.</summary>
    public double MinimumErrors { get; init; }

    public IReadOnlyList<Correction> Corrections { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Where it was written: file and line.</summary>
    public string? Source { get; init; }
}

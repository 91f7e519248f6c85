namespace Fairway.PromQL;

/// <summary>Limits and choices of an engine; the defaults are Prometheus'.</summary>
public sealed record EngineOptions
{
    /// <summary>How long a sample stays the newest one of its series, unless a query says otherwise.</summary>
    public TimeSpan LookbackDelta { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Most samples a query may hold in memory.</summary>
    public int MaxSamples { get; init; } = 50_000_000;

    /// <summary>Longest time a query may take, unless it asks for less.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The step of subqueries that name none, by the width of their range.</summary>
    public TimeSpan DefaultSubqueryStep { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What the parser accepts beyond the stable language.</summary>
    public ParserOptions Parser { get; init; } = ParserOptions.Stable;
}

/// <summary>Parts of the language that Prometheus keeps behind feature flags.</summary>
public sealed record ParserOptions
{
    /// <summary>The language without feature flags.</summary>
    public static readonly ParserOptions Stable = new();

    /// <summary>Everything.</summary>
    public static readonly ParserOptions All = new() { ExperimentalFunctions = true, DurationExpressions = true, FillModifiers = true, ExtendedRangeSelectors = true };

    /// <summary>Functions and aggregations marked experimental.</summary>
    public bool ExperimentalFunctions { get; init; }

    /// <summary>Arithmetic in durations: <c>[5m * 2]</c>.</summary>
    public bool DurationExpressions { get; init; }

    /// <summary><c>fill(x)</c>, <c>fill_left(x)</c>, <c>fill_right(x)</c> on binary operators.</summary>
    public bool FillModifiers { get; init; }

    /// <summary><c>anchored</c> and <c>smoothed</c> selectors.</summary>
    public bool ExtendedRangeSelectors { get; init; }
}

/// <summary>Choices of one query.</summary>
public sealed record QueryOptions
{
    /// <summary>The engine's own choices.</summary>
    public static readonly QueryOptions Default = new();

    /// <summary>Another lookback.</summary>
    public TimeSpan? LookbackDelta { get; init; }

    /// <summary>A shorter time limit; longer ones are cut to the engine's.</summary>
    public TimeSpan? Timeout { get; init; }
}

using Fairway.Telemetry.Traces.Query;

namespace Fairway.Telemetry.Traces;

/// <summary>A rule that decides of whole traces; the first that holds counts.</summary>
public sealed record TraceKeepRule
{
    /// <summary>What it is called where its traces are counted.</summary>
    public required string Name { get; init; }

    /// <summary>Only traces with an error.</summary>
    public bool Errors { get; init; }

    /// <summary>Only traces that take at least as long.</summary>
    public TimeSpan? SlowerThan { get; init; }

    /// <summary>Only traces with an operation that was seen at most as often within the last hour.</summary>
    public int? RarerThan { get; init; }

    /// <summary>Only traces with a span that a search finds.</summary>
    public string? Where { get; init; }

    /// <summary>The part of them that is kept, 0 to 1, chosen by the trace's id so that all parts of a trace share its fate.</summary>
    public double Keep { get; init; } = 1;
}

/// <summary>The rules by which traces are kept when they are complete.</summary>
public sealed class TraceKeepRules
{
    private readonly (TraceKeepRule Rule, SpanQuery? Where)[] _rules;

    /// <exception cref="FormatException">A rule cannot be read; the message names it.</exception>
    public TraceKeepRules(IReadOnlyList<TraceKeepRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        foreach (TraceKeepRule rule in rules)
        {
            if (rule.Keep is < 0 or > 1 || double.IsNaN(rule.Keep))
            {
                throw new FormatException($"rule \"{rule.Name}\": keep is {rule.Keep}; expected a part from 0 to 1");
            }
        }

        _rules = [.. rules.Select(rule => (rule, rule.Where is null ? null : Parse(rule)))];
    }

    /// <summary>Errors, traces of a second and more, and rare operations are kept; so is the rest, but it goes first when room is short.</summary>
    public static TraceKeepRules Default { get; } = new(
    [
        new TraceKeepRule { Name = "errors", Errors = true },
        new TraceKeepRule { Name = "slow", SlowerThan = TimeSpan.FromSeconds(1) },
        new TraceKeepRule { Name = "rare", RarerThan = 5 },
    ]);

    /// <summary>What becomes of a trace.</summary>
    /// <param name="seen">How often an operation of a service was seen within the last hour.</param>
    internal KeepDecision Decide(TraceRecord trace, Func<SpanRecord, int> seen)
    {
        foreach ((TraceKeepRule rule, SpanQuery? where) in _rules)
        {
            if ((rule.Errors && !trace.Spans.Any(span => span.IsError))
                || (rule.SlowerThan is { } slow && trace.Duration < slow.Ticks * 100)
                || (rule.RarerThan is { } rare && !trace.Spans.Any(span => seen(span) <= rare))
                || (where is not null && !where.Matches(trace)))
            {
                continue;
            }

            bool ordinary = !rule.Errors && rule.SlowerThan is null && rule.RarerThan is null && where is null;
            return new KeepDecision(Chosen(trace.Id, rule.Keep), ordinary, rule.Name);
        }

        return new KeepDecision(true, true, "rest");
    }

    private static SpanQuery Parse(TraceKeepRule rule)
    {
        try
        {
            return SpanQuery.Parse(rule.Where!);
        }
        catch (Resources.Signals.SignalQueryException wrong)
        {
            throw new FormatException($"rule \"{rule.Name}\": where: {wrong.Message}", wrong);
        }
    }

    private static bool Chosen(string id, double part)
        => part >= 1 || (part > 0 && Convert.ToUInt64(id[^14..], 16) < (ulong)(part * (1UL << 56)));
}

/// <summary>What a rule says of a trace.</summary>
/// <param name="Kept">Whether it is stored.</param>
/// <param name="Ordinary">Whether it goes first when room is short.</param>
/// <param name="Rule">Which rule it was.</param>
internal readonly record struct KeepDecision(bool Kept, bool Ordinary, string Rule);

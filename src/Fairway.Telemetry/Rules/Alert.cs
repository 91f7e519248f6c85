using Fairway.PromQL;

namespace Fairway.Telemetry.Rules;

/// <summary>Where an alert stands.</summary>
public enum AlertState
{
    /// <summary>Its condition no longer holds.</summary>
    Inactive,

    /// <summary>Its condition holds, not yet for long enough.</summary>
    Pending,

    /// <summary>It fires.</summary>
    Firing,
}

/// <summary>One alert of a rule: a set of labels for which its condition holds, or held a while ago. Times are milliseconds since 1970.</summary>
public sealed record Alert
{
    /// <summary>Labels, the alert's name among them.</summary>
    public required Labels Labels { get; init; }

    /// <summary>Texts.</summary>
    public required Labels Annotations { get; init; }

    /// <summary>The expression's last value.</summary>
    public double Value { get; init; }

    /// <summary>Where it stands.</summary>
    public AlertState State { get; init; }

    /// <summary>Since when the condition holds.</summary>
    public long ActiveAt { get; init; }

    /// <summary>When it began to fire.</summary>
    public long? FiredAt { get; init; }

    /// <summary>When it ended.</summary>
    public long? ResolvedAt { get; init; }

    /// <summary>When it was last handed to the alert manager.</summary>
    public long? LastSentAt { get; init; }

    /// <summary>Since when only <c>keep_firing_for</c> keeps it firing.</summary>
    public long? KeepFiringSince { get; init; }
}

/// <summary>An alert as handed to the alert manager.</summary>
/// <param name="Labels">Identity.</param>
/// <param name="Annotations">Texts.</param>
/// <param name="StartsAt">When it began to hold.</param>
/// <param name="EndsAt">When it ended, or until when it may be taken to fire without news.</param>
/// <param name="Query">The rule's expression.</param>
public sealed record SentAlert(Labels Labels, Labels Annotations, long StartsAt, long EndsAt, string Query);

using System.Globalization;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Signals;

namespace Fairway.Delivery.Rollouts;

/// <summary>What changes about a canary when there is little error budget left to spend on finding out.</summary>
internal static class CarefulRollout
{
    /// <summary>Pauses last twice as long.</summary>
    public static CanaryStrategy Slowed(CanaryStrategy canary) => canary with
    {
        Steps =
        [
            .. canary.Steps.Select(step => step.Pause?.Duration is { } text && Durations.TryParse(text) is { } length
                ? step with { Pause = new CanaryPause { Duration = GoDuration.Format(length * 2) } }
                : step),
        ],
    };

    /// <summary>Twice as many measurements, and none of them may be bad.</summary>
    public static AnalysisMetric Tightened(AnalysisMetric metric)
        => metric with { Count = Math.Min(1000, (metric.Count ?? 1) * 2), FailureLimit = 0, InconclusiveLimit = 0 };

    public static string Because(BudgetLeft left)
        => string.Create(CultureInfo.InvariantCulture, $"only {left.Remaining * 100:0.#} % of the error budget of {left.Slo} ({left.Objective}) is left");
}

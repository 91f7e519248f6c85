using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Traffic;

namespace Fairway.Delivery.Analysis;

/// <summary>What queries of one metric gave.</summary>
/// <param name="Canary">Of the new version.</param>
/// <param name="Stable">Of the stable one, where a comparison asked for it.</param>
/// <param name="Error">Why there is no answer.</param>
internal sealed record SignalAnswer(IReadOnlyList<double> Canary, IReadOnlyList<double> Stable, string? Error = null);

/// <summary>What was seen before a decision: the gateway's view of both versions, and the answers to the questions that were due.</summary>
internal sealed record AnalysisEvidence
{
    /// <summary>Requests that the new version answered in a window that ends now.</summary>
    public required Func<TimeSpan, TrafficSummary> Canary { get; init; }

    /// <summary>Requests that the stable version answered.</summary>
    public required Func<TimeSpan, TrafficSummary> Stable { get; init; }

    /// <summary>Answers by the metric's name.</summary>
    public required IReadOnlyDictionary<string, SignalAnswer> Answers { get; init; }

    /// <exception cref="InvalidOperationException">It was not asked, or could not be answered.</exception>
    public SignalAnswer AnswerTo(AnalysisMetric metric)
        => !Answers.TryGetValue(metric.Name, out SignalAnswer? answer) ? throw new InvalidOperationException("the query was not asked yet")
            : answer.Error is { } error ? throw new InvalidOperationException(error)
            : answer;
}

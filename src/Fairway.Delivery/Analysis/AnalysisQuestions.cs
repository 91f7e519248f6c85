using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Signals;
using Fairway.Resources.Traffic;

namespace Fairway.Delivery.Analysis;

/// <summary>Asks gateway and telemetry what the metrics that are due need to know.</summary>
internal sealed class AnalysisQuestions(ITrafficMeasures traffic, ISignalQueries? signals)
{
    // Moments of an interval at which a comparison looks.
    private const int Moments = 10;

    public async Task<AnalysisEvidence> AskAsync(AnalysisRunSpec spec, IReadOnlyList<AnalysisMetric> due, CancellationToken cancellation)
    {
        Dictionary<string, SignalAnswer> answers = [];
        foreach (AnalysisMetric metric in due.Where(metric => metric.Query is not null || metric.Compare?.Query is not null))
        {
            answers[metric.Name] = await AnswerAsync(spec, metric, cancellation);
        }

        return new AnalysisEvidence
        {
            Canary = window => traffic.Summarize(spec.Cluster, spec.TargetNamespace, spec.Service, window),
            Stable = window => spec.StableService is { } stable
                ? traffic.Summarize(spec.Cluster, spec.TargetNamespace, stable, window)
                : throw new InvalidOperationException("the run does not say which Service is the stable one"),
            Answers = answers,
        };
    }

    private async Task<SignalAnswer> AnswerAsync(AnalysisRunSpec spec, AnalysisMetric metric, CancellationToken cancellation)
    {
        if (signals is null)
        {
            return new SignalAnswer([], [], "this platform keeps no telemetry, so a query has no one to answer it");
        }

        try
        {
            return metric.Query is { } query
                ? new SignalAnswer(
                    await signals.AskAsync(new SignalQuestion(SourceOf(query), Fill(query.Query, spec, metric, spec.Service), query.Address, WindowOf(query, metric)), cancellation), [])
                : await CompareAsync(spec, metric, metric.Compare!, cancellation);
        }
        catch (SignalQueryException failure)
        {
            return new SignalAnswer([], [], failure.Message);
        }
    }

    private async Task<SignalAnswer> CompareAsync(AnalysisRunSpec spec, AnalysisMetric metric, ComparisonMeasure compare, CancellationToken cancellation)
    {
        TimeSpan window = MetricJudge.Interval(metric);
        Task<IReadOnlyList<double>> Ask(string service) => signals!.AskAsync(
            new SignalQuestion(SignalSource.Metrics, Fill(compare.Query!, spec, metric, service), compare.Address, window, window / Moments), cancellation);
        IReadOnlyList<double> canary = await Ask(spec.Service);
        return new SignalAnswer(canary, await Ask(spec.StableService ?? spec.Service));
    }

    // A search of traces says nothing about time: it is about the interval of the measurement.
    private static TimeSpan? WindowOf(QueryMeasure query, AnalysisMetric metric) => SourceOf(query) == SignalSource.Traces ? MetricJudge.Interval(metric) : null;

    private static SignalSource SourceOf(QueryMeasure query) => query.Source switch
    {
        "Logs" => SignalSource.Logs,
        "Traces" => SignalSource.Traces,
        _ => SignalSource.Metrics,
    };

    private static string Fill(string query, AnalysisRunSpec spec, AnalysisMetric metric, string service) => query
        .Replace("{{service}}", service, StringComparison.Ordinal)
        .Replace("{{stable}}", spec.StableService ?? "", StringComparison.Ordinal)
        .Replace("{{namespace}}", spec.TargetNamespace, StringComparison.Ordinal)
        .Replace("{{cluster}}", spec.Cluster, StringComparison.Ordinal)
        .Replace("{{rollout}}", spec.Rollout, StringComparison.Ordinal)
        .Replace("{{interval}}", metric.Interval, StringComparison.Ordinal);
}

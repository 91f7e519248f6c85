using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Analysis;

/// <summary>What a look at a run leads to.</summary>
/// <param name="Status">The run's status from here on.</param>
/// <param name="NextLook">When to look again; null when the run has ended.</param>
internal sealed record AnalysisDecision(AnalysisRunStatus Status, DateTimeOffset? NextLook);

/// <summary>
/// Judges a version by its measurements. A run passes only when every metric has passed, and a metric passes only with at least
/// one measurement that had enough requests behind it and was good: no data is an outcome of its own.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>A metric's first measurement is due one interval after its initial delay, so that its window lies within the run.</item>
/// <item>Too few requests for a verdict are not forgotten: the next measurement's window reaches back to the last one that had enough.</item>
/// <item>It ends as Failed, Inconclusive or Error once more measurements than its limit came out so (errors: in a row).</item>
/// <item>It ends as Successful once <c>count</c> measurements said something, good or bad, and at least one of them was good.</item>
/// <item>The run ends with the first metric that ends badly; the worst decides: Failed, Error, Inconclusive.</item>
/// </list>
/// </remarks>
internal static class AnalysisPlanner
{
    /// <summary>More errors in a row than this end a metric.</summary>
    public const int ConsecutiveErrorLimit = 4;

    /// <summary>Measurements kept in the status of each metric.</summary>
    public const int KeptMeasurements = 50;

    private static readonly TimeSpan ErrorRetry = TimeSpan.FromSeconds(10);

    /// <summary>Takes every measurement that is due and folds it in.</summary>
    /// <param name="evidence">What was seen of the versions, up to now.</param>
    public static AnalysisDecision Advance(
        AnalysisRunSpec spec, AnalysisRunStatus? status, DateTimeOffset now, AnalysisEvidence evidence)
    {
        AnalysisRunStatus current = status?.StartedAt is null
            ? new AnalysisRunStatus { Phase = "Running", StartedAt = now, Metrics = [] }
            : status;
        if (IsEnded(current.Phase))
        {
            return new AnalysisDecision(current, null);
        }

        MetricResult[] results = [.. spec.Metrics.Select(metric => AdvanceMetric(metric, current, now, evidence, spec.Terminate == true))];
        (string phase, string? message) = Verdict(spec, results);
        bool ended = IsEnded(phase);
        return new AnalysisDecision(
            current with { Phase = phase, Message = message, Metrics = results, FinishedAt = ended ? now : null },
            ended ? null : NextLook(spec, current.StartedAt!.Value, results));
    }

    /// <summary>The metrics that will be measured at this moment: whose questions have to be asked before.</summary>
    public static IEnumerable<AnalysisMetric> DueNow(AnalysisRunSpec spec, AnalysisRunStatus? status, DateTimeOffset now)
        => status?.StartedAt is not { } started || IsEnded(status.Phase) || spec.Terminate == true
            ? []
            : spec.Metrics.Where(metric =>
            {
                MetricResult? before = status.Metrics?.FirstOrDefault(result => result.Name == metric.Name);
                return before is null or { Phase: "Running" }
                    && MetricJudge.Fault(metric) is null
                    && now >= Due(metric, started, before ?? new MetricResult { Name = metric.Name, Phase = "Running" });
            });

    /// <summary>How long a run of these metrics takes when nothing errs.</summary>
    public static TimeSpan ExpectedDuration(IEnumerable<AnalysisMetric> metrics)
        => metrics.Select(metric => Durations.Or(metric.InitialDelay, TimeSpan.Zero) + (Interval(metric) * (metric.Count ?? 1)))
            .DefaultIfEmpty(TimeSpan.Zero)
            .Max();

    public static bool IsEnded(string? phase) => phase is "Successful" or "Failed" or "Inconclusive" or "Error";

    private static MetricResult AdvanceMetric(
        AnalysisMetric metric, AnalysisRunStatus run, DateTimeOffset now, AnalysisEvidence evidence, bool terminated)
    {
        MetricResult before = run.Metrics?.FirstOrDefault(result => result.Name == metric.Name)
            ?? new MetricResult { Name = metric.Name, Phase = "Running", Measurements = [] };
        if (before.Phase != "Running")
        {
            return before;
        }

        if (MetricJudge.Fault(metric) is { } fault)
        {
            return before with { Phase = "Error", Message = fault };
        }

        if (terminated)
        {
            return before with { Phase = "Inconclusive", Message = "stopped before it had measured enough" };
        }

        DateTimeOffset started = run.StartedAt!.Value;
        return now < Due(metric, started, before)
            ? before
            : Fold(metric, before, MetricJudge.Measure(metric, now, Window(metric, started, before, now), evidence));
    }

    /// <summary>
    /// What a measurement of traffic looks back on: an interval, or everything since the last measurement that had enough requests,
    /// so that a service with little traffic is judged as soon as enough has come.
    /// </summary>
    private static TimeSpan Window(AnalysisMetric metric, DateTimeOffset started, MetricResult before, DateTimeOffset now)
    {
        DateTimeOffset since = before.Measurements?.LastOrDefault(taken => MetricJudge.HadEnough(metric, taken))?.At
            ?? started + Durations.Or(metric.InitialDelay, TimeSpan.Zero);
        TimeSpan interval = Interval(metric);
        return now - since > interval ? now - since : interval;
    }

    /// <summary>Counts one measurement and decides whether the metric has ended.</summary>
    internal static MetricResult Fold(AnalysisMetric metric, MetricResult before, Measurement taken)
    {
        MetricResult counted = before with
        {
            Successful = before.Successful + (taken.Phase == "Successful" ? 1 : 0),
            Failed = before.Failed + (taken.Phase == "Failed" ? 1 : 0),
            Inconclusive = before.Inconclusive + (taken.Phase == "Inconclusive" ? 1 : 0),
            Errors = before.Errors + (taken.Phase == "Error" ? 1 : 0),
            Measurements = [.. (before.Measurements ?? []).Append(taken).TakeLast(KeptMeasurements)],
        };
        int errorsInARow = counted.Measurements.Reverse().TakeWhile(measurement => measurement.Phase == "Error").Count();
        int saying = counted.Successful + counted.Failed;
        int taking = saying + counted.Inconclusive;
        (string phase, string? message) = counted switch
        {
            _ when errorsInARow > ConsecutiveErrorLimit
                => ("Error", $"{errorsInARow} measurements in a row could not be taken: {taken.Message}"),
            _ when counted.Failed > (metric.FailureLimit ?? 0)
                => ("Failed", $"{counted.Failed} of {taking} measurements failed (limit {metric.FailureLimit ?? 0}): {taken.Message}"),
            _ when counted.Inconclusive > (metric.InconclusiveLimit ?? 0)
                => ("Inconclusive", $"{counted.Inconclusive} of {taking} measurements were inconclusive (limit {metric.InconclusiveLimit ?? 0}): {taken.Message}"),
            _ when saying < (metric.Count ?? 1) => ("Running", null),
            { Successful: > 0 } => ("Successful", null),
            _ => ("Failed", $"none of {taking} measurements succeeded: {taken.Message}"),
        };
        return counted with { Phase = phase, Message = message };
    }

    private static (string Phase, string? Message) Verdict(AnalysisRunSpec spec, MetricResult[] results)
    {
        foreach (string bad in (string[])["Failed", "Error", "Inconclusive"])
        {
            if (Array.Find(results, result => result.Phase == bad) is { } worst)
            {
                return (bad, $"{worst.Name}: {worst.Message}");
            }
        }

        if (spec.Metrics.Count == 0)
        {
            return ("Error", "spec.metrics is empty: there is nothing to judge by");
        }

        return Array.TrueForAll(results, result => result.Phase == "Successful") ? ("Successful", null) : ("Running", null);
    }

    private static DateTimeOffset NextLook(AnalysisRunSpec spec, DateTimeOffset started, MetricResult[] results)
        => spec.Metrics
            .Zip(results)
            .Where(pair => pair.Second.Phase == "Running")
            .Min(pair => Due(pair.First, started, pair.Second));

    private static DateTimeOffset Due(AnalysisMetric metric, DateTimeOffset started, MetricResult result)
    {
        TimeSpan interval = Interval(metric);
        return result.Measurements is not { Count: > 0 } taken
            ? started + Durations.Or(metric.InitialDelay, TimeSpan.Zero) + interval
            : taken[^1].At + (taken[^1].Phase == "Error" && interval > ErrorRetry ? ErrorRetry : interval);
    }

    private static TimeSpan Interval(AnalysisMetric metric) => Durations.Or(metric.Interval, TimeSpan.FromMinutes(1));
}

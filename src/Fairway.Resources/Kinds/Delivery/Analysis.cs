using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Delivery;

/// <summary>Measures by which a new version is judged.</summary>
[Kind("fairway.dev/v1", "analysistemplates", ShortNames = ["at"], Categories = ["fairway"])]
[Column("Metrics", ".spec.metrics[*].name")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record AnalysisTemplate : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "AnalysisTemplate";

    public ObjectMeta Metadata { get; init; } = new();

    public required AnalysisTemplateSpec Spec { get; init; }
}

/// <summary>The measures; all must succeed.</summary>
public sealed record AnalysisTemplateSpec
{
    [ListMap("name")]
    [Bounds(MinItems = 1)]
    public required IReadOnlyList<AnalysisMetric> Metrics { get; init; }
}

/// <summary>One measure, taken <see cref="Count"/> times at an interval.</summary>
public sealed record AnalysisMetric
{
    public required string Name { get; init; }

    /// <summary>Time between measurements (<c>10s</c>); also the window that a measurement looks back over, unless the last had too few requests: then it reaches back to the last that had enough.</summary>
    public required string Interval { get; init; }

    /// <summary>How many measurements make the verdict: those that said something, good or bad.</summary>
    [Bounds(Minimum = 1, Maximum = 1000)]
    [Default("1")]
    public int? Count { get; init; }

    /// <summary>Wait before the first measurement.</summary>
    public string? InitialDelay { get; init; }

    /// <summary>The metric fails when more measurements than this fail (0: the first failure fails it).</summary>
    [Bounds(Minimum = 0)]
    [Default("0")]
    public int? FailureLimit { get; init; }

    /// <summary>The metric is inconclusive when more measurements than this are inconclusive: too few requests, or between the limits.</summary>
    [Bounds(Minimum = 0)]
    [Default("0")]
    public int? InconclusiveLimit { get; init; }

    /// <summary>How many requests a measurement needs before it says anything. Fewer: inconclusive, never a success.</summary>
    [Bounds(Minimum = 1)]
    [Default("10")]
    public int? MinimumSamples { get; init; }

    public SuccessRateMeasure? SuccessRate { get; init; }

    public LatencyMeasure? Latency { get; init; }

    public QueryMeasure? Query { get; init; }

    public ComparisonMeasure? Compare { get; init; }
}

/// <summary>
/// Any query of metrics, logs or traces that gives one number. In the text, <c>{{service}}</c>, <c>{{stable}}</c>,
/// <c>{{namespace}}</c>, <c>{{cluster}}</c>, <c>{{rollout}}</c> and <c>{{interval}}</c> stand for what is being analysed.
/// </summary>
public sealed record QueryMeasure
{
    /// <summary>Metrics (PromQL), Logs (a LogQL metric query) or Traces (a search; the answer is how many match).</summary>
    [OneOf("Metrics", "Logs", "Traces")]
    [Default("\"Metrics\"")]
    public string? Source { get; init; }

    /// <summary>The query. No series, or a value that is no number, is inconclusive.</summary>
    public required string Query { get; init; }

    /// <summary>Base URL of another server of the same API; the platform's own store when absent.</summary>
    public string? Address { get; init; }

    /// <summary>Succeeds at or above this value.</summary>
    public double? Minimum { get; init; }

    /// <summary>Succeeds at or below this value.</summary>
    public double? Maximum { get; init; }

    /// <summary>Fails below this value; between it and the minimum the measurement is inconclusive. Default: the minimum.</summary>
    public double? FailBelow { get; init; }

    /// <summary>Fails above this value; between it and the maximum the measurement is inconclusive. Default: the maximum.</summary>
    public double? FailAbove { get; init; }
}

/// <summary>
/// The new version against the stable one over the same time, by a test that assumes no distribution: Fisher's exact test for
/// failed requests, Mann–Whitney for a query's samples. A difference that chance explains does not fail a release, and samples
/// too few to show any difference do not pass it.
/// </summary>
public sealed record ComparisonMeasure
{
    /// <summary>
    /// PromQL with <c>{{service}}</c>, asked once for each version at ten moments of the interval. Without it, failed requests as the
    /// gateway saw them are compared.
    /// </summary>
    public string? Query { get; init; }

    /// <summary>Base URL of another Prometheus; the platform's own store when absent.</summary>
    public string? Address { get; init; }

    /// <summary>Which way is worse.</summary>
    [OneOf("Higher", "Lower")]
    [Default("\"Higher\"")]
    public string? Worse { get; init; }

    /// <summary>How unlikely by chance a difference has to be to count.</summary>
    [Bounds(Minimum = 0.000001, Maximum = 0.5)]
    [Default("0.05")]
    public double? Significance { get; init; }

    /// <summary>A difference of the medians (or failure rates) below this share of the stable one's is none, however certain.</summary>
    [Bounds(Minimum = 0)]
    [Default("0.1")]
    public double? Tolerance { get; init; }
}

/// <summary>The share of requests that were answered without a 5xx or a broken connection.</summary>
public sealed record SuccessRateMeasure
{
    /// <summary>Succeeds at or above this ratio (0.99).</summary>
    [Bounds(Minimum = 0, Maximum = 1)]
    public required double Minimum { get; init; }

    /// <summary>Fails below this ratio; between the two the measurement is inconclusive. Default: the minimum.</summary>
    [Bounds(Minimum = 0, Maximum = 1)]
    public double? FailBelow { get; init; }
}

/// <summary>A percentile of the time to the last byte.</summary>
public sealed record LatencyMeasure
{
    /// <summary>0.5, 0.95, 0.99.</summary>
    [Bounds(Minimum = 0, Maximum = 1)]
    [Default("0.95")]
    public double? Percentile { get; init; }

    /// <summary>Succeeds at or below this time (<c>250ms</c>).</summary>
    public required string Maximum { get; init; }

    /// <summary>Fails above this time; between the two the measurement is inconclusive. Default: the maximum.</summary>
    public string? FailAbove { get; init; }
}

/// <summary>One run of templates against one version.</summary>
[Kind("fairway.dev/v1", "analysisruns", Status = true, ShortNames = ["ar"], Categories = ["fairway"])]
[Column("Rollout", ".spec.rollout")]
[Column("Phase", ".status.phase")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record AnalysisRun : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "AnalysisRun";

    public ObjectMeta Metadata { get; init; } = new();

    public required AnalysisRunSpec Spec { get; init; }

    public AnalysisRunStatus? Status { get; init; }
}

/// <summary>What is measured.</summary>
public sealed record AnalysisRunSpec
{
    [Immutable]
    public required string Rollout { get; init; }

    [Immutable]
    public required string Cluster { get; init; }

    [Immutable]
    public required string TargetNamespace { get; init; }

    /// <summary>The Service that only the new version answers on.</summary>
    [Immutable]
    public required string Service { get; init; }

    /// <summary>The Service of the version that is in use: what a comparison compares with.</summary>
    [Immutable]
    public string? StableService { get; init; }

    [Immutable]
    [ListMap("name")]
    public required IReadOnlyList<AnalysisMetric> Metrics { get; init; }

    /// <summary>Stop measuring.</summary>
    public bool? Terminate { get; init; }
}

/// <summary>What was measured.</summary>
public sealed record AnalysisRunStatus
{
    /// <summary>Pending, Running, Successful, Failed, Inconclusive or Error.</summary>
    public string? Phase { get; init; }

    public string? Message { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    [ListMap("name")]
    public IReadOnlyList<MetricResult>? Metrics { get; init; }
}

/// <summary>One metric's verdict and what it stands on.</summary>
public sealed record MetricResult
{
    public required string Name { get; init; }

    /// <summary>Running, Successful, Failed, Inconclusive or Error.</summary>
    public required string Phase { get; init; }

    public string? Message { get; init; }

    public int Successful { get; init; }

    public int Failed { get; init; }

    public int Inconclusive { get; init; }

    public int Errors { get; init; }

    /// <summary>Newest last, at most 50.</summary>
    public IReadOnlyList<Measurement>? Measurements { get; init; }
}

/// <summary>One look at the numbers.</summary>
public sealed record Measurement
{
    [JsonConverter(typeof(MicroTimeConverter))]
    public required DateTimeOffset At { get; init; }

    /// <summary>Successful, Failed, Inconclusive or Error.</summary>
    public required string Phase { get; init; }

    /// <summary>A ratio, milliseconds, what a query gave, or the probability that chance explains a difference.</summary>
    public double? Value { get; init; }

    /// <summary>Requests behind the value.</summary>
    public long Samples { get; init; }

    public string? Message { get; init; }
}

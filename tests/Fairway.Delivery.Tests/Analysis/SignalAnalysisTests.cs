using Fairway.Delivery.Analysis;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Signals;
using Fairway.Resources.Traffic;

namespace Fairway.Delivery.Tests.Analysis;

/// <summary>Analyses by queries of telemetry, and of the new version against the stable one.</summary>
public sealed class SignalAnalysisTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, 0.5, null, null, new double[] { 0.4 }, "Successful")]
    [InlineData(null, 0.5, null, null, new double[] { 0.6 }, "Failed")]
    [InlineData(null, 0.5, null, 0.8, new double[] { 0.6 }, "Inconclusive")]
    [InlineData(null, 0.5, null, 0.8, new double[] { 0.9 }, "Failed")]
    [InlineData(0.9, null, 0.5, null, new double[] { 0.7 }, "Inconclusive")]
    [InlineData(0.9, null, 0.5, null, new double[] { 0.4 }, "Failed")]
    [InlineData(1.0, 2.0, null, null, new double[] { 3 }, "Failed")]
    [InlineData(1.0, 2.0, null, null, new double[] { 1 }, "Successful")]
    [InlineData(1.0, 2.0, null, null, new double[] { }, "Inconclusive")]
    [InlineData(1.0, 2.0, null, null, new double[] { double.NaN }, "Inconclusive")]
    [InlineData(1.0, 2.0, null, null, new double[] { 1, 2 }, "Error")]
    public void Query_ValueAgainstItsLimits_IsJudged(double? minimum, double? maximum, double? failBelow, double? failAbove, double[] values, string expected)
    {
        var query = new QueryMeasure { Query = "x", Minimum = minimum, Maximum = maximum, FailBelow = failBelow, FailAbove = failAbove };
        QueryJudge.Judge(query, new SignalAnswer(values, []), Start).Phase.ShouldBe(expected);
    }

    /// <summary>Requests and failures of the stable and of the new version; a handful of requests decides nothing.</summary>
    [Theory]
    [InlineData(1000, 10, 100, 1, "Successful")]
    [InlineData(1000, 10, 100, 20, "Failed")]
    [InlineData(1000, 0, 10, 0, "Successful")]
    [InlineData(1000, 10, 10, 1, "Successful")]
    [InlineData(1000, 10, 12, 4, "Failed")]
    [InlineData(1000, 10, 9, 9, "Inconclusive")]
    [InlineData(5, 0, 1000, 10, "Inconclusive")]
    [InlineData(100_000, 1000, 100_000, 1090, "Successful")]
    [InlineData(100_000, 1000, 100_000, 1200, "Failed")]
    public void Compare_FailedRequests_CountOnlyBeyondChanceAndTolerance(long stable, long stableFailures, long canary, long canaryFailures, string expected)
    {
        AnalysisMetric metric = Comparing(new ComparisonMeasure());
        var evidence = new AnalysisEvidence
        {
            Stable = _ => new TrafficSummary { Requests = stable, Failures = stableFailures, Latency = [] },
            Canary = _ => new TrafficSummary { Requests = canary, Failures = canaryFailures, Latency = [] },
            Answers = new Dictionary<string, SignalAnswer>(StringComparer.Ordinal),
        };
        MetricJudge.Measure(metric, Start, MetricJudge.Interval(metric), evidence).Phase.ShouldBe(expected);
    }

    [Theory]
    [InlineData(new double[] { 10, 11, 12, 13, 14 }, new double[] { 20, 21, 22, 23, 24 }, "Higher", "Failed")]
    [InlineData(new double[] { 10, 11, 12, 13, 14 }, new double[] { 20, 21, 22, 23, 24 }, "Lower", "Successful")]
    [InlineData(new double[] { 20, 21, 22, 23, 24 }, new double[] { 10, 11, 12, 13, 14 }, "Lower", "Failed")]
    [InlineData(new double[] { 100, 100.1, 100.2, 100.3, 100.4 }, new double[] { 101, 101.1, 101.2, 101.3, 101.4 }, "Higher", "Successful")]
    [InlineData(new double[] { 10, 30, 20, 5, 40 }, new double[] { 12, 28, 22, 50, 3 }, "Higher", "Successful")]
    [InlineData(new double[] { 10, 11 }, new double[] { 20, 21 }, "Higher", "Inconclusive")]
    [InlineData(new double[] { }, new double[] { 20, 21, 22, 23 }, "Higher", "Inconclusive")]
    public void Compare_Samples_AreWorseOnlyBeyondChanceAndTolerance(double[] stable, double[] canary, string worse, string expected)
    {
        AnalysisMetric metric = Comparing(new ComparisonMeasure { Query = "x", Worse = worse }) with { MinimumSamples = 3 };
        MetricJudge.Measure(metric, Start, MetricJudge.Interval(metric), Answered(metric, new SignalAnswer(canary, stable))).Phase.ShouldBe(expected);
    }

    [Fact]
    public async Task Questions_OfARun_AreAskedForBothVersionsWithTheirNames()
    {
        var signals = new Recorder();
        AnalysisMetric compare = Comparing(new ComparisonMeasure { Query = "latency{service=\"{{service}}\"}[{{interval}}]", Address = "http://prometheus" });
        var query = new AnalysisMetric { Name = "errors", Interval = "30s", Query = new QueryMeasure { Source = "Logs", Query = "{ns=\"{{namespace}}\",c=\"{{cluster}}\"}", Maximum = 1 } };
        AnalysisEvidence evidence = await new AnalysisQuestions(new NoTraffic(), signals).AskAsync(Spec(compare, query), [compare, query], CancellationToken.None);
        signals.Asked.Select(one => (one.Source, one.Query)).ShouldBe(
        [
            (SignalSource.Metrics, "latency{service=\"web-canary\"}[10s]"),
            (SignalSource.Metrics, "latency{service=\"web\"}[10s]"),
            (SignalSource.Logs, "{ns=\"shop\",c=\"prod\"}"),
        ]);
        signals.Asked[0].ShouldSatisfyAllConditions(one => one.Address.ShouldBe("http://prometheus"), one => one.Step.ShouldBe(TimeSpan.FromSeconds(1)));
        evidence.AnswerTo(query).Canary.ShouldBe([1]);
    }

    [Fact]
    public async Task Questions_ThatCannotBeAnswered_AreErrorsOfTheirMetricAlone()
    {
        AnalysisMetric metric = new() { Name = "errors", Interval = "30s", Query = new QueryMeasure { Query = "up", Maximum = 1 } };
        AnalysisEvidence none = await new AnalysisQuestions(new NoTraffic(), null).AskAsync(Spec(metric), [metric], CancellationToken.None);
        MetricJudge.Measure(metric, Start, MetricJudge.Interval(metric), none).ShouldSatisfyAllConditions(one => one.Phase.ShouldBe("Error"), one => one.Message!.ShouldContain("keeps no telemetry"));
    }

    [Fact]
    public void DueNow_MetricsWhoseTimeHasCome_AreTheOnesThatAreMeasured()
    {
        AnalysisMetric soon = new() { Name = "soon", Interval = "10s", Query = new QueryMeasure { Query = "a", Maximum = 1 } };
        AnalysisMetric late = soon with { Name = "late", InitialDelay = "1m" };
        AnalysisRunSpec spec = Spec(soon, late);
        AnalysisRunStatus started = AnalysisPlanner.Advance(spec, null, Start, Answered(soon, new SignalAnswer([0], []))).Status;
        AnalysisPlanner.DueNow(spec, started, Start.AddSeconds(9)).ShouldBeEmpty();
        AnalysisPlanner.DueNow(spec, started, Start.AddSeconds(10)).Select(one => one.Name).ShouldBe(["soon"]);
        AnalysisPlanner.DueNow(spec, started, Start.AddSeconds(70)).Select(one => one.Name).ShouldBe(["soon", "late"]);
    }

    private static AnalysisMetric Comparing(ComparisonMeasure compare) => new() { Name = "compare", Interval = "10s", Compare = compare };

    private static AnalysisEvidence Answered(AnalysisMetric metric, SignalAnswer answer) => new()
    {
        Canary = _ => throw new InvalidOperationException("nobody asked the gateway"),
        Stable = _ => throw new InvalidOperationException("nobody asked the gateway"),
        Answers = new Dictionary<string, SignalAnswer>(StringComparer.Ordinal) { [metric.Name] = answer },
    };

    private static AnalysisRunSpec Spec(params AnalysisMetric[] metrics)
        => new() { Rollout = "r", Cluster = "prod", TargetNamespace = "shop", Service = "web-canary", StableService = "web", Metrics = metrics };

    private sealed class Recorder : ISignalQueries
    {
        public List<SignalQuestion> Asked { get; } = [];

        public Task<IReadOnlyList<double>> AskAsync(SignalQuestion question, CancellationToken cancellation)
        {
            Asked.Add(question);
            return Task.FromResult<IReadOnlyList<double>>([1]);
        }

        public Task<IReadOnlyList<SignalSeries>> AskSeriesAsync(string query, CancellationToken cancellation)
            => Task.FromResult<IReadOnlyList<SignalSeries>>([new SignalSeries(new Dictionary<string, string>(), 1)]);
    }

    private sealed class NoTraffic : ITrafficMeasures
    {
        public TrafficSummary Summarize(string cluster, string @namespace, string service, TimeSpan window) => new() { Requests = 0, Failures = 0, Latency = [] };
    }
}

using Fairway.Delivery.Analysis;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Traffic;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Delivery.Tests.Analysis;

public sealed class AnalysisPlannerTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly AnalysisMetric Rate = new()
    {
        Name = "success-rate",
        Interval = "10s",
        Count = 3,
        MinimumSamples = 20,
        SuccessRate = new SuccessRateMeasure { Minimum = 0.99, FailBelow = 0.9 },
    };

    // Each letter is one measurement: S good, F bad, I between the limits, N too few requests, 0 no request, E cannot be taken.
    [Theory]
    [InlineData("SSS", 0, 0, "Successful")]
    [InlineData("SS", 0, 0, "Running")]
    [InlineData("SF", 0, 0, "Failed")]
    [InlineData("F", 0, 0, "Failed")]
    [InlineData("SFS", 1, 0, "Successful")]
    [InlineData("FSF", 1, 0, "Failed")]
    [InlineData("FFF", 5, 0, "Failed")]
    [InlineData("I", 0, 0, "Inconclusive")]
    [InlineData("N", 0, 0, "Inconclusive")]
    [InlineData("0", 0, 0, "Inconclusive")]
    [InlineData("NSSS", 0, 1, "Successful")]
    [InlineData("NNS", 0, 1, "Inconclusive")]
    [InlineData("000", 0, 9, "Running")]
    [InlineData("0000", 0, 3, "Inconclusive")]
    [InlineData("NIN", 0, 9, "Running")]
    [InlineData("NINSNSS", 0, 9, "Successful")]
    [InlineData("NINSF", 0, 9, "Failed")]
    [InlineData("EEEE", 0, 0, "Running")]
    [InlineData("EEEEE", 0, 0, "Error")]
    [InlineData("EEEESEEEESS", 0, 0, "Successful")]
    [InlineData("EEEEF", 0, 0, "Failed")]
    public void Run_MeasurementsComeIn_EndsAsTheLimitsSay(string letters, int failureLimit, int inconclusiveLimit, string expected)
        => Play(letters, Rate with { FailureLimit = failureLimit, InconclusiveLimit = inconclusiveLimit }).Phase.ShouldBe(expected);

    [Fact]
    public void Run_LittleTraffic_IsJudgedByAllThatCameSinceEnoughCame()
    {
        AnalysisRunSpec spec = Spec(Rate with { Count = 2, InconclusiveLimit = 9 });
        var windows = new List<double>();
        AnalysisEvidence evidence = Evidence(window =>
        {
            windows.Add(window.TotalSeconds);
            return Seen((long)window.TotalSeconds, 0);
        });
        AnalysisDecision decision = AnalysisPlanner.Advance(spec, null, Start, evidence);
        while (decision.NextLook is { } next)
        {
            decision = AnalysisPlanner.Advance(spec, decision.Status, next, evidence);
        }

        decision.Status.Phase.ShouldBe("Successful");
        windows.ShouldBe([10, 20, 10, 20]);
    }

    [Fact]
    public void Run_FirstLook_IsOneIntervalAfterTheInitialDelay()
    {
        AnalysisRunSpec spec = Spec(Rate with { InitialDelay = "30s" });
        AnalysisDecision started = AnalysisPlanner.Advance(spec, null, Start, Evidence(_ => throw new InvalidOperationException("too early")));
        started.NextLook.ShouldBe(Start.AddSeconds(40));
        started.Status.Phase.ShouldBe("Running");
    }

    [Fact]
    public void Run_OneMetricFailsWhileAnotherIsInconclusive_Fails()
    {
        AnalysisRunSpec spec = Spec(Rate with { Name = "a", MinimumSamples = 1000 }, Rate with { Name = "b" });
        AnalysisDecision started = AnalysisPlanner.Advance(spec, null, Start, Evidence(_ => Seen(100, 50)));
        AnalysisDecision ended = AnalysisPlanner.Advance(spec, started.Status, Start.AddSeconds(10), Evidence(_ => Seen(100, 50)));
        ended.Status.Phase.ShouldBe("Failed");
        ended.Status.Message.ShouldNotBeNull().ShouldContain("b: ");
        ended.NextLook.ShouldBeNull();
    }

    [Fact]
    public void Run_Terminated_NeverPasses()
    {
        AnalysisRunSpec spec = Spec(Rate);
        AnalysisDecision started = AnalysisPlanner.Advance(spec, null, Start, Evidence(_ => Seen(100, 0)));
        AnalysisPlanner.Advance(spec with { Terminate = true }, started.Status, Start.AddSeconds(10), Evidence(_ => Seen(100, 0)))
            .Status.Phase.ShouldBe("Inconclusive");
    }

    [Theory]
    [InlineData("soon", "interval")]
    [InlineData("0s", "interval")]
    public void Run_MetricIsDefinedWrongly_EndsInErrorThatNamesTheField(string interval, string field)
    {
        AnalysisDecision decision = AnalysisPlanner.Advance(Spec(Rate with { Interval = interval }), null, Start, Evidence(_ => Seen(100, 0)));
        decision.Status.Phase.ShouldBe("Error");
        decision.Status.Message.ShouldNotBeNull().ShouldContain(field);
    }

    [Theory]
    [InlineData(100, 100, "Successful")]
    [InlineData(100, 150, "Inconclusive")]
    [InlineData(100, 400, "Failed")]
    public void Latency_PercentileAgainstItsLimits_IsJudged(int requests, double milliseconds, string expected)
    {
        var metric = new AnalysisMetric
        {
            Name = "latency",
            Interval = "10s",
            Latency = new LatencyMeasure { Maximum = "125ms", FailAbove = "250ms" },
        };
        var seen = new TrafficSummary
        {
            Requests = requests,
            Failures = 0,
            Latency = [new LatencyBucket(milliseconds - 1, 0), new LatencyBucket(milliseconds, requests), new LatencyBucket(double.PositiveInfinity, requests)],
        };
        MetricJudge.Measure(metric, Start, MetricJudge.Interval(metric), Evidence(_ => seen)).Phase.ShouldBe(expected);
    }

    [Fact]
    public void Run_AnySequenceOfMeasurements_PassesOnlyWithAGoodMeasurementOfEnoughRequests()
    {
        Gen<string> sequences = Gen.Elements('S', 'F', 'I', 'N', '0', 'E').ListOf(40).Select(letters => new string([.. letters]));
        Prop.ForAll(sequences.ToArbitrary(), Gen.Choose(0, 6).Two().ToArbitrary(), (letters, limits) =>
        {
            AnalysisMetric metric = Rate with { FailureLimit = limits.Item1, InconclusiveLimit = limits.Item2 };
            AnalysisRunStatus ended = Play(letters, metric);
            MetricResult result = ended.Metrics![0];
            return ended.Phase != "Successful"
                || (result.Measurements!.Any(taken => taken is { Phase: "Successful", Samples: >= 20 }) && result.Failed <= limits.Item1);
        }).ShouldHold();
    }

    private static AnalysisRunStatus Play(string letters, AnalysisMetric metric)
    {
        AnalysisRunSpec spec = Spec(metric);
        AnalysisDecision decision = AnalysisPlanner.Advance(spec, null, Start, Evidence(_ => Seen(0, 0)));
        foreach (char letter in letters)
        {
            if (decision.NextLook is not { } next)
            {
                break;
            }

            decision = AnalysisPlanner.Advance(spec, decision.Status, next, Evidence(_ => letter switch
            {
                'S' => Seen(100, 0),
                'F' => Seen(100, 40),
                'I' => Seen(100, 5),
                'N' => Seen(19, 0),
                '0' => Seen(0, 0),
                _ => throw new InvalidOperationException("the gateway cannot be asked"),
            }));
        }

        return decision.Status;
    }

    private static AnalysisEvidence Evidence(Func<TimeSpan, TrafficSummary> look)
        => new() { Canary = look, Stable = look, Answers = new Dictionary<string, SignalAnswer>(StringComparer.Ordinal) };

    private static AnalysisRunSpec Spec(params AnalysisMetric[] metrics)
        => new() { Rollout = "r", Cluster = "prod", TargetNamespace = "shop", Service = "web-canary", Metrics = metrics };

    private static TrafficSummary Seen(long requests, long failures) => new() { Requests = requests, Failures = failures, Latency = [] };
}

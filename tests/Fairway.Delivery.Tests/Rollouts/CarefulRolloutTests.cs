using Fairway.Delivery.Rollouts;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Tests.Rollouts;

public sealed class CarefulRolloutTests
{
    [Fact]
    public void Slowed_TimedPauses_LastTwiceAsLongAndOthersStay()
    {
        var canary = new CanaryStrategy
        {
            Steps =
            [
                new CanaryStep { SetWeight = 10 },
                new CanaryStep { Pause = new CanaryPause { Duration = "90s" } },
                new CanaryStep { Pause = new CanaryPause() },
            ],
        };
        CanaryStrategy slowed = CarefulRollout.Slowed(canary);
        slowed.Steps[0].ShouldBe(canary.Steps[0]);
        slowed.Steps[1].Pause!.Duration.ShouldBe("3m0s");
        slowed.Steps[2].Pause!.Duration.ShouldBeNull();
    }

    [Fact]
    public void Tightened_Metric_IsMeasuredTwiceAsOftenAndToleratesNothing()
        => CarefulRollout.Tightened(new AnalysisMetric { Name = "a", Interval = "10s", Count = 3, FailureLimit = 2, InconclusiveLimit = 5 })
            .ShouldSatisfyAllConditions(metric => metric.Count.ShouldBe(6), metric => metric.FailureLimit.ShouldBe(0), metric => metric.InconclusiveLimit.ShouldBe(0));
}

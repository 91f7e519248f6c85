using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Policy;
using Fairway.Workloads.Disruptions;

namespace Fairway.Workloads.Tests.Disruptions;

public sealed class DisruptionPlannerTests
{
    [Theory]
    [InlineData("2", null, 3, 3, 3, 1, 2)]
    [InlineData("50%", null, 3, 3, 3, 1, 2)] // of what the controllers ask for, rounded up
    [InlineData("50%", null, 3, 10, 3, 0, 5)]
    [InlineData(null, "1", 3, 3, 3, 1, 2)]
    [InlineData(null, "30%", 10, 10, 10, 3, 7)]
    [InlineData(null, "1", 3, 4, 3, 0, 3)]
    [InlineData("2", null, 3, 3, 1, 0, 2)]
    [InlineData("5", null, 3, 3, 3, 0, 5)]
    [InlineData("0", null, 0, 0, 0, 0, 0)]
    public void Allowed_IsHealthyAboveTheGoal(string? least, string? most, int pods, int scale, int ready, int allowed, int desired)
    {
        PodDisruptionBudgetStatus status = Plan(least, most, pods, scale, ready).Status;
        (status.DisruptionsAllowed, status.DesiredHealthy, status.CurrentHealthy).ShouldBe((allowed, desired, ready));
        status.Conditions!.Single().Reason.ShouldBe(allowed > 0 ? "SufficientPods" : "InsufficientPods");
    }

    [Fact]
    public void EvictedPod_CountsAsGone_UntilItIsOrTwoMinutesPassed()
    {
        DisruptionDecision fresh = Plan("1", null, 3, 3, 3, Sample.Noon.AddSeconds(-10));
        (fresh.Status.CurrentHealthy, fresh.Status.DisruptionsAllowed, fresh.RequeueAfter).ShouldBe((2, 1, TimeSpan.FromSeconds(110)));
        DisruptionDecision stale = Plan("1", null, 3, 3, 3, Sample.Noon.AddMinutes(-3));
        (stale.Status.CurrentHealthy, stale.NotDeleted.Count, stale.Status.DisruptedPods).ShouldBe((3, 1, null));
    }

    [Fact]
    public void UnknownSize_AllowsNothing()
    {
        PodDisruptionBudgetStatus status = Plan(null, "1", 3, null, 3).Status;
        (status.DisruptionsAllowed, status.Conditions!.Single().Reason).ShouldBe((0, "SyncFailed"));
    }

    private static IntOrString? Amount(string? text) => text is null ? null : int.TryParse(text, out int number) ? number : text;

    private static DisruptionDecision Plan(string? least, string? most, int pods, int? scale, int ready, DateTimeOffset? evicted = null) => DisruptionPlanner.Plan(new DisruptionObservation
    {
        Budget = new PodDisruptionBudget
        {
            Metadata = new ObjectMeta { Name = "budget", Namespace = "shop", Generation = 1 },
            Spec = new PodDisruptionBudgetSpec { MinAvailable = Amount(least), MaxUnavailable = Amount(most) },
            Status = evicted is { } at ? new PodDisruptionBudgetStatus { DisruptedPods = new Dictionary<string, DateTimeOffset> { ["p0"] = at } } : null,
        },
        Pods = [.. Enumerable.Range(0, pods).Select(index => Sample.Pod($"p{index}", index < ready))],
        Scale = scale,
        Now = Sample.Noon,
    });
}

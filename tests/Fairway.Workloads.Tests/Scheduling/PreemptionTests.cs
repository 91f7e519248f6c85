using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Scheduling;

namespace Fairway.Workloads.Tests.Scheduling;

public sealed class PreemptionTests
{
    private readonly SchedulingScene _scene = new();

    [Fact]
    public void Plan_MoreImportantPod_EndsNoMoreThanItNeeds()
    {
        Pod small = _scene.Pod("2", priority: 1);
        Pod large = _scene.Pod("5", priority: 5);
        _scene.Node("a").On("a", small).On("a", large);
        Placement.Preempt preempt = _scene.Plan(_scene.Pod("3", priority: 10)).ShouldBeOfType<Placement.Preempt>();
        preempt.Victims.ShouldHaveSingleItem().Metadata.Name.ShouldBe(small.Metadata.Name);
        preempt.Why.ShouldBe("0/1 nodes are available: 1 Insufficient cpu.");
    }

    [Fact]
    public void Plan_SeveralNodes_TakesTheOneWhereLeastIsLost()
    {
        _scene.Node("a").On("a", _scene.Pod("8", priority: 5)).Node("b").On("b", _scene.Pod("8", priority: 2));
        _scene.Plan(_scene.Pod("3", priority: 10)).ShouldBeOfType<Placement.Preempt>().Node.ShouldBe("b");
    }

    [Fact]
    public void Plan_BudgetWouldBreak_TakesAnotherNode()
    {
        _scene.Node("a").On("a", _scene.Pod("8", app: "guarded", priority: 1)).Node("b").On("b", _scene.Pod("8", priority: 2));
        var budget = new Budget(pod => pod.Metadata.Labels!["app"] == "guarded", Allowed: 0);
        _scene.Plan(_scene.Pod("3", priority: 10), budgets: [budget]).ShouldBeOfType<Placement.Preempt>().Node.ShouldBe("b");
    }

    [Fact]
    public void Plan_MayNotPreempt_SaysSo()
    {
        _scene.Node("a").On("a", _scene.Pod("8", priority: 1));
        Pod pod = _scene.Pod("3", priority: 10, with: spec => spec with { PreemptionPolicy = "Never" });
        _scene.Plan(pod).ShouldBe(new Placement.Nowhere("0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never."));
    }

    [Fact]
    public void Plan_EndingAllWouldNotHelp_SaysWhatStillLacks()
    {
        _scene.Node("a").On("a", _scene.Pod("1", priority: 1));
        _scene.Plan(_scene.Pod("9", priority: 10)).ShouldBe(
            new Placement.Nowhere("0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Insufficient cpu."));
    }

    [Fact]
    public void Plan_RoomIsPromisedToAMoreImportantPod_LeavesItAlone()
    {
        _scene.Node("a");
        _scene.Snapshot.Nominate(new PodNeeds(_scene.Pod("6", priority: 10)), "a");
        _scene.Plan(_scene.Pod("4", priority: 1)).ShouldBeOfType<Placement.Nowhere>();
        _scene.Plan(_scene.Pod("4", priority: 20)).ShouldBeOfType<Placement.On>();
    }

    [Fact]
    public void Plan_VictimsAreEnding_Waits()
    {
        Pod ending = _scene.Pod("8", priority: 1);
        ending = ending with { Metadata = ending.Metadata with { DeletionTimestamp = Sample.Noon } };
        _scene.Node("a").On("a", ending);
        Pod pod = _scene.Pod("3", priority: 10) with { Status = new PodStatus { NominatedNodeName = "a" } };
        _scene.Plan(pod).ShouldBe(new Placement.Nowhere(
            "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to a terminating pod on the nominated node."));
    }
}

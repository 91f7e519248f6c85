using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.NodeLifecycle;

namespace Fairway.Workloads.Tests.NodeLifecycle;

public sealed class NodeHealthTests
{
    [Fact]
    public void Judge_SilentNode_IsUnknownAndTainted()
    {
        Node judged = NodeHealth.Judge(Node("True"), isSilent: true, Sample.Noon);
        judged.Status!.Conditions!.Select(condition => $"{condition.Type}:{condition.Status}:{condition.Reason}").ShouldBe(
        [
            "Ready:Unknown:NodeStatusUnknown", "MemoryPressure:Unknown:NodeStatusNeverUpdated",
            "DiskPressure:Unknown:NodeStatusNeverUpdated", "PIDPressure:Unknown:NodeStatusNeverUpdated",
        ]);
        judged.Spec!.Taints!.Select(taint => $"{taint.Key}:{taint.Effect}").ShouldBe(["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"]);
        judged.Spec.Taints!.ShouldAllBe(taint => taint.TimeAdded == Sample.Noon);
        NodeHealth.Judge(judged, isSilent: true, Sample.Noon.AddMinutes(1)).Spec!.Taints.ShouldBe(judged.Spec.Taints);
    }

    [Fact]
    public void Judge_CordonAndPressure_KeepNewPodsOff()
    {
        Node node = Node("True");
        node = node with
        {
            Spec = new NodeSpec { Unschedulable = true },
            Status = node.Status! with { Conditions = [.. node.Status.Conditions!, new NodeCondition { Type = "DiskPressure", Status = "True" }] },
        };
        Node judged = NodeHealth.Judge(node, isSilent: false, Sample.Noon);
        judged.Spec!.Taints!.Select(taint => $"{taint.Key}:{taint.Effect}").ShouldBe(["node.kubernetes.io/disk-pressure:NoSchedule", "node.kubernetes.io/unschedulable:NoSchedule"]);
        NodeHealth.Judge(judged with { Spec = judged.Spec with { Unschedulable = null } }, isSilent: false, Sample.Noon).Spec!.Taints!.ShouldHaveSingleItem().Key
            .ShouldBe("node.kubernetes.io/disk-pressure");
    }

    [Fact]
    public void Judge_NodeThatIsReadyAgain_LosesItsTaintsAndKeepsOthers()
    {
        var mine = new Taint { Key = "mine", Effect = "NoSchedule" };
        Node lost = NodeHealth.Judge(Node("False") with { Spec = new NodeSpec { Taints = [mine] } }, isSilent: false, Sample.Noon);
        lost.Spec!.Taints!.Count.ShouldBe(3);
        Node back = NodeHealth.Judge(lost with { Status = Node("True").Status }, isSilent: false, Sample.Noon);
        back.Spec!.Taints.ShouldBe([mine]);
    }

    [Theory]
    [InlineData(NodeHealth.Unreachable, null, 300)] // nobody said anything
    [InlineData(NodeHealth.Unreachable, 10L, 10)]
    [InlineData(NodeHealth.NotReady, -5L, 0)]
    [InlineData("mine", null, 0)] // not tolerated
    [InlineData("mine", 30L, 30)]
    public void Stays_ByToleration(string key, long? seconds, int expected)
    {
        Pod pod = Sample.Pod("p");
        if (seconds is not null)
        {
            var toleration = new Toleration { Key = key, Operator = "Exists", Effect = "NoExecute", TolerationSeconds = seconds };
            pod = pod with { Spec = pod.Spec with { Tolerations = [toleration] } };
        }

        TaintEviction.Stays(pod, [new Taint { Key = key, Effect = "NoExecute" }]).ShouldBe(TimeSpan.FromSeconds(expected));
    }

    [Fact]
    public void Stays_SeveralTaints_TheShortestCounts()
    {
        Pod pod = Sample.Pod("p");
        pod = pod with
        {
            Spec = pod.Spec with
            {
                Tolerations = [new Toleration { Key = "a", Operator = "Exists" }, new Toleration { Key = "b", Operator = "Exists", TolerationSeconds = 60 }],
            },
        };
        TaintEviction.Stays(pod, [new Taint { Key = "a", Effect = "NoExecute" }]).ShouldBeNull();
        TaintEviction.Stays(pod, [new Taint { Key = "a", Effect = "NoExecute" }, new Taint { Key = "b", Effect = "NoExecute" }]).ShouldBe(TimeSpan.FromSeconds(60));
    }

    private static Node Node(string ready) => new()
    {
        Metadata = new ObjectMeta { Name = "n" },
        Status = new NodeStatus { Conditions = [new NodeCondition { Type = "Ready", Status = ready }] },
    };
}

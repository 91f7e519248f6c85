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
        judged.Status!.Conditions!.Single().Status.ShouldBe("Unknown");
        judged.Spec!.Taints!.Select(taint => $"{taint.Key}:{taint.Effect}").ShouldBe(["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"]);
        NodeHealth.LostSince(judged).ShouldBe(Sample.Noon);
        Node again = NodeHealth.Judge(judged, isSilent: true, Sample.Noon.AddMinutes(1));
        NodeHealth.LostSince(again).ShouldBe(Sample.Noon);
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
    [InlineData(null, 300)] // nobody said anything
    [InlineData(10L, 10)]
    [InlineData(-5L, 0)]
    public void Stays_ByToleration(long? seconds, int expected)
    {
        Pod pod = Sample.Pod("p");
        if (seconds is not null)
        {
            var toleration = new Toleration { Key = NodeHealth.Unreachable, Operator = "Exists", Effect = "NoExecute", TolerationSeconds = seconds };
            pod = pod with { Spec = pod.Spec with { Tolerations = [toleration] } };
        }

        NodeHealth.Stays(pod, NodeHealth.Unreachable).ShouldBe(TimeSpan.FromSeconds(expected));
    }

    private static Node Node(string ready) => new()
    {
        Metadata = new ObjectMeta { Name = "n" },
        Status = new NodeStatus { Conditions = [new NodeCondition { Type = "Ready", Status = ready }] },
    };
}

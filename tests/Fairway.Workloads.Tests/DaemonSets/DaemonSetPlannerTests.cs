using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.DaemonSets;

namespace Fairway.Workloads.Tests.DaemonSets;

public sealed class DaemonSetPlannerTests
{
    [Fact]
    public void Nodes_WithoutAPod_GetOne_AndPodsOfLostNodesGo()
    {
        DaemonSetDecision decision = Plan(Set(), [Node("n1"), Node("n2")], [PodOn("n1"), PodOn("gone")]);
        decision.Create.ShouldBe(["n2"]);
        decision.Delete.Select(pod => pod.Metadata.Name).ShouldBe(["new-gone"]);
        (decision.Status.DesiredNumberScheduled, decision.Status.CurrentNumberScheduled, decision.Status.NumberUnavailable).ShouldBe((2, 1, 1));
    }

    [Theory]
    [InlineData("NoSchedule", 0, 0, 0)] // a pod that runs stays
    [InlineData("NoExecute", 0, 1, 0)]
    [InlineData("PreferNoSchedule", 0, 0, 1)]
    public void Taints_KeepPodsOffOrThrowThemOut(string effect, int created, int deleted, int desired)
    {
        Node tainted = Node("n1", new Taint { Key = "only", Effect = effect });
        DaemonSetDecision decision = Plan(Set(), [tainted], [PodOn("n1")]);
        (decision.Create.Count, decision.Delete.Count, decision.Status.DesiredNumberScheduled).ShouldBe((created, deleted, desired));
        Plan(Set(), [tainted], []).Create.Count.ShouldBe(desired);
    }

    [Fact]
    public void NodeSelector_ChoosesNodes()
    {
        DaemonSet set = Set();
        set = set with { Spec = set.Spec with { Template = set.Spec.Template with { Spec = set.Spec.Template.Spec with { NodeSelector = new Dictionary<string, string> { ["disk"] = "ssd" } } } } };
        Node wanted = Node("n2") with { Metadata = new ObjectMeta { Name = "n2", Labels = new Dictionary<string, string> { ["disk"] = "ssd" } } };
        Plan(set, [Node("n1"), wanted], []).Create.ShouldBe(["n2"]);
    }

    [Theory]
    [InlineData("ooo", 1, "n1")]
    [InlineData("ooo", 2, "n1 n2")]
    [InlineData("noo", 1, "n2")]
    [InlineData("uoo", 1, "")] // the new pod on n1 is not ready yet
    [InlineData("xoo", 1, "n1")] // an old pod that serves nobody goes at once
    [InlineData(".oo", 1, "")]
    [InlineData("nnn", 1, "")]
    public void RollingUpdate_DeletesAsManyAsMayBeMissing(string pods, int unavailable, string deleted)
    {
        DaemonSet set = Set(new RollingUpdateDaemonSet { MaxUnavailable = unavailable, MaxSurge = 0 });
        string.Join(' ', Plan(set, Nodes(3), Pods(pods)).Delete.Select(pod => pod.Spec.NodeName)).ShouldBe(deleted);
    }

    [Fact]
    public void Surge_CreatesBesideTheOldPod_AndDeletesThatOnceTheNewOneIsReady()
    {
        DaemonSet set = Set(new RollingUpdateDaemonSet { MaxUnavailable = 0, MaxSurge = 1 });
        Plan(set, Nodes(3), Pods("ooo")).Create.ShouldBe(["n1"]);
        DaemonSetDecision waiting = Plan(set, Nodes(3), [.. Pods("ooo"), PodOn("n1", 'u')]);
        (waiting.Create.Count, waiting.Delete.Count).ShouldBe((0, 0));
        DaemonSetDecision ready = Plan(set, Nodes(3), [.. Pods("ooo"), PodOn("n1")]);
        ready.Delete.Select(pod => pod.Metadata.Name).ShouldBe(["old-n1"]);
    }

    [Fact]
    public void FailedPod_IsReplaced()
    {
        Pod failed = PodOn("n1") with { Status = new PodStatus { Phase = "Failed" } };
        DaemonSetDecision decision = Plan(Set(), [Node("n1")], [failed]);
        (decision.Delete.Count, decision.Failed.Count, decision.Create.Count).ShouldBe((1, 1, 0));
    }

    [Fact]
    public void Pod_IsTiedToItsNode_AndPutsUpWithTroubleThere()
    {
        Pod pod = DaemonSetPlanner.PodFor(Set(), "n7", "hash");
        DaemonSetPlanner.NodeOf(pod).ShouldBe("n7");
        pod.Spec.Tolerations!.Select(each => each.Key).ShouldContain("node.kubernetes.io/unschedulable");
        pod.Metadata.Labels!["controller-revision-hash"].ShouldBe("hash");
    }

    private static Node[] Nodes(int count) => [.. Enumerable.Range(1, count).Select(number => Node($"n{number}"))];

    private static Pod[] Pods(string states) => [.. states.Select((state, index) => (state, index)).Where(each => each.state != '.').Select(each => PodOn($"n{each.index + 1}", each.state))];

    private static Node Node(string name, params Taint[] taints) => new() { Metadata = new ObjectMeta { Name = name }, Spec = new NodeSpec { Taints = taints } };

    /// <summary>n new and ready, u new and unready, o old and ready, x old and unready.</summary>
    private static Pod PodOn(string node, char state = 'n')
    {
        bool isNew = state is 'n' or 'u';
        Pod pod = Sample.Pod($"{(isNew ? "new" : "old")}-{node}", state is 'n' or 'o', node);
        return pod with { Metadata = pod.Metadata with { Labels = new Dictionary<string, string> { ["controller-revision-hash"] = isNew ? "new" : "old" } } };
    }

    private static DaemonSet Set(RollingUpdateDaemonSet? rolling = null) => new()
    {
        Metadata = new ObjectMeta { Name = "agent", Namespace = "shop", Uid = "ds" },
        Spec = new DaemonSetSpec
        {
            Selector = new LabelSelectorSpec { MatchLabels = Sample.Labels },
            Template = Sample.Template("agent:1"),
            UpdateStrategy = new DaemonSetUpdateStrategy { Type = "RollingUpdate", RollingUpdate = rolling ?? new RollingUpdateDaemonSet { MaxUnavailable = 1, MaxSurge = 0 } },
        },
    };

    private static DaemonSetDecision Plan(DaemonSet set, IReadOnlyList<Node> nodes, IReadOnlyList<Pod> pods)
        => DaemonSetPlanner.Plan(new DaemonSetObservation { Set = set, Nodes = nodes, Pods = pods, Hash = "new", Now = Sample.Noon });
}

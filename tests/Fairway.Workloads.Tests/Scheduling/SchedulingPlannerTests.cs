using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Scheduling;

namespace Fairway.Workloads.Tests.Scheduling;

public sealed class SchedulingPlannerTests
{
    [Fact]
    public void Plan_SeveralNodesFit_TakesTheOneWithMostRoom()
        => SchedulingPlanner.Plan(Asking("1"), [Node("full", taken: "6"), Node("free", taken: "1")]).ShouldBe(new Placement.On("free"));

    [Fact]
    public void Plan_NothingFits_CountsTheReasons()
    {
        Placement placement = SchedulingPlanner.Plan(
            Asking("4"),
            [
                Node("full", taken: "6"),
                Node("cordoned", spec: new NodeSpec { Unschedulable = true }),
                Node("tainted", spec: new NodeSpec { Taints = [new Taint { Key = "gpu", Value = "yes", Effect = "NoSchedule" }] }),
                Node("lost", ready: "Unknown"),
            ]);
        placement.ShouldBe(new Placement.Nowhere(
            "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: yes}, 1 node(s) were not ready, 1 node(s) were unschedulable."));
    }

    [Fact]
    public void Plan_NoNodes_SaysSo()
        => SchedulingPlanner.Plan(Asking("1"), []).ShouldBe(new Placement.Nowhere("no nodes available to schedule pods"));

    [Theory]
    [InlineData("gpu", "Exists", null, null, true)]
    [InlineData("gpu", "Equal", "yes", "NoSchedule", true)]
    [InlineData("gpu", null, "yes", null, true)]
    [InlineData("gpu", "Equal", "no", null, false)]
    [InlineData("gpu", "Exists", null, "NoExecute", false)]
    [InlineData(null, "Exists", null, null, true)]
    [InlineData(null, "Equal", "yes", null, false)]
    public void Tolerates_ByKeyOperatorValueAndEffect(string? key, string? @operator, string? value, string? effect, bool expected)
    {
        Pod pod = Asking("1");
        pod = pod with { Spec = pod.Spec with { Tolerations = [new Toleration { Key = key, Operator = @operator, Value = value, Effect = effect }] } };
        NodeFit.Tolerates(pod, new Taint { Key = "gpu", Value = "yes", Effect = "NoSchedule" }).ShouldBe(expected);
    }

    [Theory]
    [InlineData("In", "ssd", true)]
    [InlineData("NotIn", "ssd", false)]
    [InlineData("Exists", null, true)]
    [InlineData("DoesNotExist", null, false)]
    public void NodeAffinity_Operators_DecideByLabel(string @operator, string? value, bool fits)
    {
        var requirement = new NodeSelectorRequirement { Key = "disk", Operator = @operator, Values = value is null ? null : [value] };
        var selector = new NodeSelector { NodeSelectorTerms = [new NodeSelectorTerm { MatchExpressions = [requirement] }] };
        Pod pod = Asking("1");
        pod = pod with
        {
            Spec = pod.Spec with { Affinity = new Affinity { NodeAffinity = new NodeAffinity { RequiredDuringSchedulingIgnoredDuringExecution = selector } } },
        };
        (NodeFit.Reasons(pod, Node("n", labels: new Dictionary<string, string> { ["disk"] = "ssd" })).Count == 0).ShouldBe(fits);
    }

    [Fact]
    public void Requests_InitContainersAndSidecars_CountAsKubernetesDoes()
    {
        Pod pod = Asking("1");
        pod = pod with
        {
            Spec = pod.Spec with
            {
                InitContainers = [Container("3"), Container("500m") with { RestartPolicy = "Always" }, Container("2")],
            },
        };

        // Running: 1 + 0.5; while starting: 3 alone, then 0.5 + 2. The peak is 3.
        PodRequests.Of(pod)["cpu"].MilliValue.ShouldBe(3000);
    }

    private static Pod Asking(string cpu)
    {
        Pod pod = Sample.Pod("p", node: null);
        return pod with { Spec = pod.Spec with { Containers = [Container(cpu)] } };
    }

    private static Container Container(string cpu)
        => new() { Name = "c", Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = new(cpu) } } };

    private static NodeUse Node(
        string name, string taken = "0", NodeSpec? spec = null, string ready = "True", IReadOnlyDictionary<string, string>? labels = null)
        => new(
            new Node
            {
                Metadata = new ObjectMeta { Name = name, Labels = labels },
                Spec = spec,
                Status = new NodeStatus
                {
                    Allocatable = new Dictionary<string, Quantity> { ["cpu"] = new("8"), ["memory"] = new("8Gi"), ["pods"] = new("110") },
                    Conditions = [new NodeCondition { Type = "Ready", Status = ready }],
                },
            },
            new Dictionary<string, Quantity> { ["cpu"] = new(taken) });
}

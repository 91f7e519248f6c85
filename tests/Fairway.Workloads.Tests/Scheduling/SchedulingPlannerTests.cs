using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Scheduling;
using static Fairway.Workloads.Tests.Scheduling.SchedulingScene;

namespace Fairway.Workloads.Tests.Scheduling;

public sealed class SchedulingPlannerTests
{
    private readonly SchedulingScene _scene = new();

    [Fact]
    public void Plan_SeveralNodesFit_TakesTheOneWithMostRoom()
    {
        _scene.Node("full").Node("free").On("full", _scene.Pod("6")).On("free", _scene.Pod("1"));
        _scene.Plan(_scene.Pod("1")).ShouldBe(new Placement.On("free"));
    }

    [Fact]
    public void Plan_NothingFits_CountsTheReasonsAsKubeSchedulerDoes()
    {
        _scene.Node("full").On("full", _scene.Pod("6"))
            .Node("cordoned", cordoned: true)
            .Node("tainted", taints: new Taint { Key = "gpu", Value = "yes", Effect = "NoSchedule" })
            .Node("lost", taints: new Taint { Key = "node.kubernetes.io/unreachable", Effect = "NoSchedule" });
        Why(_scene.Pod("4")).ShouldBe(
            "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: yes}, "
            + "1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 1 node(s) were unschedulable. "
            + "preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.");
    }

    [Fact]
    public void Plan_NoNodes_SaysSo() => Why(_scene.Pod("1")).ShouldBe("no nodes available to schedule pods");

    [Fact]
    public void Plan_SeveralThingsLackOnOneNode_NamesThemAll()
    {
        _scene.Node("small", cpu: "1", pods: 0);
        Why(_scene.Pod("2")).ShouldBe(
            "0/1 nodes are available: 1 Insufficient cpu, 1 Too many pods. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.");
    }

    [Fact]
    public void Plan_SelectorMatchesNothing_PreemptionIsNotHelpful()
    {
        _scene.Node("a").Node("b");
        Why(_scene.Pod(with: spec => spec with { NodeSelector = new Dictionary<string, string> { ["disk"] = "ssd" } })).ShouldBe(
            "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. "
            + "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.");
    }

    [Fact]
    public void Plan_PodNamesItsNode_OthersAreLeftOut()
    {
        _scene.Node("a", cpu: "1").Node("b");
        var term = new NodeSelectorTerm { MatchFields = [new NodeSelectorRequirement { Key = "metadata.name", Operator = "In", Values = ["a"] }] };
        Pod pod = _scene.Pod("2", with: spec => spec with
        {
            Affinity = new Affinity { NodeAffinity = new NodeAffinity { RequiredDuringSchedulingIgnoredDuringExecution = new NodeSelector { NodeSelectorTerms = [term] } } },
        });
        Why(pod).ShouldStartWith("0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: ");
    }

    [Fact]
    public void Plan_MissingClaim_IsTheOnlyReason()
    {
        _scene.Node("a").Node("b");
        Placement placement = _scene.Plan(_scene.Pod(), new VolumeNeeds { Problem = "persistentvolumeclaim \"data\" not found" });
        placement.ShouldBeOfType<Placement.Nowhere>().Why.ShouldBe(
            "0/2 nodes are available: persistentvolumeclaim \"data\" not found. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.");
    }

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
        Pod pod = _scene.Pod(with: spec => spec with { Tolerations = [new Toleration { Key = key, Operator = @operator, Value = value, Effect = effect }] });
        NodeFit.Tolerates(pod, new Taint { Key = "gpu", Value = "yes", Effect = "NoSchedule" }).ShouldBe(expected);
    }

    [Theory]
    [InlineData("disk", "In", "ssd", true)]
    [InlineData("disk", "NotIn", "ssd", false)]
    [InlineData("disk", "Exists", null, true)]
    [InlineData("disk", "DoesNotExist", null, false)]
    [InlineData("cores", "Gt", "7", true)]
    [InlineData("cores", "Gt", "8", false)]
    [InlineData("cores", "Lt", "9", true)]
    [InlineData("absent", "NotIn", "x", true)]
    [InlineData("absent", "Lt", "9", false)]
    public void NodeAffinity_Operators_DecideByLabel(string label, string @operator, string? value, bool fits)
    {
        _scene.Node("n", labels: new Dictionary<string, string> { ["disk"] = "ssd", ["cores"] = "8" });
        Placement placement = _scene.Plan(_scene.Pod(with: OnlyOn(label, @operator, value is null ? [] : [value])));
        (placement is Placement.On).ShouldBe(fits);
    }

    [Fact]
    public void Plan_HostPortTaken_GoesElsewhereOrSaysWhy()
    {
        _scene.Node("a").On("a", _scene.Pod(with: HostPort(80, "10.0.0.1")));
        _scene.Plan(_scene.Pod(with: HostPort(80, "10.0.0.2"))).ShouldBe(new Placement.On("a"));
        Why(_scene.Pod(with: HostPort(80))).ShouldStartWith("0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. preemption: ");
    }

    [Fact]
    public void Plan_AntiAffinity_KeepsApartBothWays()
    {
        _scene.Node("a").Node("b").On("a", _scene.Pod(app: "db", with: Repelled("web")));
        _scene.Plan(_scene.Pod(app: "web")).ShouldBe(new Placement.On("b"));
        _scene.On("b", _scene.Pod(app: "web"));
        Why(_scene.Pod(app: "web", with: Repelled("web"))).ShouldStartWith(
            "0/2 nodes are available: 1 node(s) didn't match pod anti-affinity rules, 1 node(s) didn't satisfy existing pods anti-affinity rules.");
    }

    [Fact]
    public void Plan_Affinity_GoesWhereTheOthersAreAndTheFirstAnywhere()
    {
        _scene.Zoned("a", "one").Zoned("b", "two").On("b", _scene.Pod("1", app: "cache"));
        _scene.Plan(_scene.Pod(app: "web", with: Attracted("cache"))).ShouldBe(new Placement.On("b"));
        _scene.Plan(_scene.Pod(app: "ring", with: Attracted("ring"))).ShouldBeOfType<Placement.On>();
        Why(_scene.Pod(app: "web", with: Attracted("nobody"))).ShouldStartWith("0/2 nodes are available: 2 node(s) didn't match pod affinity rules. preemption: ");
    }

    [Fact]
    public void Plan_TopologySpread_NeverExceedsTheSkew()
    {
        _scene.Zoned("a", "one").Zoned("b", "two").Node("c").On("a", _scene.Pod());
        _scene.Plan(_scene.Pod(with: Spread(1, "web"))).ShouldBe(new Placement.On("b"));
        _scene.Zoned("b", "two", cpu: "0");
        Why(_scene.Pod("1", with: Spread(1, "web"))).ShouldStartWith(
            "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints, "
            + "1 node(s) didn't match pod topology spread constraints (missing required label).");
    }

    [Fact]
    public void Plan_FewerDomainsThanWanted_CountsAnEmptyOne()
    {
        _scene.Zoned("a", "one").On("a", _scene.Pod());
        _scene.Plan(_scene.Pod(with: Spread(1, "web", minDomains: 2))).ShouldBeOfType<Placement.Nowhere>();
        _scene.Plan(_scene.Pod(with: Spread(1, "web"))).ShouldBeOfType<Placement.On>();
    }

    [Fact]
    public void Plan_PodsOfOneController_SpreadOverHosts()
    {
        _scene.Node("a").Node("b");
        Pod Replica() => _scene.Pod() is var pod
            ? pod with
            {
                Metadata = pod.Metadata with { OwnerReferences = [new OwnerReference { ApiVersion = "apps/v1", Kind = "ReplicaSet", Name = "r", Uid = "r", Controller = true }] },
            }
            : pod;
        _scene.On("a", Replica()).On("b", _scene.Pod("2", app: "other"));
        _scene.Plan(Replica()).ShouldBe(new Placement.On("b"));
    }

    [Fact]
    public void Plan_PreferredAffinityAndTaints_DecideAmongEqualNodes()
    {
        _scene.Node("avoided", taints: new Taint { Key = "old", Effect = "PreferNoSchedule" }).Node("plain").Node("preferred", labels: new Dictionary<string, string> { ["disk"] = "ssd" });
        var term = new NodeSelectorTerm { MatchExpressions = [new NodeSelectorRequirement { Key = "disk", Operator = "In", Values = ["ssd"] }] };
        _scene.Plan(_scene.Pod(with: spec => spec with
        {
            Affinity = new Affinity { NodeAffinity = new NodeAffinity { PreferredDuringSchedulingIgnoredDuringExecution = [new PreferredSchedulingTerm { Weight = 10, Preference = term }] } },
        })).ShouldBe(new Placement.On("preferred"));
        _scene.Plan(_scene.Pod()).ShouldNotBe(new Placement.On("avoided"));
    }

    [Fact]
    public void Plan_ClaimOfOnePodInUse_IsRefusedEverywhere()
    {
        Pod user = _scene.Pod(with: spec => spec with { Volumes = [new Volume { Name = "d", PersistentVolumeClaim = new PersistentVolumeClaimVolumeSource { ClaimName = "data" } }] });
        _scene.Node("a").Node("b").On("a", user);
        Placement placement = _scene.Plan(_scene.Pod(), new VolumeNeeds { Exclusive = ["shop/data"] });
        placement.ShouldBeOfType<Placement.Nowhere>().Why.ShouldStartWith(
            "0/2 nodes are available: 2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode.");
    }

    [Fact]
    public void Requests_InitContainersAndSidecars_CountAsKubernetesDoes()
    {
        Pod pod = _scene.Pod("1", with: spec => spec with
        {
            InitContainers = [Container("3"), Container("500m") with { RestartPolicy = "Always" }, Container("2")],
            Overhead = new Dictionary<string, Quantity> { ["cpu"] = new("100m") },
        });

        // Running: 1 + 0.5; while starting: 3 alone, then 0.5 + 2. The peak is 3, and the overhead comes on top.
        PodRequests.Of(pod)["cpu"].MilliValue.ShouldBe(3100);
    }

    private string Why(Pod pod) => _scene.Plan(pod).ShouldBeOfType<Placement.Nowhere>().Why;

    private static Container Container(string cpu)
        => new() { Name = "c", Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = new(cpu) } } };
}

using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Scheduling;

namespace Fairway.Workloads.Tests.Scheduling;

/// <summary>A cluster to place pods in, written in a few words.</summary>
internal sealed class SchedulingScene
{
    private int _number;

    public SchedulingSnapshot Snapshot { get; } = new();

    public SchedulingScene Node(
        string name,
        string cpu = "8",
        string memory = "8Gi",
        int pods = 110,
        IReadOnlyDictionary<string, string>? labels = null,
        bool cordoned = false,
        params Taint[] taints)
    {
        var all = new Dictionary<string, string>(labels ?? new Dictionary<string, string>()) { ["kubernetes.io/hostname"] = name };
        Snapshot.Set(new Node
        {
            Metadata = new ObjectMeta { Name = name, Labels = all },
            Spec = new NodeSpec { Unschedulable = cordoned ? true : null, Taints = taints },
            Status = new NodeStatus
            {
                Allocatable = new Dictionary<string, Quantity> { ["cpu"] = new(cpu), ["memory"] = new(memory), ["pods"] = new($"{pods}") },
            },
        });
        return this;
    }

    public SchedulingScene Zoned(string name, string zone, string cpu = "8") => Node(name, cpu, labels: new Dictionary<string, string> { ["zone"] = zone });

    /// <summary>Puts a pod on a node.</summary>
    public SchedulingScene On(string node, Pod pod)
    {
        Snapshot.Place(new PodNeeds(pod with { Spec = pod.Spec with { NodeName = node } }), node);
        return this;
    }

    public Pod Pod(string cpu = "0", string app = "web", int priority = 0, Func<PodSpec, PodSpec>? with = null, string @namespace = "shop")
    {
        string name = $"p{_number++}";
        var spec = new PodSpec
        {
            Priority = priority,
            Containers = [new Container { Name = "c", Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = new(cpu) } } }],
        };
        return new Pod
        {
            Metadata = new ObjectMeta { Name = name, Namespace = @namespace, Uid = name, Labels = new Dictionary<string, string> { ["app"] = app } },
            Spec = with is null ? spec : with(spec),
        };
    }

    public Placement Plan(Pod pod, VolumeNeeds? volumes = null, IReadOnlyList<Budget>? budgets = null) => SchedulingPlanner.Plan(new SchedulingInput
    {
        Pod = new PodNeeds(pod),
        Snapshot = Snapshot,
        Volumes = volumes ?? VolumeNeeds.None,
        Budgets = budgets ?? [],
        NamespaceLabels = name => new Dictionary<string, string> { ["team"] = name },
    });

    public static LabelSelectorSpec App(string app) => new() { MatchLabels = new Dictionary<string, string> { ["app"] = app } };

    public static Func<PodSpec, PodSpec> Repelled(string app, string topology = "kubernetes.io/hostname") => spec => spec with
    {
        Affinity = new Affinity
        {
            PodAntiAffinity = new PodAffinity { RequiredDuringSchedulingIgnoredDuringExecution = [new PodAffinityTerm { LabelSelector = App(app), TopologyKey = topology }] },
        },
    };

    public static Func<PodSpec, PodSpec> Attracted(string app, string topology = "zone") => spec => spec with
    {
        Affinity = new Affinity
        {
            PodAffinity = new PodAffinity { RequiredDuringSchedulingIgnoredDuringExecution = [new PodAffinityTerm { LabelSelector = App(app), TopologyKey = topology }] },
        },
    };

    public static Func<PodSpec, PodSpec> Spread(int maxSkew, string app, string topology = "zone", int? minDomains = null, string when = "DoNotSchedule") => spec => spec with
    {
        TopologySpreadConstraints =
        [
            new TopologySpreadConstraint { MaxSkew = maxSkew, TopologyKey = topology, WhenUnsatisfiable = when, LabelSelector = App(app), MinDomains = minDomains },
        ],
    };

    public static Func<PodSpec, PodSpec> HostPort(int port, string? address = null) => spec => spec with
    {
        Containers = [spec.Containers[0] with { Ports = [new ContainerPort { Number = port, HostPort = port, HostIP = address, Protocol = "TCP" }] }],
    };

    public static Func<PodSpec, PodSpec> OnlyOn(string label, string @operator, params string[] values) => spec => spec with
    {
        Affinity = new Affinity
        {
            NodeAffinity = new NodeAffinity
            {
                RequiredDuringSchedulingIgnoredDuringExecution = new NodeSelector
                {
                    NodeSelectorTerms = [new NodeSelectorTerm { MatchExpressions = [new NodeSelectorRequirement { Key = label, Operator = @operator, Values = values }] }],
                },
            },
        },
    };
}

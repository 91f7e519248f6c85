using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Core;

/// <summary>Pod is a group of containers that run together on one node.</summary>
[Kind("v1", "pods", Status = true, ShortNames = ["po"], Categories = ["all"])]
[FieldSelector("spec.nodeName")]
[FieldSelector("spec.restartPolicy")]
[FieldSelector("spec.schedulerName")]
[FieldSelector("spec.serviceAccountName")]
[FieldSelector("spec.hostNetwork")]
[FieldSelector("status.phase")]
[FieldSelector("status.podIP")]
[FieldSelector("status.nominatedNodeName")]
public sealed record Pod : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "Pod";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The desired behaviour of the pod.</summary>
    public required PodSpec Spec { get; init; }

    /// <summary>What the node last observed.</summary>
    public PodStatus? Status { get; init; }
}

/// <summary>What pods made from it look like.</summary>
public sealed record PodTemplateSpec
{
    public ObjectMeta? Metadata { get; init; }

    public required PodSpec Spec { get; init; }
}

/// <summary>The desired behaviour of a pod.</summary>
public sealed record PodSpec
{
    /// <summary>Volumes that the containers can mount.</summary>
    [ListMap("name")]
    public IReadOnlyList<Volume>? Volumes { get; init; }

    /// <summary>
    /// Run one after the other to completion before the containers start; with restartPolicy Always one starts, stays, and the
    /// next follows once it has started.
    /// </summary>
    [ListMap("name")]
    public IReadOnlyList<Container>? InitContainers { get; init; }

    /// <summary>The containers of the pod, at least one.</summary>
    [ListMap("name")]
    [Bounds(MinItems = 1)]
    public required IReadOnlyList<Container> Containers { get; init; }

    /// <summary>Containers that were added to the running pod to look into it (<c>kubectl debug</c>).</summary>
    [ListMap("name")]
    public IReadOnlyList<EphemeralContainer>? EphemeralContainers { get; init; }

    /// <summary>When ended containers are started again: Always, OnFailure or Never.</summary>
    [OneOf("Always", "OnFailure", "Never")]
    [Default("\"Always\"")]
    public string? RestartPolicy { get; init; }

    /// <summary>Seconds between the request to stop and the kill; zero stops at once.</summary>
    [Default("30")]
    [Bounds(Minimum = 0)]
    public long? TerminationGracePeriodSeconds { get; init; }

    /// <summary>The pod may be active on its node for at most this many seconds before it is failed.</summary>
    [Bounds(Minimum = 1)]
    public long? ActiveDeadlineSeconds { get; init; }

    [OneOf("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")]
    [Default("\"ClusterFirst\"")]
    public string? DnsPolicy { get; init; }

    /// <summary>Labels that a node must have to run the pod.</summary>
    [Atomic]
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    /// <summary>The account whose permissions the pod's processes have.</summary>
    public string? ServiceAccountName { get; init; }

    /// <summary>The older name of serviceAccountName.</summary>
    public string? ServiceAccount { get; init; }

    public bool? AutomountServiceAccountToken { get; init; }

    /// <summary>The node that runs the pod; set by the scheduler.</summary>
    public string? NodeName { get; init; }

    public bool? HostNetwork { get; init; }

    [JsonPropertyName("hostPID")]
    public bool? HostPid { get; init; }

    [JsonPropertyName("hostIPC")]
    public bool? HostIpc { get; init; }

    public bool? HostUsers { get; init; }

    public bool? ShareProcessNamespace { get; init; }

    /// <summary>Security settings of all containers.</summary>
    [Default("{}")]
    public PodSecurityContext? SecurityContext { get; init; }

    /// <summary>Secrets with the credentials for pulling images.</summary>
    [ListMap("name")]
    public IReadOnlyList<LocalObjectReference>? ImagePullSecrets { get; init; }

    public string? Hostname { get; init; }

    public string? Subdomain { get; init; }

    [JsonPropertyName("setHostnameAsFQDN")]
    public bool? SetHostnameAsFqdn { get; init; }

    /// <summary>Rules about nodes and other pods.</summary>
    public Affinity? Affinity { get; init; }

    [Default("\"default-scheduler\"")]
    public string? SchedulerName { get; init; }

    /// <summary>Taints that do not keep the pod off a node.</summary>
    [Atomic]
    public IReadOnlyList<Toleration>? Tolerations { get; init; }

    [ListMap("ip")]
    public IReadOnlyList<HostAlias>? HostAliases { get; init; }

    public string? PriorityClassName { get; init; }

    public int? Priority { get; init; }

    public string? PreemptionPolicy { get; init; }

    /// <summary>What is added to what dnsPolicy gives.</summary>
    public PodDNSConfig? DnsConfig { get; init; }

    [Atomic]
    public IReadOnlyList<PodReadinessGate>? ReadinessGates { get; init; }

    public string? RuntimeClassName { get; init; }

    public bool? EnableServiceLinks { get; init; }

    /// <summary>Resources that the runtime itself takes for the pod.</summary>
    public IReadOnlyDictionary<string, Quantity>? Overhead { get; init; }

    [ListMap("topologyKey", "whenUnsatisfiable", MergeKey = "topologyKey")]
    public IReadOnlyList<TopologySpreadConstraint>? TopologySpreadConstraints { get; init; }

    /// <summary>While there are any, the pod is not scheduled.</summary>
    [ListMap("name")]
    public IReadOnlyList<PodSchedulingGate>? SchedulingGates { get; init; }

    public PodOS? Os { get; init; }

    /// <summary>Init containers, containers and ephemeral containers, in this order.</summary>
    public IEnumerable<Container> AllContainers()
        => (InitContainers ?? []).Concat(Containers).Concat((EphemeralContainers ?? []).Select(container => container.ToContainer()));
}

/// <summary>The operating system of a pod's containers.</summary>
public sealed record PodOS
{
    public required string Name { get; init; }
}

/// <summary>A condition that must be True, besides the containers', for the pod to be ready.</summary>
public sealed record PodReadinessGate
{
    public required string ConditionType { get; init; }
}

/// <summary>Holds the pod back from scheduling.</summary>
public sealed record PodSchedulingGate
{
    public required string Name { get; init; }
}

/// <summary>A line of the pod's hosts file.</summary>
public sealed record HostAlias
{
    public required string Ip { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Hostnames { get; init; }
}

/// <summary>How pods spread over nodes that differ in a label.</summary>
public sealed record TopologySpreadConstraint
{
    public required int MaxSkew { get; init; }

    public required string TopologyKey { get; init; }

    [OneOf("DoNotSchedule", "ScheduleAnyway")]
    public required string WhenUnsatisfiable { get; init; }

    [Atomic]
    public LabelSelectorSpec? LabelSelector { get; init; }

    public int? MinDomains { get; init; }

    public string? NodeAffinityPolicy { get; init; }

    public string? NodeTaintsPolicy { get; init; }

    [Atomic]
    public IReadOnlyList<string>? MatchLabelKeys { get; init; }
}

/// <summary>Parameters of the resolver beside those of the pod's dnsPolicy.</summary>
public sealed record PodDNSConfig
{
    [Atomic]
    public IReadOnlyList<string>? Nameservers { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Searches { get; init; }

    [Atomic]
    public IReadOnlyList<PodDNSConfigOption>? Options { get; init; }
}

/// <summary>One option of the resolver.</summary>
public sealed record PodDNSConfigOption
{
    public string? Name { get; init; }

    public string? Value { get; init; }
}

/// <summary>An object in the same namespace.</summary>
public sealed record LocalObjectReference
{
    public string? Name { get; init; }
}

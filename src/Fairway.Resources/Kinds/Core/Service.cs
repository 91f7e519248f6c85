using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Core;

/// <summary>Service is a name and ports for a changing set of pods.</summary>
[Kind("v1", "services", Status = true, ShortNames = ["svc"], Categories = ["all"])]
[FieldSelector("spec.clusterIP")]
[FieldSelector("spec.type")]
public sealed record Service : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "Service";

    public ObjectMeta Metadata { get; init; } = new();

    public required ServiceSpec Spec { get; init; }

    public ServiceStatus? Status { get; init; }
}

/// <summary>Which pods, by which ports.</summary>
public sealed record ServiceSpec
{
    /// <summary>The ports that the service offers.</summary>
    [ListMap("port", "protocol", MergeKey = "port")]
    public IReadOnlyList<ServicePort>? Ports { get; init; }

    /// <summary>Pods with these labels serve. Without it, someone else writes the EndpointSlices.</summary>
    [Atomic]
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>ClusterIP, NodePort, LoadBalancer or ExternalName.</summary>
    [OneOf("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")]
    [Default("\"ClusterIP\"")]
    public string? Type { get; init; }

    [JsonPropertyName("clusterIP")]
    public string? ClusterIP { get; init; }

    [JsonPropertyName("clusterIPs")]
    [Atomic]
    public IReadOnlyList<string>? ClusterIPs { get; init; }

    [JsonPropertyName("externalIPs")]
    [Atomic]
    public IReadOnlyList<string>? ExternalIPs { get; init; }

    public string? ExternalName { get; init; }

    [OneOf("ClientIP", "None")]
    [Default("\"None\"")]
    public string? SessionAffinity { get; init; }

    public SessionAffinityConfig? SessionAffinityConfig { get; init; }

    [JsonPropertyName("loadBalancerIP")]
    public string? LoadBalancerIP { get; init; }

    public string? LoadBalancerClass { get; init; }

    [Atomic]
    public IReadOnlyList<string>? LoadBalancerSourceRanges { get; init; }

    public bool? AllocateLoadBalancerNodePorts { get; init; }

    public string? ExternalTrafficPolicy { get; init; }

    [OneOf("Cluster", "Local")]
    public string? InternalTrafficPolicy { get; init; }

    public int? HealthCheckNodePort { get; init; }

    /// <summary>Pods that are not ready count as ready too.</summary>
    public bool? PublishNotReadyAddresses { get; init; }

    [Atomic]
    public IReadOnlyList<string>? IpFamilies { get; init; }

    public string? IpFamilyPolicy { get; init; }

    public string? TrafficDistribution { get; init; }
}

public sealed record SessionAffinityConfig
{
    [JsonPropertyName("clientIP")]
    public ClientIPConfig? ClientIP { get; init; }
}

public sealed record ClientIPConfig
{
    public int? TimeoutSeconds { get; init; }
}

/// <summary>A port that a service offers.</summary>
public sealed record ServicePort
{
    /// <summary>Needed when there is more than one.</summary>
    public string? Name { get; init; }

    [OneOf("TCP", "UDP", "SCTP")]
    [Default("\"TCP\"")]
    public string? Protocol { get; init; }

    public string? AppProtocol { get; init; }

    /// <summary>The port of the service.</summary>
    [Bounds(Minimum = 1, Maximum = 65535)]
    public required int Port { get; init; }

    /// <summary>The port of the pods, by number or name; the same as port when absent.</summary>
    public IntOrString? TargetPort { get; init; }

    [Bounds(Minimum = 0, Maximum = 65535)]
    public int? NodePort { get; init; }
}

public sealed record ServiceStatus
{
    public LoadBalancerStatus? LoadBalancer { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

public sealed record LoadBalancerStatus
{
    [Atomic]
    public IReadOnlyList<LoadBalancerIngress>? Ingress { get; init; }
}

public sealed record LoadBalancerIngress
{
    public string? Ip { get; init; }

    public string? Hostname { get; init; }
}

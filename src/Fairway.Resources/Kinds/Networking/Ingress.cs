using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Networking;

/// <summary>Ingress is a collection of rules that allow inbound connections to reach the endpoints defined by a backend.</summary>
[Kind("networking.k8s.io/v1", "ingresses", Status = true, ShortNames = ["ing"])]
public sealed record Ingress : IResource
{
    public string ApiVersion => "networking.k8s.io/v1";

    public string Kind => "Ingress";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The desired state of the Ingress.</summary>
    public IngressSpec? Spec { get; init; }

    /// <summary>The current state of the Ingress.</summary>
    public IngressStatus? Status { get; init; }
}

/// <summary>What an Ingress routes where.</summary>
public sealed record IngressSpec
{
    /// <summary>The name of an IngressClass cluster resource.</summary>
    public string? IngressClassName { get; init; }

    /// <summary>The backend that handles requests that match no rule.</summary>
    public IngressBackend? DefaultBackend { get; init; }

    /// <summary>TLS configuration.</summary>
    [Atomic]
    public IReadOnlyList<IngressTls>? Tls { get; init; }

    /// <summary>Host rules.</summary>
    [Atomic]
    public IReadOnlyList<IngressRule>? Rules { get; init; }
}

/// <summary>A service or another resource that requests are sent to.</summary>
public sealed record IngressBackend
{
    /// <summary>A service as a backend.</summary>
    public IngressServiceBackend? Service { get; init; }

    /// <summary>Another Kubernetes resource in the namespace of the Ingress.</summary>
    [Atomic]
    public TypedLocalObjectReference? Resource { get; init; }
}

/// <summary>A service and its port.</summary>
public sealed record IngressServiceBackend
{
    /// <summary>The service; it must be in the namespace of the Ingress.</summary>
    public string? Name { get; init; }

    /// <summary>The port of the service, by name or number.</summary>
    [Atomic]
    public ServiceBackendPort? Port { get; init; }
}

/// <summary>A service's port by name or number.</summary>
public sealed record ServiceBackendPort
{
    public string? Name { get; init; }

    public int? Number { get; init; }
}

/// <summary>A reference to an object of the same namespace.</summary>
public sealed record TypedLocalObjectReference
{
    public string? ApiGroup { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }
}

/// <summary>The transport layer security of some hosts.</summary>
public sealed record IngressTls
{
    [Atomic]
    public IReadOnlyList<string>? Hosts { get; init; }

    /// <summary>The secret with the certificate for port 443.</summary>
    public string? SecretName { get; init; }
}

/// <summary>The rules of a host.</summary>
public sealed record IngressRule
{
    /// <summary>The fully qualified domain name of a network host; empty for all.</summary>
    public string? Host { get; init; }

    public HttpIngressRuleValue? Http { get; init; }
}

/// <summary>A list of http selectors pointing to backends.</summary>
public sealed record HttpIngressRuleValue
{
    [Atomic]
    public required IReadOnlyList<HttpIngressPath> Paths { get; init; }
}

/// <summary>A path with its backend.</summary>
public sealed record HttpIngressPath
{
    public string? Path { get; init; }

    /// <summary>How the path is matched.</summary>
    [OneOf("Exact", "ImplementationSpecific", "Prefix")]
    public required string PathType { get; init; }

    public required IngressBackend Backend { get; init; }
}

/// <summary>The current state of an Ingress.</summary>
public sealed record IngressStatus
{
    public IngressLoadBalancerStatus? LoadBalancer { get; init; }
}

/// <summary>The status of a load balancer.</summary>
public sealed record IngressLoadBalancerStatus
{
    [Atomic]
    public IReadOnlyList<IngressLoadBalancerIngress>? Ingress { get; init; }
}

/// <summary>A load balancer's ingress point.</summary>
public sealed record IngressLoadBalancerIngress
{
    public string? Ip { get; init; }

    public string? Hostname { get; init; }

    [Atomic]
    public IReadOnlyList<IngressPortStatus>? Ports { get; init; }
}

/// <summary>The status of a service port.</summary>
public sealed record IngressPortStatus
{
    public required int Port { get; init; }

    public required string Protocol { get; init; }

    public string? Error { get; init; }
}

/// <summary>IngressClass represents the class of the Ingress, referenced by the Ingress Spec.</summary>
[Kind("networking.k8s.io/v1", "ingressclasses", Namespaced = false)]
public sealed record IngressClass : IResource
{
    public string ApiVersion => "networking.k8s.io/v1";

    public string Kind => "IngressClass";

    public ObjectMeta Metadata { get; init; } = new();

    public IngressClassSpec? Spec { get; init; }
}

/// <summary>Who handles the Ingresses of a class.</summary>
public sealed record IngressClassSpec
{
    /// <summary>The name of the controller that should handle this class.</summary>
    [Immutable]
    public string? Controller { get; init; }

    public IngressClassParametersReference? Parameters { get; init; }
}

/// <summary>Identifies an API object with more configuration.</summary>
public sealed record IngressClassParametersReference
{
    public string? ApiGroup { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }

    [Default("\"Cluster\"")]
    [OneOf("Cluster", "Namespace")]
    public string? Scope { get; init; }

    public string? Namespace { get; init; }
}

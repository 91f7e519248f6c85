namespace Fairway.Resources.Kinds.Networking;

/// <summary>NetworkPolicy describes what network traffic is allowed for a set of Pods.</summary>
[Kind("networking.k8s.io/v1", "networkpolicies", ShortNames = ["netpol"])]
public sealed record NetworkPolicy : IResource
{
    public string ApiVersion => "networking.k8s.io/v1";

    public string Kind => "NetworkPolicy";

    public ObjectMeta Metadata { get; init; } = new();

    public NetworkPolicySpec? Spec { get; init; }
}

/// <summary>What a NetworkPolicy allows to and from the pods that it selects.</summary>
public sealed record NetworkPolicySpec
{
    /// <summary>The pods that the policy applies to; an empty selector selects all of the namespace.</summary>
    public required LabelSelectorSpec PodSelector { get; init; }

    [Atomic]
    public IReadOnlyList<NetworkPolicyIngressRule>? Ingress { get; init; }

    [Atomic]
    public IReadOnlyList<NetworkPolicyEgressRule>? Egress { get; init; }

    /// <summary><c>Ingress</c>, <c>Egress</c> or both.</summary>
    [Atomic]
    public IReadOnlyList<string>? PolicyTypes { get; init; }
}

/// <summary>Traffic that is allowed to the pods.</summary>
public sealed record NetworkPolicyIngressRule
{
    [Atomic]
    public IReadOnlyList<NetworkPolicyPort>? Ports { get; init; }

    [Atomic]
    public IReadOnlyList<NetworkPolicyPeer>? From { get; init; }
}

/// <summary>Traffic that is allowed from the pods.</summary>
public sealed record NetworkPolicyEgressRule
{
    [Atomic]
    public IReadOnlyList<NetworkPolicyPort>? Ports { get; init; }

    [Atomic]
    public IReadOnlyList<NetworkPolicyPeer>? To { get; init; }
}

/// <summary>A port to allow traffic on.</summary>
public sealed record NetworkPolicyPort
{
    [Default("\"TCP\"")]
    [OneOf("SCTP", "TCP", "UDP")]
    public string? Protocol { get; init; }

    public IntOrString? Port { get; init; }

    public int? EndPort { get; init; }
}

/// <summary>A peer to allow traffic to or from.</summary>
public sealed record NetworkPolicyPeer
{
    public LabelSelectorSpec? PodSelector { get; init; }

    public LabelSelectorSpec? NamespaceSelector { get; init; }

    public IpBlock? IpBlock { get; init; }
}

/// <summary>A range of addresses.</summary>
public sealed record IpBlock
{
    public required string Cidr { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Except { get; init; }
}

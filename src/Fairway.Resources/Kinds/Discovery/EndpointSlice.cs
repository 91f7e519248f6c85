using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Discovery;

/// <summary>EndpointSlice is a part of the addresses behind a service: all endpoints in one slice have the same ports.</summary>
[Kind("discovery.k8s.io/v1", "endpointslices")]
public sealed record EndpointSlice : IResource
{
    /// <summary>The label that names the service.</summary>
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    /// <summary>The label that names who writes the slice.</summary>
    public const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";

    public string ApiVersion => "discovery.k8s.io/v1";

    public string Kind => "EndpointSlice";

    public ObjectMeta Metadata { get; init; } = new();

    [Immutable]
    [OneOf("IPv4", "IPv6", "FQDN")]
    public required string AddressType { get; init; }

    [Atomic]
    [Bounds(MaxItems = 1000)]
    public required IReadOnlyList<Endpoint> Endpoints { get; init; }

    [Atomic]
    [Bounds(MaxItems = 100)]
    public IReadOnlyList<EndpointPort>? Ports { get; init; }
}

/// <summary>One backend.</summary>
public sealed record Endpoint
{
    [ListSet]
    [Bounds(MinItems = 1, MaxItems = 100)]
    public required IReadOnlyList<string> Addresses { get; init; }

    public EndpointConditions? Conditions { get; init; }

    public string? Hostname { get; init; }

    /// <summary>The pod.</summary>
    public ObjectReference? TargetRef { get; init; }

    [Atomic]
    public IReadOnlyDictionary<string, string>? DeprecatedTopology { get; init; }

    public string? NodeName { get; init; }

    public string? Zone { get; init; }

    /// <summary>Who should use it.</summary>
    public EndpointHints? Hints { get; init; }
}

/// <summary>Where a backend is meant to be used from.</summary>
public sealed record EndpointHints
{
    /// <summary>Zones whose traffic it should take.</summary>
    [Atomic]
    public IReadOnlyList<ForZone>? ForZones { get; init; }
}

/// <summary>A zone by name.</summary>
public sealed record ForZone
{
    public required string Name { get; init; }
}

/// <summary>Whether a backend takes traffic.</summary>
public sealed record EndpointConditions
{
    /// <summary>Takes new requests: serving and not terminating (or the service publishes unready addresses).</summary>
    public bool? Ready { get; init; }

    /// <summary>The pod is ready, even while it ends.</summary>
    public bool? Serving { get; init; }

    /// <summary>The pod is being deleted.</summary>
    public bool? Terminating { get; init; }
}

/// <summary>A port of every backend of the slice.</summary>
public sealed record EndpointPort
{
    /// <summary>The service port's name; empty for the only, unnamed one.</summary>
    public string? Name { get; init; }

    public string? Protocol { get; init; }

    /// <summary>The port to connect to.</summary>
    public int? Port { get; init; }

    public string? AppProtocol { get; init; }
}

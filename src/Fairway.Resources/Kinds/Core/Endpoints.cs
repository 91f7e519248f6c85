namespace Fairway.Resources.Kinds.Core;

/// <summary>Endpoints is a collection of endpoints that implement the actual service; EndpointSlices are the newer form.</summary>
[Kind("v1", "endpoints", ShortNames = ["ep"])]
public sealed record Endpoints : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "Endpoints";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The sets of addresses and ports.</summary>
    [Atomic]
    public IReadOnlyList<EndpointSubset>? Subsets { get; init; }
}

/// <summary>A group of addresses with a common set of ports.</summary>
public sealed record EndpointSubset
{
    /// <summary>Addresses that are ready.</summary>
    [Atomic]
    public IReadOnlyList<EndpointAddress>? Addresses { get; init; }

    /// <summary>Addresses that are not ready.</summary>
    [Atomic]
    public IReadOnlyList<EndpointAddress>? NotReadyAddresses { get; init; }

    [Atomic]
    public IReadOnlyList<EndpointSubsetPort>? Ports { get; init; }
}

/// <summary>One address.</summary>
public sealed record EndpointAddress
{
    public required string Ip { get; init; }

    public string? Hostname { get; init; }

    public string? NodeName { get; init; }

    [Atomic]
    public ObjectReference? TargetRef { get; init; }
}

/// <summary>One port.</summary>
public sealed record EndpointSubsetPort
{
    public string? Name { get; init; }

    public required int Port { get; init; }

    [Default("\"TCP\"")]
    public string? Protocol { get; init; }

    public string? AppProtocol { get; init; }
}

namespace Fairway.Resources.Kinds.Gateway;

/// <summary>Gateway is a place where traffic comes in.</summary>
[Kind("gateway.networking.k8s.io/v1", "gateways", Status = true, ShortNames = ["gtw"], Categories = ["gateway-api"])]
[Column("Class", ".spec.gatewayClassName")]
[Column("Address", ".status.addresses[*].value")]
[Column("Programmed", ".status.conditions[?(@.type==\"Programmed\")].status")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record Gateway : IResource
{
    public string ApiVersion => "gateway.networking.k8s.io/v1";

    public string Kind => "Gateway";

    public ObjectMeta Metadata { get; init; } = new();

    public required GatewaySpec Spec { get; init; }

    public GatewayStatus? Status { get; init; }
}

public sealed record GatewaySpec
{
    public required string GatewayClassName { get; init; }

    [ListMap("name")]
    [Bounds(MinItems = 1, MaxItems = 64)]
    public required IReadOnlyList<GatewayListener> Listeners { get; init; }

    [Atomic]
    public IReadOnlyList<GatewayAddress>? Addresses { get; init; }

    public GatewayInfrastructure? Infrastructure { get; init; }
}

public sealed record GatewayInfrastructure
{
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}

public sealed record GatewayAddress
{
    [Default("\"IPAddress\"")]
    public string? Type { get; init; }

    public string? Value { get; init; }
}

/// <summary>One port and protocol.</summary>
public sealed record GatewayListener
{
    public required string Name { get; init; }

    public string? Hostname { get; init; }

    [Bounds(Minimum = 1, Maximum = 65535)]
    public required int Port { get; init; }

    public required string Protocol { get; init; }

    public GatewayTls? Tls { get; init; }

    [Default("{\"namespaces\":{\"from\":\"Same\"}}")]
    public AllowedRoutes? AllowedRoutes { get; init; }
}

public sealed record GatewayTls
{
    [OneOf("Terminate", "Passthrough")]
    [Default("\"Terminate\"")]
    public string? Mode { get; init; }

    [Atomic]
    public IReadOnlyList<SecretObjectReference>? CertificateRefs { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

public sealed record SecretObjectReference
{
    [Default("\"\"")]
    public string? Group { get; init; }

    [Default("\"Secret\"")]
    public string? Kind { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }
}

/// <summary>Which routes may attach.</summary>
public sealed record AllowedRoutes
{
    [Default("{\"from\":\"Same\"}")]
    public RouteNamespaces? Namespaces { get; init; }

    [Atomic]
    public IReadOnlyList<RouteGroupKind>? Kinds { get; init; }
}

public sealed record RouteNamespaces
{
    [OneOf("All", "Selector", "Same", "None")]
    [Default("\"Same\"")]
    public string? From { get; init; }

    public LabelSelectorSpec? Selector { get; init; }
}

public sealed record RouteGroupKind
{
    [Default("\"gateway.networking.k8s.io\"")]
    public string? Group { get; init; }

    public required string Kind { get; init; }
}

public sealed record GatewayStatus
{
    [Atomic]
    public IReadOnlyList<GatewayAddress>? Addresses { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    [ListMap("name")]
    public IReadOnlyList<GatewayListenerStatus>? Listeners { get; init; }
}

public sealed record GatewayListenerStatus
{
    public required string Name { get; init; }

    [Atomic]
    public IReadOnlyList<RouteGroupKind>? SupportedKinds { get; init; }

    public int AttachedRoutes { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>GatewayClass says which controller runs the Gateways of its name.</summary>
[Kind("gateway.networking.k8s.io/v1", "gatewayclasses", Namespaced = false, Status = true, ShortNames = ["gc"], Categories = ["gateway-api"])]
[Column("Controller", ".spec.controllerName")]
[Column("Accepted", ".status.conditions[?(@.type==\"Accepted\")].status")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
[Column("Description", ".spec.description", Priority = 1)]
public sealed record GatewayClass : IResource
{
    public string ApiVersion => "gateway.networking.k8s.io/v1";

    public string Kind => "GatewayClass";

    public ObjectMeta Metadata { get; init; } = new();

    public required GatewayClassSpec Spec { get; init; }

    public GatewayClassStatus? Status { get; init; }
}

public sealed record GatewayClassSpec
{
    [Immutable]
    public required string ControllerName { get; init; }

    public GatewayParametersReference? ParametersRef { get; init; }

    [Bounds(MaxLength = 64)]
    public string? Description { get; init; }
}

public sealed record GatewayParametersReference
{
    public required string Group { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }
}

public sealed record GatewayClassStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

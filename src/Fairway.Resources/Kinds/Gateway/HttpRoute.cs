namespace Fairway.Resources.Kinds.Gateway;

/// <summary>HTTPRoute sends HTTP requests, by host and path, to services.</summary>
[Kind("gateway.networking.k8s.io/v1", "httproutes", Status = true, Categories = ["gateway-api"])]
[Column("Hostnames", ".spec.hostnames")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record HTTPRoute : IResource
{
    public string ApiVersion => "gateway.networking.k8s.io/v1";

    public string Kind => "HTTPRoute";

    public ObjectMeta Metadata { get; init; } = new();

    public required HttpRouteSpec Spec { get; init; }

    public HttpRouteStatus? Status { get; init; }
}

public sealed record HttpRouteSpec
{
    /// <summary>The Gateways that the route attaches to.</summary>
    [Atomic]
    [Bounds(MaxItems = 32)]
    public IReadOnlyList<ParentReference>? ParentRefs { get; init; }

    /// <summary>Host names, the first label may be <c>*</c>; all when absent.</summary>
    [Atomic]
    [Bounds(MaxItems = 16)]
    public IReadOnlyList<string>? Hostnames { get; init; }

    [Atomic]
    [Default("[{\"matches\":[{\"path\":{\"type\":\"PathPrefix\",\"value\":\"/\"}}]}]")]
    [Bounds(MinItems = 1, MaxItems = 16)]
    public IReadOnlyList<HttpRouteRule>? Rules { get; init; }
}

/// <summary>Where a route attaches.</summary>
public sealed record ParentReference
{
    [Default("\"gateway.networking.k8s.io\"")]
    public string? Group { get; init; }

    [Default("\"Gateway\"")]
    public string? Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    public string? SectionName { get; init; }

    [Bounds(Minimum = 1, Maximum = 65535)]
    public int? Port { get; init; }
}

/// <summary>Requests that match go to the backends.</summary>
public sealed record HttpRouteRule
{
    public string? Name { get; init; }

    /// <summary>Any of these; every request when absent.</summary>
    [Atomic]
    [Default("[{\"path\":{\"type\":\"PathPrefix\",\"value\":\"/\"}}]")]
    [Bounds(MaxItems = 64)]
    public IReadOnlyList<HttpRouteMatch>? Matches { get; init; }

    /// <summary>What is done to the request and the response.</summary>
    [Atomic]
    [Bounds(MaxItems = 16)]
    public IReadOnlyList<HttpRouteFilter>? Filters { get; init; }

    /// <summary>Where requests go, in proportion to the weights.</summary>
    [Atomic]
    [Bounds(MaxItems = 16)]
    public IReadOnlyList<HttpBackendRef>? BackendRefs { get; init; }

    public HttpRouteTimeouts? Timeouts { get; init; }
}

/// <summary>All members that are set must match.</summary>
public sealed record HttpRouteMatch
{
    [Default("{\"type\":\"PathPrefix\",\"value\":\"/\"}")]
    public HttpPathMatch? Path { get; init; }

    [ListMap("name")]
    [Bounds(MaxItems = 16)]
    public IReadOnlyList<HttpHeaderMatch>? Headers { get; init; }

    [ListMap("name")]
    [Bounds(MaxItems = 16)]
    public IReadOnlyList<HttpHeaderMatch>? QueryParams { get; init; }

    [OneOf("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")]
    public string? Method { get; init; }
}

public sealed record HttpPathMatch
{
    [OneOf("Exact", "PathPrefix", "RegularExpression")]
    [Default("\"PathPrefix\"")]
    public string? Type { get; init; }

    [Default("\"/\"")]
    [Bounds(MaxLength = 1024)]
    public string? Value { get; init; }
}

/// <summary>A header or query parameter and its value.</summary>
public sealed record HttpHeaderMatch
{
    [OneOf("Exact", "RegularExpression")]
    [Default("\"Exact\"")]
    public string? Type { get; init; }

    public required string Name { get; init; }

    public required string Value { get; init; }
}

/// <summary>One thing done to a request or response; type names the member that is set.</summary>
public sealed record HttpRouteFilter
{
    [OneOf("RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "RequestRedirect", "URLRewrite", "ExtensionRef")]
    public required string Type { get; init; }

    public HttpHeaderFilter? RequestHeaderModifier { get; init; }

    public HttpHeaderFilter? ResponseHeaderModifier { get; init; }

    public HttpRequestMirrorFilter? RequestMirror { get; init; }

    public HttpRequestRedirectFilter? RequestRedirect { get; init; }

    public HttpUrlRewriteFilter? UrlRewrite { get; init; }

    public LocalExtensionReference? ExtensionRef { get; init; }
}

public sealed record HttpHeaderFilter
{
    [ListMap("name")]
    public IReadOnlyList<GatewayHttpHeader>? Set { get; init; }

    [ListMap("name")]
    public IReadOnlyList<GatewayHttpHeader>? Add { get; init; }

    [ListSet]
    public IReadOnlyList<string>? Remove { get; init; }
}

public sealed record GatewayHttpHeader
{
    public required string Name { get; init; }

    public required string Value { get; init; }
}

public sealed record HttpRequestMirrorFilter
{
    public required BackendObjectReference BackendRef { get; init; }

    public int? Percent { get; init; }
}

public sealed record HttpRequestRedirectFilter
{
    [OneOf("http", "https")]
    public string? Scheme { get; init; }

    public string? Hostname { get; init; }

    public HttpPathModifier? Path { get; init; }

    [Bounds(Minimum = 1, Maximum = 65535)]
    public int? Port { get; init; }

    [Default("302")]
    public int? StatusCode { get; init; }
}

public sealed record HttpUrlRewriteFilter
{
    public string? Hostname { get; init; }

    public HttpPathModifier? Path { get; init; }
}

public sealed record HttpPathModifier
{
    [OneOf("ReplaceFullPath", "ReplacePrefixMatch")]
    public required string Type { get; init; }

    public string? ReplaceFullPath { get; init; }

    public string? ReplacePrefixMatch { get; init; }
}

public sealed record LocalExtensionReference
{
    public required string Group { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }
}

public sealed record BackendObjectReference
{
    [Default("\"\"")]
    public string? Group { get; init; }

    [Default("\"Service\"")]
    public string? Kind { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }

    [Bounds(Minimum = 1, Maximum = 65535)]
    public int? Port { get; init; }
}

/// <summary>A service and its share of the requests.</summary>
public sealed record HttpBackendRef
{
    [Default("\"\"")]
    public string? Group { get; init; }

    [Default("\"Service\"")]
    public string? Kind { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }

    /// <summary>The service's port.</summary>
    [Bounds(Minimum = 1, Maximum = 65535)]
    public int? Port { get; init; }

    /// <summary>The share is the weight divided by the sum of all; 0 gets nothing.</summary>
    [Default("1")]
    [Bounds(Minimum = 0, Maximum = 1000000)]
    public int? Weight { get; init; }

    [Atomic]
    [Bounds(MaxItems = 16)]
    public IReadOnlyList<HttpRouteFilter>? Filters { get; init; }
}

/// <summary>Durations such as <c>10s</c>; <c>0s</c> is no limit.</summary>
public sealed record HttpRouteTimeouts
{
    public string? Request { get; init; }

    public string? BackendRequest { get; init; }
}

public sealed record HttpRouteStatus
{
    [Atomic]
    [Bounds(MaxItems = 32)]
    public IReadOnlyList<RouteParentStatus>? Parents { get; init; }
}

/// <summary>What one Gateway says about the route.</summary>
public sealed record RouteParentStatus
{
    public required ParentReference ParentRef { get; init; }

    public required string ControllerName { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

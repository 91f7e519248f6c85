using Fairway.Gateway.Backends;
using Fairway.Resources;
using Fairway.Resources.Kinds.Gateway;

namespace Fairway.Gateway.Routing;

/// <summary>A rule of a route with one of its matches: what a request that matches gets.</summary>
internal sealed record CompiledRule
{
    public required RouteId Route { get; init; }

    public required CompiledMatch Match { get; init; }

    /// <summary>Where requests go; shared between the matches of one rule so that their shares add up over all of them.</summary>
    public required WeightedBackends Backends { get; init; }

    /// <summary>Changes to the request's headers, in order.</summary>
    public HttpHeaderFilter[] RequestHeaders { get; init; } = [];

    /// <summary>Changes to the answer's headers, in order.</summary>
    public HttpHeaderFilter[] ResponseHeaders { get; init; } = [];

    public HttpRequestRedirectFilter? Redirect { get; init; }

    public HttpUrlRewriteFilter? Rewrite { get; init; }

    /// <summary>From the request's arrival to the end of the answer; null without a limit.</summary>
    public TimeSpan? RequestTimeout { get; init; }

    /// <summary>For one attempt at a backend; null without a limit.</summary>
    public TimeSpan? BackendTimeout { get; init; }

    /// <summary>The route's age, oldest first, which decides between equally specific rules.</summary>
    public required (string Created, string Namespace, string Name, int Rule) Seniority { get; init; }
}

/// <summary>Names an HTTPRoute across clusters.</summary>
public readonly record struct RouteId(string Cluster, string Namespace, string Name)
{
    internal static RouteId Of(string cluster, HTTPRoute route)
    {
        ObjectKey key = ObjectKey.Of(route);
        return new RouteId(cluster, key.Namespace, key.Name);
    }
}

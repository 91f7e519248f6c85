using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry;

/// <summary>Where endpoints are mapped: on the telemetry listener as they are, or below a path of the portal behind its door.</summary>
/// <param name="Routes">The listener's routes.</param>
/// <param name="Prefix">Before every path; empty or <c>/prometheus</c>.</param>
/// <param name="Guard">The door that every request passes.</param>
public sealed record TelemetryRoutes(IEndpointRouteBuilder Routes, string Prefix, Func<RequestDelegate, RequestDelegate> Guard)
{
    /// <summary>Without a prefix and without a door.</summary>
    public static TelemetryRoutes Open(IEndpointRouteBuilder routes) => new(routes, "", static endpoint => endpoint);

    /// <summary>Maps one endpoint.</summary>
    public void Map(string path, string[] methods, RequestDelegate endpoint) => Routes.MapMethods(Prefix + path, methods, Guard(endpoint));
}

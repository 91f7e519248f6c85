using Fairway.Client;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.Policy;

/// <summary>Who asks, with the APIs as that person may use them.</summary>
/// <param name="Name">The name under which decisions are recorded.</param>
/// <param name="Hub">The hub cluster as that person.</param>
/// <param name="RequireAsync">Throws 403 unless the person may: cluster, verb, resource, namespace.</param>
public sealed record PolicyCaller(string Name, IClusterApi Hub, Func<string, string, ResourceType, string?, Task> RequireAsync);

/// <summary>Puts an endpoint behind the program's door: authenticated, refusals answered as Status.</summary>
public delegate RequestDelegate PolicyGuard(Func<HttpContext, PolicyCaller, Task> endpoint);

using Fairway.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Fairway.ApiServer;

/// <summary>Where the API server answers: the only place that knows paths outside of a cluster.</summary>
internal sealed class HttpRoutes(
    EmbeddedApiOptions options,
    IReadOnlyDictionary<string, ClusterVerbs> clusters,
    Gate gate,
    PodStreams pods,
    PortalSessions sessions,
    CancellationToken stopping)
{
    private readonly HttpAuthentication _authentication = new(options.Tokens, sessions);
    private readonly Health _health = new(options);
    private int _inFlight;

    public void Map(IEndpointRouteBuilder routes)
    {
        var handlers = clusters.ToDictionary(
            cluster => cluster.Key, cluster => new ApiHandler(cluster.Value, options, gate, pods, _health, stopping));
        routes.Map("/clusters/{cluster}/{**path}", context => GuardAsync(context, () =>
        {
            string name = (string)context.Request.RouteValues["cluster"]!;
            return handlers.TryGetValue(name, out ApiHandler? handler)
                ? HandleAsync(context, handler, context.Request.Path.Value!["/clusters/".Length..][name.Length..])
                : throw new StatusException(404, "NotFound", $"there is no cluster \"{name}\"; there are {string.Join(", ", options.Clusters)}");
        }));
        foreach (string path in (ReadOnlySpan<string>)["/healthz", "/livez", "/readyz"])
        {
            routes.MapGet(path, context => GuardAsync(context, () =>
            {
                _authentication.Require(context);
                return _health.WriteAsync(context, path);
            }));
        }

        routes.MapGet("/version", context => GuardAsync(context, () =>
        {
            _authentication.Require(context);
            return ServerVersion.WriteAsync(context, options.Version);
        }));
        var portalWatch = new PortalWatch(clusters, gate, options.Time, stopping);
        routes.Map("/watch", context => GuardAsync(context, () => portalWatch.HandleAsync(context, _authentication.Require(context))));
        var signIn = new SignInEndpoints(sessions, _authentication);
        routes.MapGet("/signin", signIn.SignInAsync);
        routes.MapPost("/signin/links", context => GuardAsync(context, () => signIn.CreateLinkAsync(context)));
        routes.MapPost("/signout", context => GuardAsync(context, () => signIn.SignOutAsync(context)));
        routes.MapGet("/session", context => GuardAsync(context, () => signIn.WhoAsync(context)));
    }

    private async Task HandleAsync(HttpContext context, ApiHandler handler, string path)
    {
        Identity user = _authentication.Require(context);
        if (ApiHandler.IsLong(context.Request))
        {
            await handler.HandleAsync(context, user, path);
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _inFlight) > options.MaxInFlight)
            {
                throw Refusals.TooManyRequests("Too many requests, please try again later.", 1);
            }

            await handler.HandleAsync(context, user, path);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private Task GuardAsync(HttpContext context, Func<Task> action) => HttpGuard.RunAsync(context, action, options.Logging, stopping);
}

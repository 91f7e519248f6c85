using Fairway.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Fairway.ApiServer;

/// <summary>Where the API server answers: the only place that knows paths outside of a cluster.</summary>
internal sealed class HttpRoutes(
    EmbeddedApiOptions options,
    IReadOnlyDictionary<string, ClusterVerbs> clusters,
    ForeignClusters foreign,
    ClusterVerbs judge,
    Gate gate,
    PodStreams pods,
    ComputedResources computed,
    PortalSessions sessions,
    HttpAuthentication authentication,
    CancellationToken stopping)
{
    private readonly Health _health = new(options, () => judge.Store.Log.IsWell);
    private readonly FairAdmission _fair = new(
        new FairLimits { InFlight = options.MaxInFlight, QueuePerUser = options.MaxWaitingPerUser, LongPerUser = options.MaxWatchesPerUser }, options.Time);

    public void Map(IEndpointRouteBuilder routes)
    {
        var handlers = clusters.ToDictionary(
            cluster => cluster.Key, cluster => new ApiHandler(cluster.Value, options, gate, pods, computed, _health, authentication, stopping));
        var proxy = new ForeignProxy(judge, gate, options.Time, stopping);
        routes.Map("/clusters/{cluster}/{**path}", context => GuardAsync(context, () =>
        {
            string name = (string)context.Request.RouteValues["cluster"]!;
            string path = context.Request.Path.Value!["/clusters/".Length..][name.Length..];
            return handlers.TryGetValue(name, out ApiHandler? handler) ? HandleAsync(context, handler, path)
                : foreign.Find(name) is { } other ? PassAsync(context, proxy, other, path)
                : throw new StatusException(404, "NotFound", $"there is no cluster \"{name}\"; there are {string.Join(", ", options.Clusters.Concat(foreign.All.Keys))}");
        }));
        foreach (string root in (ReadOnlySpan<string>)["/api/{**path}", "/apis/{**path}", "/openapi/{**path}"])
        {
            routes.Map(root, context => GuardAsync(context, () => HandleAsync(context, AtRoot(context, handlers), context.Request.Path.Value!)));
        }

        foreach (string path in (ReadOnlySpan<string>)["/healthz/{**check}", "/livez/{**check}", "/readyz/{**check}"])
        {
            routes.Map(path, context => GuardAsync(context, async () =>
            {
                await authentication.IdentifyAsync(context, null);
                await _health.WriteAsync(context, context.Request.Path.Value!);
            }));
        }

        routes.MapGet("/version", context => GuardAsync(context, async () =>
        {
            await authentication.IdentifyAsync(context, ClusterHosts.ClusterOfToken(context.Request.Headers.Authorization.ToString()) is { } name ? clusters.GetValueOrDefault(name) : null);
            await ServerVersion.WriteAsync(context, options.Version);
        }));
        var portalWatch = new PortalWatch(clusters, foreign, judge, gate, options.Time, stopping);
        routes.Map("/watch", context => GuardAsync(context, async () => await portalWatch.HandleAsync(context, await authentication.RequireAsync(context, null))));
        var signIn = new SignInEndpoints(sessions, authentication);
        routes.MapGet("/signin", signIn.SignInAsync);
        routes.MapPost("/signin/links", context => GuardAsync(context, () => signIn.CreateLinkAsync(context)));
        routes.MapPost("/signout", context => GuardAsync(context, () => signIn.SignOutAsync(context)));
        routes.MapGet("/session", context => GuardAsync(context, () => signIn.WhoAsync(context)));
    }

    /// <summary>
    /// Whom a path without a cluster means: the cluster that the TLS handshake named, as this platform's kubeconfig does with
    /// <c>tls-server-name</c>; then the one whose ServiceAccount asks. The first is what <c>kubectl get --raw /api/v1/...</c> sends,
    /// whatever path the server's address has; the second what a client inside of a cluster sends, which knows a host and a port.
    /// </summary>
    private ApiHandler AtRoot(HttpContext context, Dictionary<string, ApiHandler> handlers)
    {
        string? named = ClusterHosts.ClusterOf(context.Features.Get<ISslStreamFeature>()?.SslStream.TargetHostName)
            ?? ClusterHosts.ClusterOfToken(context.Request.Headers.Authorization.ToString());
        return named is not null && handlers.TryGetValue(named, out ApiHandler? handler) ? handler
            : named is null && handlers.Count == 1 ? handlers.Values.Single()
            : throw new StatusException(404, "NotFound", $"the path names no cluster: expected /clusters/NAME{context.Request.Path}, where NAME is one of {string.Join(", ", options.Clusters)}");
    }

    private async Task PassAsync(HttpContext context, ForeignProxy proxy, ForeignCluster cluster, string path)
    {
        Identity user = await authentication.RequireAsync(context, judge);
        using IDisposable turn = await EnterAsync(context, user);
        await proxy.HandleAsync(context, user, cluster, path);
    }

    private async Task HandleAsync(HttpContext context, ApiHandler handler, string path)
    {
        Identity user = await authentication.IdentifyAsync(context, handler.Cluster);
        using IDisposable turn = await EnterAsync(context, user);
        await handler.HandleAsync(context, user, path);
    }

    private async Task<IDisposable> EnterAsync(HttpContext context, Identity user)
    {
        bool isLong = ApiHandler.IsLong(context.Request);
        return (isLong ? _fair.EnterLong(user.Name) : await _fair.EnterAsync(user.Name, context.RequestAborted))
            ?? throw Refusals.TooManyRequests("Too many requests, please try again later.", 1);
    }

    private Task GuardAsync(HttpContext context, Func<Task> action) => HttpGuard.RunAsync(context, action, options.Logging, stopping);
}

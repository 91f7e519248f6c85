using Fairway.Gateway.Backends;
using Fairway.Resources;
using Fairway.Resources.Kinds.Gateway;

namespace Fairway.Gateway.Routing;

/// <summary>Turns HTTPRoutes into the table that requests read. Pure but for the backends it is handed.</summary>
internal static class RouteCompiler
{
    /// <param name="routes">The routes of every cluster.</param>
    /// <param name="backend">The pool of a Service's port, by cluster, namespace, name and port.</param>
    /// <param name="cursor">Where a rule of a route, by its number, stands in sharing its requests out; by default at the beginning.</param>
    public static RouteTable Compile(
        IEnumerable<(string Cluster, HTTPRoute Route)> routes, Func<BackendId, BackendPool> backend, Func<RouteId, int, RuleCursor>? cursor = null)
        => new(routes.SelectMany(one => Rules(one.Cluster, one.Route, backend, cursor ?? ((_, _) => new RuleCursor()))));

    /// <summary>The hosts that a route serves: as it says, or the names that follow from the cluster when it says none.</summary>
    public static IReadOnlyList<string> Hosts(string cluster, HTTPRoute route)
    {
        if (route.Spec.Hostnames is { Count: > 0 } named)
        {
            return [.. named.Select(host => host.ToLowerInvariant())];
        }

        IEnumerable<string> services = (route.Spec.Rules ?? []).SelectMany(rule => rule.BackendRefs ?? []).Select(reference => reference.Name).Take(1);
        return [.. services.Append(route.Metadata.Name).Distinct().Select(name => $"{name}.{cluster}.localhost".ToLowerInvariant())];
    }

    private static IEnumerable<(string Host, CompiledRule Rule)> Rules(
        string cluster, HTTPRoute route, Func<BackendId, BackendPool> backend, Func<RouteId, int, RuleCursor> cursor)
    {
        IReadOnlyList<string> hosts = Hosts(cluster, route);
        int number = 0;
        foreach (HttpRouteRule rule in route.Spec.Rules ?? [])
        {
            var backends = new WeightedBackends(
                [.. (rule.BackendRefs ?? []).Select(reference => (backend(BackendId.Of(cluster, route, reference)), reference.Weight ?? 1))],
                cursor(RouteId.Of(cluster, route), number));
            foreach (CompiledRule compiled in Matches(rule).Select(match => Rule(cluster, route, rule, match, backends, number)))
            {
                foreach (string host in hosts)
                {
                    yield return (host, compiled);
                }
            }

            number++;
        }
    }

    private static CompiledRule Rule(string cluster, HTTPRoute route, HttpRouteRule rule, HttpRouteMatch match, WeightedBackends backends, int number) => new()
    {
        Route = RouteId.Of(cluster, route),
        Match = new CompiledMatch(match),
        Backends = backends,
        RequestHeaders = [.. (rule.Filters ?? []).Select(filter => filter.RequestHeaderModifier).OfType<HttpHeaderFilter>()],
        ResponseHeaders = [.. (rule.Filters ?? []).Select(filter => filter.ResponseHeaderModifier).OfType<HttpHeaderFilter>()],
        Redirect = rule.Filters?.FirstOrDefault(filter => filter.RequestRedirect is not null)?.RequestRedirect,
        Rewrite = rule.Filters?.FirstOrDefault(filter => filter.UrlRewrite is not null)?.UrlRewrite,
        RequestTimeout = Limit(rule.Timeouts?.Request),
        BackendTimeout = Limit(rule.Timeouts?.BackendRequest),
        Seniority = (
            route.Metadata.CreationTimestamp?.ToString("O", System.Globalization.CultureInfo.InvariantCulture) ?? "",
            route.Metadata.Namespace ?? "",
            route.Metadata.Name,
            number),
    };

    private static IEnumerable<HttpRouteMatch> Matches(HttpRouteRule rule) => rule.Matches is { Count: > 0 } matches ? matches : [new HttpRouteMatch()];

    private static TimeSpan? Limit(string? text)
        => text is not null && GoDuration.TryParse(text, out TimeSpan limit) && limit > TimeSpan.Zero ? limit : null;
}

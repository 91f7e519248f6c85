using Fairway.ControllerRuntime;
using Fairway.Gateway.Backends;
using Fairway.Gateway.Routing;
using Fairway.Resources;
using Fairway.Resources.Kinds.Gateway;

namespace Fairway.Gateway.Routes;

/// <summary>What a route's status should say. Pure.</summary>
internal static class RouteStatusPlanner
{
    /// <summary>The controller's name in statuses.</summary>
    public const string Controller = "fairway.dev/gateway";

    /// <summary>Routes need not name a Gateway here: there is one, and this is its name.</summary>
    private static readonly ParentReference Implicit = new() { Name = "fairway" };

    /// <param name="served">Requests are served by this generation of the route.</param>
    public static HttpRouteStatus Plan(
        HTTPRoute route, IReadOnlyList<string> problems, bool served, Func<HttpBackendRef, bool> resolved, DateTimeOffset now)
    {
        IReadOnlyList<ParentReference> parents = route.Spec.ParentRefs is { Count: > 0 } named ? named : [Implicit];
        IEnumerable<RouteParentStatus> others = (route.Status?.Parents ?? []).Where(parent => parent.ControllerName != Controller);
        return new HttpRouteStatus { Parents = [.. others, .. parents.Select(parent => Parent(route, parent, problems, served, resolved, now))] };
    }

    private static RouteParentStatus Parent(
        HTTPRoute route, ParentReference parent, IReadOnlyList<string> problems, bool served, Func<HttpBackendRef, bool> resolved, DateTimeOffset now)
    {
        IReadOnlyList<Condition>? before = route.Status?.Parents?
            .FirstOrDefault(one => one.ControllerName == Controller && one.ParentRef.Name == parent.Name && one.ParentRef.SectionName == parent.SectionName)?.Conditions;
        string[] missing =
        [
            .. (route.Spec.Rules ?? []).SelectMany(rule => rule.BackendRefs ?? []).Where(reference => !resolved(reference)).Select(reference => reference.Name).Distinct(),
        ];
        long? generation = route.Metadata.Generation;
        return new RouteParentStatus
        {
            ParentRef = parent,
            ControllerName = Controller,
            Conditions = before
                .With(Say("Accepted", problems.Count == 0, "Accepted", "UnsupportedValue", problems.Count == 0 ? "Route is served" : string.Join("; ", problems), generation), now)
                .With(Say("ResolvedRefs", missing.Length == 0, "ResolvedRefs", "BackendNotFound", missing.Length == 0 ? "All backends exist" : $"no Service {string.Join(", ", missing)} with that port", generation), now)
                .With(Say("Programmed", served, "Programmed", "Pending", served ? "Requests are served by this generation" : "Not served yet", generation), now),
        };
    }

    private static Condition Say(string type, bool holds, string reason, string otherwise, string message, long? generation) => new()
    {
        Type = type,
        Status = holds ? "True" : "False",
        Reason = holds ? reason : otherwise,
        Message = message,
        ObservedGeneration = generation,
    };
}

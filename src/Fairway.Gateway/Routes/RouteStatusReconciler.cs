using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Gateway.Routing;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Gateway;
using Microsoft.Extensions.Logging;

namespace Fairway.Gateway.Routes;

/// <summary>Writes what the gateway makes of each HTTPRoute into its status.</summary>
internal sealed class RouteStatusReconciler(InformerSet informers, RouteWatch routes, TimeProvider time)
{
    /// <summary>How long after a change the table is looked at again: a rebuild takes a few milliseconds.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(10);

    private readonly Informer<HTTPRoute> _routes = informers.Of<HTTPRoute>();
    private readonly Informer<Service> _services = informers.Of<Service>();

    public Controller Build(ILoggerFactory logs)
        => new ControllerBuilder("route-status", informers, time, logs)
            .For<HTTPRoute>()
            .Watches<Service>(service => _routes.List(service.Metadata.Namespace).Where(route => Names(route, service.Metadata.Name)).Select(ObjectKey.Of))
            .Reconcile(ReconcileAsync)
            .Build();

    private async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_routes.Get(key) is not { } route)
        {
            return ReconcileResult.Done;
        }

        string cluster = informers.Api.Cluster;
        IReadOnlyList<string> problems = RouteProblems.Of(route);
        bool served = routes.ServedGeneration(RouteId.Of(cluster, route)) == (route.Metadata.Generation ?? 0);
        HttpRouteStatus status = RouteStatusPlanner.Plan(
            route, problems, served, reference => IsResolved(route, reference), time.GetUtcNow());
        await informers.Api.WriteStatusAsync(route, route with { Status = status }, cancellation);
        return problems.Count > 0 || served ? ReconcileResult.Done : ReconcileResult.After(Soon);
    }

    private bool IsResolved(HTTPRoute route, HttpBackendRef reference)
    {
        IReadOnlyList<ServicePort> ports = _services.Get(reference.Namespace ?? route.Metadata.Namespace, reference.Name)?.Spec?.Ports ?? [];
        return reference.Port is { } port ? ports.Any(one => one.Port == port) : ports.Count == 1;
    }

    private static bool Names(HTTPRoute route, string service)
        => (route.Spec.Rules ?? []).SelectMany(rule => rule.BackendRefs ?? []).Any(reference => reference.Name == service);
}

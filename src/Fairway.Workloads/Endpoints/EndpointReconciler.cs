using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Workloads.Ownership;

namespace Fairway.Workloads.Endpoints;

/// <summary>Keeps the EndpointSlices of services with a selector.</summary>
internal sealed class EndpointReconciler(IClusterApi api, InformerSet informers)
{
    private readonly Informer<Service> _services = informers.Of<Service>();
    private readonly PodsByLabel _pods = new(informers.Of<Pod>());
    private readonly ObjectIndex<EndpointSlice> _byService = informers.Of<EndpointSlice>()
        .AddIndex(slice => slice.Metadata.Labels?.GetValueOrDefault(EndpointSlice.ServiceNameLabel) is { } service ? [$"{slice.Metadata.Namespace}/{service}"] : []);

    /// <summary>The services that select a pod.</summary>
    public IEnumerable<ObjectKey> ServicesOf(Pod pod)
        => _services.List(pod.Metadata.Namespace)
            .Where(service => SelectorOf(service) is { } selector && selector.Matches(pod.Metadata.Labels))
            .Select(ObjectKey.Of);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_services.Get(key) is not { } service || service.Metadata.DeletionTimestamp is not null || SelectorOf(service) is not { } selector)
        {
            // The slices of a service that is gone go with it; without a selector they are somebody else's.
            return ReconcileResult.Done;
        }

        Pod[] pods = [.. _pods.Matching(key.Namespace, selector)];
        EndpointSlice[] slices = [.. _byService.Find($"{key.Namespace}/{service.Metadata.Name}").Where(slice => IsOurs(slice, service))];
        EndpointDecision decision = EndpointPlanner.Plan(service, pods, slices);
        foreach (EndpointSlice slice in decision.Create)
        {
            await CreateAsync(slice, cancellation);
        }

        foreach ((EndpointSlice from, EndpointSlice to) in decision.Update)
        {
            await api.WriteAsync(from, to, cancellation);
        }

        foreach (EndpointSlice slice in decision.Delete)
        {
            await api.DeleteAsync(slice, cancellation);
        }

        return ReconcileResult.Done;
    }

    private static LabelSelectorSpec? SelectorOf(Service service)
        => service.Spec.Type != "ExternalName" && service.Spec.Selector is { Count: > 0 } labels ? new LabelSelectorSpec { MatchLabels = labels } : null;

    private static bool IsOurs(EndpointSlice slice, Service service)
        => slice.Metadata.Labels?.GetValueOrDefault(EndpointSlice.ServiceNameLabel) == service.Metadata.Name
            && slice.Metadata.Labels.GetValueOrDefault(EndpointSlice.ManagedByLabel) == EndpointPlanner.Manager
            && slice.Metadata.DeletionTimestamp is null;

    private async Task CreateAsync(EndpointSlice slice, CancellationToken cancellation)
    {
        try
        {
            await api.CreateAsync(slice, cancellation);
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            // Written before, and not shown by the cache yet: bring it up to date.
            if (await api.FindAsync<EndpointSlice>(slice.Metadata.Namespace, slice.Metadata.Name, cancellation) is { } existing)
            {
                await api.WriteAsync(existing, existing with { Endpoints = slice.Endpoints, Ports = slice.Ports }, cancellation);
            }
        }
        catch (StatusException refused) when (refused.Code == 403 && refused.Message.Contains("being terminated", StringComparison.Ordinal))
        {
            // The namespace is going, and the service with it.
        }
    }
}

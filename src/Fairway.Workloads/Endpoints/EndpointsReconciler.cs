using System.Collections.Concurrent;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Ownership;
using EndpointsObject = Fairway.Resources.Kinds.Core.Endpoints;

namespace Fairway.Workloads.Endpoints;

/// <summary>Keeps the Endpoints objects of services with a selector, which older clients read; they go when their service goes.</summary>
internal sealed class EndpointsReconciler(IClusterApi api, InformerSet informers)
{
    private readonly Informer<Service> _services = informers.Of<Service>();
    private readonly Informer<EndpointsObject> _endpoints = informers.Of<EndpointsObject>();
    private readonly ConcurrentDictionary<ObjectKey, bool> _seen = new(); // the services that there were
    private readonly PodsByLabel _pods = new(informers.Of<Pod>());

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        EndpointsObject? existing = _endpoints.Get(key);
        if (_services.Get(key) is not { } service)
        {
            // Nobody else removes them: they have no owner. Hand-made ones go with their service too; those that never had one stay.
            bool hadService = _seen.TryRemove(key, out _) || existing?.Metadata.Annotations?.ContainsKey(SubsetPlanner.TriggerTime) == true;
            if (hadService && existing is { Metadata.DeletionTimestamp: null } && !IsLock(existing))
            {
                await api.DeleteAsync(existing, cancellation);
            }

            return ReconcileResult.Done;
        }

        _seen[key] = true;

        if (service.Metadata.DeletionTimestamp is not null || service.Spec.Type == "ExternalName" || service.Spec.Selector is not { Count: > 0 } labels)
        {
            return ReconcileResult.Done;
        }

        EndpointsObject wanted = SubsetPlanner.Plan(service, [.. _pods.Matching(key.Namespace, new LabelSelectorSpec { MatchLabels = labels })], existing);
        if (ReferenceEquals(wanted, existing))
        {
            return ReconcileResult.Done;
        }

        if (existing is not null)
        {
            await api.WriteAsync(existing, wanted, cancellation);
            return ReconcileResult.Done;
        }

        try
        {
            await api.CreateAsync(wanted, cancellation);
        }
        catch (StatusException refused) when (refused.IsAlreadyExists || PodWriter.IsNamespaceGoing(refused))
        {
            // The cache will show it, or the namespace is going and the service with it.
        }

        return ReconcileResult.Done;
    }

    // Endpoints were once what leaders were elected by.
    private static bool IsLock(EndpointsObject endpoints) => endpoints.Metadata.Annotations?.ContainsKey(MirrorPlanner.LeaderAnnotation) == true;
}

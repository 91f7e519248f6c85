using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Workloads.Ownership;
using EndpointsObject = Fairway.Resources.Kinds.Core.Endpoints;

namespace Fairway.Workloads.Endpoints;

/// <summary>Mirrors hand-made Endpoints of services without a selector into EndpointSlices.</summary>
internal sealed class MirrorReconciler(IClusterApi api, InformerSet informers)
{
    private readonly Informer<Service> _services = informers.Of<Service>();
    private readonly Informer<EndpointsObject> _endpoints = informers.Of<EndpointsObject>();
    private readonly ObjectIndex<EndpointSlice> _mirrors = informers.Of<EndpointSlice>().AddIndex(slice =>
        slice.Metadata.Labels?.GetValueOrDefault(EndpointSlice.ManagedByLabel) == MirrorPlanner.Manager && slice.Metadata.Labels.GetValueOrDefault(EndpointSlice.ServiceNameLabel) is { } name
            ? [$"{slice.Metadata.Namespace}/{name}"]
            : []);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        EndpointSlice[] existing = [.. _mirrors.Find($"{key.Namespace}/{key.Name}").Where(slice => slice.Metadata.DeletionTimestamp is null)];
        bool isMirrored = _endpoints.Get(key) is { } endpoints && MirrorPlanner.IsMirrored(endpoints, _services.Get(key));
        IReadOnlyDictionary<string, EndpointSlice> wanted = isMirrored ? MirrorPlanner.Plan(_endpoints.Get(key)!) : new Dictionary<string, EndpointSlice>();
        foreach (EndpointSlice slice in existing)
        {
            if (!wanted.TryGetValue(slice.Metadata.Name, out EndpointSlice? target))
            {
                await api.DeleteAsync(slice, cancellation);
                continue;
            }

            EndpointSlice next = slice with
            {
                Metadata = slice.Metadata with { Labels = target.Metadata.Labels, Annotations = target.Metadata.Annotations, OwnerReferences = target.Metadata.OwnerReferences },
                Endpoints = target.Endpoints,
                Ports = target.Ports,
            };
            if (!JsonNode.DeepEquals(ToNode(slice), ToNode(next)))
            {
                await api.WriteAsync(slice, next, cancellation);
            }
        }

        foreach (EndpointSlice slice in wanted.Values.Where(slice => !existing.Any(each => each.Metadata.Name == slice.Metadata.Name)))
        {
            try
            {
                await api.CreateAsync(slice, cancellation);
            }
            catch (StatusException refused) when (refused.IsAlreadyExists || PodWriter.IsNamespaceGoing(refused))
            {
                // The cache will show it, or the namespace is going.
            }
        }

        return ReconcileResult.Done;
    }

    private static JsonNode? ToNode(EndpointSlice slice) => JsonSerializer.SerializeToNode(slice, KindOf<EndpointSlice>.Json);
}

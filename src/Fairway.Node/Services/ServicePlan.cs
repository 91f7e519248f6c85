using System.Net;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.Node.Services;

/// <summary>What is to be listened on, and where connections go. Pure.</summary>
internal static class ServicePlan
{
    /// <summary>
    /// Every place of a service with the backends that take connections. A service without any has no place: connecting is refused,
    /// as kube-proxy rejects it.
    /// </summary>
    public static Dictionary<IPEndPoint, IReadOnlyList<IPEndPoint>> Of(ServicePlaces places, IEnumerable<Service> services, IEnumerable<EndpointSlice> slices)
    {
        ILookup<(string?, string?), EndpointSlice> byService = slices.ToLookup(slice =>
            (slice.Metadata.Namespace, slice.Metadata.Labels?.GetValueOrDefault(EndpointSlice.ServiceNameLabel)));
        var plan = new Dictionary<IPEndPoint, IReadOnlyList<IPEndPoint>>();
        foreach (Service service in services)
        {
            EndpointSlice[] own = [.. byService[(service.Metadata.Namespace, service.Metadata.Name)]];
            foreach (ServicePort port in service.Spec?.Ports ?? [])
            {
                if (places.Of(service, port) is { } place && Backends(own, port) is { Count: > 0 } backends)
                {
                    plan[place] = backends;
                }
            }
        }

        return plan;
    }

    private static List<IPEndPoint> Backends(EndpointSlice[] slices, ServicePort port)
    {
        List<IPEndPoint> ready = [];
        List<IPEndPoint> ending = [];
        foreach (EndpointSlice slice in slices)
        {
            if (slice.Ports?.FirstOrDefault(one => (one.Name ?? "") == (port.Name ?? "") && one.Protocol is null or "TCP")?.Port is not { } number)
            {
                continue;
            }

            foreach (Endpoint endpoint in slice.Endpoints)
            {
                if (endpoint.Addresses.Count > 0 && IPAddress.TryParse(endpoint.Addresses[0], out IPAddress? address))
                {
                    (endpoint.Conditions?.Ready != false ? ready : endpoint.Conditions.Serving == true ? ending : []).Add(new IPEndPoint(address, number));
                }
            }
        }

        // While every backend ends, those that still serve are better than none, as kube-proxy has it.
        return ready.Count > 0 ? ready : ending;
    }
}

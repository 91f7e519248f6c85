using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.Gateway.Backends;

/// <summary>From a Service and its EndpointSlices to addresses. Pure.</summary>
internal static class EndpointResolver
{
    /// <summary>The label that says which release a pod runs.</summary>
    public const string ReleaseLabel = "fairway.dev/release";

    /// <param name="service">null when there is none.</param>
    /// <param name="port">The Service's port; 0 for its only one.</param>
    /// <param name="slices">Those labelled with the Service's name.</param>
    /// <param name="releaseOf">The release of a pod by name; empty when unknown.</param>
    /// <returns>Whether the Service has that port, and the endpoints that take new requests.</returns>
    public static (bool Resolved, BackendEndpoint[] Ready) Resolve(
        Service? service, int port, IEnumerable<EndpointSlice> slices, Func<string, string> releaseOf)
    {
        IReadOnlyList<ServicePort> ports = service?.Spec?.Ports ?? [];
        ServicePort? wanted = port == 0 ? (ports.Count == 1 ? ports[0] : null) : ports.FirstOrDefault(one => one.Port == port);
        if (wanted is null)
        {
            return (false, []);
        }

        var ready = new List<BackendEndpoint>();
        var leaving = new List<BackendEndpoint>();
        foreach (EndpointSlice slice in slices)
        {
            int? target = slice.Ports?.FirstOrDefault(one => (one.Name ?? "") == (wanted.Name ?? ""))?.Port;
            if (target is { } number)
            {
                ready.AddRange(slice.Endpoints.Where(IsReady).SelectMany(endpoint => Addresses(endpoint, number, releaseOf)));
                leaving.AddRange(slice.Endpoints.Where(IsLeaving).SelectMany(endpoint => Addresses(endpoint, number, releaseOf)));
            }
        }

        // As kube-proxy does: pods that end but still serve take requests when there is nobody else.
        return (true, [.. (ready.Count > 0 ? ready : leaving).Distinct().OrderBy(endpoint => endpoint.Authority, StringComparer.Ordinal)]);
    }

    /// <summary>An absent condition means ready (discovery/v1).</summary>
    private static bool IsReady(Endpoint endpoint) => endpoint.Conditions?.Ready ?? true;

    private static bool IsLeaving(Endpoint endpoint) => endpoint.Conditions is { Ready: not true, Serving: true, Terminating: true };

    private static IEnumerable<BackendEndpoint> Addresses(Endpoint endpoint, int port, Func<string, string> releaseOf)
    {
        string release = endpoint.TargetRef is { Kind: "Pod", Name: { } pod } ? releaseOf(pod) : "";
        return endpoint.Addresses.Select(address => new BackendEndpoint(address, port, release));
    }
}

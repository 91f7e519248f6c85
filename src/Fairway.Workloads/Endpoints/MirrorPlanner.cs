using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using EndpointsObject = Fairway.Resources.Kinds.Core.Endpoints;

namespace Fairway.Workloads.Endpoints;

/// <summary>
/// The EndpointSlices that mirror an Endpoints object which somebody made by hand for a service without a selector, so that all
/// who read slices only see its addresses too. Pure. Semantics: the endpointslicemirroring controller of kube-controller-manager.
/// </summary>
internal static class MirrorPlanner
{
    public const string Manager = "endpointslicemirroring-controller.k8s.io";

    /// <summary>Endpoints with this annotation are a leader's lock and are nobody's addresses.</summary>
    public const string LeaderAnnotation = "control-plane.alpha.kubernetes.io/leader";

    private const string SkipLabel = "endpointslice.kubernetes.io/skip-mirror";
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";
    private const int PerSubset = 1000;

    /// <summary>Whether they are mirrored at all.</summary>
    public static bool IsMirrored(EndpointsObject endpoints, Service? service)
        => service is not null && service.Spec.Selector is null or { Count: 0 } && service!.Metadata.DeletionTimestamp is null
            && endpoints.Metadata.DeletionTimestamp is null
            && endpoints.Metadata.Labels?.GetValueOrDefault(SkipLabel) != "true"
            && endpoints.Metadata.Annotations?.ContainsKey(LeaderAnnotation) != true;

    /// <summary>The slices as they should be, by name: one for each subset and family of addresses.</summary>
    public static IReadOnlyDictionary<string, EndpointSlice> Plan(EndpointsObject endpoints)
    {
        var slices = new Dictionary<string, EndpointSlice>(StringComparer.Ordinal);
        foreach (EndpointSubset subset in endpoints.Subsets ?? [])
        {
            EndpointPort[] ports = [.. (subset.Ports ?? []).Select(port => new EndpointPort { Name = port.Name ?? "", Port = port.Port, Protocol = port.Protocol ?? "TCP", AppProtocol = port.AppProtocol })];
            IEnumerable<(string Family, Endpoint Endpoint)> all = (subset.Addresses ?? []).Select(address => (Address: address, IsReady: true))
                .Concat((subset.NotReadyAddresses ?? []).Select(address => (Address: address, IsReady: false)))
                .Take(PerSubset)
                .Select(each => (Family: FamilyOf(each.Address.Ip), Endpoint: Of(each.Address, each.IsReady)));
            foreach (IGrouping<string, (string Family, Endpoint Endpoint)> group in all.Where(each => each.Family.Length > 0).GroupBy(each => each.Family))
            {
                string key = $"{group.Key}/{string.Join(';', ports.Select(port => $"{port.Name},{port.Protocol},{port.Port?.ToString(CultureInfo.InvariantCulture)},{port.AppProtocol}"))}";
                EndpointSlice slice = Slice(endpoints, key, group.Key, ports, [.. group.Select(each => each.Endpoint)]);
                slices[slice.Metadata.Name] = slice;
            }
        }

        return slices;
    }

    private static string FamilyOf(string address)
        => !IPAddress.TryParse(address, out IPAddress? parsed) ? "" : parsed.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";

    private static Endpoint Of(EndpointAddress address, bool isReady) => new()
    {
        Addresses = [address.Ip],
        Conditions = new EndpointConditions { Ready = isReady },
        Hostname = address.Hostname,
        NodeName = address.NodeName,
        TargetRef = address.TargetRef,
    };

    private static EndpointSlice Slice(EndpointsObject endpoints, string key, string family, EndpointPort[] ports, Endpoint[] all)
    {
        var labels = new Dictionary<string, string>(endpoints.Metadata.Labels ?? new Dictionary<string, string>())
        {
            [EndpointSlice.ServiceNameLabel] = endpoints.Metadata.Name,
            [EndpointSlice.ManagedByLabel] = Manager,
        };
        Dictionary<string, string> annotations = (endpoints.Metadata.Annotations ?? new Dictionary<string, string>())
            .Where(pair => pair.Key is not (LastApplied or SubsetPlanner.TriggerTime or SubsetPlanner.OverCapacity))
            .ToDictionary(pair => pair.Key, pair => pair.Value);
        return new EndpointSlice
        {
            Metadata = new ObjectMeta
            {
                GenerateName = $"{endpoints.Metadata.Name}-",
                Name = $"{endpoints.Metadata.Name}-{EndpointPlanner.Suffix($"{endpoints.Metadata.Uid}/{key}")}",
                Namespace = endpoints.Metadata.Namespace,
                Labels = labels,
                Annotations = annotations.Count > 0 ? annotations : null,
                OwnerReferences = [Owners.ControllerReference(endpoints)],
            },
            AddressType = family,
            Endpoints = all,
            Ports = ports.Length > 0 ? ports : null,
        };
    }
}

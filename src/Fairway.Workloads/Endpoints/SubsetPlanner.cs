using System.Globalization;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using EndpointsObject = Fairway.Resources.Kinds.Core.Endpoints;

namespace Fairway.Workloads.Endpoints;

/// <summary>
/// The Endpoints object of a service with a selector: one subset for each set of ports that addresses have in common. Pure.
/// Semantics: the endpoints controller of kube-controller-manager.
/// </summary>
internal static class SubsetPlanner
{
    /// <summary>When the change that led to this state came about.</summary>
    public const string TriggerTime = "endpoints.kubernetes.io/last-change-trigger-time";

    /// <summary>Addresses were left out: the object is only so big.</summary>
    public const string OverCapacity = "endpoints.kubernetes.io/over-capacity";

    private const string Headless = "service.kubernetes.io/headless";
    private const int Most = 1000;

    /// <param name="service">A service with a selector.</param>
    /// <param name="pods">The pods that it selects.</param>
    /// <param name="existing">The object as it is; null: there is none.</param>
    /// <returns>The object as it should be; the same instance where nothing changes.</returns>
    public static EndpointsObject Plan(Service service, IReadOnlyList<Pod> pods, EndpointsObject? existing)
    {
        Pod[] serving = [.. pods.Where(pod => MayServe(service, pod))];
        (IReadOnlyList<EndpointSubset>? subsets, bool isTruncated) = Truncated(SubsetsOf(service, serving));
        IReadOnlyDictionary<string, string>? labels = Labels(service);
        if (existing is not null && SameSubsets(existing.Subsets, subsets) && SameMap(existing.Metadata.Labels, labels) && Annotation(existing, OverCapacity) == (isTruncated ? "truncated" : null))
        {
            return existing;
        }

        var annotations = new Dictionary<string, string>(existing?.Metadata.Annotations ?? new Dictionary<string, string>());
        annotations.Remove(OverCapacity);
        annotations.Remove(TriggerTime);
        if (isTruncated)
        {
            annotations[OverCapacity] = "truncated";
        }

        if (TriggerOf(service, serving) is { } trigger)
        {
            annotations[TriggerTime] = trigger;
        }

        ObjectMeta metadata = (existing?.Metadata ?? new ObjectMeta { Name = service.Metadata.Name, Namespace = service.Metadata.Namespace }) with
        {
            Labels = labels,
            Annotations = annotations.Count > 0 ? annotations : null,
        };
        return new EndpointsObject { Metadata = metadata, Subsets = subsets };
    }

    /// <summary>Who is ending is left out, but where a service wants even those that are not ready.</summary>
    private static bool MayServe(Service service, Pod pod)
        => !string.IsNullOrEmpty(pod.Status?.PodIP) && !pod.HasEnded()
            && (service.Spec.PublishNotReadyAddresses == true || pod.Metadata.DeletionTimestamp is null);

    /// <summary>Ports that the same addresses have are one subset: an address stands in as many subsets as its ports are shared in ways.</summary>
    private static IReadOnlyList<EndpointSubset> SubsetsOf(Service service, IEnumerable<Pod> pods)
    {
        (Pod Pod, IReadOnlyList<EndpointSubsetPort> Ports)[] all = [.. pods.Select(pod => (pod, PortsOf(service, pod)))];
        if (service.Spec.Ports is null or { Count: 0 })
        {
            return all.Length == 0 ? [] : [Subset(service, all.Select(pair => pair.Pod), [])];
        }

        return
        [
            .. all.SelectMany(pair => pair.Ports.Select(port => (Port: port, pair.Pod)))
                .GroupBy(pair => pair.Port, pair => pair.Pod)
                .GroupBy(port => string.Join(',', port.Select(pod => pod.Metadata.Uid).Order(StringComparer.Ordinal)))
                .Select(addresses => Subset(
                    service, addresses.First(), [.. addresses.Select(port => port.Key).OrderBy(port => port.Name, StringComparer.Ordinal).ThenBy(port => port.Port)]))
                .OrderBy(subset => KeyOf(subset.Ports!), StringComparer.Ordinal),
        ];
    }

    private static EndpointSubset Subset(Service service, IEnumerable<Pod> pods, IReadOnlyList<EndpointSubsetPort> ports) => new()
    {
        Addresses = Addresses(service, pods, areReady: true),
        NotReadyAddresses = Addresses(service, pods, areReady: false),
        Ports = ports.Count > 0 ? ports : null,
    };

    private static string KeyOf(IReadOnlyList<EndpointSubsetPort> ports)
        => string.Join(';', ports.Select(port => $"{port.Name},{port.Protocol},{port.Port.ToString(CultureInfo.InvariantCulture)},{port.AppProtocol}"));

    private static IReadOnlyList<EndpointSubsetPort> PortsOf(Service service, Pod pod)
        =>
        [
            .. EndpointPorts.Of(service, pod)
                .Select(port => new EndpointSubsetPort { Name = string.IsNullOrEmpty(port.Name) ? null : port.Name, Port = port.Port ?? 0, Protocol = port.Protocol, AppProtocol = port.AppProtocol })
                .OrderBy(port => port.Name, StringComparer.Ordinal).ThenBy(port => port.Port),
        ];

    private static IReadOnlyList<EndpointAddress>? Addresses(Service service, IEnumerable<Pod> pods, bool areReady)
    {
        EndpointAddress[] all =
        [
            .. pods.Where(pod => (pod.IsReady() || service.Spec.PublishNotReadyAddresses == true) == areReady)
                .OrderBy(pod => pod.Status!.PodIP, StringComparer.Ordinal).ThenBy(pod => pod.Metadata.Uid, StringComparer.Ordinal)
                .Select(pod => new EndpointAddress
                {
                    Ip = pod.Status!.PodIP!,
                    Hostname = pod.Spec.Hostname is { Length: > 0 } host && pod.Spec.Subdomain == service.Metadata.Name ? host : null,
                    NodeName = pod.Spec.NodeName,
                    TargetRef = new ObjectReference { Kind = "Pod", Namespace = pod.Metadata.Namespace, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
                }),
        ];
        return all.Length > 0 ? all : null;
    }

    /// <summary>Ready addresses are kept before those that are not.</summary>
    private static (IReadOnlyList<EndpointSubset>? Subsets, bool IsTruncated) Truncated(IReadOnlyList<EndpointSubset> subsets)
    {
        int ready = subsets.Sum(subset => subset.Addresses?.Count ?? 0);
        int all = ready + subsets.Sum(subset => subset.NotReadyAddresses?.Count ?? 0);
        if (all <= Most)
        {
            return (subsets.Count > 0 ? subsets : null, false);
        }

        int roomForReady = Math.Min(ready, Most);
        int roomForOthers = Most - roomForReady;
        var kept = new List<EndpointSubset>();
        foreach (EndpointSubset subset in subsets)
        {
            EndpointAddress[] first = [.. (subset.Addresses ?? []).Take(roomForReady)];
            EndpointAddress[] second = [.. (subset.NotReadyAddresses ?? []).Take(roomForOthers)];
            roomForReady -= first.Length;
            roomForOthers -= second.Length;
            if (first.Length + second.Length > 0)
            {
                kept.Add(subset with { Addresses = first.Length > 0 ? first : null, NotReadyAddresses = second.Length > 0 ? second : null });
            }
        }

        return (kept, true);
    }

    private static IReadOnlyDictionary<string, string>? Labels(Service service)
    {
        var labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>());
        labels.Remove(Headless);
        if (service.Spec.ClusterIP == "None")
        {
            labels[Headless] = "";
        }

        return labels.Count > 0 ? labels : null;
    }

    /// <summary>When what the pods and the service now say began: the last change of any of them.</summary>
    public static string? TriggerOf(Service service, IReadOnlyList<Pod> pods)
        => pods.Select(pod => pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready")?.LastTransitionTime)
            .Append(service.Metadata.CreationTimestamp).Max()?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string? Annotation(EndpointsObject endpoints, string name) => endpoints.Metadata.Annotations?.GetValueOrDefault(name);

    private static bool SameMap(IReadOnlyDictionary<string, string>? one, IReadOnlyDictionary<string, string>? other)
        => (one?.Count ?? 0) == (other?.Count ?? 0) && (one is null || one.All(pair => other?.GetValueOrDefault(pair.Key) == pair.Value));

    private static bool SameSubsets(IReadOnlyList<EndpointSubset>? one, IReadOnlyList<EndpointSubset>? other)
        => (one?.Count ?? 0) == (other?.Count ?? 0) && (one ?? []).Zip(other ?? []).All(pair =>
            Same(pair.First.Addresses, pair.Second.Addresses) && Same(pair.First.NotReadyAddresses, pair.Second.NotReadyAddresses) && Same(pair.First.Ports, pair.Second.Ports));

    private static bool Same<T>(IReadOnlyList<T>? one, IReadOnlyList<T>? other) => (one ?? []).SequenceEqual(other ?? []);
}

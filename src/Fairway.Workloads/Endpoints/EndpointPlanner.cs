using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.Workloads.Endpoints;

/// <summary>Which slices to write and which to remove.</summary>
/// <param name="Create">New slices.</param>
/// <param name="Update">Slices as they are and as they should be.</param>
/// <param name="Delete">Slices that nothing belongs to any more.</param>
internal sealed record EndpointDecision(
    IReadOnlyList<EndpointSlice> Create, IReadOnlyList<(EndpointSlice From, EndpointSlice To)> Update, IReadOnlyList<EndpointSlice> Delete);

/// <summary>
/// The EndpointSlices of a service. Pods whose ports are the same share a slice; in the process runtime every pod has ports of its
/// own and so its own slice. Slices are named by their ports: planning twice never makes two. Pure.
/// </summary>
internal static class EndpointPlanner
{
    public const string Manager = "endpointslice-controller.k8s.io";
    private const int PerSlice = 100;
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <param name="service">A service with a selector.</param>
    /// <param name="pods">The pods that it selects.</param>
    /// <param name="existing">The slices that this controller wrote for it.</param>
    public static EndpointDecision Plan(Service service, IReadOnlyList<Pod> pods, IReadOnlyList<EndpointSlice> existing)
    {
        var wanted = new Dictionary<string, EndpointSlice>();
        string? trigger = SubsetPlanner.TriggerOf(service, [.. pods.Where(CanServe)]);
        foreach (IGrouping<string, (Pod Pod, IReadOnlyList<EndpointPort> Ports)> group in pods
            .Where(CanServe)
            .OrderBy(pod => pod.Metadata.Name, StringComparer.Ordinal)
            .Select(pod => (Pod: pod, Ports: EndpointPorts.Of(service, pod)))
            .Where(pair => pair.Ports.Count > 0 || service.Spec.Ports is null or { Count: 0 })
            .GroupBy(pair => KeyOf(pair.Ports)))
        {
            int part = 0;
            foreach ((Pod Pod, IReadOnlyList<EndpointPort> Ports)[] chunk in group.Chunk(PerSlice))
            {
                Add(wanted, Slice(service, $"{group.Key}/{part++}", chunk[0].Ports, [.. chunk.Select(pair => EndpointOf(service, pair.Pod))], trigger));
            }
        }

        if (wanted.Count == 0)
        {
            // A service without pods keeps one empty slice, which tells "nobody" from "not known yet".
            Add(wanted, Slice(service, "", null, [], trigger));
        }

        return Difference(wanted, existing);
    }

    private static void Add(Dictionary<string, EndpointSlice> wanted, EndpointSlice slice) => wanted[slice.Metadata.Name] = slice;

    /// <summary>Has an address and has not ended; pods that are ending stay, so that requests under way find their way.</summary>
    private static bool CanServe(Pod pod) => !string.IsNullOrEmpty(pod.Status?.PodIP) && !pod.HasEnded();

    private static string KeyOf(IReadOnlyList<EndpointPort> ports)
        => string.Join(';', ports.Select(port => $"{port.Name},{port.Protocol},{port.Port},{port.AppProtocol}"));

    private static Endpoint EndpointOf(Service service, Pod pod)
    {
        bool isServing = pod.IsReady();
        bool isTerminating = pod.Metadata.DeletionTimestamp is not null;
        return new Endpoint
        {
            Addresses = [pod.Status!.PodIP!],
            Conditions = new EndpointConditions
            {
                Ready = service.Spec.PublishNotReadyAddresses == true || (isServing && !isTerminating),
                Serving = isServing,
                Terminating = isTerminating,
            },
            Hostname = pod.Spec.Hostname is { Length: > 0 } host && pod.Spec.Subdomain == service.Metadata.Name ? host : null,
            NodeName = pod.Spec.NodeName,
            TargetRef = new ObjectReference { Kind = "Pod", Namespace = pod.Metadata.Namespace, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
        };
    }

    private static EndpointSlice Slice(Service service, string key, IReadOnlyList<EndpointPort>? ports, IReadOnlyList<Endpoint> endpoints, string? trigger)
    {
        var labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>())
        {
            [EndpointSlice.ServiceNameLabel] = service.Metadata.Name,
            [EndpointSlice.ManagedByLabel] = Manager,
        };
        if (service.Spec.ClusterIP == "None")
        {
            labels["service.kubernetes.io/headless"] = "";
        }

        return new EndpointSlice
        {
            Metadata = new ObjectMeta
            {
                GenerateName = $"{service.Metadata.Name}-",
                Name = $"{service.Metadata.Name}-{Suffix($"{service.Metadata.Uid}/{key}")}",
                Namespace = service.Metadata.Namespace,
                Labels = labels,
                Annotations = trigger is null ? null : new Dictionary<string, string> { [SubsetPlanner.TriggerTime] = trigger },
                OwnerReferences = [Owners.ControllerReference(service)],
            },
            AddressType = "IPv4",
            Endpoints = endpoints,
            Ports = ports,
        };
    }

    /// <summary>Five letters that tell what a slice is for, of those of which servers make names.</summary>
    public static string Suffix(string key)
    {
        uint hash = 2166136261;
        foreach (byte part in Encoding.UTF8.GetBytes(key))
        {
            hash = (hash ^ part) * 16777619;
        }

        return string.Create(5, hash, static (letters, left) =>
        {
            for (int i = 0; i < letters.Length; i++, left /= (uint)Alphabet.Length)
            {
                letters[i] = Alphabet[(int)(left % (uint)Alphabet.Length)];
            }
        });
    }

    private static EndpointDecision Difference(Dictionary<string, EndpointSlice> wanted, IReadOnlyList<EndpointSlice> existing)
    {
        var create = new List<EndpointSlice>(wanted.Values);
        var update = new List<(EndpointSlice, EndpointSlice)>();
        var delete = new List<EndpointSlice>();
        foreach (EndpointSlice slice in existing)
        {
            if (!wanted.TryGetValue(slice.Metadata.Name, out EndpointSlice? target))
            {
                delete.Add(slice);
                continue;
            }

            create.Remove(target);
            EndpointSlice next = slice with
            {
                Metadata = slice.Metadata with { Labels = target.Metadata.Labels, OwnerReferences = target.Metadata.OwnerReferences },
                Endpoints = target.Endpoints,
                Ports = target.Ports,
            };
            if (!JsonNode.DeepEquals(ToNode(slice), ToNode(next)))
            {
                // Only a change of what it says moves the time of the change.
                update.Add((slice, next with { Metadata = next.Metadata with { Annotations = target.Metadata.Annotations } }));
            }
        }

        return new EndpointDecision(create, update, delete);
    }

    private static JsonNode? ToNode(EndpointSlice slice) => JsonSerializer.SerializeToNode(slice, KindOf<EndpointSlice>.Json);
}

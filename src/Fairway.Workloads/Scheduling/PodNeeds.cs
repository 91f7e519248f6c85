using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>A port of the node that a pod takes for itself.</summary>
internal readonly record struct HostPort(string Address, string Protocol, int Port)
{
    private const string Any = "0.0.0.0";

    /// <summary>The same port on the same address, or on all addresses.</summary>
    public bool Clashes(HostPort other)
        => Port == other.Port && Protocol == other.Protocol && (Address == other.Address || Address == Any || other.Address == Any);
}

/// <summary>A pod with everything that placing it, or placing others beside it, asks of it, read once.</summary>
internal sealed class PodNeeds
{
    private const long UsualMilliCpu = 100;
    private const long UsualMemory = 200L * 1024 * 1024;

    public PodNeeds(Pod pod)
    {
        Pod = pod;
        IReadOnlyDictionary<string, Quantity> requests = PodRequests.Of(pod);
        Requests = ResourceAmounts.Of(requests);
        int silentCpu = pod.Spec.Containers.Count(container => !Asks(container, "cpu"));
        int silentMemory = pod.Spec.Containers.Count(container => !Asks(container, "memory"));
        LikelyMilliCpu = Requests["cpu"] + (silentCpu * UsualMilliCpu);
        LikelyMemory = Requests["memory"] + (silentMemory * UsualMemory);
        HostPorts = [.. Ports(pod)];
        Controller = pod.Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true)?.Uid;
        Affinity? affinity = pod.Spec.Affinity;
        Attracted = AffinityTerm.Required(pod, affinity?.PodAffinity);
        Repelled = AffinityTerm.Required(pod, affinity?.PodAntiAffinity);
        Preferred = [.. AffinityTerm.Preferred(pod, affinity?.PodAffinity, 1), .. AffinityTerm.Preferred(pod, affinity?.PodAntiAffinity, -1)];
        Claims = [.. PodClaims.Of(pod).Select(claim => $"{pod.Metadata.Namespace}/{claim.Name}")];
    }

    public Pod Pod { get; }

    public string Uid => Pod.Metadata.Uid ?? "";

    public string Namespace => Pod.Metadata.Namespace ?? "";

    public int Priority => Pod.Spec.Priority ?? 0;

    public ResourceAmounts Requests { get; }

    /// <summary>CPU request with 100m for each container that asks for none: a guess that keeps such pods from piling up.</summary>
    public long LikelyMilliCpu { get; }

    /// <summary>Memory request with 200Mi for each container that asks for none.</summary>
    public long LikelyMemory { get; }

    public IReadOnlyList<HostPort> HostPorts { get; }

    /// <summary>Required pod affinity.</summary>
    public IReadOnlyList<AffinityTerm> Attracted { get; }

    /// <summary>Required pod anti-affinity.</summary>
    public IReadOnlyList<AffinityTerm> Repelled { get; }

    /// <summary>Preferred terms of both, anti-affinity with negative weight.</summary>
    public IReadOnlyList<AffinityTerm> Preferred { get; }

    /// <summary>Its claims as <c>namespace/name</c>.</summary>
    public IReadOnlyList<string> Claims { get; }

    /// <summary>The uid of what controls the pod.</summary>
    public string? Controller { get; }

    /// <summary>Its rules speak of other pods, so that where those are matters.</summary>
    public bool LooksAtPods => Attracted.Count > 0 || Repelled.Count > 0 || Pod.Spec.TopologySpreadConstraints is { Count: > 0 };

    public bool IsTerminating => Pod.Metadata.DeletionTimestamp is not null;

    private static bool Asks(Container container, string resource)
        => container.Resources?.Requests?.ContainsKey(resource) == true || container.Resources?.Limits?.ContainsKey(resource) == true;

    private static IEnumerable<HostPort> Ports(Pod pod)
    {
        IEnumerable<Container> running = pod.Spec.Containers.Concat((pod.Spec.InitContainers ?? []).Where(init => init.RestartPolicy == "Always"));
        foreach (ContainerPort port in running.SelectMany(container => container.Ports ?? []))
        {
            if (port.HostPort is > 0 and { } number)
            {
                yield return new HostPort(string.IsNullOrEmpty(port.HostIP) ? "0.0.0.0" : port.HostIP, port.Protocol ?? "TCP", number);
            }
        }
    }
}

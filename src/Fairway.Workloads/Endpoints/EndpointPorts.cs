using System.Globalization;
using System.Text.Json;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.Workloads.Endpoints;

/// <summary>Where a pod's side of a service's ports is.</summary>
internal static class EndpointPorts
{
    /// <summary>Where a process pod's container ports are on the host: <c>{"8080":17312}</c>. Pods with their own address have none.</summary>
    public const string HostPortsAnnotation = "fairway.dev/ports";

    /// <summary>The ports of this pod; those that it does not have are left out.</summary>
    public static IReadOnlyList<EndpointPort> Of(Service service, Pod pod)
    {
        IReadOnlyDictionary<int, int>? hostPorts = HostPorts(pod);
        var result = new List<EndpointPort>();
        foreach (ServicePort port in service.Spec.Ports ?? [])
        {
            if (ContainerPort(port, pod) is { } number && Real(number, hostPorts) is { } real)
            {
                result.Add(new EndpointPort { Name = port.Name ?? "", Protocol = port.Protocol ?? "TCP", Port = real, AppProtocol = port.AppProtocol });
            }
        }

        return result;
    }

    /// <summary>On a shared host an unmapped port may be anyone's: it is never guessed.</summary>
    private static int? Real(int containerPort, IReadOnlyDictionary<int, int>? hostPorts)
        => hostPorts is null ? containerPort
            : hostPorts.TryGetValue(containerPort, out int host) ? host
            : null;

    private static int? ContainerPort(ServicePort port, Pod pod)
    {
        IntOrString target = port.TargetPort ?? port.Port;
        if (target.Text is not { Length: > 0 } name)
        {
            return target.Text is null && target.Number > 0 ? target.Number : port.Port;
        }

        IEnumerable<Container> sidecars = (pod.Spec.InitContainers ?? []).Where(container => container.RestartPolicy == "Always");
        return pod.Spec.Containers.Concat(sidecars)
            .SelectMany(container => container.Ports ?? [])
            .FirstOrDefault(candidate => candidate.Name == name && (candidate.Protocol ?? "TCP") == (port.Protocol ?? "TCP"))?.Number;
    }

    private static IReadOnlyDictionary<int, int>? HostPorts(Pod pod)
    {
        if (pod.Metadata.Annotations?.GetValueOrDefault(HostPortsAnnotation) is not { } text)
        {
            return null;
        }

        var result = new Dictionary<int, int>();
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty pair in document.RootElement.EnumerateObject())
                {
                    if (int.TryParse(pair.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int container)
                        && pair.Value.ValueKind == JsonValueKind.Number && pair.Value.TryGetInt32(out int host))
                    {
                        result[container] = host;
                    }
                }
            }
        }
        catch (JsonException)
        {
            // Nobody can say where such a pod listens: none of its ports are served.
        }

        return result;
    }
}

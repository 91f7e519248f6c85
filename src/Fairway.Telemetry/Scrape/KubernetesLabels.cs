using System.Globalization;
using System.Text;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Telemetry.Scrape;

/// <summary>What Prometheus' Kubernetes discovery calls the facts of objects: the <c>__meta_kubernetes_*</c> labels.</summary>
internal static class KubernetesLabels
{
    private const string Meta = "__meta_kubernetes_";
    private const string HostPorts = "fairway.dev/ports";

    public static void Pod(LabelsBuilder into, Pod pod)
    {
        into.Set(Meta + "namespace", pod.Metadata.Namespace ?? "");
        into.Set(Meta + "pod_name", pod.Metadata.Name);
        into.Set(Meta + "pod_uid", pod.Metadata.Uid ?? "");
        into.Set(Meta + "pod_ip", pod.Status?.PodIP ?? "");
        into.Set(Meta + "pod_host_ip", pod.Status?.HostIP ?? "");
        into.Set(Meta + "pod_phase", pod.Status?.Phase ?? "");
        into.Set(Meta + "pod_node_name", pod.Spec.NodeName ?? "");
        into.Set(Meta + "pod_ready", (pod.Status?.Conditions?.FirstOrDefault(one => one.Type == "Ready")?.Status ?? "unknown").ToLowerInvariant());
        if (pod.Metadata.OwnerReferences?.FirstOrDefault() is { } owner)
        {
            into.Set(Meta + "pod_controller_kind", owner.Kind);
            into.Set(Meta + "pod_controller_name", owner.Name);
        }

        Said(into, "pod", pod.Metadata);
    }

    public static void Port(LabelsBuilder into, Container container, ContainerPort? port)
    {
        into.Set(Meta + "pod_container_name", container.Name);
        into.Set(Meta + "pod_container_image", container.Image ?? "");
        into.Set(Meta + "pod_container_port_name", port?.Name ?? "");
        into.Set(Meta + "pod_container_port_number", port?.Number.ToString(CultureInfo.InvariantCulture) ?? "");
        into.Set(Meta + "pod_container_port_protocol", port is null ? "" : port.Protocol ?? "TCP");
    }

    public static void Service(LabelsBuilder into, Service service)
    {
        into.Set(Meta + "namespace", service.Metadata.Namespace ?? "");
        into.Set(Meta + "service_name", service.Metadata.Name);
        Said(into, "service", service.Metadata);
    }

    public static void Node(LabelsBuilder into, Node node)
    {
        into.Set(Meta + "node_name", node.Metadata.Name);
        into.Set(Meta + "node_provider_id", node.Spec?.ProviderId ?? "");
        foreach (NodeAddress address in node.Status?.Addresses ?? [])
        {
            into.Set(Meta + "node_address_" + address.Type, address.Address);
        }

        Said(into, "node", node.Metadata);
    }

    /// <summary>Labels and annotations, each as its value and as the word that it is there.</summary>
    private static void Said(LabelsBuilder into, string role, ObjectMeta metadata)
    {
        foreach ((string name, string value) in metadata.Labels ?? new Dictionary<string, string>())
        {
            into.Set($"{Meta}{role}_label_{Clean(name)}", value);
            into.Set($"{Meta}{role}_labelpresent_{Clean(name)}", "true");
        }

        foreach ((string name, string value) in metadata.Annotations ?? new Dictionary<string, string>())
        {
            into.Set($"{Meta}{role}_annotation_{Clean(name)}", value);
            into.Set($"{Meta}{role}_annotationpresent_{Clean(name)}", "true");
        }
    }

    /// <summary>A name with underscores for all that a label's name cannot have.</summary>
    public static string Clean(string name)
    {
        var clean = new StringBuilder(name.Length);
        foreach (char one in name)
        {
            clean.Append(char.IsAsciiLetterOrDigit(one) || one == '_' ? one : '_');
        }

        return clean.ToString();
    }

    /// <summary>Where a pod's port can be reached: its own address, or the port of the host that stands for it. Null for nowhere.</summary>
    public static string? Address(Pod pod, int port)
    {
        if (pod.Status?.PodIP is not { Length: > 0 } host)
        {
            return null;
        }

        int real = port;
        if (pod.Metadata.Annotations?.GetValueOrDefault(HostPorts) is { } mapping)
        {
            try
            {
                using JsonDocument map = JsonDocument.Parse(mapping);
                if (!map.RootElement.TryGetProperty(port.ToString(CultureInfo.InvariantCulture), out JsonElement number) || !number.TryGetInt32(out real))
                {
                    return null;
                }
            }
            catch (JsonException)
            {
                return null;
            }
        }

        return host.Contains(':', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"[{host}]:{real}")
            : string.Create(CultureInfo.InvariantCulture, $"{host}:{real}");
    }
}

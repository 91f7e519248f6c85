using System.Globalization;
using Fairway.ControllerRuntime;
using Fairway.PromQL;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Telemetry.Identity;

namespace Fairway.Telemetry.Scrape;

/// <summary>
/// Targets from annotations: <c>prometheus.io/scrape: "true"</c> on pods, Services (each endpoint behind them) and nodes, with
/// <c>port</c>, <c>path</c> and <c>scheme</c> as usual. A pod that says no port is asked at its first declared one.
/// </summary>
internal sealed class AnnotationTargets(string cluster, InformerSet informers, WorkloadIdentity identity)
{
    private const string Prefix = "prometheus.io/";

    private readonly Informer<Pod> _pods = informers.Of<Pod>();
    private readonly Informer<Service> _services = informers.Of<Service>();
    private readonly Informer<EndpointSlice> _slices = informers.Of<EndpointSlice>();
    private readonly Informer<Node> _nodes = informers.Of<Node>();

    public IEnumerable<ScrapeTarget> All()
        => _pods.List().Select(pod => OfPod(cluster, pod, identity)).OfType<ScrapeTarget>()
            .Concat(_services.List().Where(service => IsWanted(service.Metadata)).SelectMany(OfService))
            .Concat(_nodes.List().Where(node => IsWanted(node.Metadata)).Select(OfNode).OfType<ScrapeTarget>());

    /// <summary>The target of a pod, or null: not wanted, not running, or nowhere to reach.</summary>
    public static ScrapeTarget? OfPod(string cluster, Pod pod, WorkloadIdentity identity)
    {
        if (!IsWanted(pod.Metadata) || pod.Status?.Phase != "Running" || pod.Metadata.DeletionTimestamp is not null)
        {
            return null;
        }

        int port = Port(pod.Metadata) ?? pod.Spec.Containers.SelectMany(container => container.Ports ?? []).FirstOrDefault()?.Number ?? 80;
        if (KubernetesLabels.Address(pod, port) is not { } address)
        {
            return null;
        }

        var labels = new LabelsBuilder();
        foreach ((string name, string value) in identity.OfPod(cluster, pod))
        {
            labels.Set(name, value);
        }

        labels.Set("job", labels["service"] is { Length: > 0 } service ? service : "pods");
        labels.Set("pod", pod.Metadata.Name);
        KubernetesLabels.Pod(labels, pod);
        Where(labels, pod.Metadata, address);
        return TargetBuilder.Build(labels.ToLabels(), new ScrapeSettings("kubernetes-pods"));
    }

    private IEnumerable<ScrapeTarget> OfService(Service service)
    {
        int? wanted = Port(service.Metadata);
        foreach (EndpointSlice slice in _slices.List(service.Metadata.Namespace)
            .Where(slice => slice.Metadata.Labels?.GetValueOrDefault(EndpointSlice.ServiceNameLabel) == service.Metadata.Name))
        {
            int? port = wanted ?? slice.Ports?.FirstOrDefault()?.Port;
            foreach (Endpoint endpoint in port is null ? [] : slice.Endpoints.Where(endpoint => endpoint.Conditions?.Ready != false))
            {
                Pod? pod = endpoint.TargetRef is { Kind: "Pod", Name: { } name } ? _pods.Get(service.Metadata.Namespace, name) : null;

                // A pod that asks for itself is fetched once and under its own port.
                if (pod is not null && IsWanted(pod.Metadata))
                {
                    continue;
                }

                string? address = wanted is { } own && pod is not null
                    ? KubernetesLabels.Address(pod, own)
                    : string.Create(CultureInfo.InvariantCulture, $"{endpoint.Addresses[0]}:{port}");
                if (address is null)
                {
                    continue;
                }

                var labels = new LabelsBuilder();
                foreach ((string label, string value) in pod is null ? [("cluster", cluster), .. identity.OfService(cluster, service.Metadata.Namespace ?? "", service.Metadata.Name)] : identity.OfPod(cluster, pod))
                {
                    labels.Set(label, value);
                }

                labels.Set("namespace", service.Metadata.Namespace ?? "").Set("service", service.Metadata.Name).Set("job", service.Metadata.Name);
                if (pod is not null)
                {
                    labels.Set("pod", pod.Metadata.Name);
                    KubernetesLabels.Pod(labels, pod);
                }

                KubernetesLabels.Service(labels, service);
                Where(labels, service.Metadata, address);
                if (TargetBuilder.Build(labels.ToLabels(), new ScrapeSettings("kubernetes-service-endpoints")) is { } target)
                {
                    yield return target;
                }
            }
        }
    }

    private ScrapeTarget? OfNode(Node node)
    {
        string? host = node.Status?.Addresses?.FirstOrDefault(address => address.Type == "InternalIP")?.Address;
        int? port = Port(node.Metadata) ?? node.Status?.DaemonEndpoints?.KubeletEndpoint?.Port;
        if (host is null || port is null or 0)
        {
            return null;
        }

        var labels = new LabelsBuilder();
        labels.Set("cluster", cluster).Set("job", "kubernetes-nodes").Set("node", node.Metadata.Name).Set("instance", node.Metadata.Name);
        KubernetesLabels.Node(labels, node);
        Where(labels, node.Metadata, string.Create(CultureInfo.InvariantCulture, $"{host}:{port}"));

        // Nodes prove themselves with certificates of their cluster's own authority, and ask who wants to know.
        return TargetBuilder.Build(labels.ToLabels(), new ScrapeSettings("kubernetes-nodes") { AnyCertificate = true, Token = ServiceAccountToken.Read });
    }

    private static void Where(LabelsBuilder labels, ObjectMeta metadata, string address)
    {
        labels.Set("__address__", address);
        labels.Set("__metrics_path__", metadata.Annotations?.GetValueOrDefault(Prefix + "path") ?? "");
        labels.Set("__scheme__", metadata.Annotations?.GetValueOrDefault(Prefix + "scheme") == "https" ? "https" : "http");
        foreach ((string name, string value) in metadata.Annotations ?? new Dictionary<string, string>())
        {
            if (name.StartsWith(Prefix + "param_", StringComparison.Ordinal))
            {
                labels.Set("__param_" + name[(Prefix + "param_").Length..], value);
            }
        }
    }

    private static bool IsWanted(ObjectMeta metadata) => metadata.Annotations?.GetValueOrDefault(Prefix + "scrape") == "true";

    private static int? Port(ObjectMeta metadata)
        => int.TryParse(metadata.Annotations?.GetValueOrDefault(Prefix + "port"), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}

/// <summary>The token of the service account that the program runs under, when it runs in a cluster.</summary>
internal static class ServiceAccountToken
{
    public const string Path = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    /// <summary>The token as it is now; null outside of a cluster.</summary>
    public static string? Read()
    {
        try
        {
            return File.Exists(Path) ? File.ReadAllText(Path).Trim() : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

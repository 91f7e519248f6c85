using System.Globalization;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Resources.Kinds.Core;
using Fairway.Telemetry.Identity;

namespace Fairway.Telemetry.Scrape;

/// <summary>
/// Targets from pods' annotations: <c>prometheus.io/scrape: "true"</c>, with <c>port</c>, <c>path</c> and <c>scheme</c> as usual.
/// A pod that says no port is asked at its first declared one.
/// </summary>
internal static class PodTargets
{
    private const string Prefix = "prometheus.io/";
    private const string HostPorts = "fairway.dev/ports";

    public static IEnumerable<ScrapeTarget> Of(WorkloadIdentity identity)
        => identity.Pods.Select(one => Of(one.Cluster, one.Pod, identity)).OfType<ScrapeTarget>();

    /// <summary>The target of a pod, or null: not wanted, not running, or nowhere to reach.</summary>
    public static ScrapeTarget? Of(string cluster, Pod pod, WorkloadIdentity identity)
    {
        IReadOnlyDictionary<string, string>? said = pod.Metadata.Annotations;
        if (said?.GetValueOrDefault(Prefix + "scrape") != "true" || pod.Status?.Phase != "Running" || pod.Metadata.DeletionTimestamp is not null)
        {
            return null;
        }

        int port = int.TryParse(said.GetValueOrDefault(Prefix + "port"), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : pod.Spec.Containers.SelectMany(container => container.Ports ?? []).FirstOrDefault()?.Number ?? 80;
        string? host = pod.Status.PodIP;
        int? real = Real(port, said.GetValueOrDefault(HostPorts));
        if (host is null || real is null)
        {
            return null;
        }

        string path = said.GetValueOrDefault(Prefix + "path") is { Length: > 0 } given ? given : "/metrics";
        string scheme = said.GetValueOrDefault(Prefix + "scheme") == "https" ? "https" : "http";
        if (!Uri.TryCreate($"{scheme}://{host}:{real}{(path.StartsWith('/') ? "" : "/")}{path}", UriKind.Absolute, out Uri? address))
        {
            return null;
        }

        var labels = new LabelsBuilder();
        foreach ((string name, string value) in identity.OfPod(cluster, pod))
        {
            labels.Set(name, value);
        }

        labels.Set("job", labels["service"] is { Length: > 0 } service ? service : "pods");
        labels.Set("instance", $"{host}:{real}");
        labels.Set("pod", pod.Metadata.Name ?? "");
        var discovered = new LabelsBuilder();
        discovered.Set("__address__", $"{host}:{real}").Set("__metrics_path__", path).Set("__scheme__", scheme)
            .Set("__meta_kubernetes_namespace", pod.Metadata.Namespace ?? "").Set("__meta_kubernetes_pod_name", pod.Metadata.Name ?? "");
        return new ScrapeTarget("kubernetes-pods", address, labels.ToLabels(), discovered.ToLabels());
    }

    /// <summary>Where a container port is on the host; the port itself for pods with an address of their own.</summary>
    private static int? Real(int port, string? mapping)
    {
        if (mapping is null)
        {
            return port;
        }

        try
        {
            using JsonDocument map = JsonDocument.Parse(mapping);
            return map.RootElement.TryGetProperty(port.ToString(CultureInfo.InvariantCulture), out JsonElement real) && real.TryGetInt32(out int number) ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

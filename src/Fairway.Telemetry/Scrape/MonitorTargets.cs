using System.Globalization;
using System.Text;
using Fairway.ControllerRuntime;
using Fairway.PromQL;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Resources.Kinds.Monitoring;
using Fairway.Telemetry.Identity;
using Fairway.Telemetry.Prometheus;

namespace Fairway.Telemetry.Scrape;

/// <summary>Targets from ServiceMonitors and PodMonitors, with the labels that the Prometheus operator gives them.</summary>
internal sealed class MonitorTargets(string cluster, InformerSet informers, WorkloadIdentity identity)
{
    private readonly Informer<Pod> _pods = informers.Of<Pod>();
    private readonly Informer<Service> _services = informers.Of<Service>();
    private readonly Informer<EndpointSlice> _slices = informers.Of<EndpointSlice>();
    private readonly Informer<Secret> _secrets = informers.Of<Secret>();
    private readonly Informer<ServiceMonitor> _serviceMonitors = informers.Of<ServiceMonitor>();
    private readonly Informer<PodMonitor> _podMonitors = informers.Of<PodMonitor>();

    public Discovery All()
    {
        var targets = new List<ScrapeTarget>();
        var dropped = new List<DroppedTarget>();
        foreach (ServiceMonitor monitor in _serviceMonitors.List())
        {
            foreach ((MonitorEndpoint endpoint, int index) in monitor.Spec.Endpoints.Select((endpoint, index) => (endpoint, index)))
            {
                ScrapeSettings? settings = Settings($"serviceMonitor/{monitor.Metadata.Namespace}/{monitor.Metadata.Name}/{index}", monitor.Metadata, endpoint, Limits(monitor.Spec));
                Add(settings, OfServices(monitor, endpoint), targets, dropped);
            }
        }

        foreach (PodMonitor monitor in _podMonitors.List())
        {
            foreach ((MonitorEndpoint endpoint, int index) in monitor.Spec.PodMetricsEndpoints.Select((endpoint, index) => (endpoint, index)))
            {
                ScrapeSettings? settings = Settings($"podMonitor/{monitor.Metadata.Namespace}/{monitor.Metadata.Name}/{index}", monitor.Metadata, endpoint, Limits(monitor.Spec));
                Add(settings, OfPods(monitor, endpoint), targets, dropped);
            }
        }

        return new Discovery(targets, dropped);
    }

    private static void Add(ScrapeSettings? settings, IEnumerable<Labels> found, List<ScrapeTarget> targets, List<DroppedTarget> dropped)
    {
        if (settings is null)
        {
            return;
        }

        foreach (Labels labels in found)
        {
            if (TargetBuilder.Build(labels, settings) is { } target)
            {
                targets.Add(target);
            }
            else
            {
                dropped.Add(new DroppedTarget(settings.Pool, labels));
            }
        }
    }

    private IEnumerable<Labels> OfServices(ServiceMonitor monitor, MonitorEndpoint endpoint)
    {
        foreach (Service service in _services.List().Where(service => Looks(monitor.Metadata, monitor.Spec.NamespaceSelector, service.Metadata) && monitor.Spec.Selector.Matches(service.Metadata.Labels)))
        {
            foreach (EndpointSlice slice in _slices.List(service.Metadata.Namespace).Where(slice => slice.Metadata.Labels?.GetValueOrDefault(EndpointSlice.ServiceNameLabel) == service.Metadata.Name))
            {
                foreach (Endpoint one in slice.Endpoints)
                {
                    Pod? pod = one.TargetRef is { Kind: "Pod", Name: { } name } ? _pods.Get(service.Metadata.Namespace, name) : null;
                    if (pod is { Status.Phase: not "Running" } || Address(endpoint, slice, one, pod) is not { } place)
                    {
                        continue;
                    }

                    LabelsBuilder labels = Common(endpoint, place.Address, pod);
                    KubernetesLabels.Service(labels, service);
                    labels.Set("__meta_kubernetes_endpoint_port_name", place.Port).Set("__meta_kubernetes_endpoint_ready", one.Conditions?.Ready == false ? "false" : "true");
                    labels.Set("namespace", service.Metadata.Namespace ?? "").Set("service", service.Metadata.Name).Set("endpoint", place.Port);
                    labels.Set("job", monitor.Spec.JobLabel is { Length: > 0 } job && service.Metadata.Labels?.GetValueOrDefault(job) is { Length: > 0 } value ? value : service.Metadata.Name);
                    Copy(labels, monitor.Spec.TargetLabels, service.Metadata.Labels);
                    Copy(labels, monitor.Spec.PodTargetLabels, pod?.Metadata.Labels);
                    yield return labels.ToLabels();
                }
            }
        }
    }

    private IEnumerable<Labels> OfPods(PodMonitor monitor, MonitorEndpoint endpoint)
    {
        foreach (Pod pod in _pods.List().Where(pod => pod.Status?.Phase == "Running" && Looks(monitor.Metadata, monitor.Spec.NamespaceSelector, pod.Metadata) && monitor.Spec.Selector.Matches(pod.Metadata.Labels)))
        {
            foreach (Container container in pod.Spec.Containers)
            {
                foreach (ContainerPort port in (container.Ports ?? []).Where(port => IsMeant(endpoint, port)))
                {
                    if (KubernetesLabels.Address(pod, port.Number) is not { } address)
                    {
                        continue;
                    }

                    LabelsBuilder labels = Common(endpoint, address, pod);
                    KubernetesLabels.Port(labels, container, port);
                    labels.Set("namespace", pod.Metadata.Namespace ?? "").Set("endpoint", port.Name ?? port.Number.ToString(CultureInfo.InvariantCulture)).Set("container", container.Name);
                    labels.Set("job", monitor.Spec.JobLabel is { Length: > 0 } job && pod.Metadata.Labels?.GetValueOrDefault(job) is { Length: > 0 } value
                        ? value
                        : $"{monitor.Metadata.Namespace}/{monitor.Metadata.Name}");
                    Copy(labels, monitor.Spec.PodTargetLabels, pod.Metadata.Labels);
                    yield return labels.ToLabels();
                }
            }
        }
    }

    private LabelsBuilder Common(MonitorEndpoint endpoint, string address, Pod? pod)
    {
        var labels = new LabelsBuilder();
        labels.Set("cluster", cluster);
        if (pod is not null)
        {
            foreach ((string name, string value) in identity.OfPod(cluster, pod))
            {
                labels.Set(name, value);
            }

            KubernetesLabels.Pod(labels, pod);
            labels.Set("pod", pod.Metadata.Name);
        }

        labels.Set("__address__", address).Set("__metrics_path__", endpoint.Path ?? "").Set("__scheme__", endpoint.Scheme?.ToLowerInvariant() ?? "");
        foreach ((string name, IReadOnlyList<string> values) in endpoint.Params ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            labels.Set("__param_" + name, values.Count > 0 ? values[0] : "");
        }

        return labels;
    }

    /// <summary>Where an endpoint's port can be reached, and what the port is called.</summary>
    private static (string Address, string Port)? Address(MonitorEndpoint wanted, EndpointSlice slice, Endpoint one, Pod? pod)
    {
        if (wanted.Port is { Length: > 0 } name)
        {
            return slice.Ports?.FirstOrDefault(port => port.Name == name)?.Port is { } number
                ? (string.Create(CultureInfo.InvariantCulture, $"{one.Addresses[0]}:{number}"), name)
                : null;
        }

        if (wanted.TargetPort is { } target && pod is not null)
        {
            ContainerPort? port = pod.Spec.Containers.SelectMany(container => container.Ports ?? [])
                .FirstOrDefault(port => target.Text is { } text ? port.Name == text : port.Number == target.Number);
            int? number = port?.Number ?? (target.Text is null ? target.Number : null);
            return number is { } found && KubernetesLabels.Address(pod, found) is { } address ? (address, target.ToString()) : null;
        }

        return null;
    }

    private static bool IsMeant(MonitorEndpoint endpoint, ContainerPort port)
        => endpoint.Port is { Length: > 0 } name ? port.Name == name
            : endpoint.PortNumber is { } number ? port.Number == number
            : endpoint.TargetPort is not { } target || (target.Text is { } text ? port.Name == text : port.Number == target.Number);

    private static bool Looks(ObjectMeta monitor, MonitorNamespaces? namespaces, ObjectMeta at)
        => namespaces?.Any == true || (namespaces?.MatchNames is { Count: > 0 } names ? names.Contains(at.Namespace) : at.Namespace == monitor.Namespace);

    private static void Copy(LabelsBuilder labels, IReadOnlyList<string>? names, IReadOnlyDictionary<string, string>? from)
    {
        foreach (string name in names ?? [])
        {
            if (from?.GetValueOrDefault(name) is { Length: > 0 } value)
            {
                labels.Set(KubernetesLabels.Clean(name), value);
            }
        }
    }

    /// <summary>How an endpoint is fetched; null when a rule of it is invalid, as the operator leaves such monitors out.</summary>
    private ScrapeSettings? Settings(string pool, ObjectMeta monitor, MonitorEndpoint endpoint, ScrapeLimits limits)
    {
        try
        {
            TimeSpan interval = Span(endpoint.Interval) ?? TimeSpan.FromSeconds(15);
            return new ScrapeSettings(pool)
            {
                Rules = [.. (endpoint.Relabelings ?? []).Select(Rule)],
                MetricRules = [.. (endpoint.MetricRelabelings ?? []).Select(Rule)],
                Limits = limits,
                Interval = interval,
                Timeout = Span(endpoint.ScrapeTimeout) ?? TimeSpan.FromSeconds(Math.Min(10, interval.TotalSeconds)),
                HonorLabels = endpoint.HonorLabels ?? false,
                HonorTimestamps = endpoint.HonorTimestamps ?? true,
                AnyCertificate = endpoint.TlsConfig?.InsecureSkipVerify ?? false,
                Token = Token(monitor.Namespace ?? "", endpoint),
                Version = $"{monitor.Uid}/{monitor.Generation}",
            };
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private Func<string?>? Token(string @namespace, MonitorEndpoint endpoint)
    {
        if (endpoint.Authorization?.Credentials is { Name: { } credentials } authorization && (endpoint.Authorization.Type ?? "Bearer") == "Bearer")
        {
            return () => Secret(@namespace, credentials, authorization.Key);
        }

        if (endpoint.BearerTokenSecret is { Name: { Length: > 0 } name } secret)
        {
            return () => Secret(@namespace, name, secret.Key);
        }

        // Any other file of this machine is none of a monitor's business.
        return endpoint.BearerTokenFile == ServiceAccountToken.Path ? ServiceAccountToken.Read : null;
    }

    private string? Secret(string @namespace, string name, string key)
    {
        if (_secrets.Get(@namespace, name)?.Data?.GetValueOrDefault(key) is not { } data)
        {
            return null;
        }

        byte[] decoded = new byte[data.Length];
        return Convert.TryFromBase64String(data, decoded, out int length) ? Encoding.UTF8.GetString(decoded, 0, length).Trim() : null;
    }

    private static RelabelRule Rule(MonitorRelabeling rule) => new(
        rule.SourceLabels, rule.Separator, rule.Regex, (ulong)Math.Max(0, rule.Modulus ?? 0), rule.TargetLabel, rule.Replacement, rule.Action);

    private static ScrapeLimits Limits(ServiceMonitorSpec spec) => new(
        (int)(spec.SampleLimit ?? 0), (int)(spec.LabelLimit ?? 0), (int)(spec.LabelNameLengthLimit ?? 0), (int)(spec.LabelValueLengthLimit ?? 0), Bytes(spec.BodySizeLimit));

    private static ScrapeLimits Limits(PodMonitorSpec spec) => new(
        (int)(spec.SampleLimit ?? 0), (int)(spec.LabelLimit ?? 0), (int)(spec.LabelNameLengthLimit ?? 0), (int)(spec.LabelValueLengthLimit ?? 0), Bytes(spec.BodySizeLimit));

    private static TimeSpan? Span(string? text) => text is { Length: > 0 } ? ApiTime.ParseDuration(text, out _) : null;

    /// <summary>A size like <c>10MB</c>; units count in steps of 1024, as with Prometheus.</summary>
    private static long Bytes(string? text)
    {
        int digits = text?.TakeWhile(char.IsAsciiDigit).Count() ?? 0;
        if (digits == 0)
        {
            return 0;
        }

        int shift = "BKMGTPE".IndexOf(char.ToUpperInvariant(text!.Length > digits ? text[digits] : 'B'), StringComparison.Ordinal) * 10;
        return long.Parse(text.AsSpan(0, digits), CultureInfo.InvariantCulture) << Math.Max(0, shift);
    }
}

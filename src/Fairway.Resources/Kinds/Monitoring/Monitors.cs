using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Monitoring;

/// <summary>ServiceMonitor says how the endpoints behind Services are scraped, as the Prometheus operator defines it.</summary>
[Kind("monitoring.coreos.com/v1", "servicemonitors", ShortNames = ["smon"], Categories = ["prometheus-operator"])]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record ServiceMonitor : IResource
{
    public string ApiVersion => "monitoring.coreos.com/v1";

    public string Kind => "ServiceMonitor";

    public ObjectMeta Metadata { get; init; } = new();

    public required ServiceMonitorSpec Spec { get; init; }
}

/// <summary>PodMonitor says how pods are scraped, as the Prometheus operator defines it.</summary>
[Kind("monitoring.coreos.com/v1", "podmonitors", ShortNames = ["pmon"], Categories = ["prometheus-operator"])]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record PodMonitor : IResource
{
    public string ApiVersion => "monitoring.coreos.com/v1";

    public string Kind => "PodMonitor";

    public ObjectMeta Metadata { get; init; } = new();

    public required PodMonitorSpec Spec { get; init; }
}

/// <summary>Which Services, and how.</summary>
public sealed record ServiceMonitorSpec
{
    public required LabelSelectorSpec Selector { get; init; }

    public MonitorNamespaces? NamespaceSelector { get; init; }

    public required IReadOnlyList<MonitorEndpoint> Endpoints { get; init; }

    /// <summary>The Service's label whose value becomes <c>job</c>; the Service's name without one.</summary>
    public string? JobLabel { get; init; }

    /// <summary>Labels of the Service that become labels of the series.</summary>
    public IReadOnlyList<string>? TargetLabels { get; init; }

    /// <summary>Labels of the pod that become labels of the series.</summary>
    public IReadOnlyList<string>? PodTargetLabels { get; init; }

    /// <summary>Most samples of a page.</summary>
    public long? SampleLimit { get; init; }

    public long? TargetLimit { get; init; }

    public long? LabelLimit { get; init; }

    public long? LabelNameLengthLimit { get; init; }

    public long? LabelValueLengthLimit { get; init; }

    /// <summary>Most bytes of a page: <c>10MB</c>.</summary>
    public string? BodySizeLimit { get; init; }

    public bool? ScrapeClassicHistograms { get; init; }

    public IReadOnlyList<string>? ScrapeProtocols { get; init; }
}

/// <summary>Which pods, and how.</summary>
public sealed record PodMonitorSpec
{
    public required LabelSelectorSpec Selector { get; init; }

    public MonitorNamespaces? NamespaceSelector { get; init; }

    public required IReadOnlyList<MonitorEndpoint> PodMetricsEndpoints { get; init; }

    /// <summary>The pod's label whose value becomes <c>job</c>; the monitor's namespace and name without one.</summary>
    public string? JobLabel { get; init; }

    /// <summary>Labels of the pod that become labels of the series.</summary>
    public IReadOnlyList<string>? PodTargetLabels { get; init; }

    /// <summary>Most samples of a page.</summary>
    public long? SampleLimit { get; init; }

    public long? TargetLimit { get; init; }

    public long? LabelLimit { get; init; }

    public long? LabelNameLengthLimit { get; init; }

    public long? LabelValueLengthLimit { get; init; }

    /// <summary>Most bytes of a page: <c>10MB</c>.</summary>
    public string? BodySizeLimit { get; init; }
}

/// <summary>The namespaces a monitor looks at; its own without a word.</summary>
public sealed record MonitorNamespaces
{
    public bool? Any { get; init; }

    public IReadOnlyList<string>? MatchNames { get; init; }
}

/// <summary>One port of every selected Service or pod.</summary>
public sealed record MonitorEndpoint
{
    /// <summary>The port's name.</summary>
    public string? Port { get; init; }

    /// <summary>The pod's port by number.</summary>
    public int? PortNumber { get; init; }

    /// <summary>The pod's port by name or number.</summary>
    public IntOrString? TargetPort { get; init; }

    public string? Path { get; init; }

    [OneOf("http", "https", "HTTP", "HTTPS")]
    public string? Scheme { get; init; }

    /// <summary>Parameters of the address.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Params { get; init; }

    [Pattern(PrometheusRuleGroup.Duration)]
    public string? Interval { get; init; }

    [Pattern(PrometheusRuleGroup.Duration)]
    public string? ScrapeTimeout { get; init; }

    public bool? HonorLabels { get; init; }

    public bool? HonorTimestamps { get; init; }

    public MonitorTls? TlsConfig { get; init; }

    /// <summary>Only the service account's own token is read; any other file is refused.</summary>
    public string? BearerTokenFile { get; init; }

    /// <summary>A Secret of the monitor's namespace that holds the bearer token.</summary>
    public MonitorSecretKey? BearerTokenSecret { get; init; }

    public MonitorAuthorization? Authorization { get; init; }

    public bool? FollowRedirects { get; init; }

    public bool? EnableHttp2 { get; init; }

    /// <summary>Whether pods that have ended are left out; they are.</summary>
    public bool? FilterRunning { get; init; }

    /// <summary>Rules for every series.</summary>
    public IReadOnlyList<MonitorRelabeling>? MetricRelabelings { get; init; }

    /// <summary>Rules for the target's labels.</summary>
    public IReadOnlyList<MonitorRelabeling>? Relabelings { get; init; }
}

/// <summary>TLS of a fetch.</summary>
public sealed record MonitorTls
{
    public bool? InsecureSkipVerify { get; init; }

    public string? ServerName { get; init; }

    public string? CaFile { get; init; }

    [FreeForm]
    public JsonElement? Ca { get; init; }

    [FreeForm]
    public JsonElement? Cert { get; init; }

    [FreeForm]
    public JsonElement? KeySecret { get; init; }
}

/// <summary>The header of a fetch.</summary>
public sealed record MonitorAuthorization
{
    public string? Type { get; init; }

    public MonitorSecretKey? Credentials { get; init; }
}

/// <summary>A key of a Secret.</summary>
public sealed record MonitorSecretKey
{
    public string? Name { get; init; }

    public required string Key { get; init; }

    public bool? Optional { get; init; }
}

/// <summary>A relabelling rule.</summary>
public sealed record MonitorRelabeling
{
    public IReadOnlyList<string>? SourceLabels { get; init; }

    public string? Separator { get; init; }

    public string? TargetLabel { get; init; }

    public string? Regex { get; init; }

    public long? Modulus { get; init; }

    public string? Replacement { get; init; }

    [JsonPropertyName("action")]
    public string? Action { get; init; }
}

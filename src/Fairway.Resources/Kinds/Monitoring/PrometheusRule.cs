using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Monitoring;

/// <summary>
/// PrometheusRule holds recording and alerting rules, as the Prometheus operator defines it. The rules of every cluster are evaluated
/// by the platform; which of them are refused is told by an event on the object.
/// </summary>
[Kind("monitoring.coreos.com/v1", "prometheusrules", ShortNames = ["promrule"], Categories = ["prometheus-operator"])]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record PrometheusRule : IResource
{
    public string ApiVersion => "monitoring.coreos.com/v1";

    public string Kind => "PrometheusRule";

    public ObjectMeta Metadata { get; init; } = new();

    public required PrometheusRuleSpec Spec { get; init; }
}

/// <summary>What a rule file of Prometheus holds.</summary>
public sealed record PrometheusRuleSpec
{
    [ListMap("name")]
    public IReadOnlyList<PrometheusRuleGroup>? Groups { get; init; }
}

/// <summary>Rules that are evaluated one after the other.</summary>
public sealed record PrometheusRuleGroup
{
    internal const string Duration = "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$";

    [Bounds(MinLength = 1)]
    public required string Name { get; init; }

    /// <summary>Labels of all its rules; a rule's own go before.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Time between evaluations.</summary>
    [Pattern(Duration)]
    public string? Interval { get; init; }

    /// <summary>How far back its expressions look.</summary>
    [JsonPropertyName("query_offset")]
    [Pattern(Duration)]
    public string? QueryOffset { get; init; }

    public IReadOnlyList<PrometheusRuleEntry>? Rules { get; init; }

    /// <summary>For Thanos; not read here.</summary>
    [JsonPropertyName("partial_response_strategy")]
    [Pattern("^(?i)(abort|warn)?$")]
    public string? PartialResponseStrategy { get; init; }

    /// <summary>Most alerts or series that a rule may yield; 0 for any number.</summary>
    public int? Limit { get; init; }
}

/// <summary>A recording or an alerting rule.</summary>
public sealed record PrometheusRuleEntry
{
    /// <summary>The metric to record.</summary>
    public string? Record { get; init; }

    /// <summary>The alert's name.</summary>
    public string? Alert { get; init; }

    /// <summary>The expression, in PromQL.</summary>
    public required IntOrString Expr { get; init; }

    /// <summary>How long an alert has to last before it fires.</summary>
    [Pattern(PrometheusRuleGroup.Duration)]
    public string? For { get; init; }

    /// <summary>How long an alert goes on firing after its expression has stopped to hold.</summary>
    [JsonPropertyName("keep_firing_for")]
    [Bounds(MinLength = 1)]
    [Pattern(PrometheusRuleGroup.Duration)]
    public string? KeepFiringFor { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}

using Fairway.Resources;
using Fairway.Resources.Kinds.Autoscaling;

namespace Fairway.Workloads.Autoscaling;

/// <summary>
/// Everything that a decision of the autoscaler depends on. Times are seconds relative to now: negative is past. Nothing in it
/// comes from a clock, so that a decision can be replayed.
/// </summary>
internal sealed record ScalingObservation
{
    /// <summary>As the API server stores it, with its defaults (<see cref="ScalingDefaults"/>).</summary>
    public required HorizontalPodAutoscalerSpec Spec { get; init; }

    public required TargetScale Scale { get; init; }

    /// <summary>The pods of the namespace; which of them count is the scale's selector to say.</summary>
    public required IReadOnlyList<ScalablePod> Pods { get; init; }

    /// <summary>The metric of another object.</summary>
    public Func<ObjectMetricSource, MetricReading> ObjectMetric { get; init; } = static _ => MetricReading.Missing("no metrics returned from custom metrics API");

    /// <summary>The series of a metric from outside.</summary>
    public Func<ExternalMetricSource, MetricReading> ExternalMetric { get; init; } = static _ => MetricReading.Missing("no metrics returned from external metrics API");

    public ScalingHistory History { get; init; } = new();

    public ScalingSettings Settings { get; init; } = new();

    /// <summary>Names of other autoscalers whose targets' selectors choose the same pods; this one then does nothing.</summary>
    public IReadOnlyList<string> Rivals { get; init; } = [];

    /// <summary>For texts of errors.</summary>
    public string Namespace { get; init; } = "default";
}

/// <summary>The scale subresource of the target.</summary>
/// <param name="SpecReplicas">How many pods are asked for.</param>
/// <param name="StatusReplicas">How many there are.</param>
/// <param name="Selector">The selector's text; empty when the target has none.</param>
internal sealed record TargetScale(int SpecReplicas, int StatusReplicas, string Selector);

/// <summary>What the autoscaler knows of a pod.</summary>
internal sealed record ScalablePod
{
    public required string Name { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public string Phase { get; init; } = "Running";

    public bool IsBeingDeleted { get; init; }

    /// <summary>The status of the Ready condition: True, False or Unknown; null when the pod has none.</summary>
    public string? Ready { get; init; }

    /// <summary>When the Ready condition last changed; null is long ago.</summary>
    public double? ReadySince { get; init; }

    /// <summary>status.startTime.</summary>
    public double? Start { get; init; }

    /// <summary>Containers that run as long as the pod: those of the spec and sidecars.</summary>
    public IReadOnlyList<ContainerRequests> Containers { get; init; } = [];

    /// <summary>What each container uses, as metrics.k8s.io tells it; null when it tells nothing of this pod.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, Quantity>>? Usage { get; init; }

    /// <summary>Custom metrics of the pod.</summary>
    public IReadOnlyDictionary<string, Quantity>? Metrics { get; init; }

    /// <summary>When the metrics were taken; negative.</summary>
    public double MetricTime { get; init; }

    /// <summary>The time over which they were averaged.</summary>
    public double MetricWindow { get; init; }
}

/// <summary>What a container requests, by resource.</summary>
internal sealed record ContainerRequests(string Name, IReadOnlyDictionary<string, Quantity> Requests);

/// <summary>The values of a metric, or why there are none.</summary>
internal sealed record MetricReading(IReadOnlyList<Quantity> Values, string? Error)
{
    public static MetricReading Of(params IReadOnlyList<Quantity> values) => new(values, null);

    public static MetricReading Missing(string error) => new([], error);
}

/// <summary>What the autoscaler remembers.</summary>
internal sealed record ScalingHistory
{
    /// <summary>Past recommendations before stabilization. Null when this is the first look: the present size then counts as one.</summary>
    public IReadOnlyList<Recommendation>? Recommendations { get; init; }

    public IReadOnlyList<ScaleEvent> Ups { get; init; } = [];

    public IReadOnlyList<ScaleEvent> Downs { get; init; } = [];
}

internal readonly record struct Recommendation(double Time, int Replicas);

/// <param name="Time">When.</param>
/// <param name="Change">How many pods were added or removed; positive.</param>
internal readonly record struct ScaleEvent(double Time, int Change);

/// <summary>What kube-controller-manager takes as flags, in seconds.</summary>
internal sealed record ScalingSettings
{
    public double Tolerance { get; init; } = 0.1;

    /// <summary>How long after its start a pod's CPU counts only while it is ready.</summary>
    public double CpuInitializationPeriod { get; init; } = 300;

    /// <summary>A pod that turned unready this soon after its start was never ready.</summary>
    public double InitialReadinessDelay { get; init; } = 30;

    public double DownscaleStabilization { get; init; } = 300;
}

using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Autoscaling;

/// <summary>HorizontalPodAutoscaler sets the number of pods of a workload by what its metrics show.</summary>
[Kind("autoscaling/v2", "horizontalpodautoscalers", Status = true, ShortNames = ["hpa"], Categories = ["all"])]
public sealed record HorizontalPodAutoscaler : IResource
{
    public string ApiVersion => "autoscaling/v2";

    public string Kind => "HorizontalPodAutoscaler";

    public ObjectMeta Metadata { get; init; } = new();

    public required HorizontalPodAutoscalerSpec Spec { get; init; }

    public HorizontalPodAutoscalerStatus? Status { get; init; }
}

public sealed record HorizontalPodAutoscalerSpec
{
    /// <summary>The workload that is scaled: any kind with a scale subresource.</summary>
    public required CrossVersionObjectReference ScaleTargetRef { get; init; }

    /// <summary>Never fewer than these. 0 needs an Object or External metric.</summary>
    [Default("1")]
    public int? MinReplicas { get; init; }

    /// <summary>Never more than these; not below minReplicas.</summary>
    public required int MaxReplicas { get; init; }

    /// <summary>What is measured; the metric that asks for most pods decides. 80 % of the requested CPU when absent.</summary>
    [Atomic]
    public IReadOnlyList<MetricSpec>? Metrics { get; init; }

    /// <summary>How fast, and after how long, the number changes in each direction.</summary>
    public HorizontalPodAutoscalerBehavior? Behavior { get; init; }
}

/// <summary>Names an object of any version in the same namespace.</summary>
public sealed record CrossVersionObjectReference
{
    public required string Kind { get; init; }

    public required string Name { get; init; }

    public string? ApiVersion { get; init; }
}

public sealed record HorizontalPodAutoscalerBehavior
{
    /// <summary>At once, by the larger of 4 pods and 100 % in 15 seconds, when absent.</summary>
    public HPAScalingRules? ScaleUp { get; init; }

    /// <summary>To the highest recommendation of the last 300 seconds, when absent.</summary>
    public HPAScalingRules? ScaleDown { get; init; }
}

/// <summary>How the number of pods may change in one direction.</summary>
public sealed record HPAScalingRules
{
    /// <summary>Seconds of past recommendations that are looked at, so that the number does not flap.</summary>
    public int? StabilizationWindowSeconds { get; init; }

    /// <summary>Which policy counts: the one that allows most (Max), least (Min), or no change at all (Disabled).</summary>
    [OneOf("Max", "Min", "Disabled")]
    public string? SelectPolicy { get; init; }

    /// <summary>How much may change within a period.</summary>
    [Atomic]
    public IReadOnlyList<HPAScalingPolicy>? Policies { get; init; }

    /// <summary>How far the metric may be from its target without a change, as a fraction; the controller's (0.1) when absent.</summary>
    public Quantity? Tolerance { get; init; }
}

public sealed record HPAScalingPolicy
{
    [OneOf("Pods", "Percent")]
    public required string Type { get; init; }

    /// <summary>Pods, or percent of the pods at the period's start.</summary>
    public required int Value { get; init; }

    /// <summary>1 to 1800.</summary>
    public required int PeriodSeconds { get; init; }
}

public sealed record HorizontalPodAutoscalerStatus
{
    public long? ObservedGeneration { get; init; }

    public DateTimeOffset? LastScaleTime { get; init; }

    public int? CurrentReplicas { get; init; }

    /// <summary>What the last look at the metrics came to.</summary>
    public int DesiredReplicas { get; init; }

    [Atomic]
    public IReadOnlyList<MetricStatus>? CurrentMetrics { get; init; }

    /// <summary>AbleToScale, ScalingActive, ScalingLimited.</summary>
    [ListMap("type")]
    public IReadOnlyList<HorizontalPodAutoscalerCondition>? Conditions { get; init; }
}

public sealed record HorizontalPodAutoscalerCondition
{
    public required string Type { get; init; }

    public required string Status { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

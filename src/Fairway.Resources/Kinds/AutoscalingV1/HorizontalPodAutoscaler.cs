using Fairway.Resources.Kinds.Autoscaling;

namespace Fairway.Resources.Kinds.AutoscalingV1;

/// <summary>HorizontalPodAutoscaler in its first form, which knows CPU only: what <c>kubectl autoscale</c> writes. The same objects as autoscaling/v2.</summary>
[Kind("autoscaling/v1", "horizontalpodautoscalers", Status = true, ShortNames = ["hpa"], Categories = ["all"])]
public sealed record HorizontalPodAutoscaler : IResource
{
    public string ApiVersion => "autoscaling/v1";

    public string Kind => "HorizontalPodAutoscaler";

    public ObjectMeta Metadata { get; init; } = new();

    public required HorizontalPodAutoscalerSpec Spec { get; init; }

    public HorizontalPodAutoscalerStatus? Status { get; init; }
}

public sealed record HorizontalPodAutoscalerSpec
{
    /// <summary>The workload that is scaled.</summary>
    public required CrossVersionObjectReference ScaleTargetRef { get; init; }

    [Default("1")]
    public int? MinReplicas { get; init; }

    public required int MaxReplicas { get; init; }

    /// <summary>Percent of the CPU that the pods request, averaged.</summary>
    public int? TargetCPUUtilizationPercentage { get; init; }
}

public sealed record HorizontalPodAutoscalerStatus
{
    public long? ObservedGeneration { get; init; }

    public DateTimeOffset? LastScaleTime { get; init; }

    public int CurrentReplicas { get; init; }

    public int DesiredReplicas { get; init; }

    public int? CurrentCPUUtilizationPercentage { get; init; }
}

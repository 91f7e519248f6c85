using Fairway.Resources.Kinds.Autoscaling;

namespace Fairway.Workloads.Autoscaling;

/// <summary>What the API server fills in for autoscaling/v2; the decision needs it filled in also where a spec never saw a server.</summary>
internal static class ScalingDefaults
{
    public static HorizontalPodAutoscalerSpec Apply(HorizontalPodAutoscalerSpec spec) => spec with
    {
        MinReplicas = spec.MinReplicas ?? 1,
        Metrics = spec.Metrics is { Count: > 0 } ? spec.Metrics :
        [
            new MetricSpec
            {
                Type = "Resource",
                Resource = new ResourceMetricSource { Name = "cpu", Target = new MetricTarget { Type = "Utilization", AverageUtilization = 80 } },
            },
        ],
        Behavior = spec.Behavior is { } behavior
            ? new HorizontalPodAutoscalerBehavior { ScaleUp = Up(behavior.ScaleUp), ScaleDown = Down(behavior.ScaleDown) }
            : null,
    };

    private static HPAScalingRules Up(HPAScalingRules? rules) => (rules ?? new HPAScalingRules()) with
    {
        StabilizationWindowSeconds = rules?.StabilizationWindowSeconds ?? 0,
        SelectPolicy = rules?.SelectPolicy ?? "Max",
        Policies = rules?.Policies ??
        [
            new HPAScalingPolicy { Type = "Pods", Value = 4, PeriodSeconds = 15 },
            new HPAScalingPolicy { Type = "Percent", Value = 100, PeriodSeconds = 15 },
        ],
    };

    /// <summary>The window stays open: the controller's own default takes its place.</summary>
    private static HPAScalingRules Down(HPAScalingRules? rules) => (rules ?? new HPAScalingRules()) with
    {
        SelectPolicy = rules?.SelectPolicy ?? "Max",
        Policies = rules?.Policies ?? [new HPAScalingPolicy { Type = "Percent", Value = 100, PeriodSeconds = 15 }],
    };
}

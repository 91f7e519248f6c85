using System.Globalization;
using Fairway.Resources;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Labels;
using static Fairway.Workloads.Autoscaling.ScalingConditions;

namespace Fairway.Workloads.Autoscaling;

/// <summary>
/// The one function that decides how many pods a HorizontalPodAutoscaler asks for: the controller applies it, and
/// <c>fairway autoscale explain</c> replays it. Pure. Reasons and messages are those of kube-controller-manager.
/// </summary>
internal static class AutoscalingPlanner
{
    public static ScalingDecision Plan(ScalingObservation observed)
    {
        observed = observed with { Spec = ScalingDefaults.Apply(observed.Spec) };
        var conditions = new ScalingConditions();
        conditions.Set(AbleToScale, isTrue: true, "SucceededGetScale", "the HPA controller was able to get the target's current scale");
        int current = observed.Scale.SpecReplicas;
        int minimum = observed.Spec.MinReplicas ?? 1;

        // 1. Sizes that need no metrics.
        if (current == 0 && minimum != 0)
        {
            conditions.Set(ScalingActive, isTrue: false, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero");
            return Stay(current, conditions);
        }

        if (current > observed.Spec.MaxReplicas)
        {
            return Rescale(observed.Spec.MaxReplicas, "Current number of replicas above Spec.MaxReplicas", conditions);
        }

        if (current < minimum)
        {
            return Rescale(minimum, "Current number of replicas below Spec.MinReplicas", conditions);
        }

        // 2. What the metrics ask for.
        if (SelectedPods(observed, conditions, out string? error) is not { } pods)
        {
            return Stay(current, conditions) with { Error = error };
        }

        var evaluation = new MetricEvaluation(observed, pods);
        EvaluatedMetric[] metrics = [.. observed.Spec.Metrics!.Select(evaluation.Evaluate)];
        MetricStatus[] statuses = [.. metrics.Select(each => each.Status)];
        if (Highest(metrics, current, conditions, out error) is not { } highest)
        {
            return Stay(current, conditions) with { Error = error, Metrics = statuses };
        }

        int wanted = Math.Max(0, highest.Replicas);
        string reason = wanted > current ? $"{highest.Name} above target" : "All metrics below target";

        // 3. Held against the past, the rates and the limits.
        int desired = Normalize(observed, current, wanted, minimum, conditions);
        ScalingDecision decision = desired == current ? Stay(current, conditions) : Rescale(desired, reason, conditions);
        return decision with { Metrics = statuses, Recommendation = wanted, Error = error };
    }

    private static List<ScalablePod>? SelectedPods(ScalingObservation observed, ScalingConditions conditions, out string? error)
    {
        error = null;
        if (observed.Scale.Selector.Length == 0)
        {
            error = "selector is required";
            conditions.Warn("SelectorRequired", error);
            conditions.Set(ScalingActive, isTrue: false, "InvalidSelector", "the HPA target's scale is missing a selector");
            return null;
        }

        LabelSelector selector;
        try
        {
            selector = LabelSelector.Parse(observed.Scale.Selector);
        }
        catch (StatusException refused)
        {
            error = $"couldn't convert selector into a corresponding internal selector object: {refused.Message}";
            conditions.Warn("InvalidSelector", error);
            conditions.Set(ScalingActive, isTrue: false, "InvalidSelector", error);
            return null;
        }

        if (observed.Rivals.Count > 0)
        {
            error = $"pods by selector {observed.Scale.Selector} are controlled by multiple HPAs: [{string.Join(' ', observed.Rivals)}]";
            conditions.Warn("AmbiguousSelector", error);
            conditions.Set(ScalingActive, isTrue: false, "AmbiguousSelector", error);
            return null;
        }

        return [.. observed.Pods.Where(pod => selector.Matches(pod.Labels))];
    }

    /// <summary>The metric that asks for most. Unknown ones forbid going down, never up.</summary>
    private static EvaluatedMetric? Highest(EvaluatedMetric[] metrics, int current, ScalingConditions conditions, out string? error)
    {
        EvaluatedMetric? highest = null;
        foreach (EvaluatedMetric metric in metrics)
        {
            if (metric.Reason.Length > 0)
            {
                conditions.Warn(metric.Reason, metric.Detail);
            }
            else if (highest is null or { Replicas: 0 } || metric.Replicas > highest.Replicas)
            {
                highest = metric;
            }
        }

        EvaluatedMetric[] invalid = [.. metrics.Where(metric => metric.Reason.Length > 0)];
        error = invalid.Length == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"invalid metrics ({invalid.Length} invalid out of {metrics.Length}), first error is: {invalid[0].Error}");
        if (highest is null || (invalid.Length > 0 && highest.Replicas < current))
        {
            conditions.Set(ScalingActive, isTrue: false, invalid[0].Reason, $"the HPA was unable to compute the replica count: {invalid[0].Detail}");
            return null;
        }

        conditions.Set(ScalingActive, isTrue: true, "ValidMetricFound", $"the HPA was able to successfully calculate a replica count from {highest.Name}");
        return highest;
    }

    private static int Normalize(ScalingObservation observed, int current, int desired, int minimum, ScalingConditions conditions)
    {
        // At the first look the present size counts as recommended just now: inside any window but one of no length.
        IReadOnlyList<Recommendation> past = observed.History.Recommendations ?? [new Recommendation(0, current)];
        double window = observed.Settings.DownscaleStabilization;
        HorizontalPodAutoscalerBehavior? behavior = observed.Spec.Behavior;
        Bounded stable = behavior is null
            ? new Bounded(
                Stabilization.Simple(desired, window, past),
                "ScaleDownStabilized",
                "recent recommendations were higher than current one, applying the highest recent recommendation")
            : Stabilization.ByBehavior(current, desired, behavior, past, window);
        if (stable.Replicas != desired)
        {
            conditions.Set(AbleToScale, isTrue: true, stable.Reason, stable.Message);
        }
        else
        {
            conditions.Set(AbleToScale, isTrue: true, "ReadyForNewScale", "recommended size matches current size");
        }

        int maximum = observed.Spec.MaxReplicas;
        Bounded bounded = behavior is null
            ? ScalingLimits.Simple(current, stable.Replicas, minimum, maximum)
            : ScalingLimits.ByBehavior(current, stable.Replicas, minimum, maximum, behavior, observed.History);
        conditions.Set(ScalingLimited, bounded.Replicas != stable.Replicas, bounded.Reason, bounded.Message);
        return bounded.Replicas;
    }

    private static ScalingDecision Stay(int current, ScalingConditions conditions)
        => new() { Replicas = current, IsRescale = false, Conditions = conditions.All, Warnings = conditions.Warnings };

    private static ScalingDecision Rescale(int replicas, string reason, ScalingConditions conditions)
    {
        conditions.Set(AbleToScale, isTrue: true, "SucceededRescale", string.Create(CultureInfo.InvariantCulture, $"the HPA controller was able to update the target scale to {replicas}"));
        return new ScalingDecision { Replicas = replicas, IsRescale = true, RescaleReason = reason, Conditions = conditions.All, Warnings = conditions.Warnings };
    }
}

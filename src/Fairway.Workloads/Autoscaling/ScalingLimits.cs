using Fairway.Resources.Kinds.Autoscaling;

namespace Fairway.Workloads.Autoscaling;

/// <summary>A number of pods and why it is that.</summary>
internal readonly record struct Bounded(int Replicas, string Reason, string Message);

/// <summary>Keeps a recommendation within the size limits and rates of the spec.</summary>
internal static class ScalingLimits
{
    private const string Faster = "the desired replica count is increasing faster than the maximum scale rate";
    private const string Slower = "the desired replica count is decreasing faster than the maximum scale rate";
    private const string More = "the desired replica count is more than the maximum replica count";
    private const string Fewer = "the desired replica count is less than the minimum replica count";

    /// <summary>Without a behavior: at most double (or 4) in one step.</summary>
    public static Bounded Simple(int current, int desired, int minimum, int maximum)
    {
        int limit = (int)Math.Min(int.MaxValue, Math.Max(2.0 * current, 4.0));
        if (desired < minimum)
        {
            return new Bounded(minimum, "TooFewReplicas", Fewer);
        }

        Bounded most = maximum > limit ? new Bounded(limit, "ScaleUpLimit", Faster) : new Bounded(maximum, "TooManyReplicas", More);
        return desired > most.Replicas ? most : InRange(desired);
    }

    /// <summary>By the policies of a behavior, which count what was changed within their periods.</summary>
    public static Bounded ByBehavior(int current, int desired, int minimum, int maximum, HorizontalPodAutoscalerBehavior behavior, ScalingHistory history)
    {
        if (desired > current)
        {
            int limit = Math.Max(current, UpLimit(current, behavior.ScaleUp!, history));
            Bounded most = maximum > limit ? new Bounded(limit, "ScaleUpLimit", Faster) : new Bounded(maximum, "TooManyReplicas", More);
            return desired > most.Replicas ? most : InRange(desired);
        }

        if (desired < current)
        {
            int limit = Math.Min(current, DownLimit(current, behavior.ScaleDown!, history));
            Bounded least = minimum < limit ? new Bounded(limit, "ScaleDownLimit", Slower) : new Bounded(minimum, "TooFewReplicas", Fewer);
            return desired < least.Replicas ? least : InRange(desired);
        }

        return InRange(desired);
    }

    private static Bounded InRange(int desired) => new(desired, "DesiredWithinRange", "the desired count is within the acceptable range");

    private static int UpLimit(int current, HPAScalingRules rules, ScalingHistory history)
    {
        if (rules.SelectPolicy == "Disabled")
        {
            return current;
        }

        bool isLeast = rules.SelectPolicy == "Min";
        int result = isLeast ? int.MaxValue : int.MinValue;
        foreach (HPAScalingPolicy policy in rules.Policies ?? [])
        {
            int start = AtPeriodStart(current, policy.PeriodSeconds, history);

            // Rounded up: a change that is rounded away would never begin.
            int proposed = policy.Type == "Percent"
                ? ReplicaCalculation.Ceiling(start * (1 + (policy.Value / 100.0)))
                : Clamp((long)start + policy.Value);
            result = isLeast ? Math.Min(result, proposed) : Math.Max(result, proposed);
        }

        return result;
    }

    private static int DownLimit(int current, HPAScalingRules rules, ScalingHistory history)
    {
        if (rules.SelectPolicy == "Disabled")
        {
            return current;
        }

        // The least change leaves the most pods.
        bool isLeast = rules.SelectPolicy == "Min";
        int result = isLeast ? int.MinValue : int.MaxValue;
        foreach (HPAScalingPolicy policy in rules.Policies ?? [])
        {
            int start = AtPeriodStart(current, policy.PeriodSeconds, history);
            int proposed = policy.Type == "Percent"
                ? Clamp((long)(start * (1 - (policy.Value / 100.0))))
                : Clamp((long)start - policy.Value);
            result = isLeast ? Math.Max(result, proposed) : Math.Min(result, proposed);
        }

        return result;
    }

    private static int AtPeriodStart(int current, int period, ScalingHistory history)
        => Clamp((long)current - Changed(history.Ups, period) + Changed(history.Downs, period));

    private static long Changed(IReadOnlyList<ScaleEvent> events, int period)
    {
        long sum = 0;
        foreach (ScaleEvent each in events)
        {
            sum += each.Time > -(double)period ? each.Change : 0;
        }

        return sum;
    }

    private static int Clamp(long value) => (int)Math.Clamp(value, int.MinValue, int.MaxValue);
}

using Fairway.Resources.Kinds.Autoscaling;

namespace Fairway.Workloads.Autoscaling;

/// <summary>Holds a recommendation against those of the recent past, so that the number of pods does not flap.</summary>
internal static class Stabilization
{
    /// <summary>Without a behavior: the highest recommendation within the window. One exactly as old as the window is too old.</summary>
    public static int Simple(int desired, double window, IReadOnlyList<Recommendation> past)
    {
        int highest = desired;
        foreach (Recommendation each in past)
        {
            highest = each.Time > -window ? Math.Max(highest, each.Replicas) : highest;
        }

        return highest;
    }

    /// <summary>
    /// Keeps the present size between the lowest recommendation of the window upwards and the highest of the window downwards: it
    /// moves only as far as all recommendations of the window agree.
    /// </summary>
    public static Bounded ByBehavior(int current, int desired, HorizontalPodAutoscalerBehavior behavior, IReadOnlyList<Recommendation> past, double defaultDown)
    {
        double up = behavior.ScaleUp!.StabilizationWindowSeconds ?? 0;
        double down = behavior.ScaleDown!.StabilizationWindowSeconds ?? defaultDown;
        int lowest = desired;
        int highest = desired;
        foreach (Recommendation each in past)
        {
            lowest = each.Time > -up ? Math.Min(lowest, each.Replicas) : lowest;
            highest = each.Time > -down ? Math.Max(highest, each.Replicas) : highest;
        }

        int stable = Math.Min(Math.Max(current, lowest), highest);
        return desired >= current
            ? new Bounded(stable, "ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation")
            : new Bounded(stable, "ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation");
    }
}

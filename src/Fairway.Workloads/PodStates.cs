using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads;

/// <summary>What controllers ask of a pod.</summary>
internal static class PodStates
{
    /// <summary>Neither ended nor being deleted.</summary>
    public static bool IsActive(this Pod pod) => !pod.HasEnded() && pod.Metadata.DeletionTimestamp is null;

    public static bool HasEnded(this Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    public static bool IsReady(this Pod pod) => pod.ReadyCondition()?.Status == "True";

    public static PodCondition? ReadyCondition(this Pod pod) => pod.Condition("Ready");

    public static PodCondition? Condition(this Pod pod, string type)
        => pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <summary>Ready for at least this long.</summary>
    public static bool IsAvailable(this Pod pod, int minReadySeconds, DateTimeOffset now)
        => pod.IsReady() && (minReadySeconds == 0 || AvailableIn(pod, minReadySeconds, now) <= TimeSpan.Zero);

    /// <summary>When a ready pod will count as available; null when nobody knows since when it is ready.</summary>
    public static TimeSpan? AvailableIn(this Pod pod, int minReadySeconds, DateTimeOffset now)
        => pod.ReadyCondition()?.LastTransitionTime is { } since ? since.AddSeconds(minReadySeconds) - now : null;

    public static int Restarts(this Pod pod) => (pod.Status?.ContainerStatuses ?? []).Select(status => status.RestartCount).DefaultIfEmpty().Max();
}

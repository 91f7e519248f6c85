using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Scheduling;

namespace Fairway.Workloads.NodeLifecycle;

/// <summary>How long pods stay on a node whose taints they do not tolerate for ever. Pure.</summary>
internal static class TaintEviction
{
    /// <summary>Pods that say nothing about lost nodes stay bound to one for this long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);

    /// <summary>The taints of a node that end pods.</summary>
    public static IReadOnlyList<Taint> Of(Node node) => [.. (node.Spec?.Taints ?? []).Where(taint => taint.Effect == "NoExecute")];

    /// <summary>
    /// How long the pod stays from the time these taints were there: zero when one is not tolerated, else the shortest time that
    /// its tolerations give; null for ever.
    /// </summary>
    public static TimeSpan? Stays(Pod pod, IReadOnlyList<Taint> taints)
    {
        TimeSpan? shortest = null;
        foreach (Taint taint in taints)
        {
            Toleration? used = (pod.Spec.Tolerations ?? []).FirstOrDefault(toleration => NodeFit.Covers(toleration, taint));
            TimeSpan? stay = used is not null ? used.TolerationSeconds is { } seconds ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : null
                : taint.Key is NodeHealth.Unreachable or NodeHealth.NotReady ? Patience
                : TimeSpan.Zero;
            shortest = stay is { } && (shortest is null || stay < shortest) ? stay : shortest;
        }

        return shortest;
    }
}

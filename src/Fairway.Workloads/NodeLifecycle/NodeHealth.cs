using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.NodeLifecycle;

/// <summary>What to do about a node, by how long it has been silent. Pure.</summary>
internal static class NodeHealth
{
    public const string Unreachable = "node.kubernetes.io/unreachable";
    public const string NotReady = "node.kubernetes.io/not-ready";

    /// <summary>A node that has not renewed its lease for this long counts as lost.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(40);

    /// <summary>Pods stay bound to a lost node for this long, unless they tolerate it for another time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);

    /// <summary>The node with its Ready condition and taints as they should be.</summary>
    public static Node Judge(Node node, bool isSilent, DateTimeOffset now)
    {
        NodeCondition? ready = node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");
        IReadOnlyList<NodeCondition> conditions = node.Status?.Conditions ?? [];
        if (isSilent && ready?.Status != "Unknown")
        {
            var lost = new NodeCondition
            {
                Type = "Ready",
                Status = "Unknown",
                Reason = "NodeStatusUnknown",
                Message = "Kubelet stopped posting node status.",
                LastHeartbeatTime = ready?.LastHeartbeatTime,
                LastTransitionTime = now,
            };
            conditions = [.. conditions.Where(condition => condition.Type != "Ready"), lost];
            ready = lost;
        }

        string? taint = ready?.Status switch
        {
            "True" => null,
            "Unknown" => Unreachable,
            _ => NotReady,
        };
        return node with
        {
            Spec = (node.Spec ?? new NodeSpec()) with { Taints = Tainted(node.Spec?.Taints, taint, now) },
            Status = (node.Status ?? new NodeStatus()) with { Conditions = conditions },
        };
    }

    /// <summary>Since when the node has kept its pods from running, or null.</summary>
    public static DateTimeOffset? LostSince(Node node)
        => node.Spec?.Taints?.FirstOrDefault(taint => taint is { Effect: "NoExecute", Key: Unreachable or NotReady })?.TimeAdded;

    /// <summary>How long a pod stays on a lost node; null for ever.</summary>
    public static TimeSpan? Stays(Pod pod, string taintKey)
    {
        Toleration[] covering =
        [
            .. (pod.Spec.Tolerations ?? []).Where(toleration =>
                toleration.Effect is null or "" or "NoExecute"
                && (toleration.Key == taintKey || (string.IsNullOrEmpty(toleration.Key) && toleration.Operator == "Exists"))),
        ];
        if (covering.Length == 0)
        {
            return Patience;
        }

        return covering.Any(toleration => toleration.TolerationSeconds is null)
            ? null
            : TimeSpan.FromSeconds(covering.Min(toleration => Math.Max(0, toleration.TolerationSeconds!.Value)));
    }

    private static IReadOnlyList<Taint>? Tainted(IReadOnlyList<Taint>? taints, string? wanted, DateTimeOffset now)
    {
        Taint[] others = [.. (taints ?? []).Where(taint => taint.Key is not (Unreachable or NotReady) || taint.Key == wanted)];
        var result = new List<Taint>(others);
        foreach (string effect in wanted is null ? [] : (string[])["NoSchedule", "NoExecute"])
        {
            if (!others.Any(taint => taint.Key == wanted && taint.Effect == effect))
            {
                result.Add(new Taint { Key = wanted!, Effect = effect, TimeAdded = effect == "NoExecute" ? now : null });
            }
        }

        return result.Count == (taints?.Count ?? 0) && others.Length == result.Count ? taints : result.Count > 0 ? result : null;
    }
}

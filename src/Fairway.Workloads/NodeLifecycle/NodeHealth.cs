using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.NodeLifecycle;

/// <summary>What to do about a node, by how long it has been silent and what it says. Pure.</summary>
internal static class NodeHealth
{
    public const string Unreachable = "node.kubernetes.io/unreachable";
    public const string NotReady = "node.kubernetes.io/not-ready";

    /// <summary>A node that has not renewed its lease for this long counts as lost.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(40);

    private const string NoSchedule = "NoSchedule";
    private const string NoExecute = "NoExecute";

    /// <summary>What a kubelet tells of itself, which nobody knows when it is silent.</summary>
    private static readonly string[] Told = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

    /// <summary>Conditions that keep new pods off while they are True.</summary>
    private static readonly (string Condition, string Taint)[] Pressures =
    [
        ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
        ("DiskPressure", "node.kubernetes.io/disk-pressure"),
        ("NetworkUnavailable", "node.kubernetes.io/network-unavailable"),
        ("PIDPressure", "node.kubernetes.io/pid-pressure"),
    ];

    private static readonly string[] Owned =
        [Unreachable, NotReady, "node.kubernetes.io/unschedulable", .. Pressures.Select(pressure => pressure.Taint)];

    /// <summary>The node with its conditions and taints as they should be.</summary>
    public static Node Judge(Node node, bool isSilent, DateTimeOffset now)
    {
        IReadOnlyList<NodeCondition> conditions = isSilent ? Silenced(node.Status?.Conditions ?? [], now) : node.Status?.Conditions ?? [];
        return node with
        {
            Spec = (node.Spec ?? new NodeSpec()) with { Taints = Tainted(node.Spec, [.. Wanted(node, conditions)], now) },
            Status = (node.Status ?? new NodeStatus()) with { Conditions = conditions },
        };
    }

    public static bool IsReady(Node node) => Status(node.Status?.Conditions ?? [], "Ready") == "True";

    private static IReadOnlyList<NodeCondition> Silenced(IReadOnlyList<NodeCondition> conditions, DateTimeOffset now)
    {
        if (Told.All(type => Status(conditions, type) == "Unknown"))
        {
            return conditions;
        }

        return
        [
            .. conditions.Where(condition => !Told.Contains(condition.Type, StringComparer.Ordinal)),
            .. Told.Select(type => Lost(type, conditions.FirstOrDefault(condition => condition.Type == type), now)),
        ];
    }

    private static NodeCondition Lost(string type, NodeCondition? before, DateTimeOffset now)
        => before?.Status == "Unknown"
            ? before
            : new NodeCondition
            {
                Type = type,
                Status = "Unknown",
                Reason = before is null ? "NodeStatusNeverUpdated" : "NodeStatusUnknown",
                Message = before is null ? "Kubelet never posted node status." : "Kubelet stopped posting node status.",
                LastHeartbeatTime = before?.LastHeartbeatTime ?? now,
                LastTransitionTime = now,
            };

    private static IEnumerable<(string Key, string Effect)> Wanted(Node node, IReadOnlyList<NodeCondition> conditions)
    {
        string? ready = Status(conditions, "Ready");
        if (ready != "True")
        {
            string key = ready == "Unknown" ? Unreachable : NotReady;
            yield return (key, NoSchedule);
            yield return (key, NoExecute);
        }

        foreach ((string condition, string taint) in Pressures)
        {
            if (Status(conditions, condition) == "True")
            {
                yield return (taint, NoSchedule);
            }
        }

        if (node.Spec?.Unschedulable == true)
        {
            yield return ("node.kubernetes.io/unschedulable", NoSchedule);
        }
    }

    private static IReadOnlyList<Taint>? Tainted(NodeSpec? spec, IReadOnlyList<(string Key, string Effect)> wanted, DateTimeOffset now)
    {
        Taint[] kept =
        [
            .. (spec?.Taints ?? []).Where(taint => !Owned.Contains(taint.Key, StringComparer.Ordinal) || wanted.Contains((taint.Key, taint.Effect))),
        ];
        Taint[] added =
        [
            .. wanted.Where(each => !kept.Any(taint => taint.Key == each.Key && taint.Effect == each.Effect))
                .Select(each => new Taint { Key = each.Key, Effect = each.Effect, TimeAdded = now }),
        ];
        return added.Length == 0 && kept.Length == (spec?.Taints?.Count ?? 0) ? spec?.Taints
            : kept.Length + added.Length == 0 ? null
            : [.. kept, .. added];
    }

    private static string? Status(IReadOnlyList<NodeCondition> conditions, string type) => conditions.FirstOrDefault(condition => condition.Type == type)?.Status;
}

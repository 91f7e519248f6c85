using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>Where a pod goes.</summary>
internal abstract record Placement
{
    private Placement()
    {
    }

    /// <summary>To this node.</summary>
    public sealed record On(string Node) : Placement;

    /// <summary>Nowhere, for this reason.</summary>
    public sealed record Nowhere(string Why) : Placement;

    /// <summary>Nowhere for now; to this node once these pods, which are less important, have been ended.</summary>
    public sealed record Preempt(string Node, IReadOnlyList<Pod> Victims, string Why) : Placement;
}

/// <summary>Everything that a placement is made from.</summary>
internal sealed record SchedulingInput
{
    public required PodNeeds Pod { get; init; }

    public required SchedulingSnapshot Snapshot { get; init; }

    public VolumeNeeds Volumes { get; init; } = VolumeNeeds.None;

    public Func<string, IReadOnlyDictionary<string, string>?> NamespaceLabels { get; init; } = _ => null;

    public IReadOnlyList<Budget> Budgets { get; init; } = [];
}

/// <summary>
/// Places one pod as kube-scheduler 1.32 would, and says why not in its words. Pure.
/// </summary>
/// <remarks>
/// (1) What keeps the pod off every node is looked for first; (2) each node is asked whether it can take the pod; (3) the best of
/// those that can is chosen; (4) when none can, less important pods are looked for whose end would help.
/// </remarks>
internal static class SchedulingPlanner
{
    public static Placement Plan(SchedulingInput input)
    {
        SchedulingSnapshot snapshot = input.Snapshot;
        if (snapshot.Count == 0)
        {
            return new Placement.Nowhere("no nodes available to schedule pods");
        }

        if (input.Volumes.Problem is { } problem)
        {
            return Refused(input, [], ReasonCounts.Explain(snapshot.Count, problem));
        }

        HashSet<string>? named = NodeFit.NamedNodes(input.Pod.Pod);
        var filter = new NodeFilter(input.Pod, input.Volumes, snapshot, input.NamespaceLabels);
        var fitting = new List<NodeRoom>();
        var refusals = new List<(NodeRoom Node, Refusal Refusal)>();
        var reasons = new ReasonCounts();
        foreach (NodeRoom node in snapshot.Nodes)
        {
            if (named is not null && !named.Contains(node.Name))
            {
                reasons.Add("node(s) didn't satisfy plugin(s) [NodeAffinity]", 1);
                continue;
            }

            Refusal? refusal = filter.Refuses(node);
            if (refusal is null)
            {
                fitting.Add(node);
            }
            else
            {
                refusals.Add((node, refusal));
                reasons.Add(refusal);
            }
        }

        // A pod for which room was made goes there if it can, whatever has become better meanwhile.
        string? promised = input.Pod.Pod.Status?.NominatedNodeName;
        return fitting.Count == 0 ? Refused(input, refusals, reasons.Explain(snapshot.Count))
            : fitting.Find(node => node.Name == promised) is { } kept ? new Placement.On(kept.Name)
            : new Placement.On(NodeScores.Best(input.Pod, fitting, filter).Name);
    }

    private static Placement Refused(SchedulingInput input, IReadOnlyList<(NodeRoom Node, Refusal Refusal)> refusals, string message)
    {
        (Placement.Preempt? found, string why) = Preemption.Plan(input, refusals, message);
        return found is not null ? found : new Placement.Nowhere($"{message} preemption: {why}");
    }
}

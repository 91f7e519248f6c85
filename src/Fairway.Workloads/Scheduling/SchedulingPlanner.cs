using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>Where a pod goes.</summary>
internal abstract record Placement
{
    /// <summary>To this node.</summary>
    public sealed record On(string Node) : Placement;

    /// <summary>Nowhere, for this reason.</summary>
    public sealed record Nowhere(string Why) : Placement;
}

/// <summary>Chooses among the nodes that can take a pod the one with most room. Pure.</summary>
internal static class SchedulingPlanner
{
    private static readonly string[] Weighed = ["cpu", "memory"];

    public static Placement Plan(Pod pod, IReadOnlyList<NodeUse> nodes)
    {
        var reasons = new Dictionary<string, int>();
        var fitting = new List<NodeUse>();
        foreach (NodeUse node in nodes)
        {
            IReadOnlyList<string> why = NodeFit.Reasons(pod, node);
            if (why.Count == 0)
            {
                fitting.Add(node);
            }

            foreach (string reason in why)
            {
                reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            }
        }

        if (fitting.Count == 0)
        {
            return new Placement.Nowhere(Explain(nodes.Count, reasons));
        }

        NodeUse best = fitting
            .OrderByDescending(node => Room(pod, node))
            .ThenByDescending(node => -node.Taken.GetValueOrDefault("pods", new Quantity("0")).Value)
            .ThenBy(node => node.Node.Metadata.Name, StringComparer.Ordinal)
            .First();
        return new Placement.On(best.Node.Metadata.Name);
    }

    private static string Explain(int nodes, Dictionary<string, int> reasons)
    {
        if (nodes == 0)
        {
            return "no nodes available to schedule pods";
        }

        IEnumerable<string> texts = reasons.Select(reason => $"{reason.Value} {reason.Key}").Order(StringComparer.Ordinal);
        return $"0/{nodes} nodes are available: {string.Join(", ", texts)}.";
    }

    /// <summary>The mean share of CPU and memory that stays free, from 0 to 1.</summary>
    private static double Room(Pod pod, NodeUse node)
    {
        IReadOnlyDictionary<string, Quantity> requests = PodRequests.Of(pod);
        double sum = 0;
        foreach (string resource in Weighed)
        {
            double has = Amount(node.Node.Status?.Allocatable, resource);
            double taken = Amount(node.Taken, resource) + Amount(requests, resource);
            sum += has > 0 ? Math.Clamp((has - taken) / has, 0, 1) : 0;
        }

        return sum / Weighed.Length;
    }

    private static double Amount(IReadOnlyDictionary<string, Quantity>? amounts, string resource)
        => amounts is not null && amounts.TryGetValue(resource, out Quantity amount) ? amount.MilliValue : 0;
}

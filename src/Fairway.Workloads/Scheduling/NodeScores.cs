using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>
/// How good each node that can take a pod is: the weighted sum of what kube-scheduler weighs, each from 0 to 100. Taints that
/// only ask to stay away count three times; preferred affinities and spreading twice; room and balance once.
/// </summary>
internal static class NodeScores
{
    private const double Most = 100;

    /// <summary>The best node; among equals the one with fewer pods, then by name.</summary>
    public static NodeRoom Best(PodNeeds pod, IReadOnlyList<NodeRoom> nodes, NodeFilter filter)
    {
        if (nodes.Count == 1)
        {
            return nodes[0];
        }

        double[] scores = new double[nodes.Count];
        AddAll(scores, 3, Reversed([.. nodes.Select(node => (double)Avoided(pod.Pod, node.Node))]));
        AddAll(scores, 2, Scaled([.. nodes.Select(node => (double)Preferred(pod.Pod, node.Node))]));
        if (filter.Spread.HasPreferences)
        {
            AddAll(scores, 2, Spread(nodes, filter.Spread));
        }

        if (filter.Rules.HasPreferences)
        {
            AddAll(scores, 2, Stretched([.. nodes.Select(node => (double)filter.Rules.Preference(node))]));
        }

        for (int i = 0; i < nodes.Count; i++)
        {
            scores[i] += Room(pod, nodes[i]) + Balance(pod, nodes[i]);
        }

        int best = 0;
        for (int i = 1; i < nodes.Count; i++)
        {
            if (IsBetter(scores[i], nodes[i], scores[best], nodes[best]))
            {
                best = i;
            }
        }

        return nodes[best];
    }

    private static bool IsBetter(double score, NodeRoom node, double than, NodeRoom other)
        => Math.Abs(score - than) > 1e-6 ? score > than
            : node.Pods.Count != other.Pods.Count ? node.Pods.Count < other.Pods.Count
            : string.CompareOrdinal(node.Name, other.Name) < 0;

    private static int Avoided(Pod pod, Node node)
        => (node.Spec?.Taints ?? []).Count(taint => taint.Effect == "PreferNoSchedule" && !NodeFit.Tolerates(pod, taint));

    private static int Preferred(Pod pod, Node node)
        => (pod.Spec.Affinity?.NodeAffinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? [])
            .Where(term => NodeFit.Matches(term.Preference, node))
            .Sum(term => term.Weight);

    /// <summary>The mean share of CPU and memory that would stay free.</summary>
    private static double Room(PodNeeds pod, NodeRoom node)
        => (Free(node.LikelyMilliCpu + pod.LikelyMilliCpu, node.Allocatable["cpu"]) + Free(node.LikelyMemory + pod.LikelyMemory, node.Allocatable["memory"])) / 2;

    private static double Free(long taken, long has) => has <= 0 || taken > has ? 0 : Most * (has - taken) / has;

    /// <summary>How close the shares of CPU and memory would be.</summary>
    private static double Balance(PodNeeds pod, NodeRoom node)
    {
        if (pod.Requests["cpu"] == 0 && pod.Requests["memory"] == 0)
        {
            return 0;
        }

        double cpu = Share(node.Taken["cpu"] + pod.Requests["cpu"], node.Allocatable["cpu"]);
        double memory = Share(node.Taken["memory"] + pod.Requests["memory"], node.Allocatable["memory"]);
        return Most * (1 - (Math.Abs(cpu - memory) / 2));
    }

    private static double Share(long taken, long has) => has <= 0 ? 1 : Math.Min(1, (double)taken / has);

    private static double[] Spread(IReadOnlyList<NodeRoom> nodes, TopologySpread spread)
    {
        double?[] crowding = [.. nodes.Select(spread.Crowding)];
        double most = crowding.Max() ?? 0;
        double least = crowding.Min() ?? 0;
        return [.. crowding.Select(each => each is not { } here ? 0 : most <= 0 ? Most : Most * (most + least - here) / most)];
    }

    private static double[] Scaled(double[] raw)
    {
        double most = raw.Max();
        return [.. raw.Select(each => most <= 0 ? 0 : Most * each / most)];
    }

    private static double[] Reversed(double[] raw)
    {
        double most = raw.Max();
        return [.. raw.Select(each => most <= 0 ? Most : Most - (Most * each / most))];
    }

    private static double[] Stretched(double[] raw)
    {
        double most = raw.Max();
        double least = raw.Min();
        return [.. raw.Select(each => most - least <= 0 ? 0 : Most * (each - least) / (most - least))];
    }

    private static void AddAll(double[] scores, double weight, double[] parts)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] += weight * parts[i];
        }
    }
}

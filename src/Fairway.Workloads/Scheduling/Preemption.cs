using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>How many pods of a group may be ended at will (a PodDisruptionBudget's state).</summary>
/// <param name="Covers">Whether a pod belongs to the group.</param>
/// <param name="Allowed">How many more may be ended now.</param>
internal sealed record Budget(Func<Pod, bool> Covers, int Allowed);

/// <summary>Looks for pods of lower priority whose end would let a pod fit. Pure.</summary>
internal static class Preemption
{
    /// <summary>As many nodes are looked at as kube-scheduler does: a tenth, but at least a hundred.</summary>
    private const int FewestCandidates = 100;

    /// <summary>The node where least is lost and its victims; or why there is none, in kube-scheduler's words.</summary>
    /// <param name="refusals">Why each node refused the pod.</param>
    public static (Placement.Preempt? Found, string Why) Plan(
        SchedulingInput input, IReadOnlyList<(NodeRoom Node, Refusal Refusal)> refusals, string message)
    {
        PodNeeds pod = input.Pod;
        if (pod.Pod.Spec.PreemptionPolicy == "Never")
        {
            return (null, "not eligible due to preemptionPolicy=Never.");
        }

        if (IsWaitingForVictims(input))
        {
            return (null, "not eligible due to a terminating pod on the nominated node.");
        }

        NodeRoom[] possible = [.. refusals.Where(refusal => !refusal.Refusal.Final).Select(refusal => refusal.Node)];
        var reasons = new ReasonCounts();
        var found = new List<Candidate>();
        int enough = Math.Max(FewestCandidates, possible.Length / 10);
        foreach (NodeRoom node in possible)
        {
            (Candidate? candidate, Refusal? refusal) = Victims(input, node);
            if (candidate is not null)
            {
                found.Add(candidate);
                if (found.Count >= enough)
                {
                    break;
                }
            }

            reasons.Add(refusal);
        }

        if (found.Count > 0)
        {
            Candidate best = found.Order(Candidate.LeastLoss).First();
            return (new Placement.Preempt(best.Node.Name, [.. best.Victims.Select(victim => victim.Pod)], message), "");
        }

        int others = input.Snapshot.Count - possible.Length;
        if (others > 0)
        {
            reasons.Add("Preemption is not helpful for scheduling", others);
        }

        return (null, reasons.Explain(input.Snapshot.Count));
    }

    private static bool IsWaitingForVictims(SchedulingInput input)
        => input.Pod.Pod.Status?.NominatedNodeName is { Length: > 0 } nominated
            && input.Snapshot.Find(nominated)?.Pods.Any(other => other.Priority < input.Pod.Priority && other.IsTerminating) == true;

    private static (Candidate? Candidate, Refusal? Refusal) Victims(SchedulingInput input, NodeRoom node)
    {
        PodNeeds[] lower = [.. node.Pods.Where(other => other.Priority < input.Pod.Priority)];
        if (lower.Length == 0)
        {
            return (null, Refusal.Of("No preemption victims found for incoming pod", final: true));
        }

        HashSet<string> gone = [.. lower.Select(victim => victim.Uid)];
        if (Refuses(input, node, gone) is { } refusal)
        {
            return (null, refusal);
        }

        // Spared one by one, the most important first, those under a budget before the others, as long as the pod still fits.
        (PodNeeds[] guarded, PodNeeds[] free) = Split(lower, input.Budgets);
        var victims = new List<PodNeeds>();
        int violations = 0;
        foreach ((PodNeeds each, bool isGuarded) in guarded.Select(each => (each, true)).Concat(free.Select(each => (each, false))))
        {
            gone.Remove(each.Uid);
            if (Refuses(input, node, gone) is not null)
            {
                gone.Add(each.Uid);
                victims.Add(each);
                violations += isGuarded ? 1 : 0;
            }
        }

        return victims.Count == 0
            ? (null, Refusal.Of("No preemption victims found for incoming pod", final: true))
            : (new Candidate(node, victims, violations), null);
    }

    private static Refusal? Refuses(SchedulingInput input, NodeRoom node, HashSet<string> gone)
        => new NodeFilter(input.Pod, input.Volumes, input.Snapshot, input.NamespaceLabels, gone).Refuses(node);

    private static (PodNeeds[] Guarded, PodNeeds[] Free) Split(PodNeeds[] pods, IReadOnlyList<Budget> budgets)
    {
        int[] left = [.. budgets.Select(budget => budget.Allowed)];
        var guarded = new List<PodNeeds>();
        var free = new List<PodNeeds>();
        foreach (PodNeeds pod in pods.Order(Importance))
        {
            bool violates = false;
            for (int i = 0; i < budgets.Count; i++)
            {
                if (budgets[i].Covers(pod.Pod))
                {
                    violates |= --left[i] < 0;
                }
            }

            (violates ? guarded : free).Add(pod);
        }

        return ([.. guarded], [.. free]);
    }

    /// <summary>Higher priority first, then what has run longer.</summary>
    private static Comparer<PodNeeds> Importance { get; } = Comparer<PodNeeds>.Create((a, b)
        => a.Priority != b.Priority ? b.Priority.CompareTo(a.Priority) : Nullable.Compare(Started(a), Started(b)));

    private static DateTimeOffset? Started(PodNeeds pod) => pod.Pod.Status?.StartTime ?? pod.Pod.Metadata.CreationTimestamp;

    private sealed record Candidate(NodeRoom Node, IReadOnlyList<PodNeeds> Victims, int Violations)
    {
        /// <summary>Fewest broken budgets, then the lowest highest priority, the lowest sum, the fewest pods, the youngest, by name.</summary>
        public static Comparer<Candidate> LeastLoss { get; } = Comparer<Candidate>.Create((a, b) =>
        {
            int order = a.Violations.CompareTo(b.Violations);
            order = order != 0 ? order : a.Highest.CompareTo(b.Highest);
            order = order != 0 ? order : a.Sum.CompareTo(b.Sum);
            order = order != 0 ? order : a.Victims.Count.CompareTo(b.Victims.Count);
            order = order != 0 ? order : Nullable.Compare(b.Youngest, a.Youngest);
            return order != 0 ? order : string.CompareOrdinal(a.Node.Name, b.Node.Name);
        });

        private int Highest => Victims.Max(victim => victim.Priority);

        private long Sum => Victims.Sum(victim => (long)victim.Priority + int.MaxValue + 1);

        private DateTimeOffset? Youngest => Victims.Where(victim => victim.Priority == Highest).Min(Started);
    }
}

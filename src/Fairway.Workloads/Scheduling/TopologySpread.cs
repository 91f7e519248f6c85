using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>
/// topologySpreadConstraints: how many matching pods each domain has, and what one more would do. Counted once for each placing;
/// costs one look at each pod of the namespace on the nodes that count.
/// </summary>
internal sealed class TopologySpread
{
    private readonly Rule[] _hard;
    private readonly Rule[] _soft;

    private TopologySpread(Rule[] hard, Rule[] soft)
    {
        _hard = hard;
        _soft = soft;
    }

    public bool HasPreferences => _soft.Length > 0;

    /// <param name="gone">Pods that count as if they were not there.</param>
    /// <param name="withPreferences">Count for constraints that are only preferred, too.</param>
    public static TopologySpread Of(PodNeeds pod, SchedulingSnapshot snapshot, IReadOnlySet<string> gone, bool withPreferences)
    {
        TopologySpreadConstraint[] all = [.. pod.Pod.Spec.TopologySpreadConstraints ?? []];
        Rule[] rules = [.. all.Select(constraint => new Rule(constraint, pod.Pod))];
        Rule[] hard = [.. rules.Where(rule => rule.IsHard)];
        Rule[] soft = withPreferences ? [.. rules.Where(rule => !rule.IsHard)] : [];
        if (withPreferences && rules.Length == 0 && pod.Pod.Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true) is { } owner)
        {
            // What the cluster prefers for pods of one controller that say nothing: spread over hosts, and more so over zones.
            soft = [Rule.Usual("kubernetes.io/hostname", 3, owner.Uid), Rule.Usual("topology.kubernetes.io/zone", 5, owner.Uid)];
        }

        if (hard.Length == 0 && soft.Length == 0)
        {
            return new TopologySpread(hard, soft);
        }

        foreach (NodeRoom node in snapshot.Nodes)
        {
            Count(hard, node, pod, gone, needsAll: true);
            Count(soft, node, pod, gone, needsAll: rules.Length > 0);
        }

        return new TopologySpread(hard, soft);
    }

    public Refusal? Refuses(NodeRoom node)
    {
        foreach (Rule rule in _hard)
        {
            if (node.Label(rule.Key) is not { } domain)
            {
                return Refusal.Of("node(s) didn't match pod topology spread constraints (missing required label)", final: true);
            }

            if (rule.SkewWithOneMore(domain) > rule.MaxSkew)
            {
                return Refusal.Of("node(s) didn't match pod topology spread constraints", final: false);
            }
        }

        return null;
    }

    /// <summary>How much is there already: lower is better. Null for a node without the labels.</summary>
    public double? Crowding(NodeRoom node)
    {
        double sum = 0;
        foreach (Rule rule in _soft)
        {
            if (node.Label(rule.Key) is not { } domain)
            {
                if (rule.IsUsual)
                {
                    continue;
                }

                return null;
            }

            sum += (rule.Matching(domain) * Math.Log(rule.Domains + 2)) + (rule.MaxSkew - 1);
        }

        return sum;
    }

    private static void Count(Rule[] rules, NodeRoom node, PodNeeds pod, IReadOnlySet<string> gone, bool needsAll)
    {
        if (rules.Length == 0 || (needsAll && rules.Any(rule => node.Label(rule.Key) is null)))
        {
            return;
        }

        foreach (Rule rule in rules)
        {
            if (node.Label(rule.Key) is { } domain && rule.CountsNode(pod.Pod, node.Node))
            {
                rule.Add(domain, rule.CountOn(node, pod, gone));
            }
        }
    }

    private sealed class Rule
    {
        private readonly TopologySpreadConstraint _constraint;
        private readonly LabelSelectorSpec? _selector;
        private readonly string? _controller;
        private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
        private readonly int _self;

        public Rule(TopologySpreadConstraint constraint, Pod pod)
        {
            _constraint = constraint;
            _selector = AffinityTerm.WithKeys(constraint.LabelSelector, pod, constraint.MatchLabelKeys, null);
            _self = _selector?.Matches(pod.Metadata.Labels) == true ? 1 : 0;
        }

        private Rule(TopologySpreadConstraint constraint, string controller)
        {
            _constraint = constraint;
            _controller = controller;
        }

        public string Key => _constraint.TopologyKey;

        public int MaxSkew => _constraint.MaxSkew;

        public bool IsHard => _constraint.WhenUnsatisfiable == "DoNotSchedule";

        public bool IsUsual => _controller is not null;

        public int Domains => _counts.Count;

        public static Rule Usual(string key, int maxSkew, string controller)
            => new(new TopologySpreadConstraint { TopologyKey = key, MaxSkew = maxSkew, WhenUnsatisfiable = "ScheduleAnyway" }, controller);

        public int CountOn(NodeRoom node, PodNeeds pod, IReadOnlySet<string> gone)
            => _controller is not null
                ? node.OfController(_controller)
                : node.Pods.Count(other => other.Namespace == pod.Namespace && !other.IsTerminating && !gone.Contains(other.Uid)
                    && _selector?.Matches(other.Pod.Metadata.Labels) == true);

        public bool CountsNode(Pod pod, Node node)
            => (_constraint.NodeAffinityPolicy == "Ignore" || NodeFit.IsWanted(pod, node))
                && (_constraint.NodeTaintsPolicy != "Honor" || NodeFit.Untolerated(pod, node) is null);

        public void Add(string domain, int pods) => _counts[domain] = _counts.GetValueOrDefault(domain) + pods;

        public int Matching(string domain) => _counts.GetValueOrDefault(domain);

        public int SkewWithOneMore(string domain)
        {
            int least = _counts.Count < (_constraint.MinDomains ?? 1) ? 0 : _counts.Values.DefaultIfEmpty(0).Min();
            return Matching(domain) + _self - least;
        }
    }
}

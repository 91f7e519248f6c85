using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>
/// Affinity and anti-affinity between pods, as sets of places (label and value): counted once for each placing. Costs one look at
/// each pod when the pod has terms of its own, else one at each pod that has anti-affinity.
/// </summary>
internal sealed class PodRules
{
    private readonly PodNeeds _pod;
    private readonly HashSet<(string Key, string Value)> _forbidden = [];
    private readonly HashSet<(string Key, string Value)>[] _attracting;
    private readonly HashSet<(string Key, string Value)>[] _repelling;
    private readonly Dictionary<(string Key, string Value), long> _weights = [];
    private readonly bool _isFirstOfItsKind;

    private PodRules(PodNeeds pod, SchedulingSnapshot snapshot, Func<string, IReadOnlyDictionary<string, string>?> namespaceLabels, IReadOnlySet<string> gone)
    {
        _pod = pod;
        _attracting = [.. pod.Attracted.Select(_ => new HashSet<(string, string)>())];
        _repelling = [.. pod.Repelled.Select(_ => new HashSet<(string, string)>())];
        bool anyMatches = false;
        foreach ((PodNeeds other, NodeRoom node) in snapshot.Repelling)
        {
            if (!gone.Contains(other.Uid))
            {
                Forbid(other, node, namespaceLabels);
            }
        }

        if (_attracting.Length > 0 || _repelling.Length > 0 || pod.Preferred.Count > 0)
        {
            foreach (NodeRoom node in snapshot.Nodes)
            {
                foreach (PodNeeds other in node.Pods)
                {
                    if (!gone.Contains(other.Uid) && other.Uid != pod.Uid)
                    {
                        anyMatches |= Count(other, node, namespaceLabels);
                    }
                }
            }
        }

        foreach ((PodNeeds other, NodeRoom node) in snapshot.Preferring)
        {
            if (!gone.Contains(other.Uid))
            {
                Weigh(other, node, namespaceLabels);
            }
        }

        _isFirstOfItsKind = !anyMatches && pod.Attracted.All(term => term.Matches(pod.Pod, namespaceLabels));
    }

    public bool HasPreferences => _weights.Count > 0;

    /// <param name="gone">Pods that count as if they were not there.</param>
    public static PodRules Of(
        PodNeeds pod, SchedulingSnapshot snapshot, Func<string, IReadOnlyDictionary<string, string>?> namespaceLabels, IReadOnlySet<string> gone)
        => new(pod, snapshot, namespaceLabels, gone);

    public Refusal? Refuses(NodeRoom node)
    {
        if (!IsAttracted(node))
        {
            return Refusal.Of("node(s) didn't match pod affinity rules", final: true);
        }

        for (int i = 0; i < _repelling.Length; i++)
        {
            if (node.Label(_pod.Repelled[i].Topology) is { } place && _repelling[i].Contains((_pod.Repelled[i].Topology, place)))
            {
                return Refusal.Of("node(s) didn't match pod anti-affinity rules", final: false);
            }
        }

        foreach ((string key, string value) in _forbidden)
        {
            if (node.Label(key) == value)
            {
                return Refusal.Of("node(s) didn't satisfy existing pods anti-affinity rules", final: false);
            }
        }

        return null;
    }

    /// <summary>The sum of the weights of what is preferred there, both ways.</summary>
    public long Preference(NodeRoom node)
    {
        long sum = 0;
        foreach (((string key, string value), long weight) in _weights)
        {
            if (node.Label(key) == value)
            {
                sum += weight;
            }
        }

        return sum;
    }

    private bool IsAttracted(NodeRoom node)
    {
        bool all = true;
        for (int i = 0; i < _attracting.Length; i++)
        {
            if (node.Label(_pod.Attracted[i].Topology) is not { } place)
            {
                return false;
            }

            all &= _attracting[i].Contains((_pod.Attracted[i].Topology, place));
        }

        // The first of a group of pods that want to be together has nobody to be with.
        return all || _isFirstOfItsKind;
    }

    private void Forbid(PodNeeds other, NodeRoom node, Func<string, IReadOnlyDictionary<string, string>?> namespaceLabels)
    {
        foreach (AffinityTerm term in other.Repelled)
        {
            if (node.Label(term.Topology) is { } place && term.Matches(_pod.Pod, namespaceLabels))
            {
                _forbidden.Add((term.Topology, place));
            }
        }
    }

    private bool Count(PodNeeds other, NodeRoom node, Func<string, IReadOnlyDictionary<string, string>?> namespaceLabels)
    {
        // One pod has to satisfy all the terms of affinity; of anti-affinity each counts for itself.
        bool attracts = _pod.Attracted.Count > 0 && _pod.Attracted.All(term => term.Matches(other.Pod, namespaceLabels));
        for (int i = 0; attracts && i < _attracting.Length; i++)
        {
            Add(_attracting[i], _pod.Attracted[i], node);
        }

        for (int i = 0; i < _repelling.Length; i++)
        {
            if (_pod.Repelled[i].Matches(other.Pod, namespaceLabels))
            {
                Add(_repelling[i], _pod.Repelled[i], node);
            }
        }

        foreach (AffinityTerm term in _pod.Preferred)
        {
            Weigh(term, term.Weight, other.Pod, node, namespaceLabels);
        }

        return attracts;
    }

    /// <summary>What pods that are there prefer counts too; their required affinity as a preference of weight 1.</summary>
    private void Weigh(PodNeeds other, NodeRoom node, Func<string, IReadOnlyDictionary<string, string>?> namespaceLabels)
    {
        foreach (AffinityTerm term in other.Preferred)
        {
            Weigh(term, term.Weight, _pod.Pod, node, namespaceLabels);
        }

        foreach (AffinityTerm term in other.Attracted)
        {
            Weigh(term, 1, _pod.Pod, node, namespaceLabels);
        }
    }

    private void Weigh(AffinityTerm term, int weight, Pod target, NodeRoom node, Func<string, IReadOnlyDictionary<string, string>?> namespaceLabels)
    {
        if (node.Label(term.Topology) is { } place && term.Matches(target, namespaceLabels))
        {
            _weights[(term.Topology, place)] = _weights.GetValueOrDefault((term.Topology, place)) + weight;
        }
    }

    private static void Add(HashSet<(string Key, string Value)> places, AffinityTerm term, NodeRoom node)
    {
        if (node.Label(term.Topology) is { } place)
        {
            places.Add((term.Topology, place));
        }
    }
}

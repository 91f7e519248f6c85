using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>Everything that decides whether a node can take one pod, in kube-scheduler's order: the first refusal is the node's.</summary>
internal sealed class NodeFilter
{
    private static readonly IReadOnlySet<string> Nobody = new HashSet<string>();

    private readonly PodNeeds _pod;
    private readonly VolumeNeeds _volumes;
    private readonly SchedulingSnapshot _snapshot;
    private readonly IReadOnlySet<string> _gone;

    /// <param name="gone">Pods that count as if they were not there; given when only the answer matters, not how good a node is.</param>
    public NodeFilter(
        PodNeeds pod,
        VolumeNeeds volumes,
        SchedulingSnapshot snapshot,
        Func<string, IReadOnlyDictionary<string, string>?> namespaceLabels,
        IReadOnlySet<string>? gone = null)
    {
        _pod = pod;
        _volumes = volumes;
        _snapshot = snapshot;
        _gone = gone ?? Nobody;
        Spread = TopologySpread.Of(pod, snapshot, _gone, withPreferences: gone is null);
        Rules = PodRules.Of(pod, snapshot, namespaceLabels, _gone);
    }

    public TopologySpread Spread { get; }

    public PodRules Rules { get; }

    /// <summary>Why the node cannot take the pod, or null when it can.</summary>
    public Refusal? Refuses(NodeRoom node)
        => RefusesByItself(node.Node)
            ?? RefusesPorts(node)
            ?? RefusesForRoom(node)
            ?? RefusesVolumes(node)
            ?? Spread.Refuses(node)
            ?? Rules.Refuses(node);

    private Refusal? RefusesByItself(Node node)
    {
        if (node.Spec?.Unschedulable == true && !NodeFit.ToleratesCordon(_pod.Pod))
        {
            return Refusal.Of("node(s) were unschedulable", final: true);
        }

        if (NodeFit.Untolerated(_pod.Pod, node) is { } taint)
        {
            return Refusal.Of($"node(s) had untolerated taint {{{taint.Key}: {taint.Value}}}", final: true);
        }

        return NodeFit.IsWanted(_pod.Pod, node) ? null : Refusal.Of("node(s) didn't match Pod's node affinity/selector", final: true);
    }

    private Refusal? RefusesPorts(NodeRoom node)
        => _pod.HostPorts.Count > 0 && There(node).Any(other => other.HostPorts.Any(taken => _pod.HostPorts.Any(wanted => wanted.Clashes(taken))))
            ? Refusal.Of("node(s) didn't have free ports for the requested pod ports", final: false)
            : null;

    private Refusal? RefusesForRoom(NodeRoom node)
    {
        ResourceAmounts? given = GivenBack(node);
        List<string>? reasons = null;
        if (node.Allocatable.Knows("pods") && node.Taken["pods"] - (given?["pods"] ?? 0) + 1 > node.Allocatable["pods"])
        {
            (reasons ??= []).Add("Too many pods");
        }

        foreach ((string resource, long amount) in _pod.Requests.All)
        {
            if (amount > 0 && resource != "pods" && amount > node.Allocatable[resource] - (node.Taken[resource] - (given?[resource] ?? 0)))
            {
                (reasons ??= []).Add($"Insufficient {resource}");
            }
        }

        return reasons is null ? null : new Refusal(reasons, Final: false);
    }

    /// <summary>What is not taken after all: of pods that count as gone, less what pods as important wait for on this node.</summary>
    private ResourceAmounts? GivenBack(NodeRoom node)
    {
        if (_gone.Count == 0 && _snapshot.Nominated.Count == 0)
        {
            return null;
        }

        var result = new ResourceAmounts();
        if (_gone.Count > 0)
        {
            foreach (PodNeeds pod in node.Pods)
            {
                if (_gone.Contains(pod.Uid))
                {
                    result.Add(pod.Requests);
                }
            }
        }

        foreach ((PodNeeds pod, string target) in _snapshot.Nominated)
        {
            if (target == node.Name && pod.Uid != _pod.Uid && pod.Priority >= _pod.Priority && !node.Has(pod.Uid))
            {
                result.Add(pod.Requests, -1);
            }
        }

        return result;
    }

    private Refusal? RefusesVolumes(NodeRoom node)
    {
        if (_volumes.Exclusive.Any(claim => _snapshot.Uses(claim) > 0))
        {
            return Refusal.Of("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode", final: false);
        }

        if (_volumes.IsVolumeLost)
        {
            return Refusal.Of("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)", final: true);
        }

        if (!_volumes.Reach.All(reach => NodeFit.Matches(reach, node.Node)))
        {
            return Refusal.Of("node(s) had volume node affinity conflict", final: true);
        }

        return _volumes.Waiting.All(claim => claim.Volumes.Any(volume => NodeFit.Matches(volume.Spec?.NodeAffinity?.Required, node.Node))
                || (claim.CanProvision && NodeFit.Matches(claim.AllowedTopologies, node.Node)))
            ? null
            : Refusal.Of("node(s) didn't find available persistent volumes to bind", final: true);
    }

    private IEnumerable<PodNeeds> There(NodeRoom node) => node.Pods.Where(pod => !_gone.Contains(pod.Uid));
}

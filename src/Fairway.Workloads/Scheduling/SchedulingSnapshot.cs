using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>
/// The nodes of a cluster and the pods on them, kept up to date change by change: placing a pod costs a look at each node, never
/// a look at each pod (but for rules between pods). Not thread-safe: one worker owns it.
/// </summary>
internal sealed class SchedulingSnapshot
{
    private readonly Dictionary<string, NodeRoom> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (PodNeeds Pod, string Node)> _pods = [];

    // Pods whose node is not known (yet): counted as soon as it is.
    private readonly Dictionary<string, Dictionary<string, PodNeeds>> _homeless = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (PodNeeds Pod, string Node)> _nominated = [];
    private readonly Dictionary<string, PodNeeds> _repelling = [];
    private readonly Dictionary<string, PodNeeds> _preferring = [];
    private readonly Dictionary<string, int> _claimUses = new(StringComparer.Ordinal);

    /// <summary>Rises when something changes that may let any pod fit that did not: room that is given back, a node.</summary>
    public long Version { get; private set; }

    /// <summary>Rises with every pod that is placed, which may help pods with rules about other pods.</summary>
    public long Placements { get; private set; }

    public IReadOnlyCollection<NodeRoom> Nodes => _nodes.Values;

    public int Count => _nodes.Count;

    /// <summary>All pods on nodes with required anti-affinity, and their nodes.</summary>
    public IEnumerable<(PodNeeds Pod, NodeRoom Node)> Repelling => OnNodes(_repelling.Values);

    /// <summary>All pods on nodes with affinity of any other kind, and their nodes.</summary>
    public IEnumerable<(PodNeeds Pod, NodeRoom Node)> Preferring => OnNodes(_preferring.Values);

    /// <summary>Pods that wait for room that preemption makes, and where.</summary>
    public IReadOnlyCollection<(PodNeeds Pod, string Node)> Nominated => _nominated.Values;

    public NodeRoom? Find(string node) => _nodes.GetValueOrDefault(node);

    public string? NodeOf(string podUid) => _pods.TryGetValue(podUid, out (PodNeeds Pod, string Node) known) ? known.Node : null;

    /// <summary>How many pods on nodes use a claim.</summary>
    public int Uses(string claim) => _claimUses.GetValueOrDefault(claim);

    /// <summary>A node is as given. What does not matter for placing (a heartbeat) changes nothing.</summary>
    public void Set(Node node)
    {
        string name = node.Metadata.Name;
        if (_nodes.TryGetValue(name, out NodeRoom? before))
        {
            _nodes[name] = new NodeRoom(node, before);
        }
        else
        {
            var room = new NodeRoom(node);
            _nodes[name] = room;
            if (_homeless.Remove(name, out Dictionary<string, PodNeeds>? waiting))
            {
                foreach (PodNeeds pod in waiting.Values)
                {
                    room.Add(pod);
                }
            }
        }

        Version++;
    }

    public void RemoveNode(string name)
    {
        if (_nodes.Remove(name, out NodeRoom? room))
        {
            foreach (PodNeeds pod in room.Pods)
            {
                Homeless(name)[pod.Uid] = pod;
            }

            Version++;
        }
    }

    /// <summary>A pod is on a node (or is about to be).</summary>
    public void Place(PodNeeds pod, string node)
    {
        Take(pod.Uid);
        _nominated.Remove(pod.Uid);
        _pods[pod.Uid] = (pod, node);
        if (_nodes.TryGetValue(node, out NodeRoom? room))
        {
            room.Add(pod);
        }
        else
        {
            Homeless(node)[pod.Uid] = pod;
        }

        Index(pod, 1);
        Placements++;
    }

    /// <summary>A pod has ended or is gone.</summary>
    public void Remove(string podUid)
    {
        _nominated.Remove(podUid);
        if (Take(podUid))
        {
            Version++;
        }
    }

    public void Nominate(PodNeeds pod, string node) => _nominated[pod.Uid] = (pod, node);

    public void ClearNomination(string podUid) => _nominated.Remove(podUid);

    /// <summary>Something else changed that may let pods fit: a volume, a claim, a namespace's labels.</summary>
    public void Touch() => Version++;

    private bool Take(string podUid)
    {
        if (!_pods.Remove(podUid, out (PodNeeds Pod, string Node) known))
        {
            return false;
        }

        _nodes.GetValueOrDefault(known.Node)?.Remove(podUid);
        _homeless.GetValueOrDefault(known.Node)?.Remove(podUid);
        Index(known.Pod, -1);
        return true;
    }

    private void Index(PodNeeds pod, int times)
    {
        Index(_repelling, pod, pod.Repelled.Count > 0, times);
        Index(_preferring, pod, pod.Preferred.Count > 0 || pod.Attracted.Count > 0, times);
        foreach (string claim in pod.Claims)
        {
            _claimUses[claim] = _claimUses.GetValueOrDefault(claim) + times;
        }
    }

    private static void Index(Dictionary<string, PodNeeds> index, PodNeeds pod, bool has, int times)
    {
        if (has && times > 0)
        {
            index[pod.Uid] = pod;
        }
        else if (has)
        {
            index.Remove(pod.Uid);
        }
    }

    private IEnumerable<(PodNeeds Pod, NodeRoom Node)> OnNodes(IEnumerable<PodNeeds> pods)
    {
        foreach (PodNeeds pod in pods)
        {
            if (_pods.TryGetValue(pod.Uid, out (PodNeeds Pod, string Node) known) && _nodes.TryGetValue(known.Node, out NodeRoom? room))
            {
                yield return (pod, room);
            }
        }
    }

    private Dictionary<string, PodNeeds> Homeless(string node)
    {
        if (!_homeless.TryGetValue(node, out Dictionary<string, PodNeeds>? pods))
        {
            _homeless[node] = pods = [];
        }

        return pods;
    }
}

using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>A node with the pods on it and what they take. Changed only through <see cref="SchedulingSnapshot"/>.</summary>
internal sealed class NodeRoom
{
    private readonly Dictionary<string, PodNeeds> _pods = [];
    private readonly Dictionary<string, int> _byController = [];
    private readonly ResourceAmounts _taken = new();

    public NodeRoom(Node node)
    {
        Node = node;
        Allocatable = ResourceAmounts.Of(node.Status?.Allocatable);
    }

    /// <summary>The same pods on the node as it is now.</summary>
    public NodeRoom(Node node, NodeRoom before)
        : this(node)
    {
        foreach (PodNeeds pod in before.Pods)
        {
            Add(pod);
        }
    }

    public Node Node { get; }

    public string Name => Node.Metadata.Name;

    public ResourceAmounts Allocatable { get; }

    public IReadOnlyCollection<PodNeeds> Pods => _pods.Values;

    public ResourceAmounts Taken => _taken;

    public long LikelyMilliCpu { get; private set; }

    public long LikelyMemory { get; private set; }

    public string? Label(string key) => Node.Metadata.Labels?.GetValueOrDefault(key);

    /// <summary>How many pods of one controller are here.</summary>
    public int OfController(string uid) => _byController.GetValueOrDefault(uid);

    public bool Has(string podUid) => _pods.ContainsKey(podUid);

    public void Add(PodNeeds pod)
    {
        Remove(pod.Uid);
        _pods[pod.Uid] = pod;
        Count(pod, 1);
    }

    public PodNeeds? Remove(string podUid)
    {
        if (_pods.Remove(podUid, out PodNeeds? pod))
        {
            Count(pod, -1);
        }

        return pod;
    }

    private void Count(PodNeeds pod, int times)
    {
        _taken.Add(pod.Requests, times);
        LikelyMilliCpu += times * pod.LikelyMilliCpu;
        LikelyMemory += times * pod.LikelyMemory;
        if (pod.Controller is { } controller)
        {
            _byController[controller] = _byController.GetValueOrDefault(controller) + times;
            if (_byController[controller] == 0)
            {
                _byController.Remove(controller);
            }
        }
    }
}

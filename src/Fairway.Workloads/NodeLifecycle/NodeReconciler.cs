using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Coordination;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.NodeLifecycle;

/// <summary>
/// Notices nodes that went silent, keeps new pods off them, marks their pods as not ready and in the end deletes those, so that
/// they are made anew elsewhere. Pods of a node that no longer exists are removed at once.
/// </summary>
internal sealed class NodeReconciler
{
    private const string LeaseNamespace = "kube-node-lease";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly IClusterApi _api;
    private readonly Informer<Node> _nodes;
    private readonly Informer<Pod> _pods;
    private readonly Informer<Lease> _leases;
    private readonly ObjectIndex<Pod> _byNode;
    private readonly TimeProvider _time;
    private readonly EventRecorder _events;
    private readonly EventRecorder _taintEvents;

    // When each node's lease was last seen to change, by this process's own clock; since when a node has taints that end pods;
    // the nodes that were told of. Only the one worker touches these.
    private readonly Dictionary<string, (DateTimeOffset? Renewed, DateTimeOffset SeenAt)> _heard = [];
    private readonly Dictionary<string, DateTimeOffset> _taintedSince = [];
    private readonly HashSet<string> _known = [];

    /// <param name="events">Tells as the node controller.</param>
    /// <param name="taintEvents">Tells as the taint eviction controller.</param>
    public NodeReconciler(IClusterApi api, InformerSet informers, EventRecorder events, EventRecorder taintEvents, TimeProvider time)
    {
        _events = events;
        _taintEvents = taintEvents;
        _api = api;
        _nodes = informers.Of<Node>();
        _pods = informers.Of<Pod>();
        _leases = informers.Of<Lease>();
        _byNode = _pods.AddIndex(pod => string.IsNullOrEmpty(pod.Spec.NodeName) ? [] : [pod.Spec.NodeName]);
        _time = time;
    }

    /// <summary>Pods concern their node: one that names a node which is gone has to go.</summary>
    public static IEnumerable<ObjectKey> NodeOf(Pod pod)
        => string.IsNullOrEmpty(pod.Spec.NodeName) ? [] : [new ObjectKey("", pod.Spec.NodeName)];

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_nodes.Get(key) is not { } node)
        {
            _heard.Remove(key.Name);
            return await RemoveOrphansAsync(key.Name, cancellation);
        }

        DateTimeOffset now = _time.GetUtcNow();
        bool isSilent = now - HeardAt(node.Metadata.Name, now) >= NodeHealth.Silence;
        Node judged = NodeHealth.Judge(node, isSilent, now);
        if (_known.Add(node.Metadata.Uid ?? ""))
        {
            _events.Normal(node, "RegisteredNode", $"Node {node.Metadata.Name} event: Registered Node {node.Metadata.Name} in Controller");
        }

        Node written = await _api.WriteAsync(node, judged with { Status = node.Status }, cancellation);
        await _api.WriteStatusAsync(written, written with { Status = judged.Status }, cancellation);
        if (NodeHealth.IsReady(node) && !NodeHealth.IsReady(judged))
        {
            _events.Normal(node, "NodeNotReady", $"Node {node.Metadata.Name} status is now: NodeNotReady");
        }

        if (!NodeHealth.IsReady(judged))
        {
            await MarkAllUnreadyAsync(judged, now, cancellation);
        }

        TimeSpan next = await EvictAsync(judged, now, cancellation);
        return ReconcileResult.After(next < Period ? next : Period);
    }

    private DateTimeOffset HeardAt(string node, DateTimeOffset now)
    {
        DateTimeOffset? renewed = _leases.Get(LeaseNamespace, node)?.Spec?.RenewTime;
        if (!_heard.TryGetValue(node, out (DateTimeOffset? Renewed, DateTimeOffset SeenAt) known) || known.Renewed != renewed)
        {
            known = (renewed, now);
            _heard[node] = known;
        }

        return known.SeenAt;
    }

    /// <summary>Ends the pods whose time on the node is over. Returns when the next one's is.</summary>
    private async Task<TimeSpan> EvictAsync(Node node, DateTimeOffset now, CancellationToken cancellation)
    {
        TimeSpan next = Period;
        IReadOnlyList<Taint> taints = TaintEviction.Of(node);
        if (taints.Count == 0)
        {
            _taintedSince.Remove(node.Metadata.Name);
            return next;
        }

        if (!_taintedSince.TryGetValue(node.Metadata.Name, out DateTimeOffset since))
        {
            _taintedSince[node.Metadata.Name] = since = taints.Min(taint => taint.TimeAdded) ?? now;
        }

        foreach (Pod pod in _byNode.Find(node.Metadata.Name).Where(PodStates.IsActive))
        {
            if (TaintEviction.Stays(pod, taints) is not { } stays)
            {
                continue;
            }

            DateTimeOffset from = pod.Metadata.CreationTimestamp > since ? pod.Metadata.CreationTimestamp.Value : since;
            if (now - from >= stays)
            {
                _taintEvents.Normal(pod, "TaintManagerEviction", $"Marking for deletion Pod {pod.Metadata.Namespace}/{pod.Metadata.Name}");
                Pod marked = Disruption.Mark(pod, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", now);
                await _api.DeleteAsync(await _api.WriteStatusAsync(pod, marked, cancellation), cancellation);
            }
            else
            {
                TimeSpan left = from + stays - now;
                next = left < next ? left : next;
            }
        }

        return next;
    }

    private async Task MarkAllUnreadyAsync(Node node, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (Pod pod in _byNode.Find(node.Metadata.Name).Where(PodStates.IsActive))
        {
            if (pod.ReadyCondition() is { Status: "True" } ready)
            {
                await MarkUnreadyAsync(pod, ready, now, cancellation);
                _events.Warning(pod, "NodeNotReady", "Node is not ready");
            }
        }
    }

    private async Task MarkUnreadyAsync(Pod pod, PodCondition ready, DateTimeOffset now, CancellationToken cancellation)
    {
        PodCondition lost = ready with { Status = "False", LastTransitionTime = now };
        IReadOnlyList<PodCondition> conditions = [.. pod.Status!.Conditions!.Select(condition => condition == ready ? lost : condition)];
        await _api.WriteStatusAsync(pod, pod with { Status = pod.Status with { Conditions = conditions } }, cancellation);
    }

    /// <summary>Nobody will ever end these pods: they are removed without grace, once the server says that the node is gone.</summary>
    private async Task<ReconcileResult> RemoveOrphansAsync(string node, CancellationToken cancellation)
    {
        IReadOnlyList<Pod> orphans = _byNode.Find(node);
        if (orphans.Count == 0 || await _api.FindAsync<Node>(null, node, cancellation) is not null)
        {
            return ReconcileResult.Done;
        }

        DateTimeOffset now = _time.GetUtcNow();
        if (!_heard.TryGetValue("-" + node, out (DateTimeOffset? Renewed, DateTimeOffset SeenAt) missing))
        {
            _heard["-" + node] = (null, now);
            return ReconcileResult.After(NodeHealth.Silence);
        }

        if (now - missing.SeenAt < NodeHealth.Silence)
        {
            return ReconcileResult.After(NodeHealth.Silence - (now - missing.SeenAt));
        }

        foreach (Pod pod in orphans)
        {
            await _api.DeleteAsync(pod, cancellation, new DeleteOptions { GracePeriodSeconds = 0, PreconditionUid = pod.Metadata.Uid });
        }

        _heard.Remove("-" + node);
        return ReconcileResult.Done;
    }
}

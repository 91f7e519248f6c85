using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>Gives every pod without a node one that can take it, or says why none can. One worker: each choice sees the one before.</summary>
internal sealed class SchedulingReconciler
{
    private const string Name = "default-scheduler";

    private readonly IClusterApi _api;
    private readonly Informer<Pod> _pods;
    private readonly Informer<Node> _nodes;
    private readonly ObjectIndex<Pod> _byNode;
    private readonly ObjectIndex<Pod> _waiting;
    private readonly EventRecorder _events;
    private readonly TimeProvider _time;

    // Bindings that the cache does not show yet, by pod uid. Only the one worker touches it.
    private readonly Dictionary<string, (Pod Pod, string Node)> _assumed = [];

    public SchedulingReconciler(IClusterApi api, InformerSet informers, EventRecorder events, TimeProvider time)
    {
        _api = api;
        _pods = informers.Of<Pod>();
        _nodes = informers.Of<Node>();
        _byNode = _pods.AddIndex(pod => string.IsNullOrEmpty(pod.Spec.NodeName) || pod.HasEnded() ? [] : [pod.Spec.NodeName]);
        _waiting = _pods.AddIndex(pod => IsWaiting(pod) ? ["waiting"] : []);
        _events = events;
        _time = time;
    }

    /// <summary>All pods without a node: whom a change of a node, or a pod that frees one, concerns.</summary>
    public IEnumerable<ObjectKey> Waiting() => _waiting.Find("waiting").Select(ObjectKey.Of);

    /// <summary>A pod that waits concerns itself; one that ends may make room for those that wait.</summary>
    public IEnumerable<ObjectKey> ConcernedBy(Pod pod)
        => IsWaiting(pod) ? [ObjectKey.Of(pod)]
            : pod.HasEnded() || pod.Metadata.DeletionTimestamp is not null ? Waiting()
            : [];

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_pods.Get(key) is not { } pod || !IsWaiting(pod) || _assumed.ContainsKey(pod.Metadata.Uid!))
        {
            ForgetShown();
            return ReconcileResult.Done;
        }

        ForgetShown();
        switch (SchedulingPlanner.Plan(pod, [.. _nodes.List().Select(Use)]))
        {
            case Placement.On target:
                await BindAsync(pod, target.Node, cancellation);
                break;
            case Placement.Nowhere nowhere:
                await ExplainAsync(pod, nowhere.Why, cancellation);
                break;
        }

        return ReconcileResult.Done;
    }

    private static bool IsWaiting(Pod pod)
        => string.IsNullOrEmpty(pod.Spec.NodeName)
            && pod.IsActive()
            && pod.Spec.SchedulerName is null or "" or Name
            && pod.Spec.SchedulingGates is null or { Count: 0 };

    private NodeUse Use(Node node)
    {
        var taken = new Dictionary<string, Quantity>();
        HashSet<string> counted = [];
        foreach (Pod pod in _byNode.Find(node.Metadata.Name))
        {
            counted.Add(pod.Metadata.Uid!);
            PodRequests.Add(taken, PodRequests.Of(pod));
        }

        foreach ((Pod pod, string target) in _assumed.Values)
        {
            if (target == node.Metadata.Name && counted.Add(pod.Metadata.Uid!))
            {
                PodRequests.Add(taken, PodRequests.Of(pod));
            }
        }

        return new NodeUse(node, taken);
    }

    private void ForgetShown()
    {
        foreach ((string uid, (Pod pod, _)) in _assumed)
        {
            Pod? shown = _pods.Get(ObjectKey.Of(pod));
            if (shown?.Metadata.Uid != uid || !string.IsNullOrEmpty(shown.Spec.NodeName))
            {
                _assumed.Remove(uid);
            }
        }
    }

    private async Task BindAsync(Pod pod, string node, CancellationToken cancellation)
    {
        var binding = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Binding",
            ["metadata"] = new JsonObject { ["name"] = pod.Metadata.Name, ["namespace"] = pod.Metadata.Namespace, ["uid"] = pod.Metadata.Uid },
            ["target"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Node", ["name"] = node },
        };
        await _api.CreateAsync(
            KindOf<Pod>.Type, pod.Metadata.Namespace, Document.From(binding), new WriteOptions { Subresource = "binding" }, cancellation);
        _assumed[pod.Metadata.Uid!] = (pod, node);
        _events.Normal(pod, "Scheduled", $"Successfully assigned {pod.Metadata.Namespace}/{pod.Metadata.Name} to {node}");
    }

    private async Task ExplainAsync(Pod pod, string why, CancellationToken cancellation)
    {
        PodCondition? before = pod.Condition("PodScheduled");
        if (before is { Status: "False" } && before.Message == why)
        {
            return;
        }

        DateTimeOffset now = _time.GetUtcNow();
        var after = new PodCondition
        {
            Type = "PodScheduled",
            Status = "False",
            Reason = "Unschedulable",
            Message = why,
            LastTransitionTime = before?.Status == "False" ? before.LastTransitionTime : now,
        };
        PodStatus status = pod.Status ?? new PodStatus();
        IReadOnlyList<PodCondition> conditions = [.. (status.Conditions ?? []).Where(condition => condition.Type != "PodScheduled"), after];
        await _api.WriteStatusAsync(pod, pod with { Status = status with { Conditions = conditions } }, cancellation);
        _events.Warning(pod, "FailedScheduling", why);
    }
}

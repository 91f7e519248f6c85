using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Ownership;
using Fairway.Workloads.ReplicaSets;

namespace Fairway.Workloads.ReplicationControllers;

/// <summary>
/// Keeps as many pods as each ReplicationController asks for. It decides what a ReplicaSet of the same selector, template and
/// count would, which is how Kubernetes has it too.
/// </summary>
internal sealed class ReplicationReconciler
{
    private readonly IClusterApi _api;
    private readonly Informer<ReplicationController> _controllers;
    private readonly Informer<Pod> _pods;
    private readonly PodCandidates _candidates;
    private readonly PodWriter _writer;
    private readonly TimeProvider _time;

    public ReplicationReconciler(IClusterApi api, InformerSet informers, PodCandidates candidates, EventRecorder events, TimeProvider time)
    {
        _api = api;
        _controllers = informers.Of<ReplicationController>();
        _pods = informers.Of<Pod>();
        _candidates = candidates;
        _writer = new PodWriter(api, _pods, events, time);
        _time = time;
    }

    /// <summary>The controllers that may adopt a pod that nobody controls.</summary>
    public IEnumerable<ObjectKey> Matching(Pod pod)
        => pod.Metadata.Controller() is not null || pod.Metadata.Labels is null or { Count: 0 }
            ? []
            : _controllers.List(pod.Metadata.Namespace).Where(controller => SelectorOf(controller).Matches(pod.Metadata.Labels)).Select(ObjectKey.Of);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_controllers.Get(key) is not { } controller)
        {
            return ReconcileResult.Done;
        }

        // 1. Which pods are ours, counting what we did that the cache does not show yet.
        Claims<Pod> claims = Claims<Pod>.Of(
            controller, SelectorOf(controller), _candidates.Of(controller.Metadata.Uid, key.Namespace).Where(pod => !pod.HasEnded() || pod.Metadata.IsControlledBy(controller)));
        IReadOnlyList<Pod> owned = await Claiming.WriteAsync(_api, controller, claims, cancellation);
        IReadOnlyList<Pod> all = await _writer.NewestAsync(owned, controller, cancellation);

        // 2. Compare with what should be.
        ReplicaSetDecision decision = ReplicaSetPlanner.Plan(new ReplicaSetObservation
        {
            Set = AsSet(controller),
            Pods = [.. all.Where(pod => !_writer.IsDeleted(pod))],
            PodsOnNode = owned.Where(pod => pod.IsActive() && !string.IsNullOrEmpty(pod.Spec.NodeName)).GroupBy(pod => pod.Spec.NodeName!).ToDictionary(group => group.Key, group => group.Count()),
            Now = _time.GetUtcNow(),
        });

        // 3. Do it, then say how it is.
        StatusException? failure = await ReplicaPods.ActAsync(_writer, controller, controller.Spec?.Template, decision, cancellation);
        ReplicationControllerStatus status = StatusOf(decision.Status) with { Conditions = ReplicaFailure.Told(controller.Status?.Conditions, failure, decision, _time.GetUtcNow()) };
        await _api.WriteStatusAsync(controller, controller with { Status = status }, cancellation);
        return failure is null ? new ReconcileResult(decision.RequeueAfter ?? (_writer.IsBehind ? OwnWrites<Pod>.Patience : null)) : throw failure;
    }

    private static LabelSelectorSpec SelectorOf(ReplicationController controller)
        => new() { MatchLabels = controller.Spec?.Selector ?? controller.Spec?.Template?.Metadata?.Labels };

    private static ReplicaSet AsSet(ReplicationController controller) => new()
    {
        Metadata = controller.Metadata,
        Spec = new ReplicaSetSpec
        {
            Replicas = controller.Spec?.Replicas,
            MinReadySeconds = controller.Spec?.MinReadySeconds,
            Selector = SelectorOf(controller),
            Template = controller.Spec?.Template,
        },
    };

    private static ReplicationControllerStatus StatusOf(ReplicaSetStatus status) => new()
    {
        Replicas = status.Replicas,
        FullyLabeledReplicas = status.FullyLabeledReplicas,
        ReadyReplicas = status.ReadyReplicas,
        AvailableReplicas = status.AvailableReplicas,
        ObservedGeneration = status.ObservedGeneration,
    };
}

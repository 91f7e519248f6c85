using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Policy;
using Fairway.Workloads.Ownership;

namespace Fairway.Workloads.Disruptions;

/// <summary>Keeps the state of disruption budgets, by which evictions are allowed or refused.</summary>
internal sealed class DisruptionReconciler(IClusterApi api, InformerSet informers, EventRecorder events, TimeProvider time)
{
    private readonly Informer<PodDisruptionBudget> _budgets = informers.Of<PodDisruptionBudget>();
    private readonly PodsByLabel _pods = new(informers.Of<Pod>());
    private readonly Informer<ReplicaSet> _replicaSets = informers.Of<ReplicaSet>();
    private readonly Informer<Deployment> _deployments = informers.Of<Deployment>();
    private readonly Informer<StatefulSet> _statefulSets = informers.Of<StatefulSet>();

    /// <summary>The budgets that select a pod.</summary>
    public IEnumerable<ObjectKey> BudgetsOf(Pod pod)
        => _budgets.List(pod.Metadata.Namespace).Where(budget => budget.Spec?.Selector?.Matches(pod.Metadata.Labels) == true).Select(ObjectKey.Of);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_budgets.Get(key) is not { } budget)
        {
            return ReconcileResult.Done;
        }

        // What counts is what the server knows: evictions write the same status.
        Pod[] pods = budget.Spec?.Selector is { } selector ? [.. _pods.Matching(key.Namespace, selector)] : [];
        string problem = "";
        int? scale = DisruptionPlanner.NeedsScale(budget.Spec) ? Scale(pods, out problem) : pods.Length;
        if (pods.Length == 0)
        {
            events.Normal(budget, "NoPods", "No matching pods found");
        }

        DisruptionDecision decision = DisruptionPlanner.Plan(new DisruptionObservation { Budget = budget, Pods = pods, Scale = scale, ScaleProblem = problem, Now = time.GetUtcNow() });
        if (scale is null)
        {
            events.Warning(budget, "CalculateExpectedPodCountFailed", $"Failed to calculate the number of expected pods: {problem}");
        }

        foreach (string name in decision.NotDeleted)
        {
            if (pods.FirstOrDefault(pod => pod.Metadata.Name == name) is { } pod)
            {
                events.Warning(pod, "NotDeleted", $"Pod was expected by PDB {budget.Metadata.Namespace}/{budget.Metadata.Name} to be deleted but it wasn't");
            }
        }

        await api.WriteStatusAsync(budget, budget with { Status = decision.Status }, cancellation);
        return new ReconcileResult(decision.RequeueAfter);
    }

    /// <summary>The sizes of the pods' controllers, each counted once. Pods without one do not count.</summary>
    private int? Scale(Pod[] pods, out string problem)
    {
        problem = "";
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Pod pod in pods)
        {
            if (pod.Metadata.Controller() is not { } controller)
            {
                continue;
            }

            if (SizeOf(controller, pod.Metadata.Namespace) is not { } size)
            {
                problem = $"found no controllers for pod \"{pod.Metadata.Name}\"";
                return null;
            }

            sizes[size.Uid] = size.Replicas;
        }

        return sizes.Values.Sum();
    }

    private (string Uid, int Replicas)? SizeOf(OwnerReference controller, string? @namespace)
    {
        switch (controller.Kind)
        {
            case "ReplicaSet" when _replicaSets.Get(@namespace, controller.Name) is { } set && set.Metadata.Uid == controller.Uid:
                return set.Metadata.Controller() is { Kind: "Deployment" } owner && _deployments.Get(@namespace, owner.Name) is { } deployment && deployment.Metadata.Uid == owner.Uid
                    ? (owner.Uid, deployment.Spec.Replicas ?? 1)
                    : (controller.Uid, set.Spec.Replicas ?? 1);
            case "StatefulSet" when _statefulSets.Get(@namespace, controller.Name) is { } stateful && stateful.Metadata.Uid == controller.Uid:
                return (controller.Uid, stateful.Spec.Replicas ?? 1);
            default:
                return null;
        }
    }
}

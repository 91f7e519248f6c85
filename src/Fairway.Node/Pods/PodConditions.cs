using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Pods;

/// <summary>A pod's conditions. Those that others own are kept; a time moves only when the status does.</summary>
internal static class PodConditions
{
    public static IReadOnlyList<PodCondition> Compose(
        PodObservation observed, IReadOnlyList<ContainerView> containers, string phase, bool initialized)
    {
        Pod pod = observed.Pod;
        IReadOnlyList<PodCondition> shown = pod.Status?.Conditions ?? [];
        bool deleting = pod.Metadata.DeletionTimestamp is not null;
        PodCondition ready = ContainersReady(containers, phase, deleting);
        PodCondition[] own =
        [
            ReadyToStart(containers, phase),
            Initialized(containers, phase, initialized),
            Ready(pod, ready),
            ready,
            new PodCondition { Type = "PodScheduled", Status = "True" },
        ];
        return
        [
            .. own.Select(condition => Timed(condition, shown, observed.Now)),
            .. shown.Where(condition => own.All(mine => mine.Type != condition.Type)),
        ];
    }

    /// <summary>The pod's place is made: volumes are there, and whatever starts now starts in it.</summary>
    private static PodCondition ReadyToStart(IReadOnlyList<ContainerView> containers, string phase)
    {
        bool isMade = containers.Any(container => container.Latest is not null
            || container.Memory.Failure is { Reason: not StartFailure.Mount });
        return new PodCondition { Type = "PodReadyToStartContainers", Status = isMade && phase is not ("Succeeded" or "Failed") ? "True" : "False" };
    }

    private static PodCondition Initialized(IReadOnlyList<ContainerView> containers, string phase, bool initialized)
    {
        const string type = "Initialized";
        if (initialized)
        {
            return new PodCondition { Type = type, Status = "True", Reason = phase == "Succeeded" ? "PodCompleted" : null };
        }

        IEnumerable<string> waiting = containers
            .Where(container => container.Role == ContainerRole.Init ? !container.Succeeded : container.Role == ContainerRole.Sidecar && !container.IsStarted)
            .Select(container => container.Name);
        return new PodCondition
        {
            Type = type,
            Status = "False",
            Reason = "ContainersNotInitialized",
            Message = $"containers with incomplete status: [{string.Join(' ', waiting)}]",
        };
    }

    private static PodCondition ContainersReady(IReadOnlyList<ContainerView> containers, string phase, bool deleting)
    {
        const string type = "ContainersReady";
        if (phase is "Succeeded" or "Failed")
        {
            return new PodCondition { Type = type, Status = "False", Reason = phase == "Succeeded" ? "PodCompleted" : "PodFailed" };
        }

        if (deleting)
        {
            return new PodCondition { Type = type, Status = "False", Reason = "PodTerminating", Message = "the pod is being deleted" };
        }

        string[] unready =
        [
            .. containers.Where(container => container.Role is ContainerRole.Main or ContainerRole.Sidecar && !container.IsReady).Select(container => container.Name),
        ];
        return unready.Length == 0
            ? new PodCondition { Type = type, Status = "True" }
            : new PodCondition
            {
                Type = type,
                Status = "False",
                Reason = "ContainersNotReady",
                Message = $"containers with unready status: [{string.Join(' ', unready)}]",
            };
    }

    private static PodCondition Ready(Pod pod, PodCondition containersReady)
    {
        PodCondition ready = containersReady with { Type = "Ready" };
        string[] closed =
        [
            .. (pod.Spec.ReadinessGates ?? [])
                .Select(gate => gate.ConditionType)
                .Where(type => pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type)?.Status != "True"),
        ];
        return ready.Status == "True" && closed.Length > 0
            ? ready with
            {
                Status = "False",
                Reason = "ReadinessGatesNotReady",
                Message = string.Join("; ", closed.Select(type => $"corresponding condition of pod readiness gate \"{type}\" does not exist or is not True")),
            }
            : ready;
    }

    private static PodCondition Timed(PodCondition condition, IReadOnlyList<PodCondition> shown, DateTimeOffset now)
    {
        PodCondition? before = shown.FirstOrDefault(other => other.Type == condition.Type);
        return condition with
        {
            LastTransitionTime = before?.Status == condition.Status ? before.LastTransitionTime : now,
            LastProbeTime = before?.LastProbeTime,
            ObservedGeneration = before?.ObservedGeneration,
        };
    }
}

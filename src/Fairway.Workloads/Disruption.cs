using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads;

/// <summary>The condition of pods that are ended for a reason that is not their own.</summary>
internal static class Disruption
{
    private const string Type = "DisruptionTarget";

    public static Pod Mark(Pod pod, string reason, string message, DateTimeOffset now)
    {
        PodStatus status = pod.Status ?? new PodStatus();
        if (pod.Condition(Type) is { Status: "True" })
        {
            return pod;
        }

        var condition = new PodCondition { Type = Type, Status = "True", Reason = reason, Message = message, LastTransitionTime = now };
        return pod with { Status = status with { Conditions = [.. (status.Conditions ?? []).Where(other => other.Type != Type), condition] } };
    }
}

using Fairway.Resources.Kinds.Batch;

namespace Fairway.Workloads.Jobs;

/// <summary>Why a job ends.</summary>
/// <param name="Failed">It has failed; otherwise it has succeeded.</param>
/// <param name="Reason">In a word.</param>
/// <param name="Message">In a sentence.</param>
internal sealed record JobEnd(bool Failed, string Reason, string Message);

/// <summary>The conditions of a job. The end is first a target (FailureTarget, SuccessCriteriaMet) and final once no pod is left.</summary>
internal static class JobConditions
{
    public static bool IsTrue(JobStatus? status, string type) => Find(status, type)?.Status == "True";

    public static bool IsFinished(JobStatus? status) => IsTrue(status, "Complete") || IsTrue(status, "Failed");

    public static JobCondition? Find(JobStatus? status, string type) => status?.Conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <summary>The end that was decided before.</summary>
    public static JobEnd? Target(JobStatus? status)
        => Find(status, "FailureTarget") is { Status: "True" } failure ? new JobEnd(true, failure.Reason ?? "", failure.Message ?? "")
            : Find(status, "SuccessCriteriaMet") is { Status: "True" } success ? new JobEnd(false, success.Reason ?? "", success.Message ?? "")
            : null;

    public static JobStatus With(JobStatus status, string type, bool isTrue, string reason, string message, DateTimeOffset now)
    {
        JobCondition? before = Find(status, type);
        string wanted = isTrue ? "True" : "False";
        if (before is not null && before.Status == wanted && before.Reason == reason && before.Message == message)
        {
            return status;
        }

        var condition = new JobCondition
        {
            Type = type,
            Status = wanted,
            Reason = reason,
            Message = message,
            LastProbeTime = now,
            LastTransitionTime = before?.Status == wanted ? before.LastTransitionTime : now,
        };
        return status with { Conditions = [.. (status.Conditions ?? []).Where(each => each.Type != type), condition] };
    }
}

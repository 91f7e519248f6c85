using System.Globalization;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Jobs;

/// <summary>What the failure of a pod means for its job.</summary>
/// <param name="Action"><c>Count</c>, <c>Ignore</c>, <c>FailIndex</c> or <c>FailJob</c>.</param>
/// <param name="Message">For FailJob: which pod matched which rule.</param>
internal readonly record struct FailureVerdict(string Action, string Message)
{
    public static FailureVerdict Count { get; } = new("Count", "");
}

/// <summary>Applies a job's podFailurePolicy: the first rule that matches counts; a failure that none matches is counted.</summary>
internal static class PodFailureRules
{
    public static FailureVerdict Judge(PodFailurePolicy? policy, Pod pod)
    {
        for (int i = 0; i < (policy?.Rules.Count ?? 0); i++)
        {
            PodFailurePolicyRule rule = policy!.Rules[i];
            string? matched = rule.OnExitCodes is { } codes ? ByExitCode(codes, pod) : ByCondition(rule.OnPodConditions ?? [], pod);
            if (matched is not null)
            {
                string message = string.Create(CultureInfo.InvariantCulture, $"{matched} matching {rule.Action} rule at index {i}");
                return new FailureVerdict(rule.Action, message);
            }
        }

        return FailureVerdict.Count;
    }

    private static string? ByExitCode(PodFailurePolicyOnExitCodesRequirement rule, Pod pod)
    {
        foreach (ContainerStatus container in (pod.Status?.ContainerStatuses ?? []).Concat(pod.Status?.InitContainerStatuses ?? []))
        {
            bool isMeant = rule.ContainerName is null || rule.ContainerName == container.Name;
            if (isMeant && container.State?.Terminated is { ExitCode: not 0 and var code } && rule.Values.Contains(code) == (rule.Operator == "In"))
            {
                return string.Create(CultureInfo.InvariantCulture, $"Container {container.Name} for pod {pod.Metadata.Namespace}/{pod.Metadata.Name} failed with exit code {code}");
            }
        }

        return null;
    }

    private static string? ByCondition(IReadOnlyList<PodFailurePolicyOnPodConditionsPattern> patterns, Pod pod)
        => patterns.FirstOrDefault(pattern => pod.Condition(pattern.Type)?.Status == (pattern.Status ?? "True")) is { } matched
            ? $"Pod {pod.Metadata.Namespace}/{pod.Metadata.Name} has condition {matched.Type}"
            : null;
}

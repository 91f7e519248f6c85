using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Batch;

/// <summary>Job runs pods until enough of them have succeeded.</summary>
[Kind("batch/v1", "jobs", Status = true, Categories = ["all"])]
[FieldSelector("status.successful")]
public sealed record Job : IResource
{
    public string ApiVersion => "batch/v1";

    public string Kind => "Job";

    public ObjectMeta Metadata { get; init; } = new();

    public required JobSpec Spec { get; init; }

    public JobStatus? Status { get; init; }
}

public sealed record JobSpec
{
    /// <summary>How many pods run at a time at most.</summary>
    [Bounds(Minimum = 0)]
    public int? Parallelism { get; init; }

    /// <summary>How many pods must succeed; when absent, the success of any pod is the job's.</summary>
    [Bounds(Minimum = 0)]
    public int? Completions { get; init; }

    /// <summary>How long the job may run, in seconds.</summary>
    [Bounds(Minimum = 0)]
    public long? ActiveDeadlineSeconds { get; init; }

    /// <summary>What failures of pods mean, by exit code or condition.</summary>
    public PodFailurePolicy? PodFailurePolicy { get; init; }

    /// <summary>When the job counts as succeeded before all indexes have.</summary>
    public SuccessPolicy? SuccessPolicy { get; init; }

    /// <summary>How many failures are put up with; 6 when absent.</summary>
    [Bounds(Minimum = 0)]
    public int? BackoffLimit { get; init; }

    /// <summary>How many failures of one index are put up with.</summary>
    [Bounds(Minimum = 0)]
    public int? BackoffLimitPerIndex { get; init; }

    /// <summary>How many indexes may fail before the job does.</summary>
    [Bounds(Minimum = 0)]
    public int? MaxFailedIndexes { get; init; }

    /// <summary>Set by the server.</summary>
    [Atomic]
    public LabelSelectorSpec? Selector { get; init; }

    /// <summary>The writer chooses the selector and sees to it that it is unique.</summary>
    public bool? ManualSelector { get; init; }

    /// <summary>What the pods look like.</summary>
    public required PodTemplateSpec Template { get; init; }

    /// <summary>Seconds after which the finished job is deleted.</summary>
    [Bounds(Minimum = 0)]
    public int? TtlSecondsAfterFinished { get; init; }

    /// <summary><c>NonIndexed</c>, or <c>Indexed</c>: one success for each number from 0 on.</summary>
    [OneOf("Indexed", "NonIndexed")]
    public string? CompletionMode { get; init; }

    /// <summary>No pods run while true.</summary>
    public bool? Suspend { get; init; }

    /// <summary>When a pod is replaced: as soon as it ends (TerminatingOrFailed), or when it has Failed.</summary>
    [OneOf("Failed", "TerminatingOrFailed")]
    public string? PodReplacementPolicy { get; init; }

    /// <summary>Another controller than the built-in one looks after the job.</summary>
    public string? ManagedBy { get; init; }
}

public sealed record PodFailurePolicy
{
    /// <summary>The first that matches counts.</summary>
    [Atomic]
    [Bounds(MaxItems = 20)]
    public required IReadOnlyList<PodFailurePolicyRule> Rules { get; init; }
}

public sealed record PodFailurePolicyRule
{
    [OneOf("Count", "FailIndex", "FailJob", "Ignore")]
    public required string Action { get; init; }

    public PodFailurePolicyOnExitCodesRequirement? OnExitCodes { get; init; }

    [Atomic]
    [Bounds(MaxItems = 20)]
    public IReadOnlyList<PodFailurePolicyOnPodConditionsPattern>? OnPodConditions { get; init; }
}

public sealed record PodFailurePolicyOnExitCodesRequirement
{
    public string? ContainerName { get; init; }

    [OneOf("In", "NotIn")]
    public required string Operator { get; init; }

    [ListSet]
    [Bounds(MaxItems = 255)]
    public required IReadOnlyList<int> Values { get; init; }
}

public sealed record PodFailurePolicyOnPodConditionsPattern
{
    public required string Type { get; init; }

    [Default("\"True\"")]
    public string? Status { get; init; }
}

public sealed record SuccessPolicy
{
    [Atomic]
    [Bounds(MaxItems = 20)]
    public required IReadOnlyList<SuccessPolicyRule> Rules { get; init; }
}

public sealed record SuccessPolicyRule
{
    /// <summary>Indexes such as <c>0-2,5</c>.</summary>
    public string? SucceededIndexes { get; init; }

    public int? SucceededCount { get; init; }
}

public sealed record JobStatus
{
    /// <summary>Complete, Failed, Suspended, SuccessCriteriaMet, FailureTarget.</summary>
    [Atomic]
    [MergeKey("type")]
    public IReadOnlyList<JobCondition>? Conditions { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? CompletionTime { get; init; }

    public int? Active { get; init; }

    public int? Succeeded { get; init; }

    public int? Failed { get; init; }

    /// <summary>Pods that are ending.</summary>
    public int? Terminating { get; init; }

    /// <summary>Such as <c>0-2,5</c>.</summary>
    public string? CompletedIndexes { get; init; }

    public string? FailedIndexes { get; init; }

    /// <summary>Pods that have ended and still have to be counted.</summary>
    public UncountedTerminatedPods? UncountedTerminatedPods { get; init; }

    public int? Ready { get; init; }
}

public sealed record UncountedTerminatedPods
{
    [ListSet]
    public IReadOnlyList<string>? Succeeded { get; init; }

    [ListSet]
    public IReadOnlyList<string>? Failed { get; init; }
}

public sealed record JobCondition
{
    public required string Type { get; init; }

    public required string Status { get; init; }

    public DateTimeOffset? LastProbeTime { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

/// <summary>What jobs made from it look like.</summary>
public sealed record JobTemplateSpec
{
    public ObjectMeta? Metadata { get; init; }

    public required JobSpec Spec { get; init; }
}

using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Jobs;

/// <summary>What is known of a job.</summary>
internal sealed record JobObservation
{
    public required Job Job { get; init; }

    /// <summary>All pods that it controls, ended ones too; without those whose deletion was just asked for.</summary>
    public required IReadOnlyList<Pod> Pods { get; init; }

    public required DateTimeOffset Now { get; init; }
}

/// <summary>A pod to create.</summary>
/// <param name="Index">Its completion index.</param>
/// <param name="Failures">How often that index failed before.</param>
internal readonly record struct NewJobPod(int? Index, int Failures);

/// <summary>What to do about it, in this order: write the status, let counted pods go, delete, create.</summary>
internal sealed record JobDecision
{
    public required JobStatus Status { get; init; }

    /// <summary>Pods that are counted once the status is written; their finalizer goes.</summary>
    public IReadOnlyList<Pod> Release { get; init; } = [];

    /// <summary>Pods that end with the job; they count as failed.</summary>
    public IReadOnlyList<Pod> Delete { get; init; } = [];

    /// <summary>Pods that are too many; they count as nothing.</summary>
    public IReadOnlyList<Pod> Withdraw { get; init; } = [];

    public IReadOnlyList<NewJobPod> Create { get; init; } = [];

    /// <summary>The finished job has outlived its time.</summary>
    public bool Expired { get; init; }

    /// <summary>Type, reason and message of what is to be told.</summary>
    public IReadOnlyList<(string Type, string Reason, string Message)> Events { get; init; } = [];

    public TimeSpan? RequeueAfter { get; init; }
}

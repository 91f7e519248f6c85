using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Delivery;

/// <summary>One traffic shift from the release that serves to the one that is to serve, in one environment.</summary>
[Kind("fairway.dev/v1", "rollouts", Status = true, ShortNames = ["ro"], Categories = ["fairway"])]
[Column("Application", ".spec.application")]
[Column("Environment", ".spec.environment")]
[Column("Release", ".spec.release")]
[Column("Phase", ".status.phase")]
[Column("Step", ".status.step", Type = "integer")]
[Column("Weight", ".status.weight", Type = "integer")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record Rollout : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "Rollout";

    public ObjectMeta Metadata { get; init; } = new();

    public required RolloutSpec Spec { get; init; }

    public RolloutStatus? Status { get; init; }
}

/// <summary>What moves, where and how.</summary>
public sealed record RolloutSpec
{
    [Immutable]
    public required string Application { get; init; }

    [Immutable]
    public required string Environment { get; init; }

    [Immutable]
    public required string Cluster { get; init; }

    /// <summary>The namespace in that cluster.</summary>
    [Immutable]
    public required string TargetNamespace { get; init; }

    [Immutable]
    public required string Promotion { get; init; }

    [Immutable]
    public required string Release { get; init; }

    /// <summary>The release to return to.</summary>
    [Immutable]
    public string? StableRelease { get; init; }

    /// <summary>The commit of the environment branch with the desired manifests.</summary>
    [Immutable]
    public required string Revision { get; init; }

    /// <summary>The commit of the environment branch with the manifests that serve until the rollout finishes.</summary>
    [Immutable]
    public string? StableRevision { get; init; }

    [Immutable]
    public required CanaryStrategy Canary { get; init; }

    /// <summary>Why this rollout is more careful than its strategy says: analyses measure twice as often and tolerate nothing bad.</summary>
    [Immutable]
    public string? CarefulBecause { get; init; }

    /// <summary>Stop and return to the stable release.</summary>
    public bool? Abort { get; init; }

    /// <summary>The promotion of a newer release that this rollout makes room for.</summary>
    public string? SupersededBy { get; init; }

    /// <summary>Skip what is left of the steps and finish.</summary>
    public bool? PromoteFull { get; init; }

    /// <summary>Pauses up to and including this step (index from 0) count as answered.</summary>
    public int? ResumedStep { get; init; }

    /// <summary>Hold at the present step until false again.</summary>
    public bool? Paused { get; init; }
}

/// <summary>How far the shift is.</summary>
public sealed record RolloutStatus
{
    /// <summary>Pending, Starting, Progressing, Paused, Analyzing, Finishing, Succeeded, Aborting or Aborted.</summary>
    public string? Phase { get; init; }

    /// <summary>Index of the step under way, from 0; equals the number of steps when all are done.</summary>
    public int? Step { get; init; }

    /// <summary>The percentage of traffic on the new version.</summary>
    public int? Weight { get; init; }

    public string? Message { get; init; }

    public WaitingFor? WaitingFor { get; init; }

    /// <summary>Why it is or was aborted.</summary>
    public string? AbortReason { get; init; }

    /// <summary>The workloads that move, with the numbers behind the decisions.</summary>
    public IReadOnlyList<RolloutTarget>? Targets { get; init; }

    /// <summary>When the stable workloads began to follow, with all traffic on the canary.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? FinishingAt { get; init; }

    /// <summary>When the last traffic left the canary for good.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? TrafficReturnedAt { get; init; }

    /// <summary>The AnalysisRun under way or last ended.</summary>
    public string? AnalysisRun { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? StepStartedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Each thing that happened, in order, at most 100.</summary>
    public IReadOnlyList<RolloutEvent>? History { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>One thing that happened in a rollout.</summary>
public sealed record RolloutEvent
{
    public required DateTimeOffset At { get; init; }

    public required string What { get; init; }

    public int? Weight { get; init; }
}

/// <summary>One workload that a rollout moves.</summary>
public sealed record RolloutTarget
{
    /// <summary>The Deployment that serves before and after.</summary>
    public required string Deployment { get; init; }

    /// <summary>Its Service.</summary>
    public required string Service { get; init; }

    public required string CanaryDeployment { get; init; }

    public required string CanaryService { get; init; }

    /// <summary>HTTPRoutes whose weights are shifted.</summary>
    public IReadOnlyList<string>? Routes { get; init; }

    /// <summary>Replicas of the new version at full size.</summary>
    public int Replicas { get; init; }

    public int CanaryReplicas { get; init; }

    public int CanaryReady { get; init; }

    public int StableReady { get; init; }

    /// <summary>The percentage of traffic on the canary as the live routes have it.</summary>
    public int Weight { get; init; }
}

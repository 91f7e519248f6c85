using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Rollouts;

/// <summary>Everything that a decision about a rollout stands on, read before it is made.</summary>
internal sealed record RolloutObservation
{
    public required RolloutSpec Spec { get; init; }

    public required RolloutStatus Status { get; init; }

    /// <summary>The object is being deleted.</summary>
    public bool Deleting { get; init; }

    /// <summary>Why a canary is impossible here; null when it is possible.</summary>
    public string? Refusal { get; init; }

    /// <summary>Another rollout of the environment that has not ended yet.</summary>
    public string? Blocker { get; init; }

    public required IReadOnlyList<TargetObservation> Targets { get; init; }

    /// <summary>The analysis of the step under way, when it is an analysis.</summary>
    public AnalysisObservation? Analysis { get; init; }
}

/// <summary>One workload that moves: the stable side, the canary side and the route between them.</summary>
internal sealed record TargetObservation
{
    public required string Deployment { get; init; }

    public required string Service { get; init; }

    /// <summary>Replicas of the new version at full size.</summary>
    public required int Replicas { get; init; }

    /// <summary>The canary Deployment with the release of this rollout; null when there is none yet, or one of another release.</summary>
    public WorkloadObservation? Canary { get; init; }

    /// <summary>Something of the canary still exists (of whatever release).</summary>
    public bool CanaryLeftovers { get; init; }

    /// <summary>The stable Deployment; null when it is missing.</summary>
    public WorkloadObservation? Stable { get; init; }

    public required RouteObservation Route { get; init; }
}

/// <summary>A Deployment and the endpoints behind its Service.</summary>
internal sealed record WorkloadObservation
{
    /// <summary>The release that its pod template names.</summary>
    public string? Release { get; init; }

    /// <summary>spec.replicas.</summary>
    public required int Desired { get; init; }

    /// <summary>status.availableReplicas, or 0 when the status is older than the spec.</summary>
    public required int Available { get; init; }

    /// <summary>Ready endpoints of its Service.</summary>
    public required int ReadyEndpoints { get; init; }

    /// <summary>The controller has seen the spec, every pod is of the present template, none of an older one is left.</summary>
    public bool Complete { get; init; }

    /// <summary>Why its pods do not come up, in words, if known.</summary>
    public string? Trouble { get; init; }

    /// <summary>Pods that can be given traffic: available ones that the Service has as ready endpoints.</summary>
    public int Ready => Math.Min(Available, ReadyEndpoints);
}

/// <summary>The HTTPRoutes of a Service as they are live.</summary>
internal sealed record RouteObservation
{
    /// <summary>HTTPRoutes by name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>The percentage that goes to the canary; -1 when the rules disagree with each other.</summary>
    public required int Weight { get; init; }

    /// <summary>The gateway has taken the present rules.</summary>
    public required bool Accepted { get; init; }

    /// <summary>Why the gateway refuses the rules; null when it does not.</summary>
    public string? Rejection { get; init; }

    /// <summary>Nobody routes to the Service any more: there is no traffic to shift.</summary>
    public bool Missing { get; init; }
}

/// <summary>The analysis runs of one step, taken together.</summary>
internal sealed record AnalysisObservation
{
    /// <summary>The name that the first run has or will have.</summary>
    public required string Name { get; init; }

    /// <summary>Missing (not started yet), Running, Successful, Failed, Error or Inconclusive.</summary>
    public required string Phase { get; init; }

    public string? Message { get; init; }

    /// <summary>How long it takes when all goes well.</summary>
    public TimeSpan Expected { get; init; }

    /// <summary>Why it cannot be started (a template is missing); null when it can.</summary>
    public string? Fault { get; init; }
}

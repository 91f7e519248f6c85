using Fairway.Delivery.Rollouts;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Tests.Rollouts;

/// <summary>A small model of everything around a rollout: workloads, route, sync and analysis. Crashes are lost status writes.</summary>
internal sealed class RolloutWorld
{
    public RolloutWorld(RolloutSpec spec, int replicas)
    {
        Spec = spec;
        Replicas = replicas;
        StableReady = replicas;
        StableRelease = spec.StableRelease!;
    }

    public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public RolloutSpec Spec { get; set; }

    public RolloutStatus Status { get; set; } = new();

    public int Replicas { get; }

    public int? CanaryDesired { get; set; }

    public int CanaryReady { get; set; }

    public bool CanaryCanStart { get; set; } = true;

    public bool StableCanFollow { get; set; } = true;

    public int Weight { get; set; }

    public bool RouteAccepted { get; set; } = true;

    public bool RouteMissing { get; set; }

    public string StableRelease { get; set; }

    public int StableReady { get; set; }

    public string? Analysis { get; set; }

    public string AnalysisVerdict { get; set; } = "Successful";

    public string? Blocker { get; set; }

    public bool Deleting { get; set; }

    public List<string> Trace { get; } = [];

    public int AnalysesStarted { get; private set; }

    public RolloutObservation Observe() => new()
    {
        Spec = Spec,
        Status = Status,
        Blocker = Blocker,
        Deleting = Deleting,
        Targets =
        [
            new TargetObservation
            {
                Deployment = "web",
                Service = "web",
                Replicas = Replicas,
                CanaryLeftovers = CanaryDesired is not null,
                Canary = CanaryDesired is { } desired
                    ? new WorkloadObservation { Release = Spec.Release, Desired = desired, Available = CanaryReady, ReadyEndpoints = CanaryReady }
                    : null,
                Stable = new WorkloadObservation
                {
                    Release = StableRelease, Desired = Replicas, Available = StableReady, ReadyEndpoints = StableReady, Complete = StableReady == Replicas,
                },
                Route = new RouteObservation { Name = "web", Weight = RouteMissing ? 0 : Weight, Accepted = RouteAccepted, Missing = RouteMissing },
            },
        ],
        Analysis = Status.Step is { } step && step < Spec.Canary.Steps.Count && Spec.Canary.Steps[step].Analysis is not null
            ? new AnalysisObservation { Name = $"r-{step}", Phase = Analysis ?? "Missing", Expected = TimeSpan.FromSeconds(30), Message = "said so" }
            : null,
    };

    /// <summary>Plans once and does what was planned. A crash loses the status.</summary>
    public RolloutDecision Turn(bool crash = false)
    {
        int? step = Status.Step;
        RolloutDecision decision = RolloutPlanner.Plan(Observe(), Now);
        Act(decision.Action);
        if (!crash)
        {
            Status = decision.Status;
        }

        if (Status.Step != step)
        {
            Analysis = null;
        }

        return decision;
    }

    /// <summary>Everything that others do by themselves.</summary>
    public void Settle()
    {
        RouteAccepted = true;
        if (CanaryDesired is { } desired)
        {
            CanaryReady = CanaryCanStart ? desired : Math.Min(CanaryReady, desired);
        }

        string wanted = RolloutPhases.StableFollows(Status.Phase) ? Spec.Release : Spec.StableRelease!;
        StableReady = wanted == Spec.Release && !StableCanFollow ? Replicas - 1 : Replicas;
        StableRelease = wanted;
        if (Analysis == "Running")
        {
            Analysis = AnalysisVerdict;
        }
    }

    private void Act(RolloutAction action)
    {
        switch (action)
        {
            case RolloutAction.EnsureCanary ensure:
                CanaryDesired = ensure.Replicas[0];
                CanaryReady = Math.Min(CanaryReady, ensure.Replicas[0]);
                Trace.Add($"canary {ensure.Replicas[0]}");
                break;
            case RolloutAction.ShiftTraffic shift:
                if (shift.Weight > Weight)
                {
                    CanaryReady.ShouldBeGreaterThanOrEqualTo(
                        RolloutPlanner.ReplicasFor(Replicas, shift.Weight), $"weight {shift.Weight} was given to an unready canary");
                }

                Weight = shift.Weight;
                RouteAccepted = false;
                Trace.Add($"weight {shift.Weight}");
                break;
            case RolloutAction.StartAnalysis:
                Analysis ??= "Running";
                AnalysesStarted++;
                Trace.Add("analysis");
                break;
            case RolloutAction.RemoveCanary:
                CanaryDesired = null;
                CanaryReady = 0;
                Trace.Add("remove");
                break;
        }
    }

    /// <summary>Lets everyone act and time pass until the rollout ends.</summary>
    public void RunToEnd(int limit = 600)
    {
        for (int i = 0; i < limit && !RolloutPhases.HasEnded(Status.Phase); i++)
        {
            Settle();
            Turn();
            Now += TimeSpan.FromSeconds(5);
        }
    }
}

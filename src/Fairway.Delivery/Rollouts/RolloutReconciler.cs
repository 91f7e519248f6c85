using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Delivery.Analysis;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Rollouts;

/// <summary>Carries out what the planner decides about a rollout, one action at a time.</summary>
internal sealed class RolloutReconciler(IClusterApi hub, RolloutObserver observer, RolloutFacts facts, TimeProvider time)
{
    private const string Finalizer = "fairway.dev/canary";
    private const int TurnsAtOnce = 16;

    // Under way it is looked at now and then even if no change announces itself.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        for (int turn = 0; turn < TurnsAtOnce; turn++)
        {
            if (await hub.FindAsync<Rollout>(key.Namespace, key.Name, cancellation) is not { } rollout
                || await HoldOrLetGoAsync(rollout, cancellation) is not { } held)
            {
                return ReconcileResult.Done;
            }

            RolloutScene scene = await observer.ObserveAsync(held, cancellation);
            DateTimeOffset now = time.GetUtcNow();
            RolloutDecision decision = RolloutPlanner.Plan(scene.Seen, now);
            await ActAsync(scene, decision.Action, cancellation);
            await StopAnalysesAsync(scene, decision.Status, cancellation);
            await facts.TellAsync(scene, decision.Status, cancellation);
            await hub.WriteStatusAsync(held, held with { Status = decision.Status }, cancellation);
            bool isEnded = RolloutPhases.HasEnded(decision.Status.Phase);
            if (isEnded && !scene.Seen.Deleting)
            {
                return ReconcileResult.Done;
            }

            if (!isEnded && !(decision.Look <= now))
            {
                return ReconcileResult.After(decision.Look - now < Heartbeat ? decision.Look!.Value - now : Heartbeat);
            }
        }

        return ReconcileResult.After(TimeSpan.FromMilliseconds(100));
    }

    /// <summary>A rollout under way is held by a finalizer: deleting it takes the canary away first.</summary>
    private async Task<Rollout?> HoldOrLetGoAsync(Rollout rollout, CancellationToken cancellation)
    {
        bool isDeleting = rollout.Metadata.DeletionTimestamp is not null;
        if (RolloutPhases.HasEnded(rollout.Status?.Phase))
        {
            if (rollout.Metadata.HasFinalizer(Finalizer))
            {
                await hub.WriteAsync(rollout, rollout with { Metadata = rollout.Metadata.WithoutFinalizer(Finalizer) }, cancellation);
            }

            return null;
        }

        return !isDeleting && !rollout.Metadata.HasFinalizer(Finalizer)
            ? await hub.WriteAsync(rollout, rollout with { Metadata = rollout.Metadata.WithFinalizer(Finalizer) }, cancellation)
            : rollout;
    }

    private async Task ActAsync(RolloutScene scene, RolloutAction action, CancellationToken cancellation)
    {
        switch (action)
        {
            case RolloutAction.EnsureCanary ensure:
                Dictionary<string, int> replicas = [];
                foreach ((CanaryTarget target, int count) in scene.Targets.Zip(ensure.Replicas))
                {
                    replicas[target.CanaryDeployment] = Math.Max(count, replicas.GetValueOrDefault(target.CanaryDeployment));
                }

                await scene.Cluster.EnsureAsync(scene.Plan, replicas, cancellation);
                break;
            case RolloutAction.ShiftTraffic shift:
                await scene.Cluster.ShiftAsync(scene.Targets, scene.Stable, shift.Weight, cancellation);
                break;
            case RolloutAction.StartAnalysis:
                foreach (AnalysisRun run in scene.WantedRuns)
                {
                    await CreateAsync(run, cancellation);
                }

                break;
            case RolloutAction.RemoveCanary:
                await scene.Cluster.RemoveAsync(scene.Leftovers, cancellation);
                break;
        }
    }

    private async Task CreateAsync(AnalysisRun run, CancellationToken cancellation)
    {
        try
        {
            await hub.CreateAsync(run, cancellation);
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            // Made before a crash.
        }
    }

    /// <summary>Analyses of steps that are over measure nothing any more.</summary>
    private async Task StopAnalysesAsync(RolloutScene scene, RolloutStatus status, CancellationToken cancellation)
    {
        if (scene.Seen.Status.AnalysisRun is null || status.Phase == RolloutPhases.Analyzing)
        {
            return;
        }

        bool isOver = status.Phase is RolloutPhases.Finishing or RolloutPhases.Aborting || RolloutPhases.HasEnded(status.Phase);
        if (!isOver)
        {
            return;
        }

        IEnumerable<AnalysisRun> running = (await hub.ListAsync<AnalysisRun>(scene.Rollout.Metadata.Namespace, cancellation))
            .Where(run => run.Spec.Rollout == scene.Rollout.Metadata.Name && run.Spec.Terminate != true && !AnalysisPlanner.IsEnded(run.Status?.Phase));
        foreach (AnalysisRun run in running)
        {
            await hub.WriteAsync(run, run with { Spec = run.Spec with { Terminate = true } }, cancellation);
        }
    }
}

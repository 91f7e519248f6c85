using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Delivery.Environments;
using Fairway.Delivery.Rendering;
using Fairway.Delivery.Rollouts;
using Fairway.Git;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Storage;

namespace Fairway.Delivery.Promotions;

/// <summary>Carries out what the planner decides about a promotion, one action at a time.</summary>
internal sealed class PromotionReconciler(
    IClusterApi hub, PromotionObserver observer, EnvironmentBranches branches, BlobStore blobs, PromotionFacts facts, TimeProvider time)
{
    private const string Finalizer = "fairway.dev/promotion";
    private const int TurnsAtOnce = 12;

    // While something is under way it is looked at now and then even if no change announces itself.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        for (int turn = 0; turn < TurnsAtOnce; turn++)
        {
            if (await hub.FindAsync<Promotion>(key.Namespace, key.Name, cancellation) is not { } promotion
                || await HoldOrLetGoAsync(promotion, cancellation) is not { } held)
            {
                return ReconcileResult.Done;
            }

            PromotionScene scene = await observer.ObserveAsync(held, cancellation);
            DateTimeOffset now = time.GetUtcNow();
            PromotionDecision decision = PromotionPlanner.Plan(scene.Seen, now);
            PromotionStatus status = await ActAsync(scene, decision, cancellation);
            await facts.TellAsync(scene, status, cancellation);
            await RecordOutcomeAsync(scene, status, cancellation);
            await hub.WriteStatusAsync(held, held with { Status = status }, cancellation);
            bool isEnded = PromotionPhases.HasEnded(status.Phase);
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

    /// <summary>A promotion under way is held by a finalizer, so that deleting it goes back first.</summary>
    /// <returns>Null when there is nothing more to do.</returns>
    private async Task<Promotion?> HoldOrLetGoAsync(Promotion promotion, CancellationToken cancellation)
    {
        bool isDeleting = promotion.Metadata.DeletionTimestamp is not null;
        bool isEnded = PromotionPhases.HasEnded(promotion.Status?.Phase);
        if (isEnded && promotion.Metadata.HasFinalizer(Finalizer))
        {
            Promotion free = await hub.WriteAsync(promotion, promotion with { Metadata = promotion.Metadata.WithoutFinalizer(Finalizer) }, cancellation);
            return isDeleting ? null : free;
        }

        return !isEnded && !isDeleting && !promotion.Metadata.HasFinalizer(Finalizer)
            ? await hub.WriteAsync(promotion, promotion with { Metadata = promotion.Metadata.WithFinalizer(Finalizer) }, cancellation)
            : promotion;
    }

    private async Task<PromotionStatus> ActAsync(PromotionScene scene, PromotionDecision decision, CancellationToken cancellation)
    {
        switch (decision.Action)
        {
            case PromotionAction.Commit:
                await CommitAsync(scene, cancellation);
                break;
            case PromotionAction.CommitBack back:
                string revision = await CommitBackAsync(scene, back, cancellation);
                await facts.TellRollbackAsync(scene, back, revision, cancellation);
                return decision.Status with { RevertRevision = revision };
            case PromotionAction.StartRollout:
                await StartRolloutAsync(scene, cancellation);
                break;
            case PromotionAction.AbortRollout:
                await ChangeRolloutAsync(scene, spec => spec with { Abort = true }, cancellation);
                break;
            case PromotionAction.SupersedeRollout superseded:
                await ChangeRolloutAsync(scene, spec => spec with { SupersededBy = superseded.By }, cancellation);
                break;
        }

        return decision.Status;
    }

    private async Task CommitAsync(PromotionScene scene, CancellationToken cancellation)
    {
        Release release = scene.Release!;
        PromotionSpec spec = scene.Seen.Spec;
        IReadOnlyList<Manifest> manifests = await ReleaseReconciler.ReadAsync(blobs, release, spec.Environment, cancellation);
        EnvironmentPin pin = Pin(scene, release.Metadata.Name, release) with
        {
            Promotion = scene.Seen.Name,
            By = spec.Approval?.By ?? spec.RequestedBy,
            Canary = scene.Canary,
            Over = scene.Seen.LastGood,
            Reason = spec.Reason,
        };
        string verb = spec.Rollback == true ? "Roll back" : "Promote";
        CommitOutcome outcome = await branches.WriteAsync(
            scene.Application!.RepositoryName()!, pin, scene.Seen.HeadRevision, manifests,
            $"{verb} {spec.Application} in {spec.Environment} to {release.Metadata.Name}\n\n{release.Spec.Commit.Message}\n\nPromotion: {scene.Seen.Name}\nRelease: {release.Metadata.Name}\nCommit: {release.Spec.Commit.Sha}\n",
            cancellation);
        RefuseConflict(outcome, spec.Environment);
    }

    private async Task<string> CommitBackAsync(PromotionScene scene, PromotionAction.CommitBack back, CancellationToken cancellation)
    {
        PromotionSpec spec = scene.Seen.Spec;
        Release? good = await hub.FindAsync<Release>(scene.Promotion.Metadata.Namespace, back.Target.Release, cancellation);
        EnvironmentPin pin = Pin(scene, back.Target.Release, good) with { RevertOf = scene.Seen.Name, Reason = back.Reason, By = ApplicationReconciler.Automatic };
        CommitOutcome outcome = await branches.RestoreAsync(
            scene.Application!.RepositoryName()!, pin, scene.Seen.HeadRevision, back.Target.Revision,
            $"Return {spec.Application} in {spec.Environment} to {back.Target.Release}\n\n{back.Reason}\n\nReverts-Promotion: {scene.Seen.Name}\nRejected-Release: {spec.Release}\n",
            cancellation);
        return RefuseConflict(outcome, spec.Environment);
    }

    private static EnvironmentPin Pin(PromotionScene scene, string name, Release? release) => new()
    {
        Application = scene.Seen.Spec.Application,
        Environment = scene.Seen.Spec.Environment,
        Release = name,
        Version = release?.Spec.Version,
        Commit = release?.Spec.Commit.Sha,
    };

    private static string RefuseConflict(CommitOutcome outcome, string environment) => outcome switch
    {
        CommitOutcome.Committed committed => committed.Sha,
        CommitOutcome.Unchanged unchanged => unchanged.Sha,
        _ => throw new StatusException(409, "Conflict", $"branch {EnvironmentBranches.BranchOf(environment)} moved while it was written; trying again"),
    };

    private async Task StartRolloutAsync(PromotionScene scene, CancellationToken cancellation)
    {
        ApplicationEnvironment environment = scene.Seen.Environment
            ?? throw new InvalidOperationException($"Application {scene.Seen.Spec.Application} has no environment {scene.Seen.Spec.Environment}.");
        CanaryStrategy canary = environment.Strategy?.Canary ?? new CanaryStrategy { Steps = [new CanaryStep { SetWeight = 100 }] };
        try
        {
            await hub.CreateAsync(
                new Rollout
                {
                    Metadata = new ObjectMeta
                    {
                        Name = scene.Seen.Name,
                        Namespace = scene.Promotion.Metadata.Namespace,
                        Labels = scene.Promotion.Metadata.Labels,
                        OwnerReferences = [Owners.ControllerReference(scene.Promotion)],
                    },
                    Spec = new RolloutSpec
                    {
                        Application = scene.Seen.Spec.Application,
                        Environment = scene.Seen.Spec.Environment,
                        Cluster = environment.ClusterName(),
                        TargetNamespace = environment.NamespaceIn(scene.Application!),
                        Promotion = scene.Seen.Name,
                        Release = scene.Seen.Spec.Release,
                        StableRelease = scene.Seen.Status.PreviousRelease,
                        Revision = scene.Seen.Status.Revision!,
                        StableRevision = scene.Seen.Status.PreviousRevision,
                        Canary = scene.Seen.BudgetIsLow ? CarefulRollout.Slowed(canary) : canary,
                        CarefulBecause = scene.Seen.BudgetIsLow ? CarefulRollout.Because(scene.Seen.Budget!) : null,
                    },
                },
                cancellation);
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            // Made before a crash.
        }
    }

    private async Task ChangeRolloutAsync(PromotionScene scene, Func<RolloutSpec, RolloutSpec> change, CancellationToken cancellation)
    {
        if (await hub.FindAsync<Rollout>(scene.Promotion.Metadata.Namespace, scene.Seen.Name, cancellation) is { } rollout)
        {
            await hub.WriteAsync(rollout, rollout with { Spec = change(rollout.Spec) }, cancellation);
        }
    }

    /// <summary>
    /// Notes on the release where it was found good, bad or was stopped. The note outlives the promotion: who deletes one does not get it back.
    /// </summary>
    private async Task RecordOutcomeAsync(PromotionScene scene, PromotionStatus status, CancellationToken cancellation)
    {
        string environment = scene.Seen.Spec.Environment;
        bool isNew = status.Phase != scene.Seen.Status.Phase;
        if (!isNew || scene.Release is null || status.Phase is not (PromotionPhases.Succeeded or PromotionPhases.Failed or PromotionPhases.Aborted))
        {
            return;
        }

        var outcome = new Verification { Environment = environment, At = status.FinishedAt, Message = status.Message };
        ReleaseStatus before = scene.Release.Status ?? new ReleaseStatus();
        ReleaseStatus after = status.Phase == PromotionPhases.Succeeded
            ? before with { VerifiedIn = With(before.VerifiedIn, outcome), FailedIn = Without(before.FailedIn, environment) }
            : before with { FailedIn = With(before.FailedIn, outcome) };
        await hub.WriteStatusAsync(scene.Release, scene.Release with { Status = after }, cancellation);
    }

    private static IReadOnlyList<Verification> With(IReadOnlyList<Verification>? outcomes, Verification outcome)
        => [.. (outcomes ?? []).Where(other => other.Environment != outcome.Environment), outcome];

    private static IReadOnlyList<Verification>? Without(IReadOnlyList<Verification>? outcomes, string environment)
        => outcomes?.Where(other => other.Environment != environment).ToArray() is { Length: > 0 } left ? left : null;
}

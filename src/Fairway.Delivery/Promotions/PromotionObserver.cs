using Fairway.Client;
using Fairway.Delivery.Environments;
using Fairway.Delivery.Rendering;
using Fairway.Delivery.Rollouts;
using Fairway.Git;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Signals;
using Fairway.Storage;

namespace Fairway.Delivery.Promotions;

/// <summary>What was read for a decision, and the objects that carrying it out needs.</summary>
internal sealed record PromotionScene(PromotionObservation Seen, Promotion Promotion, Application? Application, Release? Release, EnvironmentPin? Head)
{
    /// <summary>The new release is to be delivered by canary.</summary>
    public bool Canary { get; init; }
}

/// <summary>Reads the world around a promotion.</summary>
internal sealed class PromotionObserver(IClusterApi hub, EnvironmentBranches branches, BlobStore blobs, IErrorBudgets? budgets, IPromotionPolicies? policies = null)
{
    public async Task<PromotionScene> ObserveAsync(Promotion promotion, CancellationToken cancellation)
    {
        string @namespace = promotion.Metadata.Namespace ?? "";
        PromotionSpec spec = promotion.Spec;
        Application? application = await hub.FindAsync<Application>(@namespace, spec.Application, cancellation);
        Release? release = await hub.FindAsync<Release>(@namespace, spec.Release, cancellation);
        ApplicationEnvironment? environment = application?.Environment(spec.Environment);
        string? head = null;
        EnvironmentPin? pin = null;
        if (application?.RepositoryName() is { } repository && environment is not null)
        {
            head = await branches.HeadAsync(repository, spec.Environment, cancellation);
            pin = await PinAsync(repository, head, application, environment, cancellation);
        }

        bool headIsGood = await IsGoodAsync(pin, @namespace, cancellation);
        LastGood? lastGood = pin is null || head is null ? null : headIsGood ? new LastGood(pin.Release, head) : pin.Over;
        IReadOnlyList<Promotion> peers = await PeersAsync(promotion, cancellation);
        var seen = new PromotionObservation
        {
            Name = promotion.Metadata.Name,
            Spec = spec,
            Status = promotion.Status ?? new PromotionStatus(),
            Deleting = promotion.Metadata.DeletionTimestamp is not null,
            Environment = environment,
            EnvironmentBefore = Before(application, spec.Environment),
            Release = release is null ? null : View(release, spec.Environment, Before(application, spec.Environment)),
            Older = [.. peers.TakeWhile(peer => peer.Metadata.Name != promotion.Metadata.Name).Select(Peer)],
            Newer = [.. peers.SkipWhile(peer => peer.Metadata.Name != promotion.Metadata.Name).Skip(1).Select(Peer)],
            HeadPromotion = pin?.Promotion,
            HeadRevision = head,
            HeadIsCanary = pin?.Canary == true,
            HeadIsGood = headIsGood,
            LastGood = lastGood,
            Rollout = View(await hub.FindAsync<Rollout>(@namespace, promotion.Metadata.Name, cancellation)),
            Budget = await BudgetAsync(promotion, environment, cancellation),
            Hold = await HoldAsync(promotion, environment, cancellation),
            Live = await LiveAsync(application, environment, cancellation),
        };
        var scene = new PromotionScene(seen, promotion, application, release, pin);
        return seen.Status.Phase == PromotionPhases.Writing && seen.HeadPromotion != seen.Name
            ? await WithStrategyAsync(scene, cancellation)
            : scene;
    }

    /// <summary>Asked only where an answer changes something: at the gate, and when a rollout is about to start.</summary>
    private async Task<BudgetLeft?> BudgetAsync(Promotion promotion, ApplicationEnvironment? environment, CancellationToken cancellation)
        => budgets is not null
            && environment?.Gate?.ErrorBudget is not null
            && promotion.Status?.Phase is null or PromotionPhases.Pending or PromotionPhases.RollingOut
                ? await budgets.LeastAsync(promotion.Spec.Application, environment.Name, cancellation)
                : null;

    /// <summary>Asked until the gate is passed. What goes back to a release that ran here before is not held.</summary>
    private async Task<PolicyHold?> HoldAsync(Promotion promotion, ApplicationEnvironment? environment, CancellationToken cancellation)
        => policies is not null
            && environment is not null
            && promotion.Spec.Rollback != true
            && promotion.Status?.Phase is null or PromotionPhases.Pending or PromotionPhases.AwaitingApproval
                ? await policies.HoldAsync(promotion, environment.Gate?.Policies ?? [], cancellation)
                : null;

    /// <summary>Whether the release goes by canary, and whether it can.</summary>
    private async Task<PromotionScene> WithStrategyAsync(PromotionScene scene, CancellationToken cancellation)
    {
        PromotionObservation seen = scene.Seen;
        if (seen.Environment?.Strategy?.Canary is not { } canary
            || seen.LastGood is not { } good
            || good.Release == seen.Spec.Release
            || seen.Spec.Rollback == true
            || scene.Release is null
            || scene.Application?.RepositoryName() is not { } repository)
        {
            return scene;
        }

        try
        {
            IReadOnlyList<Manifest> next = await ReleaseReconciler.ReadAsync(blobs, scene.Release, seen.Spec.Environment, cancellation);
            EnvironmentState stable = await ReadAsync(repository, good.Revision, scene.Application, seen.Environment, cancellation);
            CanaryPlan plan = CanaryObjects.Make(next, stable.Manifests, seen.Spec.Environment, seen.Name);
            string? refusal = plan.Refusal ?? await MissingTemplateAsync(canary, scene.Promotion.Metadata.Namespace ?? "", cancellation);
            return scene with { Canary = plan.Targets.Count > 0, Seen = seen with { CanaryRefusal = refusal } };
        }
        catch (Exception unreadable) when (unreadable is RenderException or GitException)
        {
            return scene with { Seen = seen with { CanaryRefusal = unreadable.Message } };
        }
    }

    private async Task<string?> MissingTemplateAsync(CanaryStrategy canary, string @namespace, CancellationToken cancellation)
    {
        foreach (string template in canary.Steps.SelectMany(step => step.Analysis?.Templates ?? []).Select(template => template.TemplateName).Distinct())
        {
            if (await hub.FindAsync<AnalysisTemplate>(@namespace, template, cancellation) is null)
            {
                return $"the canary's steps name AnalysisTemplate {template}, and there is none in namespace {@namespace}";
            }
        }

        return null;
    }

    private async Task<EnvironmentPin?> PinAsync(
        RepositoryName repository, string? commit, Application application, ApplicationEnvironment environment, CancellationToken cancellation)
    {
        try
        {
            return commit is null ? null : (await ReadAsync(repository, commit, application, environment, cancellation)).Pin;
        }
        catch (Exception broken) when (broken is RenderException or GitException)
        {
            // Somebody's edit that cannot be read: nothing there to wait for or to return to.
            return null;
        }
    }

    private Task<EnvironmentState> ReadAsync(
        RepositoryName repository, string commit, Application application, ApplicationEnvironment environment, CancellationToken cancellation)
        => branches.ReadAsync(
            repository, commit, application.Metadata.Name, application.Metadata.Namespace ?? "", environment.NamespaceIn(application), cancellation);

    private async Task<bool> IsGoodAsync(EnvironmentPin? pin, string @namespace, CancellationToken cancellation)
        => pin?.Promotion is not { } name
            || pin.RevertOf is not null
            || await hub.FindAsync<Promotion>(@namespace, name, cancellation) is not { } writer
            || writer.Status?.Phase == PromotionPhases.Succeeded;

    /// <summary>Promotions to the same environment that have not ended, in the order in which they were asked for.</summary>
    private async Task<IReadOnlyList<Promotion>> PeersAsync(Promotion promotion, CancellationToken cancellation)
    {
        Promotion[] active =
        [
            .. (await hub.ListAsync<Promotion>(promotion.Metadata.Namespace, cancellation))
                .Where(peer => peer.Spec.Application == promotion.Spec.Application && peer.Spec.Environment == promotion.Spec.Environment)
                .Where(peer => !PromotionPhases.HasEnded(peer.Status?.Phase) || peer.Metadata.Name == promotion.Metadata.Name),
        ];
        Dictionary<string, long> numbers = [];
        foreach (string release in active.Length == 1 ? [] : active.Select(peer => peer.Spec.Release).Distinct())
        {
            numbers[release] = (await hub.FindAsync<Release>(promotion.Metadata.Namespace, release, cancellation))?.Spec.Number ?? 0;
        }

        return
        [
            .. active.OrderBy(peer => peer.Metadata.CreationTimestamp)
                .ThenBy(peer => numbers.GetValueOrDefault(peer.Spec.Release))
                .ThenBy(peer => peer.Metadata.Name, StringComparer.Ordinal),
        ];
    }

    private async Task<EnvironmentView> LiveAsync(Application? application, ApplicationEnvironment? environment, CancellationToken cancellation)
    {
        EnvironmentStatus? status = application?.Status?.Environments?.FirstOrDefault(one => one.Name == environment?.Name);
        if (status is null || application?.RepositoryName() is not { } repository)
        {
            return new EnvironmentView();
        }

        EnvironmentPin? synced = await PinAsync(repository, status.SyncedRevision, application, environment!, cancellation);
        return new EnvironmentView { SyncedPromotion = synced?.Promotion, Sync = status.Sync, Health = status.Health, Message = status.Message };
    }

    private static ReleaseObservation View(Release release, string environment, string? before) => new()
    {
        Application = release.Spec.Application,
        HasManifests = ReleaseReconciler.DigestOf(release, environment) is not null,
        Refusal = release.Status?.Phase == "Refused" ? release.Status.Message ?? "its manifests cannot be rendered" : null,
        VerifiedBeforeAt = release.Status?.VerifiedIn?.FirstOrDefault(verified => verified.Environment == before)?.At,
        VerifiedHere = release.Status?.VerifiedIn?.Any(verified => verified.Environment == environment) == true,
    };

    private static RolloutView? View(Rollout? rollout) => rollout is null ? null : new RolloutView
    {
        Phase = rollout.Status?.Phase,
        Message = rollout.Status?.Message,
        WaitingFor = rollout.Status?.WaitingFor,
        AbortReason = rollout.Status?.AbortReason,
        AbortAsked = rollout.Spec.Abort == true,
        SupersededBy = rollout.Spec.SupersededBy,
    };

    private static PromotionPeer Peer(Promotion peer) => new(peer.Metadata.Name, peer.Status?.Phase);

    private static string? Before(Application? application, string environment)
        => application?.Spec.Environments.TakeWhile(one => one.Name != environment).LastOrDefault()?.Name;
}

using Fairway.ControllerRuntime;
using Fairway.Delivery.Promotions;
using Fairway.Delivery.Rollouts;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Delivery;

/// <summary>Which objects concern which others, answered from the hub's caches. A wrong answer costs a reconcile too many or one too late.</summary>
internal sealed class DeliveryWatches(InformerSet hub)
{
    private readonly Informer<Application> _applications = hub.Of<Application>();
    private readonly Informer<Release> _releases = hub.Of<Release>();
    private readonly Informer<Promotion> _promotions = hub.Of<Promotion>();
    private readonly Informer<Rollout> _rollouts = hub.Of<Rollout>();

    public static IEnumerable<ObjectKey> ApplicationOf(Release release) => [Key(release.Metadata, release.Spec.Application)];

    public static IEnumerable<ObjectKey> ApplicationOf(Promotion promotion) => [Key(promotion.Metadata, promotion.Spec.Application)];

    public static IEnumerable<ObjectKey> ApplicationOf(Rollout rollout) => [Key(rollout.Metadata, rollout.Spec.Application)];

    public static IEnumerable<ObjectKey> PromotionOf(Rollout rollout) => [Key(rollout.Metadata, rollout.Spec.Promotion)];

    public static IEnumerable<ObjectKey> RolloutOf(AnalysisRun run) => [Key(run.Metadata, run.Spec.Rollout)];

    /// <summary>The application that a managed object's labels name.</summary>
    public static IEnumerable<ObjectKey> ApplicationOf(Document managed)
        => managed.Header.Labels.TryGetValue(Labels.Application, out string? application)
            && managed.Header.Labels.TryGetValue(Labels.ApplicationNamespace, out string? @namespace)
                ? [new ObjectKey(@namespace, application)]
                : [];

    public IEnumerable<ObjectKey> ApplicationsOf(GitRepository repository)
        => _applications.List(repository.Metadata.Namespace)
            .Where(application => application.Spec.Repository == repository.Metadata.Name)
            .Select(ObjectKey.Of);

    public IEnumerable<ObjectKey> ReleasesOf(Application application)
        => _releases.List(application.Metadata.Namespace)
            .Where(release => release.Spec.Application == application.Metadata.Name)
            .Select(ObjectKey.Of);

    public IEnumerable<ObjectKey> PromotionsOf(Application application)
        => Active(application.Metadata.Namespace).Where(promotion => promotion.Spec.Application == application.Metadata.Name).Select(ObjectKey.Of);

    /// <summary>Those before their gate: what policies ask for may have changed.</summary>
    public IEnumerable<ObjectKey> WaitingPromotions()
        => Active(null).Where(promotion => !PromotionPhases.IsUnderWay(promotion.Status?.Phase)).Select(ObjectKey.Of);

    public IEnumerable<ObjectKey> PromotionsOf(Release release)
        => Active(release.Metadata.Namespace).Where(promotion => promotion.Spec.Release == release.Metadata.Name).Select(ObjectKey.Of);

    public IEnumerable<ObjectKey> PromotionsOf(GitRepository repository)
        => ApplicationsOf(repository).SelectMany(key => Active(key.Namespace).Where(promotion => promotion.Spec.Application == key.Name)).Select(ObjectKey.Of);

    /// <summary>Others to the same environment: one that passes its gate or ends concerns those that wait for it.</summary>
    public IEnumerable<ObjectKey> PeersOf(Promotion promotion)
        => Active(promotion.Metadata.Namespace)
            .Where(peer => peer.Spec.Application == promotion.Spec.Application && peer.Spec.Environment == promotion.Spec.Environment)
            .Select(ObjectKey.Of);

    public IEnumerable<ObjectKey> PeersOf(Rollout rollout)
        => _rollouts.List(rollout.Metadata.Namespace)
            .Where(peer => peer.Spec.Application == rollout.Spec.Application && peer.Spec.Environment == rollout.Spec.Environment)
            .Where(peer => !RolloutPhases.HasEnded(peer.Status?.Phase))
            .Select(ObjectKey.Of);

    public IEnumerable<ObjectKey> RolloutsOf(Application application)
        => _rollouts.List(application.Metadata.Namespace)
            .Where(rollout => rollout.Spec.Application == application.Metadata.Name && !RolloutPhases.HasEnded(rollout.Status?.Phase))
            .Select(ObjectKey.Of);

    /// <summary>Rollouts under way in the namespace of a cluster's object.</summary>
    public IEnumerable<ObjectKey> RolloutsIn(string cluster, Document changed)
        => _rollouts.List()
            .Where(rollout => rollout.Spec.Cluster == cluster && rollout.Spec.TargetNamespace == changed.Header.Namespace)
            .Where(rollout => !RolloutPhases.HasEnded(rollout.Status?.Phase))
            .Select(ObjectKey.Of);

    private IEnumerable<Promotion> Active(string? @namespace)
        => _promotions.List(@namespace).Where(promotion => !PromotionPhases.HasEnded(promotion.Status?.Phase));

    private static ObjectKey Key(ObjectMeta metadata, string name) => new(metadata.Namespace ?? "", name);
}

using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Promotions;

/// <summary>Creates the promotions that are due for an application.</summary>
internal sealed class ApplicationReconciler(IClusterApi hub)
{
    /// <summary>Who asks for promotions that no person asked for.</summary>
    public const string Automatic = "fairway";

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (await hub.FindAsync<Application>(key.Namespace, key.Name, cancellation) is not { } application
            || application.Metadata.DeletionTimestamp is not null)
        {
            return ReconcileResult.Done;
        }

        IReadOnlyList<Release> releases = await hub.ListAsync<Release>(key.Namespace, cancellation);
        IReadOnlyList<Promotion> promotions = await hub.ListAsync<Promotion>(key.Namespace, cancellation);
        foreach (WantedPromotion wanted in AutoPromotion.Plan(key.Name, application.Spec, releases, promotions))
        {
            await CreateAsync(hub, application, wanted, Automatic, null, false, cancellation);
        }

        return ReconcileResult.Done;
    }

    /// <summary>Creates a promotion; null when one of that name is there.</summary>
    public static async Task<Promotion?> CreateAsync(
        IClusterApi hub, Application application, WantedPromotion wanted, string by, string? reason, bool rollback, CancellationToken cancellation)
    {
        try
        {
            return await hub.CreateAsync(
                new Promotion
                {
                    Metadata = new ObjectMeta
                    {
                        Name = wanted.Name,
                        Namespace = application.Metadata.Namespace,
                        Labels = new Dictionary<string, string>(StringComparer.Ordinal)
                        {
                            [Labels.Application] = Labels.Value(application.Metadata.Name),
                            [Labels.Environment] = Labels.Value(wanted.Environment),
                        },
                        OwnerReferences = [Owners.ControllerReference(application) with { Controller = null, BlockOwnerDeletion = null }],
                    },
                    Spec = new PromotionSpec
                    {
                        Application = application.Metadata.Name,
                        Environment = wanted.Environment,
                        Release = wanted.Release,
                        RequestedBy = by,
                        Reason = reason,
                        Rollback = rollback ? true : null,
                    },
                },
                cancellation);
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            return null;
        }
    }
}

using System.Text.Json.Nodes;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Storage;
using static Fairway.Delivery.Promotions.PromotionPhases;

namespace Fairway.Delivery.Promotions;

/// <summary>What the ledger is told of promotions.</summary>
internal sealed class PromotionFacts(DeliveryFacts facts)
{
    /// <summary>Tells what a change of phase means.</summary>
    public async Task TellAsync(PromotionScene scene, PromotionStatus after, CancellationToken cancellation)
    {
        string? before = scene.Seen.Status.Phase;
        PromotionSpec spec = scene.Seen.Spec;
        if (before is null)
        {
            await TellAsync(scene, FactTypes.PromotionRequested, spec.RequestedBy, after, [], cancellation);
        }

        if (before == after.Phase)
        {
            return;
        }

        if (before == AwaitingApproval && after.Phase == Writing)
        {
            await TellAsync(scene, FactTypes.PromotionApproved, spec.Approval?.By, after, new JsonObject { ["comment"] = spec.Approval?.Comment }, cancellation);
        }

        if (before == Writing && after.Phase is Syncing or RollingOut)
        {
            await TellAsync(scene, FactTypes.PromotionStarted, spec.Approval?.By ?? spec.RequestedBy, after, [], cancellation);
        }

        string? ending = after.Phase switch
        {
            Succeeded => FactTypes.PromotionSucceeded,
            Failed => FactTypes.PromotionFailed,
            Aborted => FactTypes.PromotionAborted,
            Superseded => FactTypes.PromotionSuperseded,
            _ => null,
        };
        if (ending is not null)
        {
            JsonObject data = after.Phase == Aborted ? new JsonObject { ["reason"] = after.Message }
                : after.Phase == Superseded ? new JsonObject { ["by"] = scene.Seen.Newer is [.., var newest] ? newest.Name : scene.Seen.HeadPromotion }
                : [];
            await TellAsync(scene, ending, ApplicationReconciler.Automatic, after, data, cancellation);
        }
    }

    /// <summary>The last good release is back on the branch.</summary>
    public Task TellRollbackAsync(PromotionScene scene, PromotionAction.CommitBack back, string revision, CancellationToken cancellation)
        => facts.TellAsync(
            Fact(scene, FactTypes.RollbackCommitted, ApplicationReconciler.Automatic) with
            {
                Release = back.Target.Release,
                Data = new JsonObject
                {
                    ["failedRelease"] = scene.Seen.Spec.Release,
                    ["revision"] = revision,
                    ["production"] = DeliveryFacts.IsProduction(scene.Application, scene.Seen.Spec.Environment),
                    ["reason"] = back.Reason,
                },
            },
            $"{scene.Promotion.Metadata.Uid}/rollback",
            cancellation);

    private Task TellAsync(
        PromotionScene scene, string type, string? actor, PromotionStatus after, JsonObject data, CancellationToken cancellation)
    {
        data["version"] = scene.Release?.Spec.Version;
        data["sha"] = scene.Release?.Spec.Commit.Sha;
        data["commitTime"] = DeliveryFacts.Time(scene.Release?.Spec.Commit.Time);
        data["production"] = DeliveryFacts.IsProduction(scene.Application, scene.Seen.Spec.Environment);
        data["previousRelease"] = after.PreviousRelease;
        data["revision"] = after.Revision;
        data["message"] = after.Message;
        return facts.TellAsync(
            Fact(scene, type, actor ?? ApplicationReconciler.Automatic) with { Data = data }, $"{scene.Promotion.Metadata.Uid}/{type}", cancellation);
    }

    private static Fact Fact(PromotionScene scene, string type, string actor) => new()
    {
        Type = type,
        Actor = actor,
        Namespace = scene.Promotion.Metadata.Namespace ?? "",
        Application = scene.Seen.Spec.Application,
        Environment = scene.Seen.Spec.Environment,
        Release = scene.Seen.Spec.Release,
        Subject = $"Promotion/{scene.Seen.Name}",
    };
}

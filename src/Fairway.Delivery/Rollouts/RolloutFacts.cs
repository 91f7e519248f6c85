using System.Text.Json.Nodes;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Storage;

namespace Fairway.Delivery.Rollouts;

/// <summary>What the ledger is told of rollouts.</summary>
internal sealed class RolloutFacts(DeliveryFacts facts)
{
    public async Task TellAsync(RolloutScene scene, RolloutStatus after, CancellationToken cancellation)
    {
        RolloutStatus before = scene.Seen.Status;
        string uid = scene.Rollout.Metadata.Uid ?? scene.Rollout.Metadata.Name;
        if (before.StartedAt is null && after.StartedAt is not null && after.Phase == RolloutPhases.Starting)
        {
            await TellAsync(scene, FactTypes.RolloutStarted, new JsonObject { ["stableRelease"] = scene.Seen.Spec.StableRelease }, $"{uid}/started", cancellation);
        }

        if ((after.Weight ?? 0) != (before.Weight ?? 0))
        {
            // The length of the history tells one change of weight from another to the same value.
            await TellAsync(
                scene,
                FactTypes.RolloutStep,
                new JsonObject { ["step"] = after.Step, ["weight"] = after.Weight },
                $"{uid}/weight/{after.Weight}/{after.History?.Count}",
                cancellation);
        }

        if (after.Phase != before.Phase && RolloutPhases.HasEnded(after.Phase))
        {
            double seconds = Math.Round(((after.FinishedAt - after.StartedAt) ?? TimeSpan.Zero).TotalSeconds, 1);
            JsonObject data = after.Phase == RolloutPhases.Succeeded
                ? new JsonObject { ["seconds"] = seconds }
                : new JsonObject { ["seconds"] = seconds, ["stableRelease"] = scene.Seen.Spec.StableRelease, ["reason"] = after.AbortReason };
            await TellAsync(
                scene, after.Phase == RolloutPhases.Succeeded ? FactTypes.RolloutSucceeded : FactTypes.RolloutAborted, data, $"{uid}/ended", cancellation);
        }
    }

    private Task TellAsync(RolloutScene scene, string type, JsonObject data, string key, CancellationToken cancellation)
    {
        data["production"] = DeliveryFacts.IsProduction(scene.Application, scene.Seen.Spec.Environment);
        return facts.TellAsync(
            new Fact
            {
                Type = type,
                Actor = "fairway",
                Namespace = scene.Rollout.Metadata.Namespace ?? "",
                Application = scene.Seen.Spec.Application,
                Environment = scene.Seen.Spec.Environment,
                Release = scene.Seen.Spec.Release,
                Subject = $"Rollout/{scene.Rollout.Metadata.Name}",
                Data = data,
            },
            key,
            cancellation);
    }
}

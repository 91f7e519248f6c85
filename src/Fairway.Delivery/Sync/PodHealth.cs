using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;

namespace Fairway.Delivery.Sync;

/// <summary>The health of a pod from the states of its containers.</summary>
internal static class PodHealth
{
    public static Health Of(JsonObject live)
    {
        JsonNode? status = live["status"];
        foreach (JsonNode? container in (status?["initContainerStatuses"] as JsonArray ?? []).Concat(status?["containerStatuses"] as JsonArray ?? []))
        {
            string? reason = Manifest.Text(container?["state"]?["waiting"]?["reason"]);
            if (reason is not null && IsBad(reason))
            {
                string? message = Manifest.Text(container?["state"]?["waiting"]?["message"]);
                return new Health(Health.Degraded, $"container {Manifest.Text(container?["name"])}: {reason}{(message is null ? "" : $": {message}")}");
            }
        }

        return Manifest.Text(status?["phase"]) switch
        {
            "Succeeded" => Health.Good,
            "Failed" => new Health(Health.Degraded, Manifest.Text(status?["message"]) ?? Manifest.Text(status?["reason"]) ?? "the pod failed"),
            "Running" when HealthRules.Condition(status, "Ready") is { } ready && HealthRules.IsTrue(ready) => Health.Good,
            "Running" => new Health(Health.Progressing, "not ready yet"),
            "Pending" when HealthRules.Condition(status, "PodScheduled") is { } scheduled && !HealthRules.IsTrue(scheduled)
                => new Health(Health.Progressing, Manifest.Text(scheduled["message"]) ?? "not scheduled yet"),
            "Pending" => new Health(Health.Progressing, "starting"),
            _ => new Health(Health.Unknown, "the pod's state is not known"),
        };
    }

    private static bool IsBad(string reason)
        => reason.StartsWith("Err", StringComparison.Ordinal)
            || reason.EndsWith("Error", StringComparison.Ordinal)
            || reason.EndsWith("BackOff", StringComparison.Ordinal)
            || reason == "InvalidImageName";
}

using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Sync;

/// <summary>Every desired object with its health, and the worst of them.</summary>
internal sealed class HealthReport(LiveObjects live)
{
    public async Task<(IReadOnlyList<ManagedObject> Objects, Health Health)> MakeAsync(SyncRequest request, CancellationToken cancellation)
    {
        IReadOnlyList<(DocumentHeader Pod, Health Health)> pods = await live.PodsAsync(cancellation);
        List<ManagedObject> objects = [];
        List<Health> all = [];
        foreach (Manifest desired in request.Desired)
        {
            (ObjectPair? pair, string? refusal) = await ReadAsync(desired, request, cancellation);
            bool isHeld = desired.Kind == "HTTPRoute" && request.HeldRoutes.Contains(desired.Name);
            Health health = pair?.Live is null ? new Health(Health.Missing, refusal ?? "does not exist") : WithPods(pair.Live.ToNode(), pods);
            all.Add(health with { Message = health.Message is null ? null : $"{desired.Title}: {health.Message}" });
            objects.Add(new ManagedObject
            {
                ApiVersion = desired.ApiVersion,
                Kind = desired.Kind,
                Namespace = pair is null ? desired.Namespace : pair.Desired.Namespace,
                Name = desired.Name,
                Sync = pair?.Differences is { Count: 0 } || isHeld ? "Synced" : "OutOfSync",
                Health = health.Status,
                Message = isHeld ? "its weights are in the hands of a rollout" : health.Message,
            });
        }

        return (objects, Health.Worst(all));
    }

    private async Task<(ObjectPair? Pair, string? Refusal)> ReadAsync(Manifest desired, SyncRequest request, CancellationToken cancellation)
    {
        try
        {
            return (await live.ReadAsync(desired, request.Desired, cancellation), null);
        }
        catch (SyncRefusedException refused)
        {
            return (null, refused.Message);
        }
    }

    /// <summary>A workload that is not up yet and whose pods cannot come up is Degraded: why it waits is known.</summary>
    private static Health WithPods(JsonObject workload, IReadOnlyList<(DocumentHeader Pod, Health Health)> pods)
    {
        Health own = HealthRules.Of(workload);
        if (own.Status != Health.Progressing || workload["spec"]?["selector"]?["matchLabels"] is not JsonObject { Count: > 0 } selector)
        {
            return own;
        }

        string? release = Manifest.Text(workload["metadata"]?["labels"]?[Labels.Release]);
        (DocumentHeader? pod, Health? bad) = pods.FirstOrDefault(one => one.Health.Status == Health.Degraded
            && one.Pod.Labels.GetValueOrDefault(Labels.Release) == release
            && selector.All(label => one.Pod.Labels.GetValueOrDefault(label.Key) == Manifest.Text(label.Value)));
        return bad is null ? own : new Health(Health.Degraded, $"Pod {pod!.Name}: {bad.Message}");
    }
}

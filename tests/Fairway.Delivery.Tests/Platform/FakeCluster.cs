using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Gateway;

namespace Fairway.Delivery.Tests.Platform;

/// <summary>A node that runs every pod at once, and a gateway that takes every route, for a cluster of the embedded API.</summary>
internal sealed class FakeCluster(IClusterApi api)
{
    /// <summary>Pods of these releases never become ready.</summary>
    public HashSet<string> Broken { get; } = [];

    public async Task RunAsync(CancellationToken cancellation)
    {
        await AddNodeAsync(cancellation);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await TickAsync(cancellation);
            }
            catch (StatusException)
            {
                // Somebody else wrote in between: the next tick sees it.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System, cancellation);
        }
    }

    private async Task AddNodeAsync(CancellationToken cancellation)
    {
        await api.CreateAsync(new Node { Metadata = new ObjectMeta { Name = "n1" } }, cancellation);
        await api.PatchAsync(
            KindOf<Node>.Type,
            null,
            "n1",
            new PatchBody(PatchKind.Merge, JsonNode.Parse("""
                {"status":{"allocatable":{"cpu":"64","memory":"64Gi","pods":"500"},"conditions":[{"type":"Ready","status":"True","lastHeartbeatTime":"2030-01-01T00:00:00Z"}]}}
                """)!),
            new WriteOptions { Subresource = "status" },
            cancellation);
    }

    private async Task TickAsync(CancellationToken cancellation)
    {
        foreach (Pod pod in await api.ListAsync<Pod>(null, cancellation))
        {
            await RunAsync(pod, cancellation);
        }

        foreach (HTTPRoute route in await api.ListAsync<HTTPRoute>(null, cancellation))
        {
            long generation = route.Metadata.Generation ?? 1;
            if (route.Status?.Parents is [{ Conditions: [{ ObservedGeneration: { } seen }, ..] }] && seen == generation)
            {
                continue;
            }

            Condition Say(string type) => new()
            {
                Type = type,
                Status = "True",
                ObservedGeneration = generation,
                Reason = type,
                Message = "",
                LastTransitionTime = TimeProvider.System.GetUtcNow(),
            };
            var parent = new RouteParentStatus
            {
                ParentRef = new ParentReference { Name = "fairway" },
                ControllerName = "fairway.dev/gateway",
                Conditions = [Say("Accepted"), Say("ResolvedRefs")],
            };
            await api.WriteStatusAsync(route, route with { Status = new HttpRouteStatus { Parents = [parent] } }, cancellation);
        }
    }

    private async Task RunAsync(Pod pod, CancellationToken cancellation)
    {
        if (pod.Metadata.DeletionTimestamp is not null)
        {
            await api.DeleteAsync(pod, cancellation, new DeleteOptions { GracePeriodSeconds = 0, PreconditionUid = pod.Metadata.Uid });
            return;
        }

        if (pod.Spec?.NodeName is null || pod.Status?.Phase == "Running")
        {
            return;
        }

        bool ready = !Broken.Contains(pod.Metadata.Labels?.GetValueOrDefault(Labels.Release) ?? "");
        PodCondition Say(string type, bool value) => new() { Type = type, Status = value ? "True" : "False", LastTransitionTime = TimeProvider.System.GetUtcNow() };
        await api.WriteStatusAsync(
            pod,
            pod with
            {
                Status = (pod.Status ?? new PodStatus()) with
                {
                    Phase = "Running",
                    PodIP = "127.0.0.1",
                    Conditions = [Say("PodScheduled", true), Say("Initialized", true), Say("ContainersReady", ready), Say("Ready", ready)],
                },
            },
            cancellation);
    }
}

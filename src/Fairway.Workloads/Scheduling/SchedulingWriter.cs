using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Volumes;

namespace Fairway.Workloads.Scheduling;

/// <summary>Carries out what was decided about pods: binds, explains, ends victims, chooses volumes.</summary>
internal sealed class SchedulingWriter(IClusterApi api, SeriesRecorder events, TimeProvider time)
{
    /// <summary>How long a placed pod waits for its volumes before it is placed anew.</summary>
    public static readonly TimeSpan VolumePatience = TimeSpan.FromMinutes(10);

    /// <exception cref="StatusException">404 or 409: it is gone, or bound already.</exception>
    public async Task BindAsync(Pod pod, string node, CancellationToken cancellation)
    {
        var binding = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Binding",
            ["metadata"] = new JsonObject { ["name"] = pod.Metadata.Name, ["namespace"] = pod.Metadata.Namespace, ["uid"] = pod.Metadata.Uid },
            ["target"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Node", ["name"] = node },
        };
        await api.CreateAsync(
            KindOf<Pod>.Type, pod.Metadata.Namespace, Document.From(binding), new WriteOptions { Subresource = "binding" }, cancellation);
        events.Tell(pod, null, "Normal", "Scheduled", "Binding", $"Successfully assigned {pod.Metadata.Namespace}/{pod.Metadata.Name} to {node}");
    }

    /// <summary>Tells why a pod waits, in its condition and by an event.</summary>
    /// <param name="nominated">Where room is being made for it.</param>
    public async Task ExplainAsync(Pod pod, string why, string? nominated, CancellationToken cancellation)
    {
        events.Tell(pod, null, "Warning", "FailedScheduling", "Scheduling", why);
        PodCondition? before = pod.Condition("PodScheduled");
        PodStatus status = pod.Status ?? new PodStatus();
        var after = new PodCondition
        {
            Type = "PodScheduled",
            Status = "False",
            Reason = "Unschedulable",
            Message = why,
            LastTransitionTime = before?.Status == "False" ? before.LastTransitionTime : time.GetUtcNow(),
        };
        PodStatus wanted = status with
        {
            NominatedNodeName = nominated ?? status.NominatedNodeName,
            Conditions = before == after ? status.Conditions : [.. (status.Conditions ?? []).Where(condition => condition.Type != "PodScheduled"), after],
        };
        try
        {
            await api.WriteStatusAsync(pod, pod with { Status = wanted }, cancellation);
        }
        catch (StatusException refused) when (refused.IsConflict || refused.IsNotFound)
        {
            // It has changed since: it is looked at again anyway.
        }
    }

    /// <summary>Ends the victims and keeps their room for the pod.</summary>
    public async Task PreemptAsync(Pod pod, Placement.Preempt decision, CancellationToken cancellation)
    {
        await ExplainAsync(pod, decision.Why, decision.Node, cancellation);
        foreach (Pod victim in decision.Victims)
        {
            await EndAsync(
                victim, "PreemptionByScheduler", $"{pod.Spec.SchedulerName ?? "default-scheduler"}: preempting to accommodate a higher priority pod", cancellation);
            events.Tell(victim, pod, "Normal", "Preempted", "Preempting", $"Preempted by pod {pod.Metadata.Uid} on node {decision.Node}");
        }
    }

    /// <summary>Gives waiting claims a volume that exists, or has one made for the node.</summary>
    public async Task ChooseVolumesAsync(IReadOnlyList<WaitingClaim> waiting, Node? node, string nodeName, CancellationToken cancellation)
    {
        var taken = new HashSet<string>();
        foreach (WaitingClaim each in waiting)
        {
            PersistentVolume? volume = node is null
                ? null
                : each.Volumes.FirstOrDefault(candidate => !taken.Contains(candidate.Metadata.Name) && NodeFit.Matches(candidate.Spec?.NodeAffinity?.Required, node));
            try
            {
                if (volume is not null)
                {
                    taken.Add(volume.Metadata.Name);
                    await api.WriteAsync(volume, VolumePlanner.Reserved(volume, each.Claim), cancellation);
                }
                else
                {
                    var annotations = new Dictionary<string, string>(each.Claim.Metadata.Annotations ?? new Dictionary<string, string>())
                    {
                        [VolumeAnnotations.SelectedNode] = nodeName,
                    };
                    await api.WriteAsync(each.Claim, each.Claim with { Metadata = each.Claim.Metadata with { Annotations = annotations } }, cancellation);
                }
            }
            catch (StatusException refused) when (refused.IsConflict || refused.IsNotFound)
            {
                // Someone wrote in between: the pod is placed anew when its patience is over, or the volume comes all the same.
                await RetryAsync(each, nodeName, cancellation);
            }
        }
    }

    /// <summary>Marks a pod as ended for a reason that is not its own, then deletes it.</summary>
    public async Task EndAsync(Pod victim, string reason, string message, CancellationToken cancellation)
    {
        try
        {
            Pod marked = await api.WriteStatusAsync(victim, Disruption.Mark(victim, reason, message, time.GetUtcNow()), cancellation);
            await api.DeleteAsync(marked, cancellation);
        }
        catch (StatusException refused) when (refused.IsConflict || refused.IsNotFound)
        {
            await api.DeleteAsync(victim, cancellation);
        }
    }

    private async Task RetryAsync(WaitingClaim waiting, string node, CancellationToken cancellation)
    {
        if (await api.FindAsync<PersistentVolumeClaim>(waiting.Claim.Metadata.Namespace, waiting.Claim.Metadata.Name, cancellation) is { } fresh
            && string.IsNullOrEmpty(fresh.Spec?.VolumeName))
        {
            var annotations = new Dictionary<string, string>(fresh.Metadata.Annotations ?? new Dictionary<string, string>()) { [VolumeAnnotations.SelectedNode] = node };
            await api.WriteAsync(fresh, fresh with { Metadata = fresh.Metadata with { Annotations = annotations } }, cancellation);
        }
    }
}

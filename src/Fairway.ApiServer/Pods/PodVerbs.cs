using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>Subresources that only pods have and that change the pod: binding to a node, eviction.</summary>
internal sealed class PodVerbs(ObjectStore store, Deletions deletions, AdmissionChain admission, TimeProvider time)
{
    private readonly Evictions _evictions = new(store, time);

    /// <summary>Assigns a pod to a node, once.</summary>
    /// <exception cref="StatusException">409 when it is on a node already.</exception>
    public async Task BindAsync(
        ResourceType pods, string @namespace, string name, JsonObject binding, bool dryRun, AdmissionContext context, CancellationToken cancellation)
    {
        AdmissionRequest request = FormAdmission.OnPod(
            new GroupVersionKind("", "v1", "Binding"), @namespace, name, "binding", binding, dryRun, context);
        await admission.RunAsync(request, cancellation);
        binding = request.Object!;
        string node = binding["target"].Text("name") ?? "";
        if (node.Length == 0)
        {
            throw new StatusException(422, "Invalid", $"Binding \"{name}\" is invalid: target.name: Required value");
        }

        await store.ChangeAsync(pods, @namespace, name, live => Bound(pods, live, node), dryRun, cancellation);
    }

    /// <summary>Deletes a pod gracefully, if its disruption budget allows that.</summary>
    public async Task EvictAsync(
        ResourceType pods, string @namespace, string name, JsonObject eviction, bool dryRun, AdmissionContext context, CancellationToken cancellation)
    {
        AdmissionRequest request = FormAdmission.OnPod(
            new GroupVersionKind("policy", "v1", "Eviction"), @namespace, name, "eviction", eviction, dryRun, context);
        await admission.RunAsync(request, cancellation);
        eviction = request.Object!;
        DeleteOptions options = eviction["deleteOptions"] is JsonObject given ? DeleteBody.Read(given) : DeleteOptions.Background;
        await _evictions.RequireAsync(store.Get(pods, @namespace, name), options.DryRun || dryRun, cancellation);
        if (!options.DryRun && !dryRun)
        {
            await store.ChangeAsync(pods, @namespace, name, live => ValueTask.FromResult(Marked(pods, live, options)), false, cancellation);
        }

        // What was just noted on the pod is a newer version than the one that was asked for.
        DeleteOptions rest = options with { DryRun = options.DryRun || dryRun, PreconditionResourceVersion = null };
        await deletions.DeleteAsync(pods, @namespace, name, options.DryRun || dryRun ? options with { DryRun = true } : rest, context, cancellation);
    }

    /// <summary>Notes on a pod that it does not end by itself.</summary>
    private Change Marked(ResourceType pods, Document live, DeleteOptions options)
    {
        if ((options.PreconditionUid is { } uid && uid != live.Header.Uid) || (options.PreconditionResourceVersion is { } version && version != live.Header.ResourceVersion))
        {
            throw StatusException.Conflict(pods, live.Header.Name, "Precondition failed: the pod is not the one that was to be evicted");
        }

        JsonObject target = live.ToNode();
        JsonObject status = target["status"] as JsonObject ?? [];
        target["status"] ??= status;
        JsonArray conditions = status["conditions"] as JsonArray ?? [];
        status["conditions"] ??= conditions;
        if (conditions.Any(condition => (string?)condition?["type"] == "DisruptionTarget" && (string?)condition["status"] == "True"))
        {
            return Change.None;
        }

        conditions.Add(new JsonObject
        {
            ["type"] = "DisruptionTarget",
            ["status"] = "True",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = SystemMetadata.Timestamp(time.GetUtcNow()),
            ["reason"] = "EvictionByEvictionAPI",
            ["message"] = "Eviction API: evicting",
        });
        return new Change.Put(target);
    }

    private Change Bound(ResourceType pods, Document live, string node)
    {
        if (live.Header.IsDeleting)
        {
            throw StatusException.Conflict(pods, live.Header.Name, $"pod {live.Header.Name} is being deleted, cannot be assigned to a host");
        }

        JsonObject target = live.ToNode();
        var spec = (JsonObject)target["spec"]!;
        if ((string?)spec["nodeName"] is { Length: > 0 } taken)
        {
            throw StatusException.Conflict(pods, live.Header.Name, $"pod {live.Header.Name} is already assigned to node \"{taken}\"");
        }

        spec["nodeName"] = node;
        JsonObject status = target["status"] as JsonObject ?? [];
        JsonArray conditions = status["conditions"] as JsonArray ?? [];
        conditions.RemoveAll(condition => (string?)condition?["type"] == "PodScheduled");
        conditions.Add(new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = "True",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = SystemMetadata.Timestamp(time.GetUtcNow()),
        });
        status["conditions"] ??= conditions;
        target["status"] ??= status;
        return new Change.Put(target);
    }
}

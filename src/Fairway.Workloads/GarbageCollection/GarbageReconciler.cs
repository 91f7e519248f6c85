using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;

namespace Fairway.Workloads.GarbageCollection;

/// <summary>
/// Deletes what nobody owns any more, and lets objects go that were deleted in the foreground (once their dependents are gone) or
/// with orphans (once their dependents have been let go).
/// </summary>
internal sealed class GarbageReconciler(IClusterApi api, ObjectGraph graph, EventRecorder events, TimeProvider time)
{
    // Caches of different kinds are not in step: what the graph does not show may exist already.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (graph.Find(key) is not ({ } type, { } document))
        {
            return ReconcileResult.Done;
        }

        if (ObjectGraph.IsHeld(document.Header))
        {
            return await LetGoAsync(type, document, cancellation);
        }

        return await CollectAsync(type, document, cancellation);
    }

    private async Task<ReconcileResult> CollectAsync(ResourceType type, Document document, CancellationToken cancellation)
    {
        var owners = new List<(OwnerReference, OwnerState)>();
        foreach (OwnerReference owner in document.Header.OwnerReferences)
        {
            owners.Add((owner, await StateOfAsync(document, owner, cancellation)));
        }

        bool hasDependents = graph.DependentsOf(document.Header.Uid).Any();
        switch (GarbagePlanner.Decide(document.Header, owners, hasDependents))
        {
            case GarbageDecision.KeepWithout kept:
                await WriteOwnersAsync(type, document, kept.Owners, cancellation);
                break;
            case GarbageDecision.Delete delete:
                await DeleteAsync(type, document, delete.Propagation, cancellation);
                break;
        }

        return ReconcileResult.Done;
    }

    private async Task<OwnerState> StateOfAsync(Document dependent, OwnerReference owner, CancellationToken cancellation)
    {
        string @namespace = dependent.Header.Namespace;
        if (graph.InformerOf(owner) is not { } informer)
        {
            return OwnerState.Unknown;
        }

        if (informer.Type.Namespaced && @namespace.Length == 0)
        {
            // Nobody can say in which namespace that owner should be: such an object is never collected.
            TellOfNamespace(dependent, owner);
            return OwnerState.Unknown;
        }

        string home = informer.Type.Namespaced ? @namespace : "";
        Document? found = informer.Get(new ObjectKey(home, owner.Name));
        if (found?.Header.Uid != owner.Uid)
        {
            // Before anything is deleted the server itself is asked: the cache may be behind.
            found = await FindAsync(informer.Type, home, owner.Name, cancellation);
        }

        if (found is null || found.Header.Uid != owner.Uid)
        {
            if (informer.List().Any(other => other.Header.Uid == owner.Uid && other.Header.Namespace != home))
            {
                TellOfNamespace(dependent, owner);
            }

            return OwnerState.Absent;
        }

        return found.Header.IsDeleting && found.Header.Finalizers.Contains(GarbagePlanner.Foreground) ? OwnerState.Waiting : OwnerState.Solid;
    }

    private void TellOfNamespace(Document dependent, OwnerReference owner)
    {
        string @namespace = dependent.Header.Namespace;
        events.Warning(
            dependent,
            "OwnerRefInvalidNamespace",
            $"ownerRef [{owner.ApiVersion}/{owner.Kind}, namespace: {@namespace}, name: {owner.Name}, uid: {owner.Uid}] does not exist in namespace \"{@namespace}\"");
    }

    private async Task<ReconcileResult> LetGoAsync(ResourceType type, Document document, CancellationToken cancellation)
    {
        DocumentHeader header = document.Header;
        (ResourceType Type, Document Object)[] dependents = [.. graph.DependentsOf(header.Uid)];
        if (header.Finalizers.Contains(GarbagePlanner.Orphan))
        {
            foreach ((ResourceType dependentType, Document dependent) in dependents)
            {
                OwnerReference[] others = [.. dependent.Header.OwnerReferences.Where(owner => owner.Uid != header.Uid)];
                await WriteOwnersAsync(dependentType, dependent, others, cancellation);
            }

            return await FinishAsync(type, document, GarbagePlanner.Orphan, dependents.Length > 0, cancellation);
        }

        bool isBlocked = dependents.Any(dependent => dependent.Object.Header.OwnerReferences
            .Any(owner => owner.Uid == header.Uid && owner.BlockOwnerDeletion == true));
        foreach ((ResourceType dependentType, Document dependent) in dependents.Where(dependent => !dependent.Object.Header.IsDeleting))
        {
            await CollectAsync(dependentType, dependent, cancellation);
        }

        // Each dependent that goes brings us back here.
        return isBlocked ? ReconcileResult.Done : await FinishAsync(type, document, GarbagePlanner.Foreground, dependents.Length > 0, cancellation);
    }

    /// <summary>Takes the finalizer off, but not before the caches have had time to show every dependent.</summary>
    private async Task<ReconcileResult> FinishAsync(
        ResourceType type, Document document, string finalizer, bool hadDependents, CancellationToken cancellation)
    {
        TimeSpan age = DeletionAge(document.Header);
        if (!hadDependents && age < Settle)
        {
            return ReconcileResult.After(Settle - age);
        }

        var rest = new JsonArray([.. document.Header.Finalizers.Where(name => name != finalizer).Select(name => (JsonNode)name)]);
        await PatchMetadataAsync(type, document, "finalizers", rest, cancellation);
        return ReconcileResult.Done;
    }

    private TimeSpan DeletionAge(DocumentHeader header)
        => DateTimeOffset.TryParse(header.DeletionTimestamp, System.Globalization.CultureInfo.InvariantCulture, out DateTimeOffset since)
            ? time.GetUtcNow() - since
            : Settle;

    private Task WriteOwnersAsync(ResourceType type, Document document, IReadOnlyList<OwnerReference> owners, CancellationToken cancellation)
        => PatchMetadataAsync(
            type,
            document,
            "ownerReferences",
            new JsonArray([.. owners.Select(owner => JsonSerializer.SerializeToNode(owner, KindsJson.Of<OwnerReference>()))]),
            cancellation);

    private async Task PatchMetadataAsync(ResourceType type, Document document, string member, JsonArray items, CancellationToken cancellation)
    {
        DocumentHeader header = document.Header;
        var metadata = new JsonObject
        {
            ["uid"] = header.Uid,
            ["resourceVersion"] = header.ResourceVersion,
            [member] = items.Count > 0 ? items : null,
        };
        try
        {
            var patch = new PatchBody(PatchKind.Merge, new JsonObject { ["metadata"] = metadata });
            await api.PatchAsync(type, header.Namespace, header.Name, patch, WriteOptions.Default, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            // Gone meanwhile.
        }
    }

    private async Task DeleteAsync(ResourceType type, Document document, string propagation, CancellationToken cancellation)
    {
        var options = new DeleteOptions
        {
            PropagationPolicy = propagation,
            PreconditionUid = document.Header.Uid,
            PreconditionResourceVersion = document.Header.ResourceVersion,
        };
        try
        {
            await api.DeleteAsync(type, document.Header.Namespace, document.Header.Name, options, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            // Gone meanwhile.
        }
    }

    private async Task<Document?> FindAsync(ResourceType type, string @namespace, string name, CancellationToken cancellation)
    {
        try
        {
            return await api.GetAsync(type, @namespace, name, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            return null;
        }
    }
}

using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.CustomResources;
using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>
/// Delete: at once where nothing holds the object, else marked with a deletionTimestamp until finalizers are gone and, for a pod,
/// until its node has ended it.
/// </summary>
internal sealed class Deletions(ObjectStore store, AdmissionChain admission, TimeProvider time)
{
    /// <returns>The object as it is after the call, and whether it is gone.</returns>
    public Task<(Document Object, bool Removed)> DeleteAsync(
        ResourceType type, string? @namespace, string name, DeleteOptions options, AdmissionContext context, CancellationToken cancellation)
        => DeleteAsync(type, @namespace, name, name, options, context, cancellation);

    /// <summary>Deletes what a list selects.</summary>
    /// <returns>The objects as they are after it.</returns>
    public async Task<IReadOnlyList<Document>> DeleteCollectionAsync(
        ResourceType type, string? @namespace, ListQuery query, DeleteOptions options, AdmissionContext context, CancellationToken cancellation)
    {
        Snapshot snapshot = store.List(type, @namespace);
        await store.PrepareAsync(type, snapshot, cancellation);
        var deleted = new List<Document>();
        foreach (Document document in snapshot.Select(stored => store.Present(type, stored)).Where(query.Selects))
        {
            try
            {
                DocumentHeader header = document.Header;
                (Document after, _) = await DeleteAsync(
                    type, header.Namespace, header.Name, "", options with { PreconditionUid = header.Uid }, context, cancellation);
                deleted.Add(after);
            }
            catch (StatusException gone) when (gone.IsNotFound || gone.IsConflict)
            {
                // Gone, or another object by now.
            }
        }

        return deleted;
    }

    /// <summary>Deleting, without finalizers, and for pods without a grace period that a node still has to honour.</summary>
    public static bool IsComplete(JsonObject target, ResourceType type)
    {
        JsonObject metadata = SystemMetadata.Of(target);
        return metadata["deletionTimestamp"] is not null
            && metadata["finalizers"] is not JsonArray { Count: > 0 }
            && (type.GroupResource != "namespaces" || target["spec"]?["finalizers"] is not JsonArray { Count: > 0 })
            && ((long?)metadata["deletionGracePeriodSeconds"] ?? 0) == 0;
    }

    // A collection's objects are deleted one by one, and admission is shown no name, since the request gives none.
    private Task<(Document Object, bool Removed)> DeleteAsync(
        ResourceType type,
        string? @namespace,
        string name,
        string presented,
        DeleteOptions options,
        AdmissionContext context,
        CancellationToken cancellation)
    {
        return store.ChangeAsync(
            type,
            @namespace,
            name,
            async live =>
            {
                Change change = Decide(type, live, options);
                await admission.RunAsync(Request(type, live, presented, options, context), cancellation);
                return change;
            },
            options.DryRun,
            cancellation);
    }

    private static AdmissionRequest Request(ResourceType type, Document live, string presented, DeleteOptions options, AdmissionContext context) => new()
    {
        Operation = AdmissionOperation.Delete,
        Kind = GroupVersionKind.Of(type),
        Resource = GroupVersionResource.Of(type),
        Namespace = type.GroupResource == "namespaces" ? live.Header.Name : live.Header.Namespace,
        Name = presented,
        Context = context,
        OldObject = live.ToNode(),
        Options = AdmissionOptions.Delete(presented.Length == 0 ? options with { PreconditionUid = null } : options),
        DryRun = options.DryRun,
    };

    private static void CheckConditions(ResourceType type, Document live, DeleteOptions options)
    {
        DocumentHeader header = live.Header;
        if (options.PreconditionUid is { } uid && uid != header.Uid)
        {
            throw Preconditions.DeleteOther(type, header, uid);
        }

        if (options.PreconditionResourceVersion is { } version && version != header.ResourceVersion)
        {
            throw Preconditions.DeleteOtherVersion(type, header, version);
        }
    }

    private Change Decide(ResourceType type, Document live, DeleteOptions options)
    {
        CheckConditions(type, live, options);
        JsonObject target = live.ToNode();
        JsonObject metadata = SystemMetadata.Of(target);
        SetFinalizers(metadata, options);
        long grace = Grace(type, target, options);
        bool isFirst = metadata["deletionTimestamp"] is null;
        bool isDefinition = type.GroupResource == ClusterCatalog.Definitions; // deletes itself, without the usual marks
        bool isShorter = !isFirst && grace < ((long?)metadata["deletionGracePeriodSeconds"] ?? 0);
        if (isFirst || isShorter)
        {
            metadata["deletionTimestamp"] = SystemMetadata.Timestamp(time.GetUtcNow().AddSeconds(grace));
            if (!isDefinition && type.GroupResource != "namespaces")
            {
                metadata["deletionGracePeriodSeconds"] = grace;
            }
        }

        if (isFirst && !isDefinition && metadata["generation"] is { } generation)
        {
            metadata["generation"] = (long)generation + 1;
        }

        if (isFirst && isDefinition)
        {
            MarkDefinition(target, metadata);
        }

        if (type.GroupResource == "namespaces" && target["spec"]?["finalizers"] is JsonArray { Count: > 0 })
        {
            JsonObject status = target["status"] as JsonObject ?? [];
            status["phase"] = "Terminating";
            target["status"] ??= status;
        }

        return IsComplete(target, type) ? new Change.Remove(Unmarked(target, isFirst))
            : JsonNode.DeepEquals(target, live.ToNode()) ? Change.None
            : new Change.Put(target);
    }

    // A definition stays until its instances are gone.
    private void MarkDefinition(JsonObject target, JsonObject metadata)
    {
        string[] finalizers = [.. (metadata["finalizers"] as JsonArray ?? []).Select(finalizer => (string)finalizer!)];
        if (!finalizers.Contains(DefinitionConditions.Finalizer))
        {
            metadata["finalizers"] = new JsonArray([.. finalizers.Append(DefinitionConditions.Finalizer).Select(finalizer => (JsonNode)finalizer)]);
        }

        DefinitionConditions.Set(
            target,
            DefinitionConditions.Terminating,
            "True",
            "InstanceDeletionPending",
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
            SystemMetadata.Timestamp(time.GetUtcNow()));
    }

    // An object that goes at once is reported in the state that it had: nobody ever saw it being deleted.
    private static JsonObject Unmarked(JsonObject target, bool isFirst)
    {
        if (isFirst)
        {
            JsonObject metadata = SystemMetadata.Of(target);
            metadata.Remove("deletionTimestamp");
            metadata.Remove("deletionGracePeriodSeconds");
        }

        return target;
    }

    private static void SetFinalizers(JsonObject metadata, DeleteOptions options)
    {
        if (options.PropagationPolicy is not { } policy)
        {
            return; // what is on the object already stays
        }

        string? wanted = policy switch
        {
            "Foreground" => "foregroundDeletion",
            "Orphan" => "orphan",
            _ => null,
        };
        string[] old = [.. (metadata["finalizers"] as JsonArray ?? []).Select(finalizer => (string)finalizer!)];
        string[] kept = [.. old.Where(finalizer => finalizer is not ("foregroundDeletion" or "orphan"))];
        string[] next = wanted is null ? kept : [.. kept, wanted];
        if (next.SequenceEqual(old))
        {
            return;
        }

        metadata.Remove("finalizers");
        if (next.Length > 0)
        {
            metadata["finalizers"] = new JsonArray([.. next.Select(finalizer => (JsonNode)finalizer)]);
        }
    }

    private static long Grace(ResourceType type, JsonObject target, DeleteOptions options)
    {
        if (type.GroupResource != "pods")
        {
            return 0;
        }

        bool isRunning = (string?)target["spec"]?["nodeName"] is { Length: > 0 } && (string?)target["status"]?["phase"] is not ("Succeeded" or "Failed");
        return isRunning ? (options.GracePeriodSeconds < 0 ? 1 : options.GracePeriodSeconds) ?? (long?)target["spec"]?["terminationGracePeriodSeconds"] ?? 30 : 0;
    }
}

using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Apply;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Kinds.ApiExtensions;
using Fairway.Storage;
using Microsoft.Extensions.Logging;

namespace Fairway.ApiServer;

/// <summary>
/// Keeps the status of one cluster's CustomResourceDefinitions: accepts names, establishes, and empties and lets go what is being
/// deleted. Works from what is stored, so it may be stopped at any moment.
/// </summary>
internal sealed partial class DefinitionController(ClusterVerbs cluster, ClusterCatalog catalog, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private static readonly KindDefinition Kind = KindOf<CustomResourceDefinition>.Definition;

    private static ResourceType Type => Kind.Type;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                Snapshot seen = List();
                bool isWaiting = await ReconcileAsync(seen, cancellation);
                await NextAsync(seen, isWaiting, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogFailed(logger, cluster.Name, failure);
                await Task.Delay(Again, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private Snapshot List() => cluster.Store.List(Type.GroupResource, null);

    // While something waits for instances to go, any change may be the last of them going.
    private async Task NextAsync(Snapshot seen, bool isWaiting, CancellationToken cancellation)
    {
        long revision = seen.Revision;
        while (isWaiting || List().HasSameObjects(seen))
        {
            await cluster.Store.Log.WaitForAsync(revision + 1, cancellation);
            if (isWaiting)
            {
                return;
            }

            revision = cluster.Store.Log.Revision;
        }
    }

    /// <returns>Whether some definition waits for its instances to go.</returns>
    private async Task<bool> ReconcileAsync(Snapshot definitions, CancellationToken cancellation)
    {
        bool isWaiting = false;
        foreach (Document definition in definitions)
        {
            if (!definition.Header.IsDeleting)
            {
                await AcceptAsync(definition, cancellation);
            }
            else if (definition.Header.Finalizers.Contains(DefinitionConditions.Finalizer))
            {
                isWaiting |= !await EmptyAsync(definition, cancellation);
            }
        }

        return isWaiting;
    }

    private Task AcceptAsync(Document definition, CancellationToken cancellation)
    {
        string name = definition.Header.Name;
        return ChangeAsync(
            name,
            live => DefinitionConditions.Next(live, List().Where(each => each.Header.Name != name).Select(each => each.ToNode()), Now()),
            cancellation);
    }

    /// <returns>Whether nothing is left.</returns>
    private async Task<bool> EmptyAsync(Document definition, CancellationToken cancellation)
    {
        JsonObject node = definition.ToNode();
        JsonNode? names = node["status"]?["acceptedNames"];
        string group = (string?)node["spec"]?["group"] ?? "";
        string plural = (string?)names?["plural"] ?? "";
        if (!DefinitionConditions.IsTrue(node, DefinitionConditions.Established))
        {
            await LetGoAsync(definition, "NeverEstablished", "resource was never established", cancellation);
            return true;
        }

        if (catalog.IsCompiledIn(group, plural))
        {
            await LetGoAsync(definition, "OverlappingBuiltInResource", "instances overlap with built-in resources in storage", cancellation);
            return true;
        }

        await ChangeAsync(definition.Header.Name, live => With(live, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress"), cancellation);
        if (!await DeleteInstancesAsync($"{plural}.{group}", cancellation))
        {
            return false;
        }

        await LetGoAsync(definition, "InstanceDeletionCompleted", "removed all instances", cancellation);
        return true;
    }

    private async Task<bool> DeleteInstancesAsync(string groupResource, CancellationToken cancellation)
    {
        KindDefinition? kind = cluster.Catalog.All.FirstOrDefault(each => each.Type.GroupResource == groupResource);
        if (kind is null)
        {
            return cluster.Store.List(groupResource, null).Count == 0;
        }

        foreach (Document instance in cluster.Store.List(groupResource, null).Where(each => !each.Header.IsDeleting))
        {
            try
            {
                await cluster.Deletions.DeleteAsync(
                    kind.Type, instance.Header.Namespace, instance.Header.Name, new Client.DeleteOptions { PreconditionUid = instance.Header.Uid }, AdmissionContext.OfServer(), cancellation);
            }
            catch (StatusException gone) when (gone.IsNotFound || gone.IsConflict)
            {
                // Gone, or another object by now.
            }
        }

        return cluster.Store.List(groupResource, null).Count == 0;
    }

    private Task LetGoAsync(Document definition, string reason, string message, CancellationToken cancellation)
        => ChangeAsync(
            definition.Header.Name,
            live =>
            {
                JsonObject next = With(live, "False", reason, message);
                JsonObject metadata = SystemMetadata.Of(next);
                var finalizers = new JsonArray([.. (metadata["finalizers"] as JsonArray ?? []).Select(each => (string?)each).Where(each => each != DefinitionConditions.Finalizer).Select(each => (JsonNode?)each)]);
                metadata.Remove("finalizers");
                if (finalizers.Count > 0)
                {
                    metadata["finalizers"] = finalizers;
                }

                return next;
            },
            cancellation);

    private JsonObject With(JsonObject live, string status, string reason, string message)
    {
        var next = (JsonObject)live.DeepClone();
        DefinitionConditions.Set(next, DefinitionConditions.Terminating, status, reason, message, Now());
        return next;
    }

    private async Task ChangeAsync(string name, Func<JsonObject, JsonObject> change, CancellationToken cancellation)
    {
        try
        {
            await cluster.Store.ChangeAsync(
                Type,
                null,
                name,
                live =>
                {
                    JsonObject before = live.ToNode();
                    JsonObject after = change(before);
                    if (ReferenceEquals(before, after) || JsonNode.DeepEquals(before, after))
                    {
                        return Change.None;
                    }

                    ManagedFields.TrackUpdate(Kind, before, after, new FieldManager("kube-apiserver", Type.ApiVersion, "status"), time.GetUtcNow());
                    return Deletions.IsComplete(after, Type) ? new Change.Remove(after) : new Change.Put(after);
                },
                dryRun: false,
                cancellation);
        }
        catch (StatusException gone) when (gone.IsNotFound)
        {
            // Deleted meanwhile.
        }
    }

    private string Now() => SystemMetadata.Timestamp(time.GetUtcNow());

    [LoggerMessage(LogLevel.Error, "The definitions of cluster {Cluster} could not be brought up to date; it is tried again")]
    private static partial void LogFailed(ILogger logger, string cluster, Exception failure);
}

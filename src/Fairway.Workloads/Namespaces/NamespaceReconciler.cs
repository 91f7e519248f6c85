using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Namespaces;

/// <summary>Empties namespaces that are being deleted, and lets them go when nothing is left in them.</summary>
internal sealed class NamespaceReconciler(IClusterApi api, InformerSet informers, Func<IReadOnlyList<ResourceType>> types, TimeProvider time)
{
    private const string Finalizer = "kubernetes";
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly Informer<Namespace> _namespaces = informers.Of<Namespace>();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_namespaces.Get(key) is not { } space
            || space.Metadata.DeletionTimestamp is null
            || space.Spec?.Finalizers?.Contains(Finalizer, StringComparer.Ordinal) != true)
        {
            return ReconcileResult.Done;
        }

        // 1. Everything is asked to go. The server is asked, not the caches: what is missed here would outlive its namespace.
        var left = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var finalizers = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var failures = new SortedSet<string>(StringComparer.Ordinal);
        foreach (ResourceType type in types())
        {
            try
            {
                await DeleteAllAsync(type, key.Name, left, finalizers, cancellation);
            }
            catch (StatusException refused)
            {
                // One kind that cannot be emptied does not keep the others.
                failures.Add(refused.Message);
            }
        }

        // 2. Say what is in the way, and look again soon.
        if (left.Count > 0 || failures.Count > 0)
        {
            await ExplainAsync(space, left, finalizers, failures, cancellation);
            return failures.Count == 0
                ? ReconcileResult.After(Again)
                : throw new StatusException(409, "Conflict", $"namespace {key.Name} cannot be emptied: {string.Join(", ", failures)}");
        }

        // 3. Nothing is left.
        await FinalizeAsync(key.Name, cancellation);
        return ReconcileResult.Done;
    }

    private async Task DeleteAllAsync(
        ResourceType type, string @namespace, SortedDictionary<string, int> left, SortedDictionary<string, int> finalizers, CancellationToken cancellation)
    {
        DocumentList found;
        try
        {
            found = await api.ListAsync(type, @namespace, ListOptions.All, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            return; // its definition was deleted meanwhile, and its objects with it
        }

        foreach (Document item in found.Items)
        {
            Document? after = item.Header.IsDeleting ? item : await DeleteAsync(type, item, cancellation);
            if (after is null || !after.Header.IsDeleting)
            {
                continue; // gone at once; the next look confirms it
            }

            left[type.GroupResource] = left.GetValueOrDefault(type.GroupResource) + 1;
            foreach (string finalizer in after.Header.Finalizers)
            {
                finalizers[finalizer] = finalizers.GetValueOrDefault(finalizer) + 1;
            }
        }

        if (found.Items.Any(item => !item.Header.IsDeleting))
        {
            // Others may have been created between the list and the mark: only a list that comes back empty ends it.
            left.TryAdd(type.GroupResource, found.Items.Count);
        }
    }

    private async Task<Document?> DeleteAsync(ResourceType type, Document item, CancellationToken cancellation)
    {
        try
        {
            var options = new DeleteOptions { PreconditionUid = item.Header.Uid, PropagationPolicy = "Background" };
            return await api.DeleteAsync(type, item.Header.Namespace, item.Header.Name, options, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound || refused.IsConflict)
        {
            return null;
        }
    }

    private async Task ExplainAsync(
        Namespace space, SortedDictionary<string, int> left, SortedDictionary<string, int> finalizers, SortedSet<string> failures, CancellationToken cancellation)
    {
        IReadOnlyList<Condition> conditions = NamespaceConditions.Of(space.Status?.Conditions, left, finalizers, failures, time.GetUtcNow());
        NamespaceStatus status = (space.Status ?? new NamespaceStatus()) with { Phase = "Terminating", Conditions = conditions };
        await api.WriteStatusAsync(space, space with { Status = status }, cancellation);
    }

    private async Task FinalizeAsync(string name, CancellationToken cancellation)
    {
        try
        {
            Document live = await api.GetAsync(KindOf<Namespace>.Type, null, name, cancellation);
            JsonObject node = live.ToNode();
            var rest = new JsonArray([
                .. (node["spec"]?["finalizers"] as JsonArray ?? []).Where(finalizer => (string?)finalizer != Finalizer).Select(finalizer => finalizer?.DeepClone()),
            ]);
            node["spec"] = new JsonObject { ["finalizers"] = rest };
            await api.UpdateAsync(KindOf<Namespace>.Type, null, name, Document.From(node), new WriteOptions { Subresource = "finalize" }, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            // Gone meanwhile.
        }
    }
}

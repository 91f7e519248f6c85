using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.Client;

/// <summary>The typed face of <see cref="IClusterApi"/>: the same verbs in records.</summary>
public static class TypedClient
{
    public static async Task<T> GetAsync<T>(this IClusterApi api, string? @namespace, string name, CancellationToken cancellation)
        where T : class, IResource
        => (await api.GetAsync(KindOf<T>.Type, @namespace, name, cancellation)).As<T>();

    /// <summary>The object, or null when there is none.</summary>
    public static async Task<T?> FindAsync<T>(this IClusterApi api, string? @namespace, string name, CancellationToken cancellation)
        where T : class, IResource
    {
        try
        {
            return await api.GetAsync<T>(@namespace, name, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            return null;
        }
    }

    public static async Task<IReadOnlyList<T>> ListAsync<T>(
        this IClusterApi api, string? @namespace, CancellationToken cancellation, string? labelSelector = null)
        where T : class, IResource
    {
        DocumentList list = await api.ListAsync(
            KindOf<T>.Type, @namespace, new ListOptions { LabelSelector = labelSelector }, cancellation);
        return [.. list.Items.Select(item => item.As<T>())];
    }

    public static async Task<T> CreateAsync<T>(this IClusterApi api, T resource, CancellationToken cancellation, WriteOptions? options = null)
        where T : class, IResource
        => (await api.CreateAsync(
            KindOf<T>.Type, resource.Metadata.Namespace, Document.From(resource), options ?? WriteOptions.Default, cancellation)).As<T>();

    /// <summary>Server-side apply of exactly the fields that are set, taking conflicting ones over.</summary>
    public static async Task<T> ApplyAsync<T>(this IClusterApi api, T fields, string fieldManager, CancellationToken cancellation, string? subresource = null)
        where T : class, IResource
        => (await api.PatchAsync(
            KindOf<T>.Type,
            fields.Metadata.Namespace,
            fields.Metadata.Name,
            new PatchBody(PatchKind.Apply, Document.From(fields).ToNode()),
            new WriteOptions { FieldManager = fieldManager, Force = true, Subresource = subresource },
            cancellation)).As<T>();

    /// <summary>
    /// Writes the difference between what was read and what should be, as a merge patch that fails with a conflict if someone
    /// wrote in between. Fields that the record does not know are untouched. No difference, no write.
    /// </summary>
    /// <returns>The object after the write, or <paramref name="observed"/> when nothing differed.</returns>
    public static async Task<T> WriteAsync<T>(this IClusterApi api, T observed, T desired, CancellationToken cancellation, string? subresource = null)
        where T : class, IResource
    {
        JsonNode? difference = MergePatch.Between(
            JsonSerializer.SerializeToNode(observed, KindOf<T>.Json), JsonSerializer.SerializeToNode(desired, KindOf<T>.Json));
        if (difference is not JsonObject patch || patch.Count == 0)
        {
            return observed;
        }

        if (observed.Metadata.ResourceVersion is { } version)
        {
            JsonObject metadata = patch["metadata"] as JsonObject ?? [];
            metadata["resourceVersion"] = version;
            patch["metadata"] = metadata;
        }

        Document written = await api.PatchAsync(
            KindOf<T>.Type,
            observed.Metadata.Namespace,
            observed.Metadata.Name,
            new PatchBody(PatchKind.Merge, patch),
            new WriteOptions { Subresource = subresource },
            cancellation);
        return written.As<T>();
    }

    /// <summary><see cref="WriteAsync{T}"/> on the status subresource.</summary>
    public static Task<T> WriteStatusAsync<T>(this IClusterApi api, T observed, T desired, CancellationToken cancellation)
        where T : class, IResource
        => api.WriteAsync(observed, desired, cancellation, "status");

    /// <summary>Deletes in the background; an object that is gone already is no error.</summary>
    public static async Task DeleteAsync<T>(this IClusterApi api, T resource, CancellationToken cancellation, DeleteOptions? options = null)
        where T : class, IResource
    {
        try
        {
            await api.DeleteAsync(
                KindOf<T>.Type,
                resource.Metadata.Namespace,
                resource.Metadata.Name,
                options ?? new DeleteOptions { PreconditionUid = resource.Metadata.Uid },
                cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            // Gone is what was asked for.
        }
    }
}

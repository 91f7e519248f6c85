using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.Client;

/// <summary>
/// One logical cluster's Kubernetes API, spoken in documents. Two implementations stand behind it, and no capability can tell
/// which: HTTP (a kubeconfig context: embedded over the wire, or a real cluster) and in-process (the embedded server called
/// directly, with the caller's identity, through the same authorization, admission and audit).
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Every method throws <see cref="StatusException"/> for what a Kubernetes server answers with a Status.</item>
/// <item>A write has happened durably when its task completes; when it is cancelled or the connection breaks, it may have.</item>
/// <item>Documents are immutable and may be shared; what is returned carries the server's resourceVersion.</item>
/// <item><c>@namespace</c> is null or empty for all namespaces (list, watch) and for resources that belong to none.</item>
/// </list>
/// </remarks>
public interface IClusterApi
{
    /// <summary>The logical cluster's name (<c>hub</c>, <c>dev</c>, …).</summary>
    string Cluster { get; }

    /// <summary>
    /// What the cluster serves now, the kinds of its definitions too; of a group's versions the preferred one first. Costs a request
    /// or two on a real cluster: remember it.
    /// </summary>
    Task<IReadOnlyList<ServedResource>> DiscoverAsync(CancellationToken cancellation);

    Task<Document> GetAsync(ResourceType type, string? @namespace, string name, CancellationToken cancellation);

    Task<DocumentList> ListAsync(ResourceType type, string? @namespace, ListOptions options, CancellationToken cancellation);

    /// <summary>
    /// Changes after <see cref="WatchOptions.ResourceVersion"/>, in order, until cancelled or ended by the server. An expired
    /// version throws with code 410: list again.
    /// </summary>
    IAsyncEnumerable<WatchEvent> WatchAsync(ResourceType type, string? @namespace, WatchOptions options, CancellationToken cancellation);

    Task<Document> CreateAsync(ResourceType type, string? @namespace, Document body, WriteOptions options, CancellationToken cancellation);

    /// <summary>Replaces the object, or its subresource; a resourceVersion in the body makes it conditional.</summary>
    Task<Document> UpdateAsync(
        ResourceType type, string? @namespace, string name, Document body, WriteOptions options, CancellationToken cancellation);

    Task<Document> PatchAsync(
        ResourceType type, string? @namespace, string name, PatchBody patch, WriteOptions options, CancellationToken cancellation);

    /// <summary>Asks for deletion.</summary>
    /// <returns>The object as it is after the call (deleting, or as it last was).</returns>
    Task<Document> DeleteAsync(
        ResourceType type, string? @namespace, string name, DeleteOptions options, CancellationToken cancellation);
}

/// <summary>A consistent list.</summary>
/// <param name="Items">The objects, in key order.</param>
/// <param name="ResourceVersion">The revision at which the list is consistent; watch from here.</param>
/// <param name="Continue">The token of the next page, or null.</param>
public sealed record DocumentList(IReadOnlyList<Document> Items, string ResourceVersion, string? Continue = null);

public sealed record ListOptions
{
    public static ListOptions All { get; } = new();

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    public int? Limit { get; init; }

    public string? Continue { get; init; }
}

public sealed record WatchOptions
{
    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>Events after this version; null or "0": current objects as Added first.</summary>
    public string? ResourceVersion { get; init; }

    public bool AllowBookmarks { get; init; }
}

public enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>Nothing changed up to the document's resourceVersion.</summary>
    Bookmark,
}

public sealed record WatchEvent(WatchEventType Type, Document Object);

public sealed record WriteOptions
{
    public static WriteOptions Default { get; } = new();

    /// <summary><c>status</c>, <c>scale</c>, … or null for the object itself.</summary>
    public string? Subresource { get; init; }

    public string? FieldManager { get; init; }

    /// <summary>Server-side apply only: take conflicting fields over.</summary>
    public bool Force { get; init; }

    public bool DryRun { get; init; }

    /// <summary><c>Ignore</c>, <c>Warn</c>, <c>Strict</c> or null for the server's default.</summary>
    public string? FieldValidation { get; init; }
}

public enum PatchKind
{
    /// <summary>RFC 6902.</summary>
    Json,

    /// <summary>RFC 7386.</summary>
    Merge,

    /// <summary>Kubernetes' strategic merge patch.</summary>
    StrategicMerge,

    /// <summary>Server-side apply.</summary>
    Apply,
}

/// <summary>A patch and its format.</summary>
/// <param name="Kind">How to read the body.</param>
/// <param name="Body">An object, or an array for <see cref="PatchKind.Json"/>. Not shared with others while in use.</param>
public sealed record PatchBody(PatchKind Kind, JsonNode Body);

public sealed record DeleteOptions
{
    public static DeleteOptions Background { get; } = new();

    /// <summary><c>Background</c> (default), <c>Foreground</c> or <c>Orphan</c>.</summary>
    public string? PropagationPolicy { get; init; }

    public long? GracePeriodSeconds { get; init; }

    /// <summary>Only this very object, not a later one of the same name.</summary>
    public string? PreconditionUid { get; init; }

    public string? PreconditionResourceVersion { get; init; }

    public bool DryRun { get; init; }
}

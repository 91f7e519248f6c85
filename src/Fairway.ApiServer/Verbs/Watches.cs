using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>
/// Watch: current objects first when asked, then every change. A change that moves an object in or out of the selection is told
/// as Added or Deleted. A watcher that falls behind ends with 410 and never holds up a writer.
/// </summary>
internal sealed class Watches(ObjectStore store, Reads reads)
{
    private static readonly TimeSpan BookmarkEvery = TimeSpan.FromSeconds(60);

    /// <summary>The annotation of the bookmark after the objects that there were, from which clients make a list.</summary>
    public const string Blueprint = "kubernetes.io/initial-events-list-blueprint";

    // So long before a watch ends its client is told how far it came.
    private static readonly TimeSpan LastBookmark = TimeSpan.FromSeconds(2);

    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceType type, string? @namespace, ListQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long revision = query.Revision ?? 0;
        if (query.SendInitialEvents)
        {
            await reads.RequireReachedAsync(revision, cancellation);
        }

        if (query.SendInitialEvents)
        {
            Snapshot now = store.List(type, @namespace);
            await store.PrepareAsync(type, now, cancellation);
            foreach (Document stored in now)
            {
                Document document = store.Present(type, stored);
                if (query.Selects(document))
                {
                    yield return new WatchEvent(WatchEventType.Added, document);
                }
            }

            revision = Math.Max(revision, now.Revision);
            if (query is { SendInitialEvents: true, AllowBookmarks: true })
            {
                yield return Bookmark(type, revision, isEndOfInitial: true);
            }
        }
        else if (revision == 0)
        {
            revision = store.Log.Revision;
        }

        await foreach (RevisionEvent change in store.Log.WatchAsync(
            store.Cluster, EventViews.StoredAs(type), @namespace, revision, Bookmarks(query), cancellation))
        {
            if (change.Type == RevisionEventType.Progress)
            {
                yield return Bookmark(type, change.Revision, isEndOfInitial: false);
            }
            else if (await PreparedAsync(type, change, cancellation) && Seen(Presented(type, change), query) is { } seen)
            {
                yield return seen;
            }
        }
    }

    private static TimeSpan Bookmarks(ListQuery query)
        => !query.AllowBookmarks ? Timeout.InfiniteTimeSpan
            : query.Timeout is { } lifetime && lifetime > LastBookmark && lifetime - LastBookmark < BookmarkEvery ? lifetime - LastBookmark
            : BookmarkEvery;

    private async ValueTask<bool> PreparedAsync(ResourceType type, RevisionEvent change, CancellationToken cancellation)
    {
        if (change.Document is { } document)
        {
            await store.PrepareAsync(type, change.Previous is { } previous ? [document, previous] : [document], cancellation);
        }

        return true;
    }

    /// <summary>A change as a version of a custom resource shows it.</summary>
    public RevisionEvent Presented(ResourceType type, RevisionEvent change)
    {
        if (change.Document is not { } document)
        {
            return change;
        }

        Document shown = store.Present(type, document);
        Document? previous = change.Previous is { } before ? store.Present(type, before) : null;
        return ReferenceEquals(shown, document) && ReferenceEquals(previous, change.Previous) ? change : change with { Document = shown, Previous = previous };
    }

    /// <summary>What one change looks like through a selection; null when it is out of sight before and after.</summary>
    internal static WatchEvent? Seen(RevisionEvent change, ListQuery query)
    {
        bool isNow = change.Type == RevisionEventType.Put && query.Selects(change.Document!);
        bool wasBefore = change.Previous is { } previous && query.Selects(previous);
        return (wasBefore, isNow) switch
        {
            (false, true) => new WatchEvent(WatchEventType.Added, change.Document!),
            (true, true) => new WatchEvent(WatchEventType.Modified, change.Document!),
            (true, false) when change.Type == RevisionEventType.Delete => new WatchEvent(WatchEventType.Deleted, change.Document!),
            (true, false) => new WatchEvent(WatchEventType.Deleted, AtRevision(change.Previous!, change.Revision)),
            _ => null,
        };
    }

    // Who leaves a selection is told as deleted in the state that was last seen, at the revision of the change.
    private static Document AtRevision(Document previous, long revision)
    {
        JsonObject node = previous.ToNode();
        SystemMetadata.Of(node)["resourceVersion"] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Document.From(node);
    }

    /// <summary>The list that the objects at the beginning of a watch would be, without them: a value of <see cref="Blueprint"/>.</summary>
    public static string EmptyList(string kind, string apiVersion)
        => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{{\"kind\":\"{kind}List\",\"apiVersion\":\"{apiVersion}\",\"metadata\":{{}},\"items\":null}}\n"));

    private static WatchEvent Bookmark(ResourceType type, long revision, bool isEndOfInitial)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture), ["creationTimestamp"] = null };
        if (isEndOfInitial)
        {
            metadata["annotations"] = new JsonObject
            {
                ["k8s.io/initial-events-end"] = "true",
                [Blueprint] = EmptyList(type.Kind, type.ApiVersion),
            };
        }

        return new WatchEvent(
            WatchEventType.Bookmark,
            Document.From(new JsonObject { ["kind"] = type.Kind, ["apiVersion"] = type.ApiVersion, ["metadata"] = metadata }));
    }
}

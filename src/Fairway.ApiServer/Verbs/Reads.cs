using Fairway.Resources;
using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>One page of a consistent list.</summary>
/// <param name="Items">In key order.</param>
/// <param name="Revision">The state that the list shows.</param>
/// <param name="Continue">The next page; null on the last.</param>
/// <param name="Remaining">How many come after this page, when that is known.</param>
internal sealed record ListPage(IReadOnlyList<Document> Items, long Revision, ContinueToken? Continue, long? Remaining);

/// <summary>Get and list.</summary>
internal sealed class Reads(ObjectStore store, PageCache pages)
{
    private static readonly TimeSpan PatienceForTheFuture = TimeSpan.FromSeconds(3);

    public Document Get(ResourceType type, string? @namespace, string name) => store.Get(type, @namespace, name);

    /// <summary>The object, in a state that is not older than a revision that the client has seen.</summary>
    public async Task<Document> GetAsync(ResourceType type, string? @namespace, string name, string? notOlderThan, CancellationToken cancellation)
    {
        if (ListQuery.Version(notOlderThan) is { } revision)
        {
            await RequireReachedAsync(revision, cancellation);
        }

        await store.PrepareAsync(type, @namespace, name, cancellation);
        return store.Get(type, @namespace, name);
    }

    /// <summary>An object as it was at a revision or, with a time, at that moment.</summary>
    public async Task<Document> GetAtAsync(ResourceType type, string? @namespace, string name, string at, CancellationToken cancellation)
        => await store.Log.GetAtAsync(store.Key(type, @namespace, name), await RevisionAtAsync(at, cancellation), cancellation) is { } stored
            ? store.Present(type, stored)
            : throw ObjectStore.NotFound(type, name);

    public async Task<ListPage> ListAsync(ResourceType type, string? @namespace, ListQuery query, string? at, CancellationToken cancellation)
    {
        Snapshot snapshot = at is null
            ? await SnapshotAsync(type, @namespace, query, cancellation)
            : await store.Log.ListAtAsync(store.Cluster, EventViews.StoredAs(type), @namespace, await RevisionAtAsync(at, cancellation), cancellation);
        if (query.Fields.ExactName is { } name && !string.IsNullOrEmpty(@namespace) && query.Continue is null && at is null && snapshot.Revision == store.Log.Revision)
        {
            Document? only = store.Find(type, @namespace, name);
            return new ListPage(only is not null && query.Selects(only) ? [only] : [], snapshot.Revision, null, null);
        }

        IEnumerable<Document> objects = query.Continue is { } token ? snapshot.After(token.KeyIn(@namespace, type.Namespaced)) : snapshot;
        await store.PrepareAsync(type, query is { Limit: { } limit, IsNarrowed: false } ? objects.Take(limit) : objects, cancellation);
        return Page(snapshot, @namespace, type, objects, query);
    }

    /// <summary>Waits until a revision that a client has seen elsewhere is visible here.</summary>
    public async Task RequireReachedAsync(long revision, CancellationToken cancellation)
    {
        if (revision <= store.Log.Revision)
        {
            return;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(PatienceForTheFuture);
        try
        {
            await store.Log.WaitForAsync(revision, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new StatusException(504, "Timeout", $"Timeout: Too large resource version: {revision}, current: {store.Log.Revision}")
            {
                Details = new StatusDetails
                {
                    RetryAfterSeconds = 1,
                    Causes = [new StatusCause { Reason = "ResourceVersionTooLarge", Message = "Too large resource version" }],
                },
            };
        }
    }

    // In the words of the store behind kube-apiserver, which passes them on.
    private static StatusException InTheFuture() => Refusals.Failure(500, "etcdserver: mvcc: required revision is a future revision");

    private static StatusException ContinueExpired(ContinueToken token) => new(
        410,
        "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, "
        + "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - "
        + "objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.")
    {
        Continue = (token with { Revision = ContinueToken.Latest }).ToString(),
    };

    private async Task<Snapshot> SnapshotAsync(ResourceType type, string? @namespace, ListQuery query, CancellationToken cancellation)
    {
        if (query.Continue is { } token)
        {
            return token.Revision == ContinueToken.Latest
                ? store.List(type, @namespace)
                : pages.Find(store.Cluster, EventViews.StoredAs(type), @namespace, token.Revision) ?? await ContinuedAsync(type, @namespace, token, cancellation);
        }

        bool isExact = query.Match == "Exact" || (query.Match is null && query.Limit is not null);
        query.RequireRevision(isExact);
        if (query.Revision is > 0)
        {
            if (isExact && query.Revision > store.Log.Revision)
            {
                throw InTheFuture();
            }

            await RequireReachedAsync(query.Revision.Value, cancellation);
            if (isExact)
            {
                return await ExactlyAsync(type, @namespace, query.Revision.Value, cancellation);
            }
        }

        return store.List(type, @namespace);
    }

    private async Task<Snapshot> ExactlyAsync(ResourceType type, string? @namespace, long revision, CancellationToken cancellation)
    {
        try
        {
            return await store.Log.ListAtAsync(store.Cluster, EventViews.StoredAs(type), @namespace, revision, cancellation);
        }
        catch (StatusException expired) when (expired.IsExpired)
        {
            throw Refusals.Expired("The resourceVersion for the provided list is too old.");
        }
    }

    private async Task<Snapshot> ContinuedAsync(ResourceType type, string? @namespace, ContinueToken token, CancellationToken cancellation)
    {
        if (token.Revision > store.Log.Revision)
        {
            throw InTheFuture();
        }

        try
        {
            Snapshot snapshot = await store.Log.ListAtAsync(store.Cluster, EventViews.StoredAs(type), @namespace, token.Revision, cancellation);
            pages.Keep(store.Cluster, EventViews.StoredAs(type), @namespace, snapshot);
            return snapshot;
        }
        catch (StatusException expired) when (expired.IsExpired)
        {
            throw ContinueExpired(token);
        }
    }

    private ListPage Page(Snapshot snapshot, string? @namespace, ResourceType type, IEnumerable<Document> objects, ListQuery query)
    {
        var items = new List<Document>();
        long after = 0;
        foreach (Document stored in objects)
        {
            Document document = store.Present(type, stored);
            if (items.Count == query.Limit)
            {
                // With selectors, whether anything more matches is not worth a scan: a page may turn out to be the last.
                after++;
                if (query.IsNarrowed)
                {
                    break;
                }
            }
            else if (query.Selects(document))
            {
                items.Add(document);
            }
        }

        if (after == 0)
        {
            return new ListPage(items, snapshot.Revision, null, null);
        }

        pages.Keep(store.Cluster, EventViews.StoredAs(type), @namespace, snapshot);
        return new ListPage(items, snapshot.Revision, ContinueToken.Behind(snapshot.Revision, @namespace, items[^1]), query.IsNarrowed ? null : after);
    }

    private async Task<long> RevisionAtAsync(string at, CancellationToken cancellation)
        => long.TryParse(at, out long revision) ? revision
            : DateTimeOffset.TryParse(at, out DateTimeOffset moment) ? await store.Log.RevisionAtAsync(moment, cancellation)
            : throw StatusException.BadRequest($"at: Invalid value: \"{at}\": expected a resourceVersion or a time such as 2026-01-31T12:00:00Z");
}

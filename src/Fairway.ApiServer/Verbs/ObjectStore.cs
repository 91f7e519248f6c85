using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>What a write makes of an object: one of the cases below.</summary>
internal abstract record Change
{
    private Change()
    {
    }

    /// <summary>The object stays as it is.</summary>
    public static Change None { get; } = new Nothing();

    public sealed record Put(JsonObject Object) : Change;

    /// <summary>The object goes; this is its last state.</summary>
    public sealed record Remove(JsonObject Last) : Change;

    public sealed record Nothing : Change;
}

/// <summary>
/// One cluster's objects in the revision log. Changes are computed beside the writer, on the object as it was read, and
/// committed only if it still is that object; otherwise they are computed again.
/// </summary>
internal sealed class ObjectStore(RevisionLog log, string cluster, Presentation presentation)
{
    // After so many lost races the change is computed on the writer itself, which cannot lose.
    private const int Races = 8;

    // The writer waits for nobody, so a change that has to ask others keeps racing instead.
    private const int RacesWithOthers = 64;

    public string Cluster => cluster;

    public RevisionLog Log => log;

    public StorageKey Key(ResourceType type, string? @namespace, string name)
        => new(cluster, EventViews.StoredAs(type), type.Namespaced ? @namespace ?? "" : "", name);

    /// <summary>A stored document as a version of a custom resource shows it; what is not custom stays as it is.</summary>
    public Document Present(ResourceType type, Document stored) => presentation.Of(type, stored);

    /// <summary>Has webhooks convert what <see cref="Present"/> is going to be asked for; at once for all but custom resources that have one.</summary>
    public ValueTask PrepareAsync(ResourceType type, IEnumerable<Document> documents, CancellationToken cancellation)
        => presentation.PrepareAsync(type, documents, cancellation);

    /// <summary>The same for one object.</summary>
    public ValueTask PrepareAsync(ResourceType type, string? @namespace, string name, CancellationToken cancellation)
        => log.Get(Key(type, @namespace, name)) is { } stored ? presentation.PrepareAsync(type, [stored], cancellation) : ValueTask.CompletedTask;

    public Document? Find(ResourceType type, string? @namespace, string name)
        => log.Get(Key(type, @namespace, name)) is { } stored ? Present(type, stored) : null;

    public Document? Find(string groupResource, string @namespace, string name) => log.Get(new StorageKey(cluster, groupResource, @namespace, name));

    public Document Get(ResourceType type, string? @namespace, string name)
        => Find(type, @namespace, name) ?? throw NotFound(type, name);

    /// <summary>The stored objects of a type; what they look like is for <see cref="Present"/> to say.</summary>
    public Snapshot List(ResourceType type, string? @namespace) => log.List(cluster, EventViews.StoredAs(type), @namespace);

    public Snapshot List(string groupResource, string? @namespace) => log.List(cluster, groupResource, @namespace);

    /// <summary>Stores a new object, complete but for its resourceVersion.</summary>
    public async Task<Document> CreateAsync(ResourceType type, JsonObject target, bool dryRun, CancellationToken cancellation)
    {
        JsonNode metadata = target["metadata"]!;
        string name = (string)metadata["name"]!;
        StorageKey key = Key(type, (string?)metadata["namespace"], name);
        if (dryRun)
        {
            return log.Get(key) is { } taken ? throw Exists(type, taken) : Document.From(target);
        }

        var slot = new RevisionSlot(await presentation.ToStoreAsync(type, target, cancellation));
        CommitResult result = await log.CommitAsync(
            key, (current, revision) => current is null ? new Mutation.Put(slot.At(revision)) : throw Exists(type, current), cancellation);
        await PrepareAsync(type, [result.Document!], cancellation);
        return Present(type, result.Document!);
    }

    /// <summary>Changes an object that exists.</summary>
    /// <param name="change">Given the object, what becomes of it. Called again when someone else wrote in between; free of side effects.</param>
    /// <returns>The object after the change (as it last was, when it is gone), and whether it is gone.</returns>
    /// <exception cref="StatusException">404 when there is none; whatever <paramref name="change"/> refuses.</exception>
    public Task<(Document Object, bool Removed)> ChangeAsync(
        ResourceType type, string? @namespace, string name, Func<Document, Change> change, bool dryRun, CancellationToken cancellation)
        => ChangeAsync(type, @namespace, name, live => ValueTask.FromResult(change(live)), dryRun, cancellation);

    /// <summary>The same for a change that asks someone else (an admission webhook) before it is known.</summary>
    public async Task<(Document Object, bool Removed)> ChangeAsync(
        ResourceType type, string? @namespace, string name, Func<Document, ValueTask<Change>> change, bool dryRun, CancellationToken cancellation)
    {
        StorageKey key = Key(type, @namespace, name);
        bool asksOthers = presentation.AsksOthers(type);
        for (int race = 0; race < Races || (asksOthers && race < RacesWithOthers); race++)
        {
            Document stored = log.Get(key) ?? throw NotFound(type, name);
            await PrepareAsync(type, [stored], cancellation);
            Document seen = Present(type, stored);
            ValueTask<Change> changing = change(seen);
            asksOthers |= !changing.IsCompleted;
            Change outcome = await changing;
            if (outcome is Change.Nothing && presentation.IsOutdated(type, stored))
            {
                outcome = new Change.Put(seen.ToNode()); // any write brings an object to the storage version
            }

            if (dryRun || outcome is Change.Nothing)
            {
                return (outcome switch { Change.Put put => Document.From(put.Object), Change.Remove remove => Document.From(remove.Last), _ => seen }, outcome is Change.Remove);
            }

            RevisionSlot slot = new(await presentation.ToStoreAsync(type, ObjectOf(outcome), cancellation));
            bool isStale = false;
            CommitResult result = await log.CommitAsync(
                key,
                (current, revision) =>
                {
                    isStale = !ReferenceEquals(current, stored);
                    return isStale ? Mutation.Nothing : Commit(outcome, slot.At(revision));
                },
                cancellation);
            if (!isStale)
            {
                await PrepareAsync(type, [result.Document!], cancellation);
                return (Present(type, result.Document!), outcome is Change.Remove);
            }
        }

        return asksOthers
            ? throw StatusException.Conflict(type, name, "the object is changed faster than its admission answers; please try again")
            : await ChangeOnWriterAsync(type, key, change, cancellation);
    }

    public static StatusException NotFound(ResourceType type, string name) => StatusException.NotFound(type, name);

    private async Task<(Document Object, bool Removed)> Result(ResourceType type, ValueTask<CommitResult> commit, Func<bool> removed)
        => (Present(type, (await commit).Document!), removed());

    private static Mutation Commit(Change outcome, Document document)
        => outcome is Change.Remove ? new Mutation.Delete(document) : new Mutation.Put(document);

    private RevisionSlot Slot(ResourceType type, Change outcome) => new(presentation.ToStore(type, ObjectOf(outcome)));

    private static JsonObject ObjectOf(Change outcome) => outcome switch
    {
        Change.Put put => put.Object,
        Change.Remove remove => remove.Last,
        _ => throw new InvalidOperationException("Nothing needs no slot."),
    };

    private static StatusException Exists(ResourceType type, Document current)
    {
        StatusException exists = StatusException.AlreadyExists(type, current.Header.Name);
        return current.Header.IsDeleting
            ? new StatusException(409, "AlreadyExists", $"object is being deleted: {exists.Message}") { Details = exists.Details }
            : exists;
    }

    private Task<(Document Object, bool Removed)> ChangeOnWriterAsync(
        ResourceType type, StorageKey key, Func<Document, ValueTask<Change>> change, CancellationToken cancellation)
    {
        bool removed = false;
        return Result(
            type,
            log.CommitAsync(
                key,
                (current, revision) =>
                {
                    ValueTask<Change> changing = change(Present(type, current ?? throw NotFound(type, key.Name)));
                    Change outcome = changing.IsCompleted
                        ? changing.Result
                        : throw StatusException.Conflict(type, key.Name, "the object is changed faster than its admission answers; please try again");
                    removed = outcome is Change.Remove;
                    return outcome is Change.Nothing ? Mutation.Nothing : Commit(outcome, Slot(type, outcome).At(revision));
                },
                cancellation),
            () => removed);
    }
}

using System.Runtime.CompilerServices;
using Fairway.Resources;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Fairway.Storage;

/// <summary>
/// The platform's resources as an append-only log of revisions in one SQLite file, with everything that exists kept in memory.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A commit completes after it is on the disk and visible to every reader. What was acknowledged survives <c>kill -9</c>
/// and a power failure.</item>
/// <item>Revisions are unique and ascend over all clusters and resources, without gaps.</item>
/// <item>Reads come from memory, never wait for the writer, and are consistent at one revision.</item>
/// <item>One process at a time holds a data directory.</item>
/// <item>Cost: a read of one object is two dictionary steps and log2 n string comparisons; a write adds about log2 n small
/// allocations to its share of a transaction.</item>
/// </list>
/// Safe for concurrent use.
/// </remarks>
public sealed partial class RevisionLog : IAsyncDisposable
{
    private const int RecalledEvents = 1000;

    private readonly RevisionLogOptions _options;
    private readonly DirectoryLock _lock;
    private readonly SecretBox _secrets;
    private readonly RevisionDatabase _database;
    private readonly RevisionHistory _history;
    private readonly PublishedState _published;
    private readonly RevisionWriter _writer;
    private readonly ITimer _compaction;
    private volatile bool _closed;

    private RevisionLog(RevisionLogOptions options, DirectoryLock held, SecretBox secrets)
    {
        _options = options;
        _lock = held;
        _secrets = secrets;
        string path = Path.Combine(options.Directory, "resources.db");
        var codec = new RowCodec(secrets, options.SealedResources);
        _database = new RevisionDatabase(path, options, codec, secrets);
        _history = new RevisionHistory(path, options.LockTimeout, codec);
        _published = Load(_database, options);
        _writer = new RevisionWriter(_database, options, _published);
        _compaction = options.Time.CreateTimer(_ => _ = CompactInBackgroundAsync(), null, options.CompactEvery, options.CompactEvery);
    }

    /// <summary>The latest revision that readers see.</summary>
    public long Revision => _published.State.Revision;

    /// <summary>Whether the last commit reached the disk.</summary>
    public bool IsWell => _writer.IsWell;

    /// <summary>Revisions before this one can no longer be read back.</summary>
    public long OldestRevision => _database.Compacted;

    /// <summary>Opens the log of a data directory, making a new one when there is none.</summary>
    /// <exception cref="DataDirectoryException">The directory is in use, was written by a newer version, or is damaged.</exception>
    public static Task<RevisionLog> OpenAsync(RevisionLogOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.Run(() => Open(options), cancellation);
    }

    /// <summary>
    /// Changes one object. <paramref name="decide"/> runs on the writer: it is given the current document (null when there is
    /// none) and the revision that the commit will get, and must be quick and free of side effects. What it throws reaches only
    /// its own caller.
    /// </summary>
    /// <returns>Completes when the change is durable and visible. Once queued, cancelling only stops the waiting.</returns>
    /// <exception cref="StatusException">Disk full, database locked or closed (5xx): nothing was acknowledged.</exception>
    public async ValueTask<CommitResult> CommitAsync(StorageKey key, Func<Document?, long, Mutation> decide, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(decide);
        key.Require();
        var request = new WriterRequest.Commit(key, decide);
        await _writer.SendAsync(request, cancellation);
        return await request.Answer.WaitAsync(cancellation);
    }

    /// <summary>The object as it is now, or null.</summary>
    public Document? Get(StorageKey key) => _published.State.Get(key);

    /// <summary>All objects of a resource in one namespace, or in all when it is null or empty.</summary>
    public Snapshot List(string cluster, string groupResource, string? @namespace)
        => _published.State.List(new CollectionKey(cluster, groupResource), @namespace);

    /// <summary>The object as it was at a revision, or null.</summary>
    /// <exception cref="StatusException">410 when the revision has been compacted; 504 when it has not happened yet.</exception>
    public async Task<Document?> GetAtAsync(StorageKey key, long revision, CancellationToken cancellation)
    {
        StoreState state = RequireReached(revision);
        return revision == state.Revision ? state.Get(key) : await Task.Run(() => _history.Get(key, revision), cancellation);
    }

    /// <summary>The objects as they were at a revision. From the disk unless it is the current one: linear in what is listed.</summary>
    /// <exception cref="StatusException">410 when the revision has been compacted; 504 when it has not happened yet.</exception>
    public async Task<Snapshot> ListAtAsync(string cluster, string groupResource, string? @namespace, long revision, CancellationToken cancellation)
    {
        StoreState state = RequireReached(revision);
        var collection = new CollectionKey(cluster, groupResource);
        return revision == state.Revision
            ? state.List(collection, @namespace)
            : await Task.Run(() => _history.List(collection, @namespace, revision), cancellation);
    }

    /// <summary>
    /// The writes of a resource since a moment, oldest first, as far as they have not been compacted; deletions are left out. From the
    /// disk: linear in what is read.
    /// </summary>
    public Task<IReadOnlyList<StoredRevision>> WritesSinceAsync(string cluster, string groupResource, DateTimeOffset since, int limit, CancellationToken cancellation)
        => Task.Run(() => _history.Since(new CollectionKey(cluster, groupResource), since, limit), cancellation);

    /// <summary>The last revision made at or before a moment; 0 when there is none left.</summary>
    public Task<long> RevisionAtAsync(DateTimeOffset moment, CancellationToken cancellation) => Task.Run(() => _history.RevisionAt(moment), cancellation);

    /// <summary>Completes when readers see at least this revision.</summary>
    /// <exception cref="StatusException">503 when the log is closed first.</exception>
    public async Task WaitForAsync(long revision, CancellationToken cancellation)
    {
        while (true)
        {
            Task next = _published.NextRevision();
            if (_published.Announced >= revision)
            {
                return;
            }

            if (_closed)
            {
                throw Refusals.Closed();
            }

            await next.WaitAsync(cancellation);
        }
    }

    /// <summary>Every change of a resource after a revision, in order, without gaps, until cancelled or the log is closed.</summary>
    /// <exception cref="StatusException">410: events after the revision are no longer kept, at the start or because the reader fell behind. List again.</exception>
    public IAsyncEnumerable<RevisionEvent> WatchAsync(
        string cluster, string groupResource, string? @namespace, long afterRevision, CancellationToken cancellation)
        => WatchAsync(cluster, groupResource, @namespace, afterRevision, Timeout.InfiniteTimeSpan, cancellation);

    /// <summary>The same, with a <see cref="RevisionEventType.Progress"/> event whenever nothing was delivered for a while.</summary>
    /// <exception cref="StatusException">410, as above.</exception>
    public async IAsyncEnumerable<RevisionEvent> WatchAsync(
        string cluster,
        string groupResource,
        string? @namespace,
        long afterRevision,
        TimeSpan progressEvery,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        EventWindow window = _published.Window(new CollectionKey(cluster, groupResource));
        var events = new List<RevisionEvent>();
        long cursor = afterRevision;
        while (!_closed)
        {
            // The order matters: what is announced is in the window, and what comes after the read completes the task.
            Task changed = window.Changed();
            long announced = _published.Announced;
            events.Clear();
            if (!window.TryReadAfter(cursor, 256, events, out long oldest))
            {
                throw Refusals.TooOld(cursor, oldest);
            }

            foreach (RevisionEvent change in events)
            {
                cursor = change.Revision;
                if (string.IsNullOrEmpty(@namespace) || change.Key.Namespace == @namespace)
                {
                    yield return change;
                }
            }

            if (events.Count > 0)
            {
                continue;
            }

            cursor = Math.Max(cursor, announced);
            await changed.WaitAsync(progressEvery, _options.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
            if (!changed.IsCompleted)
            {
                yield return new RevisionEvent(RevisionEventType.Progress, cursor, default, null, null);
            }
        }
    }

    /// <summary>Forgets history beyond its retention, in small transactions between the commits of others.</summary>
    public async Task CompactAsync(CancellationToken cancellation)
    {
        while (true)
        {
            DateTimeOffset now = _options.Time.GetUtcNow();
            long keepAfter = Revision - _options.HistoryCount;
            var step = new WriterRequest.Maintenance(database => database.CompactStep(keepAfter, now - _options.HistoryAge));
            await _writer.SendAsync(step, cancellation);
            if (!await step.Answer.WaitAsync(cancellation))
            {
                break;
            }
        }

        await MaintainAsync(database => database.Tidy(), cancellation);
        _published.Expire(_options.Time.GetUtcNow());
    }

    public async ValueTask DisposeAsync()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        await _compaction.DisposeAsync();
        await Task.Run(_writer.Stop);
        _published.WakeAll();
        _history.Dispose();
        _database.Dispose();
        _secrets.Dispose();
        _lock.Dispose();
    }

    /// <summary>Runs work on the writer's thread and connection.</summary>
    internal async Task MaintainAsync(Action<RevisionDatabase> work, CancellationToken cancellation)
    {
        var request = new WriterRequest.Maintenance(database =>
        {
            work(database);
            return true;
        });
        await _writer.SendAsync(request, cancellation);
        await request.Answer.WaitAsync(cancellation);
    }

    private static RevisionLog Open(RevisionLogOptions options)
    {
        Directory.CreateDirectory(options.Directory);
        DirectoryLock held = DirectoryLock.Take(options.Directory);
        try
        {
            return new RevisionLog(options, held, SecretBox.Open(Path.Combine(options.Directory, "storage.key")));
        }
        catch (Exception failure)
        {
            held.Dispose();
            if (failure is SqliteException sqlite)
            {
                throw new DataDirectoryException($"The database in {options.Directory} cannot be opened: {sqlite.Message}", sqlite);
            }

            throw;
        }
    }

    private static PublishedState Load(RevisionDatabase database, RevisionLogOptions options)
    {
        long last = database.LastRevision();
        var draft = new StateDraft(StoreState.Empty);
        foreach (RevisionRow row in database.Latest())
        {
            draft.Put(row.Key, row.Document);
        }

        long eventsFrom = Math.Max(database.Compacted, last - Math.Min(RecalledEvents, options.WindowCount));
        var published = new PublishedState(draft.Finish(last), eventsFrom, options);
        foreach (RevisionRow row in database.After(eventsFrom))
        {
            RevisionEventType type = row.Deleted ? RevisionEventType.Delete : RevisionEventType.Put;
            published.Recall(new RevisionEvent(type, row.Revision, row.Key, row.Document, database.Before(row.Key, row.Revision)), row.At);
        }

        return published;
    }

    private StoreState RequireReached(long revision)
    {
        StoreState state = _published.State;
        return revision <= state.Revision ? state : throw Refusals.TooNew(revision, state.Revision);
    }

    private async Task CompactInBackgroundAsync()
    {
        try
        {
            await CompactAsync(CancellationToken.None);
        }
        catch (Exception failure)
        {
            if (!_closed)
            {
                LogCompactionFailed(_options.Logger, failure, _options.Directory);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Compacting the history in {Directory} failed; it is tried again later")]
    private static partial void LogCompactionFailed(ILogger logger, Exception failure, string directory);
}

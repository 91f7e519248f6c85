using System.Threading.Channels;
using Fairway.Resources;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Fairway.Storage;

/// <summary>
/// The one writer, on a thread of its own, since it waits for the disk. It repeats four steps:
/// <list type="number">
/// <item>collect the requests that wait (those that arrive while a commit is on its way to the disk form the next batch);</item>
/// <item>decide each against the state that includes the ones before it;</item>
/// <item>make what was decided durable in one transaction;</item>
/// <item>publish it to the readers and watchers, then answer the callers.</item>
/// </list>
/// When the transaction fails, every request of the batch fails with the reason, nothing is published, and the next batch starts
/// from what the database says.
/// </summary>
internal sealed partial class RevisionWriter
{
    private readonly RevisionDatabase _database;
    private readonly RevisionLogOptions _options;
    private readonly PublishedState _published;
    private readonly Channel<WriterRequest> _requests;
    private readonly Thread _thread;
    private readonly List<WriterRequest.Commit> _batch = [];
    private readonly List<RevisionRow> _rows = [];
    private readonly List<RevisionEvent> _events = [];
    private volatile bool _suspect;

    public RevisionWriter(RevisionDatabase database, RevisionLogOptions options, PublishedState published)
    {
        _database = database;
        _options = options;
        _published = published;
        _requests = Channel.CreateBounded<WriterRequest>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        _thread = new Thread(Run) { IsBackground = true, Name = "revision log writer" };
        _thread.Start();
    }

    /// <summary>Whether the last commit reached the disk; false until one does again.</summary>
    public bool IsWell => !_suspect;

    /// <summary>Queues a request; waits while the queue is full.</summary>
    public async ValueTask SendAsync(WriterRequest request, CancellationToken cancellation)
    {
        if (!_requests.Writer.TryWrite(request))
        {
            try
            {
                await _requests.Writer.WriteAsync(request, cancellation);
            }
            catch (ChannelClosedException)
            {
                throw Refusals.Closed();
            }
        }
    }

    /// <summary>Finishes what is queued and stops.</summary>
    public void Stop()
    {
        _requests.Writer.TryComplete();
        _thread.Join();
    }

    private void Run()
    {
        while (WaitForRequests())
        {
            WriterRequest.Maintenance? maintenance = Collect();
            if (_batch.Count > 0)
            {
                Commit();
            }

            maintenance?.Run(_database);
        }
    }

    private bool WaitForRequests()
    {
        ValueTask<bool> waiting = _requests.Reader.WaitToReadAsync(CancellationToken.None);
        return waiting.IsCompleted ? waiting.Result : waiting.AsTask().GetAwaiter().GetResult();
    }

    private WriterRequest.Maintenance? Collect()
    {
        _batch.Clear();
        while (_batch.Count < _options.MaxBatch && _requests.Reader.TryRead(out WriterRequest? request))
        {
            if (request is WriterRequest.Maintenance maintenance)
            {
                return maintenance;
            }

            _batch.Add((WriterRequest.Commit)request);
        }

        return null;
    }

    private void Commit()
    {
        try
        {
            CatchUpAfterFailure();
            StoreState next = Decide();
            if (_rows.Count > 0)
            {
                _database.Append(_rows);
                _published.Publish(next, _events, _rows[0].At);
            }
        }
        catch (Exception failure)
        {
            _suspect = true;
            StatusException reason = Explain(failure);
            _batch.ForEach(request => request.Fail(reason));
            return;
        }

        _batch.ForEach(request => request.Complete());
    }

    private StoreState Decide()
    {
        _rows.Clear();
        _events.Clear();
        DateTimeOffset now = _options.Time.GetUtcNow();
        StoreState origin = _published.State;
        var draft = new StateDraft(origin);
        long last = origin.Revision;
        foreach (WriterRequest.Commit request in _batch)
        {
            Document? current = draft.Get(request.Key);
            try
            {
                last = Enact(request, request.Decide(current, last + 1), current, draft, last, now);
            }
            catch (Exception refusal)
            {
                request.Refused(refusal);
            }
        }

        return draft.Finish(last);
    }

    private long Enact(WriterRequest.Commit request, Mutation mutation, Document? current, StateDraft draft, long last, DateTimeOffset now)
    {
        StorageKey key = request.Key;
        switch (mutation)
        {
            case Mutation.Put put:
                draft.Put(key, put.Document);
                Record(RevisionEventType.Put, put.Document);
                return last;
            case Mutation.Delete delete when current is not null:
                draft.Delete(key);
                Record(RevisionEventType.Delete, delete.Last);
                return last;
            default:
                request.Decided(new CommitResult(last, current, Changed: false));
                return last;
        }

        void Record(RevisionEventType type, Document document)
        {
            last++;
            _rows.Add(new RevisionRow(last, key, type == RevisionEventType.Delete, now, document));
            _events.Add(new RevisionEvent(type, last, key, document, current));
            request.Decided(new CommitResult(last, document, Changed: true));
        }
    }

    /// <summary>
    /// A commit that reported a failure may have reached the disk all the same. Its callers were told that it failed, which
    /// promises nothing; but the state must be the one on the disk before anything is decided on it.
    /// </summary>
    private void CatchUpAfterFailure()
    {
        if (!_suspect)
        {
            return;
        }

        _database.Reconnect();
        StoreState state = _published.State;
        var draft = new StateDraft(state);
        var events = new List<RevisionEvent>();
        long last = state.Revision;
        foreach (RevisionRow row in _database.After(last))
        {
            events.Add(new RevisionEvent(row.Deleted ? RevisionEventType.Delete : RevisionEventType.Put, row.Revision, row.Key, row.Document, draft.Get(row.Key)));
            last = row.Revision;
            if (row.Deleted)
            {
                draft.Delete(row.Key);
            }
            else
            {
                draft.Put(row.Key, row.Document);
            }
        }

        if (events.Count > 0)
        {
            _published.Publish(draft.Finish(last), events, _options.Time.GetUtcNow());
        }

        _suspect = false;
    }

    private StatusException Explain(Exception failure)
    {
        LogFailed(_options.Logger, failure, _batch.Count, _options.Directory);
        var (code, reason, message) = failure is SqliteException sqlite
            ? SqliteFiles.Explain(sqlite, _options.Directory)
            : (500, "InternalError", $"The revision log in {_options.Directory} failed: {failure.Message}");
        return new StatusException(code, reason, message);
    }

    [LoggerMessage(LogLevel.Error, "A batch of {Count} commits to {Directory} failed")]
    private static partial void LogFailed(ILogger logger, Exception failure, int count, string directory);
}

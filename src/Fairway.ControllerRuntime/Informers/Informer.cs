using Fairway.Client;
using Fairway.Resources;
using Microsoft.Extensions.Logging;

namespace Fairway.ControllerRuntime;

/// <summary>
/// A live copy of one kind of one cluster: lists, then watches, resumes where a watch broke off, and lists again when the
/// server no longer knows that place. What it shows may lag behind the server but never goes back.
/// </summary>
/// <remarks>Safe for concurrent readers. A get costs O(1), a list O(result).</remarks>
public sealed partial class Informer
{
    private const int PageSize = 500;
    private static readonly TimeSpan ShortWatch = TimeSpan.FromSeconds(1);

    private readonly IClusterApi _api;
    private readonly string? _namespace;
    private readonly string? _labelSelector;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ObjectCache _cache;
    private readonly bool _mayBeAbsent;

    // The newest version seen: where to resume after a watch broke with an exception.
    private string? _lastVersion;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Informer(IClusterApi api, ResourceType type, string? @namespace, string? labelSelector, TimeProvider time, ILogger log, bool mayBeAbsent = false)
    {
        _mayBeAbsent = mayBeAbsent;
        _api = api;
        Type = type;
        _namespace = @namespace;
        _labelSelector = labelSelector;
        _time = time;
        _log = log;
        _cache = new ObjectCache(error => LogHandlerFailed(_log, error, api.Cluster, type.GroupResource));
    }

    public ResourceType Type { get; }

    /// <summary>The first list has been taken in.</summary>
    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    /// <summary>Why the connection last broke; null while it works.</summary>
    public string? LastError { get; private set; }

    public Document? Get(ObjectKey key) => _cache.Get(key);

    /// <summary>The objects of a namespace, or all, in no order.</summary>
    public IReadOnlyList<Document> List(string? @namespace = null) => _cache.List(@namespace);

    /// <summary>The objects that name this uid among their owners.</summary>
    public IReadOnlyList<Document> OwnedBy(string uid) => _cache.OwnedBy(uid);

    /// <summary>Adds an index by computed keys.</summary>
    public ObjectIndex AddIndex(Func<Document, IEnumerable<string>> keys) => _cache.AddIndex(keys);

    /// <summary>
    /// Calls the handler for every object that is there and then for every change, in order. Handlers run on the watch: they
    /// only note what to do and return at once.
    /// </summary>
    public void Subscribe(Action<InformerChange> handler) => _cache.Subscribe(handler);

    public Task WaitForSyncAsync(CancellationToken cancellation) => _synced.Task.WaitAsync(cancellation);

    /// <summary>Lists and watches until cancelled. Broken connections are mended with growing pauses.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        string? version = null;
        int failures = 0;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                version ??= await ListAllAsync(cancellation);
                long begin = _time.GetTimestamp();
                (version, bool sawEvents) = await WatchAsync(version, cancellation);

                // A server that ends every watch at once is left alone for a while, as one that fails is.
                failures = sawEvents || _time.GetElapsedTime(begin) >= ShortWatch ? 0 : failures + 1;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (StatusException refused) when (refused.IsExpired)
            {
                version = null;
                _lastVersion = null;
                failures++;
                LogExpired(_log, _api.Cluster, Type.GroupResource);
            }
            catch (Exception error)
            {
                failures++;
                LastError = error.Message;
                version = _lastVersion;
                if (_mayBeAbsent)
                {
                    _synced.TrySetResult(); // nobody waits for a cluster that is away, or for a kind that it does not have
                }

                LogBroken(_log, _api.Cluster, Type.GroupResource, error.Message);
            }

            if (failures > 0)
            {
                await Pause(Backoff.OfParts.After(failures), cancellation);
            }
        }
    }

    private async Task Pause(TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(wait, _time, cancellation);
        }
        catch (OperationCanceledException)
        {
            // The loop ends by its own condition.
        }
    }

    private async Task<string> ListAllAsync(CancellationToken cancellation)
    {
        var items = new List<Document>();
        var options = new ListOptions { LabelSelector = _labelSelector, Limit = PageSize };
        DocumentList page;
        do
        {
            page = await _api.ListAsync(Type, _namespace, options, cancellation);
            items.AddRange(page.Items);
            options = options with { Continue = page.Continue };
        }
        while (!string.IsNullOrEmpty(page.Continue));

        _cache.Replace(items);
        _lastVersion = page.ResourceVersion;
        LastError = null;
        _synced.TrySetResult();
        return page.ResourceVersion;
    }

    private async Task<(string Version, bool SawEvents)> WatchAsync(string version, CancellationToken cancellation)
    {
        var options = new WatchOptions { LabelSelector = _labelSelector, ResourceVersion = version, AllowBookmarks = true };
        bool saw = false;
        await foreach (WatchEvent change in _api.WatchAsync(Type, _namespace, options, cancellation))
        {
            switch (change.Type)
            {
                case WatchEventType.Added or WatchEventType.Modified:
                    _cache.Set(change.Object);
                    break;
                case WatchEventType.Deleted:
                    _cache.Remove(change.Object);
                    break;
            }

            saw = true;
            LastError = null;
            version = change.Object.Header.ResourceVersion;
            _lastVersion = version;
        }

        return (version, saw);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Listing {Resource} of {Cluster} again: the watch's place is too old")]
    private static partial void LogExpired(ILogger logger, string cluster, string resource);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Watching {Resource} of {Cluster} broke off: {Error}")]
    private static partial void LogBroken(ILogger logger, string cluster, string resource, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "A handler of changes to {Resource} of {Cluster} failed")]
    private static partial void LogHandlerFailed(ILogger logger, Exception error, string cluster, string resource);
}

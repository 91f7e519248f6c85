using System.Threading.Channels;
using Fairway.Resources;
using Microsoft.Extensions.Logging;

namespace Fairway.ControllerRuntime;

/// <summary>
/// Runs one reconcile function over the keys that its watches name. Made by <see cref="ControllerBuilder"/>, run by
/// <see cref="ControllerHost"/>. One key is never reconciled by two workers at a time; a failing key waits longer each time,
/// whatever changes around it but what is asked of it, and holds up no other.
/// </summary>
public sealed partial class Controller
{
    // A write that is cut off may still happen a little later, unseen by whoever starts next: those under way are let finish.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly Reconcile _reconcile;
    private readonly int _workers;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ReconcileRecord _record;
    private readonly IReadOnlyList<ControllerWatch> _watches;

    // Replaced when the controller starts again, so that keys of a crashed run do not stay marked as under way.
    private WorkQueue<ObjectKey> _queue;
    private volatile ControllerState _state = ControllerState.Waiting;
    private bool _subscribed;

    internal Controller(
        string name,
        IReadOnlyList<InformerSet> informers,
        IReadOnlyList<ControllerWatch> watches,
        Reconcile reconcile,
        int workers,
        TimeProvider time,
        ILogger log)
    {
        Name = name;
        Informers = informers;
        _watches = watches;
        _reconcile = reconcile;
        _workers = workers;
        _time = time;
        _log = log;
        _record = new ReconcileRecord(time);
        _queue = new WorkQueue<ObjectKey>(time);
    }

    /// <summary>The controller's name in logs and health: <c>dev/deployments</c>.</summary>
    public string Name { get; }

    /// <summary>Whose objects it watches.</summary>
    public IReadOnlyList<InformerSet> Informers { get; }

    public ControllerHealth Health
    {
        get
        {
            WorkQueue<ObjectKey> queue = Volatile.Read(ref _queue);
            return _record.Snapshot(Name, _state, queue.Length, queue.Delayed);
        }
    }

    /// <summary>Looks at an object again soon, for causes that no watch sees.</summary>
    public void Enqueue(ObjectKey key) => Enqueue(key, Wake.Now);

    private void Enqueue(ObjectKey key, Wake wake) => Volatile.Read(ref _queue).Add(key, wake);

    /// <summary>Waits for the caches, then works until cancelled; then lets reconciles under way finish, for three seconds at most.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        _state = ControllerState.Syncing;
        using var queue = new WorkQueue<ObjectKey>(_time);
        WorkQueue<ObjectKey> before = Interlocked.Exchange(ref _queue, queue);
        before.Dispose();
        using var work = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        await using CancellationTokenRegistration stopping = cancellation.Register(() => work.CancelAfter(Grace));
        try
        {
            await Task.WhenAll(Informers.Select(set => set.WaitForSyncAsync(cancellation)));
            Subscribe();
            _state = ControllerState.Running;
            await Task.WhenAll(Enumerable.Range(0, _workers).Select(_ => Task.Run(() => WorkAsync(queue, cancellation, work.Token), CancellationToken.None)));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to stop while syncing.
        }
        finally
        {
            _state = cancellation.IsCancellationRequested ? ControllerState.Stopped : ControllerState.Crashed;
        }
    }

    /// <summary>Follows the watches from the first run on; each later run looks at everything once more.</summary>
    private void Subscribe()
    {
        foreach (ControllerWatch watch in _watches)
        {
            watch.Start(Enqueue, isFirst: !_subscribed);
        }

        _subscribed = true;
    }

    private async Task WorkAsync(WorkQueue<ObjectKey> queue, CancellationToken cancellation, CancellationToken work)
    {
        while (!cancellation.IsCancellationRequested)
        {
            ObjectKey key;
            try
            {
                key = await queue.TakeAsync(cancellation);
            }
            catch (Exception end) when (end is OperationCanceledException or ChannelClosedException)
            {
                return;
            }

            await ReconcileAsync(queue, key, work);
        }
    }

    private async Task ReconcileAsync(WorkQueue<ObjectKey> queue, ObjectKey key, CancellationToken cancellation)
    {
        try
        {
            ReconcileResult result = await _reconcile(key, cancellation);
            queue.Forget(key);
            _record.Succeeded();
            if (result.RequeueAfter is { } delay)
            {
                queue.AddAfter(key, delay);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to stop: the next start finds the object as it is.
        }
        catch (StatusException refused) when (refused.IsConflict || refused.IsNotFound)
        {
            // Someone wrote or deleted in between: the cache will show it, and the next look decides anew.
            TimeSpan wait = queue.AddAfterFailure(key, holds: false);
            LogConflict(_log, Name, key, wait.TotalMilliseconds);
        }
        catch (Exception error)
        {
            _record.Failed(key, error);
            TimeSpan wait = queue.AddAfterFailure(key);
            LogFailed(_log, error, Name, key, wait.TotalMilliseconds);
        }
        finally
        {
            queue.Done(key);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Controller}: {Key} changed meanwhile, again in {Milliseconds} ms")]
    private static partial void LogConflict(ILogger logger, string controller, ObjectKey key, double milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Controller}: reconciling {Key} failed, again in {Milliseconds} ms")]
    private static partial void LogFailed(ILogger logger, Exception error, string controller, ObjectKey key, double milliseconds);
}

using System.Collections.Concurrent;
using Fairway.Pipelines.Execution;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;
using Microsoft.Extensions.Logging;

namespace Fairway.Pipelines.Runs;

/// <summary>Holds the runs under way in this process. Safe for concurrent use.</summary>
internal sealed partial class RunEngine(RunServices services, Leftovers leftovers, RunPaths paths, ILogger<RunEngine> log)
{
    private readonly ConcurrentDictionary<ObjectKey, Active> _active = new();
    private readonly ConcurrentDictionary<ObjectKey, RunFeed> _feeds = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Replaced when the engine starts; cancelled when it stops.
    private CancellationToken _stopping = new(canceled: true);

    /// <summary>Ends what an earlier process of the platform left running, then lets runs start; stops them all when cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        int ended = leftovers.End(null);
        if (ended > 0)
        {
            LogLeftovers(log, ended);
        }

        _stopping = stopping;
        _ready.TrySetResult();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, services.Time, stopping);
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(_active.Values.Select(active => active.Work));
        }
    }

    public Task WaitUntilReadyAsync(CancellationToken cancellation) => _ready.Task.WaitAsync(cancellation);

    /// <summary>Pulses whenever a run's logs or status move.</summary>
    public RunFeed FeedOf(ObjectKey run) => _feeds.GetOrAdd(run, static _ => new RunFeed());

    /// <summary>Starts a run, unless it is under way.</summary>
    /// <param name="run">As read from the server just now.</param>
    /// <param name="ended">Called when it is no longer under way.</param>
    public void EnsureStarted(PipelineRun run, Action ended)
    {
        ObjectKey key = ObjectKey.Of(run);
        if (_stopping.IsCancellationRequested || _active.ContainsKey(key))
        {
            return;
        }

        RunExecution execution = new(services, run, FeedOf(key));
        TaskCompletionSource begin = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Active active = new(execution, WatchAsync(key, execution, begin.Task, ended));
        _ = _active.TryAdd(key, active);
        begin.SetResult();
    }

    public bool IsActive(ObjectKey run) => _active.ContainsKey(run);

    public void Cancel(ObjectKey run)
    {
        if (_active.TryGetValue(run, out Active? active))
        {
            active.Execution.Cancel();
        }
    }

    /// <summary>Ends a run that is no longer there and removes what it kept on disk.</summary>
    public async Task ForgetAsync(ObjectKey run, CancellationToken cancellation)
    {
        if (_active.TryGetValue(run, out Active? active))
        {
            active.Execution.Cancel();
            await active.Work.WaitAsync(cancellation);
        }

        _feeds.TryRemove(run, out _);
        RunPaths.Remove(paths.RunDirectory(run));
        RunPaths.Remove(paths.WorkDirectory(run));
    }

    private async Task WatchAsync(ObjectKey key, RunExecution execution, Task begin, Action ended)
    {
        await begin;
        try
        {
            await execution.RunAsync(_stopping);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // It is taken up again at the next start.
        }
        catch (Exception broken)
        {
            LogBroken(log, key, broken);
        }

        _active.TryRemove(key, out _);
        ended();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ended {Count} processes that steps of an earlier platform process left running")]
    private static partial void LogLeftovers(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Run} broke off; it is taken up again")]
    private static partial void LogBroken(ILogger logger, ObjectKey run, Exception error);

    private sealed record Active(RunExecution Execution, Task Work);
}

using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Runs;

/// <summary>
/// The status of one run, in memory and on the server. Changes are gathered and written at most every interval; a flush
/// returns when all before it is durable. Safe for concurrent use.
/// </summary>
internal sealed class RunStatusWriter : IAsyncDisposable
{
    private const int Attempts = 10;

    private readonly IClusterApi _hub;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly Action _gone;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SemaphoreSlim _dirty = new(0, 1);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _loop;
    private readonly Lock _gate = new();

    // Guarded by the lock.
    private PipelineRunStatus _status;
    private bool _changed;
    private PipelineRun _observed;

    /// <param name="hub">Where the run is.</param>
    /// <param name="run">As last seen.</param>
    /// <param name="interval">The least time between two writes.</param>
    /// <param name="gone">Called when the run was deleted.</param>
    public RunStatusWriter(IClusterApi hub, PipelineRun run, TimeSpan interval, TimeProvider time, Action gone)
    {
        _hub = hub;
        _time = time;
        _interval = interval;
        _gone = gone;
        _observed = run;
        _status = run.Status ?? new PipelineRunStatus();
        _loop = Task.Run(WriteFromTimeToTimeAsync, CancellationToken.None);
    }

    public PipelineRunStatus Current
    {
        get
        {
            lock (_gate)
            {
                return _status;
            }
        }
    }

    public void Update(Func<PipelineRunStatus, PipelineRunStatus> change)
    {
        lock (_gate)
        {
            _status = change(_status);
            _changed = true;
            if (_dirty.CurrentCount == 0)
            {
                _dirty.Release();
            }
        }
    }

    /// <summary>Writes what is not written yet.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            for (int attempt = 1; await TryWriteAsync(attempt, cancellation); attempt++)
            {
                // Someone else wrote to the run in between: the newest state is read, and the status written over it.
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Stops writing; what is not flushed is left out.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _loop;
        _ended.Dispose();
    }

    /// <returns>Whether to try again.</returns>
    private async Task<bool> TryWriteAsync(int attempt, CancellationToken cancellation)
    {
        PipelineRunStatus wanted;
        lock (_gate)
        {
            if (!_changed)
            {
                return false;
            }

            wanted = _status;
            _changed = false;
        }

        try
        {
            _observed = await _hub.WriteStatusAsync(_observed, _observed with { Status = wanted }, cancellation);
            return false;
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            _gone();
            return false;
        }
        catch (StatusException refused) when (refused.Code == 409 && attempt < Attempts)
        {
            PipelineRun? fresh = await _hub.FindAsync<PipelineRun>(_observed.Metadata.Namespace, _observed.Metadata.Name, cancellation);
            if (fresh is null || fresh.Metadata.Uid != _observed.Metadata.Uid)
            {
                _gone();
                return false;
            }

            _observed = fresh;
            MarkChanged();
            return true;
        }
        catch
        {
            MarkChanged();
            throw;
        }
    }

    private void MarkChanged()
    {
        lock (_gate)
        {
            _changed = true;
        }
    }

    private async Task WriteFromTimeToTimeAsync()
    {
        try
        {
            while (true)
            {
                await _dirty.WaitAsync(_ended.Token);
                await Task.Delay(_interval, _time, _ended.Token);
                try
                {
                    await FlushAsync(_ended.Token);
                }
                catch (Exception refused) when (refused is StatusException or HttpRequestException or IOException)
                {
                    // The server is away or refuses; the next change, and the flush at the end, try again.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}

using Microsoft.Extensions.Logging;

namespace Fairway.ControllerRuntime;

/// <summary>Runs one part; when it crashes or ends by itself, starts it again after a growing pause.</summary>
internal sealed partial class Supervisor(string name, Func<CancellationToken, Task> part, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Steady = TimeSpan.FromMinutes(1);

    private int _restarts;
    private volatile string? _lastError;

    public string Name { get; } = name;

    public int Restarts => Volatile.Read(ref _restarts);

    public string? LastError => _lastError;

    public async Task RunAsync(CancellationToken cancellation)
    {
        int failures = 0;
        while (true)
        {
            long begin = time.GetTimestamp();
            try
            {
                await part(cancellation);
                if (cancellation.IsCancellationRequested)
                {
                    return;
                }

                _lastError = "It ended by itself.";
                LogEnded(log, Name);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                _lastError = error.Message;
                LogCrashed(log, error, Name);
            }

            // A part that ran well for a while is restarted as quickly as one that never failed.
            failures = time.GetElapsedTime(begin) >= Steady ? 1 : failures + 1;
            Interlocked.Increment(ref _restarts);
            try
            {
                await Task.Delay(Backoff.OfParts.After(failures), time, cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Part} ended by itself and starts again")]
    private static partial void LogEnded(ILogger logger, string part);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Part} crashed and starts again")]
    private static partial void LogCrashed(ILogger logger, Exception error, string part);
}

using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>How a supervised part is doing, as one snapshot.</summary>
public sealed record ControllerHealth
{
    public required string Name { get; init; }

    public required ControllerState State { get; init; }

    /// <summary>Keys that wait for a worker.</summary>
    public int QueueLength { get; init; }

    /// <summary>Keys that wait for their time.</summary>
    public int Delayed { get; init; }

    public long Reconciles { get; init; }

    public long Failures { get; init; }

    /// <summary>How often the part itself crashed and was started again.</summary>
    public int Restarts { get; init; }

    public DateTimeOffset? LastSuccess { get; init; }

    public DateTimeOffset? LastFailure { get; init; }

    /// <summary>The last failure's message, with the object it was about.</summary>
    public string? LastError { get; init; }
}

public enum ControllerState
{
    /// <summary>Not started, or waiting to lead.</summary>
    Waiting,

    /// <summary>Filling its caches.</summary>
    Syncing,

    Running,

    /// <summary>Crashed; starts again after a pause.</summary>
    Crashed,

    Stopped,
}

/// <summary>Counts what a controller does.</summary>
internal sealed class ReconcileRecord(TimeProvider time)
{
    // Guards all members: they change together.
    private readonly Lock _gate = new();
    private long _reconciles;
    private long _failures;
    private DateTimeOffset? _lastSuccess;
    private DateTimeOffset? _lastFailure;
    private string? _lastError;

    public void Succeeded()
    {
        lock (_gate)
        {
            _reconciles++;
            _lastSuccess = time.GetUtcNow();
        }
    }

    public void Failed(ObjectKey key, Exception error)
    {
        lock (_gate)
        {
            _reconciles++;
            _failures++;
            _lastFailure = time.GetUtcNow();
            _lastError = $"{key}: {error.Message}";
        }
    }

    public ControllerHealth Snapshot(string name, ControllerState state, int queued, int delayed)
    {
        lock (_gate)
        {
            return new ControllerHealth
            {
                Name = name,
                State = state,
                QueueLength = queued,
                Delayed = delayed,
                Reconciles = _reconciles,
                Failures = _failures,
                LastSuccess = _lastSuccess,
                LastFailure = _lastFailure,
                LastError = _lastError,
            };
        }
    }
}

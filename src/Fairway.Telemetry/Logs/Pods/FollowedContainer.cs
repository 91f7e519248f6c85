using Fairway.PromQL;
using Fairway.Resources.Kinds.Core;
using Fairway.Telemetry.Identity;

namespace Fairway.Telemetry.Logs.Pods;

/// <summary>A container whose log is collected, over all its restarts.</summary>
internal sealed class FollowedContainer(string name, DateTimeOffset start) : IDisposable
{
    private static readonly TimeSpan LabelsFor = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _leave = new();
    private volatile string _state = "";
    private Labels? _stream;
    private long _streamFrom;

    public string Name => name;

    /// <summary>The pod as it was last seen.</summary>
    public required Pod Pod { get; set; }

    public LogPosition Position { get; } = new(start);

    /// <summary>Reads the log; completed when there is nothing more to read for now.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>When its pod was first missed.</summary>
    public DateTimeOffset? GoneAt { get; set; }

    /// <summary>Cancelled once it is not worth waiting for the log's end.</summary>
    public CancellationToken Left => _leave.Token;

    /// <summary>Whether the container is not as it was when its log was last read.</summary>
    public bool Begin(ContainerStatus status)
    {
        string state = $"{status.ContainerID} {status.RestartCount} {(status.State?.Running is not null ? "runs" : status.State?.Terminated is not null ? "ended" : "waits")}";
        if (state == _state)
        {
            return false;
        }

        _state = state;
        return true;
    }

    /// <summary>The log is to be read again although the container is as it was.</summary>
    public void Retry() => _state = "";

    public void Leave() => _leave.Cancel();

    /// <summary>The labels of its lines; looked up anew every few seconds, since a pod's labels and its application may change.</summary>
    public Labels Stream(string cluster, WorkloadIdentity identity, TimeProvider time)
    {
        if (_stream is null || time.GetElapsedTime(_streamFrom) > LabelsFor)
        {
            _stream = Of(identity.OfPod(cluster, Pod), Pod.Metadata.Name, name);
            _streamFrom = time.GetTimestamp();
        }

        return _stream;
    }

    public void Dispose() => _leave.Dispose();

    private static Labels Of(IReadOnlyList<(string Name, string Value)> identity, string pod, string container)
    {
        var labels = new LabelsBuilder();
        foreach ((string label, string value) in identity)
        {
            labels.Set(label, value);
        }

        labels.Set("pod", pod).Set("container", container);
        return labels.Set("service_name", labels["service"] is { Length: > 0 } service ? service : container).ToLabels();
    }
}

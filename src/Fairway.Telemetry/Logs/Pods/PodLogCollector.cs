using System.Threading.Channels;
using Fairway.ControllerRuntime;
using Fairway.PromQL;
using Fairway.Resources.Kinds.Core;
using Fairway.Telemetry.Identity;
using Microsoft.Extensions.Logging;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Logs.Pods;

/// <summary>
/// Takes the logs of a cluster's pods into the log store: follows every container that has started, from the collector's own start
/// on, and goes on after a break where it was. It reads what the node has kept, so a slow store never slows a pod; what waits to
/// be written is bounded.
/// </summary>
internal sealed partial class PodLogCollector
{
    /// <summary>Containers that are followed at once.</summary>
    internal const int MostContainers = 1000;

    /// <summary>Longer lines are cut.</summary>
    internal const int MostLineBytes = 64 << 10;

    private const int QueuedLines = 512;
    private const int SmallBatch = 256;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>How long the platform may have been down for what was printed meanwhile to be taken up.</summary>
    private static readonly TimeSpan Downtime = TimeSpan.FromHours(1);

    /// <summary>How long the log of a pod that is gone may still be read.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    private readonly string _cluster;
    private readonly Informer<Pod> _pods;
    private readonly WorkloadIdentity _identity;
    private readonly ContainerLogReader _reader;
    private readonly LogStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly DateTimeOffset _start;
    private readonly Dictionary<(string Uid, string Container), FollowedContainer> _followed = [];
    private readonly Channel<(Labels Stream, LogEntry Entry)> _lines = Channel.CreateBounded<(Labels, LogEntry)>(QueuedLines);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private bool _full;

    public PodLogCollector(string cluster, InformerSet informers, WorkloadIdentity identity, ContainerLogReader reader, LogStore store, TimeProvider time, ILogger log)
    {
        _cluster = cluster;
        _pods = informers.Of<Pod>();
        _identity = identity;
        _reader = reader;
        _store = store;
        _time = time;
        _log = log;
        _start = time.GetUtcNow();
        _pods.Subscribe((_, _) => _wake.Writer.TryWrite(true));
        informers.Of<Event>().Subscribe((_, now) => OnEvent(now));
    }

    /// <summary>Collects until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task writing = WriteAsync(stop.Token);
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                if (writing.IsCompleted)
                {
                    await writing;
                }

                Reconcile(stop.Token);
                await Task.WhenAny(_wake.Reader.WaitToReadAsync(cancellation).AsTask(), Task.Delay(RetryAfter, _time, cancellation));
                _wake.Reader.TryRead(out _);
                await Task.Delay(Gather, _time, cancellation);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(_followed.Values.Select(container => container.Work)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Follows what has started since the last look, and lets go of pods that are gone.</summary>
    private void Reconcile(CancellationToken stop)
    {
        var present = new HashSet<(string, string)>();
        foreach (Pod pod in _pods.List())
        {
            foreach (ContainerStatus status in Started(pod))
            {
                (string, string) key = (pod.Metadata.Uid ?? "", status.Name);
                present.Add(key);
                if (!_followed.TryGetValue(key, out FollowedContainer? container))
                {
                    if (_followed.Count >= MostContainers)
                    {
                        SayFull();
                        continue;
                    }

                    _followed[key] = container = new FollowedContainer(status.Name, From(pod, status.Name)) { Pod = pod };
                }

                container.Pod = pod;
                if (container.Work.IsCompleted && container.Begin(status))
                {
                    container.Work = Task.Run(() => FollowAsync(container, stop), CancellationToken.None);
                }
            }
        }

        foreach (((string, string) key, FollowedContainer container) in _followed.Where(one => !present.Contains(one.Key)).ToArray())
        {
            container.GoneAt ??= _time.GetUtcNow();
            if (container.Work.IsCompleted)
            {
                container.Dispose();
                _followed.Remove(key);
            }
            else if (_time.GetUtcNow() - container.GoneAt > Farewell)
            {
                container.Leave();
            }
        }
    }

    private IEnumerable<ContainerStatus> Started(Pod pod)
        => (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []).Concat(pod.Status?.EphemeralContainerStatuses ?? [])
            .Where(status => status.State?.Running is not null || EndedSinceStart(status.State) || EndedSinceStart(status.LastState));

    /// <summary>Also what ended while the platform was down: its last lines are not to be lost. Times of a status have whole seconds.</summary>
    private bool EndedSinceStart(ContainerState? state) => state?.Terminated is { } ended && (ended.FinishedAt is null || ended.FinishedAt >= _start - Downtime);

    /// <summary>
    /// Where a container's log is taken up: at the newest line that the store has of it, so that what was printed while the platform
    /// was down is not lost; lines of that very moment that are there already are known to the store and kept once.
    /// </summary>
    private DateTimeOffset From(Pod pod, string container)
    {
        DateTimeOffset earliest = pod.Metadata.CreationTimestamp is { } created && created > _start - Downtime ? created.AddSeconds(-1) : _start - Downtime;
        LabelMatcher[] matchers =
        [
            new(MatchType.Equal, "cluster", _cluster), new(MatchType.Equal, "namespace", pod.Metadata.Namespace ?? ""), new(MatchType.Equal, "pod", pod.Metadata.Name), new(MatchType.Equal, "container", container),
        ];
        long from = (earliest - DateTimeOffset.UnixEpoch).Ticks * 100;
        long newest = from;
        var scan = new LogScan(matchers, from, long.MaxValue, [], NewestFirst: true);
        foreach (LogBatch batch in _store.Read(scan, CancellationToken.None))
        {
            scan.Worst = newest = Math.Max(newest, batch.Entries[^1].Time);
        }

        return DateTimeOffset.UnixEpoch.AddTicks(newest / 100);
    }

    private async Task FollowAsync(FollowedContainer container, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, container.Left);
        try
        {
            await ReadAsync(container, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Asked to stop, or the pod is gone.
            container.Retry();
        }
        catch (Resources.StatusException early)
        {
            // Most often a container of which there is no log yet.
            container.Retry();
            LogNotYet(_log, container.Name, container.Pod.Metadata.Namespace ?? "", container.Pod.Metadata.Name, _cluster, early.Message);
            return;
        }
        catch (Exception broken)
        {
            container.Retry();
            LogBroken(_log, container.Name, container.Pod.Metadata.Namespace ?? "", container.Pod.Metadata.Name, _cluster, broken.Message);
            return;
        }

        // The container may have started again while the end of its log was read.
        _wake.Writer.TryWrite(true);
    }

    private async Task ReadAsync(FollowedContainer container, CancellationToken cancellation)
    {
        container.Position.Restart();
        var lines = new TimedLines(MostLineBytes);
        var request = new ContainerLogRequest(_cluster, container.Pod, container.Name, container.Position.Since);
        await foreach (ReadOnlyMemory<byte> piece in _reader(request, cancellation).WithCancellation(cancellation))
        {
            foreach (TimedLine line in lines.Add(piece.Span))
            {
                if (container.Position.Take(line.Time) is { } time)
                {
                    await _lines.Writer.WriteAsync((container.Stream(_cluster, _identity, _time).With("stream", line.Stream), Entry(time, line.Text)), cancellation);
                }
            }
        }
    }

    private static LogEntry Entry(long time, string text)
    {
        var facts = LineFacts.Of(text);
        return new LogEntry(
            time,
            text,
            facts.TraceId is null ? Labels.Of(("detected_level", facts.Level)) : Labels.Of(("detected_level", facts.Level), ("trace_id", facts.TraceId)));
    }

    /// <summary>Runs on the watch: where the queue is full, the event is left out.</summary>
    private void OnEvent(Event? now)
    {
        if (now is not null && EventLines.Of(_cluster, now, _start, _identity) is { } line)
        {
            _lines.Writer.TryWrite(line);
        }
    }

    /// <summary>Writes what waits, many lines at once; a little slower when little comes, so that a quiet pod costs few writes.</summary>
    private async Task WriteAsync(CancellationToken stop)
    {
        try
        {
            while (await _lines.Reader.WaitToReadAsync(stop))
            {
                if (await FlushAsync() < SmallBatch)
                {
                    await Task.Delay(Gather, _time, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await FlushAsync();
        }
    }

    private async Task<int> FlushAsync()
    {
        var streams = new Dictionary<Labels, List<LogEntry>>();
        int count = 0;
        while (count < QueuedLines && _lines.Reader.TryRead(out (Labels Stream, LogEntry Entry) line))
        {
            if (!streams.TryGetValue(line.Stream, out List<LogEntry>? entries))
            {
                streams[line.Stream] = entries = [];
            }

            entries.Add(line.Entry);
            count++;
        }

        if (count > 0)
        {
            await _store.AppendAsync([.. streams.Select(stream => new LogBatch(stream.Key, stream.Value))]);
        }

        return count;
    }

    private void SayFull()
    {
        if (!_full)
        {
            _full = true;
            LogFull(_log, _cluster, MostContainers);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The log of container {Container} of pod {Namespace}/{Pod} in {Cluster} broke off and is read on soon: {Why}")]
    private static partial void LogBroken(ILogger logger, string container, string @namespace, string pod, string cluster, string why);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The log of container {Container} of pod {Namespace}/{Pod} in {Cluster} cannot be read yet: {Why}")]
    private static partial void LogNotYet(ILogger logger, string container, string @namespace, string pod, string cluster, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Cluster} has more than {Most} containers: the logs of the others are not collected")]
    private static partial void LogFull(ILogger logger, string cluster, int most);
}

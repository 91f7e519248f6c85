using Fairway.Telemetry.Metrics.Log;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Traces;

/// <summary>How traces are kept.</summary>
public sealed record TraceStoreOptions
{
    /// <summary>The directory that is the store's alone.</summary>
    public required string Directory { get; init; }

    /// <summary>The most spans that are kept; then traces go, ordinary ones first.</summary>
    public int Spans { get; init; } = 300_000;

    /// <summary>The most spans of one trace; more are refused, so that one endless trace costs no neighbour.</summary>
    public int SpansPerTrace { get; init; } = 20_000;

    /// <summary>How large the log on disk becomes.</summary>
    public long LogBytes { get; init; } = 256L << 20;

    /// <summary>A trace that takes longer is slow: it is kept as long as those with errors.</summary>
    public TimeSpan Slow { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// The newest traces in memory, with a log on disk from which they come back after a restart. When room is short, whole traces
/// go: of the older half those first that are ordinary (no error, not slow, no rare operation), then the oldest.
/// </summary>
public sealed partial class TraceStore : IAsyncDisposable
{
    private const long SegmentBytes = 16 << 20;
    private const int Rare = 5;

    private readonly TraceStoreOptions _options;
    private readonly ILogger<TraceStore> _log;

    /// <summary>Guards all traces.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<SpanRecord>> _traces = [];
    private readonly LinkedList<string> _order = [];
    private readonly Dictionary<(string Service, string Operation), int> _operations = [];
    private readonly System.Collections.Concurrent.ConcurrentDictionary<long, Action<ReadOnlyMemory<byte>>> _followers = new();
    private long _follower;
    private WriteAheadLog _wal = null!;
    private int _spans;

    private TraceStore(TraceStoreOptions options, ILogger<TraceStore> log)
    {
        _options = options;
        _log = log;
    }

    /// <summary>Spans held.</summary>
    public int SpanCount => _spans;

    private string LogDirectory => Path.Combine(_options.Directory, "log");

    /// <summary>Opens the store and reads its log.</summary>
    public static async Task<TraceStore> OpenAsync(TraceStoreOptions options, ILoggerFactory logs, CancellationToken cancellation)
    {
        var store = new TraceStore(options, logs.CreateLogger<TraceStore>());
        await Task.Run(() => store.Load(cancellation), cancellation);
        return store;
    }

    /// <summary>Takes the spans of an OTLP request; durable when the task ends.</summary>
    /// <returns>How many spans were not taken.</returns>
    internal async Task<int> AppendAsync(ReadOnlyMemory<byte> request)
    {
        int rejected = Apply(request.Span);
        _wal.Append(request.Span);
        foreach (Action<ReadOnlyMemory<byte>> follower in _followers.Values)
        {
            follower(request);
        }

        await _wal.CommitAsync();
        Trim();
        return rejected;
    }

    /// <summary>Tells of every request from now on until disposed; the callback copies what it needs and must not wait.</summary>
    internal IDisposable Follow(Action<ReadOnlyMemory<byte>> follower)
    {
        long key = Interlocked.Increment(ref _follower);
        _followers[key] = follower;
        return new Following(() => _followers.TryRemove(key, out _));
    }

    internal TraceRecord? Get(string id)
    {
        lock (_lock)
        {
            return _traces.TryGetValue(id, out List<SpanRecord>? spans) ? new TraceRecord(id, [.. spans.OrderBy(span => span.Start)]) : null;
        }
    }

    /// <summary>The traces that a condition holds for, newest first. O(spans).</summary>
    internal IReadOnlyList<TraceRecord> Search(Func<TraceRecord, bool> condition, int limit, CancellationToken cancellation)
    {
        TraceRecord[] all;
        lock (_lock)
        {
            all = [.. _traces.Select(trace => new TraceRecord(trace.Key, [.. trace.Value]))];
        }

        return
        [
            .. all.Where(trace =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    return condition(trace);
                })
                .OrderByDescending(trace => trace.Start)
                .Take(limit)
                .Select(trace => trace with { Spans = [.. trace.Spans.OrderBy(span => span.Start)] }),
        ];
    }

    /// <summary>Services with their operations and the kinds of spans that these have.</summary>
    internal IReadOnlyList<(string Service, string Operation, SpanKind Kind)> Operations()
    {
        lock (_lock)
        {
            return [.. _traces.Values.SelectMany(spans => spans).Select(span => (span.Process.Service, span.Name, span.Kind)).Distinct()];
        }
    }

    public async ValueTask DisposeAsync() => await _wal.DisposeAsync();

    private int Apply(ReadOnlySpan<byte> request)
    {
        List<SpanRecord> spans = OtlpSpans.Read(request, out int rejected);
        lock (_lock)
        {
            foreach (SpanRecord span in spans)
            {
                if (!_traces.TryGetValue(span.TraceId, out List<SpanRecord>? trace))
                {
                    _traces[span.TraceId] = trace = [];
                    _order.AddLast(span.TraceId);
                }

                if (trace.Count >= _options.SpansPerTrace)
                {
                    rejected++;
                    continue;
                }

                // The same span sent again after a lost answer replaces itself.
                int known = trace.Count < 64 ? trace.FindIndex(one => one.SpanId == span.SpanId && one.Kind == span.Kind) : -1;
                if (known >= 0)
                {
                    trace[known] = span;
                    continue;
                }

                trace.Add(span);
                _spans++;
                (string, string) operation = (span.Process.Service, span.Name);
                _operations[operation] = _operations.GetValueOrDefault(operation) + 1;
            }
        }

        return rejected;
    }

    private void Trim()
    {
        lock (_lock)
        {
            if (_spans <= _options.Spans)
            {
                return;
            }

            // A tenth at once, so that the search for ordinary traces is paid for rarely.
            int wanted = _options.Spans - (_options.Spans / 10);
            int older = _order.Count / 2;
            for (LinkedListNode<string>? node = _order.First; node is not null && _spans > wanted && older-- > 0;)
            {
                LinkedListNode<string>? next = node.Next;
                if (IsOrdinary(_traces[node.Value]))
                {
                    Remove(node);
                }

                node = next;
            }

            while (_spans > wanted && _order.First is { } oldest)
            {
                Remove(oldest);
            }
        }

        IReadOnlyList<(int Number, string Path)> segments = WriteAheadLog.Segments(LogDirectory);
        int keep = Math.Max(1, (int)(_options.LogBytes / SegmentBytes));
        if (segments.Count > keep)
        {
            _wal.RemoveBefore(segments[^keep].Number);
        }
    }

    private bool IsOrdinary(List<SpanRecord> spans)
        => !spans.Exists(span => span.IsError || _operations.GetValueOrDefault((span.Process.Service, span.Name)) <= Rare)
            && spans.Max(span => span.End) - spans.Min(span => span.Start) < _options.Slow.Ticks * 100;

    private void Remove(LinkedListNode<string> node)
    {
        _spans -= _traces[node.Value].Count;
        _traces.Remove(node.Value);
        _order.Remove(node);
    }

    private void Load(CancellationToken cancellation)
    {
        foreach ((_, string path) in WriteAheadLog.Segments(LogDirectory))
        {
            FrameFile.Read(path, Replay, cancellation);
        }

        _wal = new WriteAheadLog(LogDirectory, SegmentBytes);
        Trim();
    }

    private void Replay(ReadOnlySpan<byte> request)
    {
        try
        {
            Apply(request);
        }
        catch (Wire.ProtoException damaged)
        {
            Unreadable(damaged.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A record of the trace log cannot be read and is passed over: {Why}")]
    private partial void Unreadable(string why);

    private sealed class Following(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

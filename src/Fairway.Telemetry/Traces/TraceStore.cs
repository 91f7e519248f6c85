using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Fairway.Telemetry.Metrics.Log;
using Fairway.Telemetry.Traces.Query;
using Fairway.Telemetry.Traces.Storage;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Traces;

/// <summary>What is looked for in the trace store.</summary>
/// <param name="Condition">Whether a trace, or the part of it that is at hand, is one.</param>
/// <param name="Terms">Terms that its spans have, so that storage without them is passed over.</param>
/// <param name="From">Nanoseconds: the trace ends then or later.</param>
/// <param name="To">Nanoseconds: the trace begins then or before.</param>
/// <param name="LongestSpan">Nanoseconds: one of its spans takes at least as long.</param>
internal sealed record TraceScan(Func<TraceRecord, bool> Condition, IReadOnlyList<ulong> Terms, long From, long To, long LongestSpan = 0);

/// <summary>
/// Traces: spans go to a log on disk and to memory; from memory traces go into compressed blocks, once they are complete and by the
/// rules which are to be kept. What was acknowledged survives kill -9. When room is short, ordinary traces go first.
/// </summary>
public sealed partial class TraceStore : IAsyncDisposable
{
    private const long LogFileBytes = 64 << 20;

    private readonly TraceStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<TraceStore> _log;
    private readonly SemaphoreSlim _sealing = new(1, 1);
    private readonly ConcurrentDictionary<string, byte> _named = new();
    private readonly ConcurrentDictionary<long, Action<ReadOnlyMemory<byte>>> _followers = new();
    private long _follower;

    /// <summary>Guards what is in memory, and the order of records in the log.</summary>
    private readonly Lock _lock = new();
    private readonly TraceMemory _memory;
    private readonly OperationCounts _seen = new();
    private readonly Dictionary<string, long> _ruled = new(StringComparer.Ordinal);
    private Dictionary<string, List<SpanRecord>> _leaving = new(StringComparer.Ordinal);
    private ImmutableArray<TraceBlock> _blocks = [];
    private WriteAheadLog _wal = null!;
    private ulong _sequence;
    private ulong _sealed;
    private long _sealedAt;
    private long _spans;
    private long _refused;
    private int _number;

    private TraceStore(TraceStoreOptions options, TimeProvider time, ILogger<TraceStore> log)
    {
        _options = options;
        _time = time;
        _log = log;
        _memory = new TraceMemory(options);
        _sealedAt = time.GetTimestamp();
    }

    /// <summary>Spans taken since the start.</summary>
    public long Spans => Interlocked.Read(ref _spans);

    /// <summary>Spans refused since the start.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Spans held in memory.</summary>
    public int SpanCount => _memory.Spans;

    /// <summary>Bytes on disk.</summary>
    public long Size => _blocks.Sum(block => block.Size);

    private string WalDirectory => Path.Combine(_options.Directory, "log");

    private string BlockDirectory => Path.Combine(_options.Directory, "blocks");

    /// <summary>Opens the store and reads its log; damaged blocks are set aside and named.</summary>
    public static async Task<TraceStore> OpenAsync(TraceStoreOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancellation)
    {
        var store = new TraceStore(options, time, logs.CreateLogger<TraceStore>());
        await Task.Run(() => store.Load(cancellation), cancellation);
        return store;
    }

    /// <summary>How many traces each rule has kept, and how many were left out by the part that it keeps.</summary>
    public IReadOnlyDictionary<string, long> Ruled()
    {
        lock (_lock)
        {
            return _ruled.ToDictionary();
        }
    }

    /// <summary>Takes the spans of an OTLP request; durable when the task ends.</summary>
    /// <returns>What was refused; null when nothing was.</returns>
    internal async Task<SpanRefusal?> AppendAsync(ReadOnlyMemory<byte> request)
    {
        List<SpanRecord> spans = OtlpSpans.Read(request.Span, out int invalid);
        int refused = invalid;
        string? why = invalid > 0 ? "spans without valid trace and span ids were not taken" : null;
        var taken = new List<SpanRecord>(spans.Count);
        ReadOnlyMemory<byte> kept = request;
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        lock (_lock)
        {
            foreach (SpanRecord span in spans)
            {
                string? problem = span.Bytes > _options.SpanBytes
                    ? string.Create(CultureInfo.InvariantCulture, $"span \"{span.Name}\" of service \"{span.Process.Service}\" has {span.Bytes} bytes, the limit is {_options.SpanBytes}")
                    : _memory.Add(span, now);
                if (problem is not null)
                {
                    refused++;
                    why ??= problem;
                    continue;
                }

                _seen.Add(span, now);
                taken.Add(span);
            }

            if (taken.Count > 0)
            {
                kept = refused == 0 ? request : SpanWriter.Write(taken);
                var record = new RecordWriter();
                record.Varint(++_sequence);
                record.Raw(kept.Span);
                _wal.Append(record.Written);
            }
        }

        Interlocked.Add(ref _spans, taken.Count);
        Interlocked.Add(ref _refused, refused);
        await _wal.CommitAsync();
        foreach (Action<ReadOnlyMemory<byte>> follower in taken.Count > 0 ? _followers.Values : [])
        {
            follower(kept);
        }

        // Sealing that cannot keep up slows the senders, not the machine.
        if (_memory.Spans > 2 * _options.MemorySpans)
        {
            await SealAsync(CancellationToken.None);
        }

        return why is null ? null : new SpanRefusal(refused, why);
    }

    /// <summary>Tells of every request from now on until disposed, without what was refused; the callback copies what it needs and must not wait.</summary>
    internal IDisposable Follow(Action<ReadOnlyMemory<byte>> follower)
    {
        long key = Interlocked.Increment(ref _follower);
        _followers[key] = follower;
        return new Following(() => _followers.TryRemove(key, out _));
    }

    /// <summary>A trace with all its spans in order of their start; null when there is none.</summary>
    internal TraceRecord? Get(string id)
    {
        (List<TraceRecord> memory, ImmutableArray<TraceBlock> blocks) = Snapshot(trace => trace == id);
        var spans = new Dictionary<(string, SpanKind), SpanRecord>();
        foreach (TraceBlock block in blocks.Where(block => block.Has(id)))
        {
            foreach (SpanRecord span in Safe(block, () => block.Get(id)) ?? [])
            {
                spans[(span.SpanId, span.Kind)] = span;
            }
        }

        foreach (SpanRecord span in memory.SelectMany(trace => trace.Spans))
        {
            spans[(span.SpanId, span.Kind)] = span;
        }

        return spans.Count == 0 ? null : new TraceRecord(id, [.. spans.Values.OrderBy(span => span.Start)]);
    }

    /// <summary>The traces that are looked for, newest first, whole.</summary>
    internal IReadOnlyList<TraceRecord> Search(TraceScan scan, int limit, CancellationToken cancellation)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        (List<TraceRecord> memory, ImmutableArray<TraceBlock> blocks) = Snapshot(static _ => true);
        foreach (TraceRecord trace in memory)
        {
            Note(trace);
        }

        foreach (TraceBlock block in blocks.Where(block => block.MaxEnd >= scan.From && block.MinStart <= scan.To).OrderByDescending(block => block.MaxStart))
        {
            if (found.Count >= limit && block.MaxStart < found.Values.OrderDescending().ElementAt(limit - 1))
            {
                break;
            }

            for (int number = 0; number < block.Chunks.Count; number++)
            {
                cancellation.ThrowIfCancellationRequested();
                TraceChunk chunk = block.Chunks[number];
                if (chunk.MinStart > scan.To || chunk.LongestSpan < scan.LongestSpan || !block.MayHave(chunk, scan.Terms))
                {
                    continue;
                }

                int at = number;
                foreach (TraceRecord trace in Safe(block, () => block.Read(at)) ?? [])
                {
                    Note(trace);
                }
            }
        }

        return [.. found.OrderByDescending(one => one.Value).Take(limit).Select(one => Get(one.Key)).OfType<TraceRecord>()];

        void Note(TraceRecord trace)
        {
            if (trace.Start <= scan.To && trace.End >= scan.From && scan.Condition(trace))
            {
                found[trace.Id] = Math.Min(found.GetValueOrDefault(trace.Id, long.MaxValue), trace.Start);
            }
        }
    }

    /// <summary>
    /// All that is looked for, as it is stored: parts of a trace that came minutes apart come apart. For sums over many traces,
    /// without holding them.
    /// </summary>
    internal IEnumerable<TraceRecord> Parts(TraceScan scan, CancellationToken cancellation)
    {
        (List<TraceRecord> memory, ImmutableArray<TraceBlock> blocks) = Snapshot(static _ => true);
        IEnumerable<TraceRecord> stored = blocks.Where(block => block.MaxEnd >= scan.From && block.MinStart <= scan.To)
            .SelectMany(block => Enumerable.Range(0, block.Chunks.Count)
                .Where(number => block.Chunks[number].MinStart <= scan.To && block.MayHave(block.Chunks[number], scan.Terms))
                .SelectMany(number => Safe(block, () => block.Read(number)) ?? []));
        foreach (TraceRecord trace in memory.Concat(stored))
        {
            cancellation.ThrowIfCancellationRequested();
            if (trace.Start <= scan.To && trace.End >= scan.From && scan.Condition(trace))
            {
                yield return trace;
            }
        }
    }

    /// <summary>Services with their operations and the kinds of spans that these have.</summary>
    internal IReadOnlyList<(string Service, string Operation, SpanKind Kind)> Operations()
    {
        HashSet<(string, string, SpanKind)> all = [.. _blocks.SelectMany(block => block.Operations)];
        lock (_lock)
        {
            all.UnionWith(_leaving.Values.Concat(_memory.Traces.Values).SelectMany(spans => spans).Select(span => (span.Process.Service, span.Name, span.Kind)));
        }

        return [.. all];
    }

    /// <summary>Seals memory where it is large or old, and ends what retention ends. To be called every few seconds.</summary>
    public async Task MaintainAsync(CancellationToken cancellation)
    {
        if (_memory.Spans > _options.MemorySpans || (_memory.Spans > 0 && _time.GetElapsedTime(_sealedAt) > _options.MemoryFor))
        {
            await SealAsync(cancellation);
        }

        long oldest = (_time.GetUtcNow() - _options.Retention).ToUnixTimeMilliseconds() * 1_000_000;
        foreach (TraceBlock block in _blocks.Where(block => block.MaxEnd < oldest))
        {
            Replace(block, null);
        }

        while (_blocks.Length > 1 && Size > _options.RetentionBytes)
        {
            // Ordinary traces of the older half, then whole blocks.
            TraceBlock[] ordered = [.. _blocks.OrderBy(block => block.MaxStart)];
            TraceBlock thinned = ordered.Take((ordered.Length + 1) / 2).FirstOrDefault(block => block.Ordinary > 0) ?? ordered[0];
            Replace(thinned, thinned.Ordinary == 0 || thinned.Ordinary == thinned.Traces.Count ? null : WithoutOrdinary(thinned));
        }
    }

    /// <summary>Moves what is in memory into a block, as far as the rules keep it.</summary>
    public async Task SealAsync(CancellationToken cancellation)
    {
        await _sealing.WaitAsync(cancellation);
        try
        {
            int first = await _wal.RotateAsync();
            ulong sequence;
            List<(TraceRecord Trace, bool Ordinary)> kept;
            lock (_lock)
            {
                _leaving = _memory.Leave();
                _sealedAt = _time.GetTimestamp();
                sequence = _sequence;
                kept = Decide();
            }

            if (kept.Count > 0)
            {
                string path = NextPath();
                TraceBlock block = await Task.Run(() => TraceBlock.Write(path, sequence, kept), cancellation);
                lock (_lock)
                {
                    _blocks = _blocks.Add(block);
                    _sealed = sequence;
                }
            }

            lock (_lock)
            {
                _leaving = new Dictionary<string, List<SpanRecord>>(StringComparer.Ordinal);
            }

            _wal.RemoveBefore(first);
        }
        catch (IOException)
        {
            // The disk is full, or gone: the spans stay in memory and in the log.
            lock (_lock)
            {
                foreach (SpanRecord span in _leaving.Values.SelectMany(spans => spans))
                {
                    _memory.Put(span);
                }

                _leaving = new Dictionary<string, List<SpanRecord>>(StringComparer.Ordinal);
            }

            throw;
        }
        finally
        {
            _sealing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await SealAsync(CancellationToken.None);
        await _wal.DisposeAsync();
        _sealing.Dispose();
    }

    private List<(TraceRecord Trace, bool Ordinary)> Decide()
    {
        var kept = new List<(TraceRecord, bool)>();
        foreach ((string id, List<SpanRecord> spans) in _leaving)
        {
            var trace = new TraceRecord(id, [.. spans.OrderBy(span => span.Start)]);
            KeepDecision decision = _options.Keep.Decide(trace, _seen.Seen);
            string counted = decision.Kept ? decision.Rule : decision.Rule + " (left out)";
            _ruled[counted] = _ruled.GetValueOrDefault(counted) + 1;
            if (decision.Kept)
            {
                kept.Add((trace, decision.Ordinary));
            }
        }

        return kept;
    }

    private TraceBlock? WithoutOrdinary(TraceBlock block)
    {
        HashSet<string> ordinary = [.. block.Traces.Where(trace => trace.Ordinary).Select(trace => trace.Id)];
        List<TraceRecord> rest = [.. Enumerable.Range(0, block.Chunks.Count).SelectMany(number => Safe(block, () => block.Read(number)) ?? []).Where(trace => !ordinary.Contains(trace.Id))];
        return rest.Count == 0 ? null : TraceBlock.Write(NextPath(), block.Sequence, rest.Select(trace => (trace, false)));
    }

    private (List<TraceRecord> Memory, ImmutableArray<TraceBlock> Blocks) Snapshot(Func<string, bool> wanted)
    {
        lock (_lock)
        {
            List<TraceRecord> memory = [.. _leaving.Concat(_memory.Traces).Where(trace => wanted(trace.Key)).Select(trace => new TraceRecord(trace.Key, [.. trace.Value]))];
            return (memory, _blocks);
        }
    }

    private T? Safe<T>(TraceBlock block, Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception damaged) when (damaged is InvalidDataException or Wire.ProtoException)
        {
            if (_named.TryAdd(block.FilePath, 0))
            {
                LogDamaged(block.FilePath, damaged.Message);
            }

            return null;
        }
    }

    private string NextPath() => Path.Combine(BlockDirectory, string.Create(CultureInfo.InvariantCulture, $"{_time.GetUtcNow().ToUnixTimeMilliseconds():0000000000000}-{Interlocked.Increment(ref _number):000000}.blk"));

    private void Replace(TraceBlock block, TraceBlock? by)
    {
        lock (_lock)
        {
            _blocks = by is null ? _blocks.Remove(block) : _blocks.Replace(block, by);
        }

        File.Delete(block.FilePath);
    }

    private void Load(CancellationToken cancellation)
    {
        _blocks = [.. TraceFiles.Open(BlockDirectory, Path.Combine(_options.Directory, "damaged"), LogSetAside)];
        _sealed = _sequence = _blocks.Select(block => block.Sequence).DefaultIfEmpty(0UL).Max();
        _number = _blocks.Length;
        foreach ((_, string path) in WriteAheadLog.Segments(WalDirectory))
        {
            FrameFile.Read(path, Replay, cancellation);
        }

        _wal = new WriteAheadLog(WalDirectory, LogFileBytes);
    }

    private void Replay(ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new RecordReader(payload);
            ulong sequence = reader.Varint();
            if (sequence <= _sealed)
            {
                return;
            }

            _sequence = Math.Max(_sequence, sequence);
            foreach (SpanRecord span in OtlpSpans.Read(payload[reader.Position..], out _))
            {
                _memory.Put(span);
            }
        }
        catch (Exception damaged) when (damaged is Wire.ProtoException or InvalidDataException)
        {
            LogUnreadable(damaged.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A record of the trace log cannot be read and is passed over: {Why}")]
    private partial void LogUnreadable(string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "The trace block {Path} is damaged and set aside: {Why}")]
    private partial void LogSetAside(string path, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "A chunk of the trace block {Path} is damaged and its traces are left out: {Why}")]
    private partial void LogDamaged(string path, string why);

    private sealed class Following(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

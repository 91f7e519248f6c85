using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Patterns;
using Fairway.Telemetry.Logs.Storage;
using Fairway.Telemetry.Metrics.Log;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Logs;

/// <summary>
/// The platform's logs: lines go to a log on disk and to memory, and from memory into compressed segments that a search can pass
/// over by stream, time and text. What was acknowledged survives kill -9.
/// </summary>
public sealed partial class LogStore : IAsyncDisposable
{
    private const int MergedSegments = 6;
    private const long SmallSegment = 8 << 20;
    private const long LogFileBytes = 64 << 20;

    private readonly LogStoreOptions _options;
    private readonly LogRules _rules;
    private readonly TimeProvider _time;
    private readonly ILogger<LogStore> _log;
    private readonly SemaphoreSlim _sealing = new(1, 1);
    private readonly ConcurrentDictionary<string, byte> _named = new();

    /// <summary>Guards what is in memory, and the order of records in the log.</summary>
    private readonly Lock _lock = new();
    private readonly LogMemory _memory;
    private Dictionary<Labels, List<LogEntry>> _leaving = [];
    private readonly ConcurrentDictionary<long, Action<LogBatch>> _followers = new();
    private ImmutableArray<LogSegment> _segments = [];
    private WriteAheadLog _wal = null!;
    private ulong _sequence;
    private ulong _sealed;
    private long _follower;
    private long _lines;
    private long _bytes;
    private long _dropped;
    private int _number;

    private LogStore(LogStoreOptions options, TimeProvider time, ILogger<LogStore> log)
    {
        _options = options;
        _rules = new LogRules(options);
        _memory = new LogMemory(options);
        _time = time;
        _log = log;
        Patterns = new PatternBook(time);
    }

    /// <summary>Lines taken since the start.</summary>
    public long Lines => Interlocked.Read(ref _lines);

    /// <summary>Bytes of their text.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Lines refused since the start: their stream brought too many at once, there were too many streams, or they broke a rule.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Bytes on disk.</summary>
    public long Size => _segments.Sum(segment => segment.Size);

    /// <summary>How many lines came, by labels.</summary>
    internal Series.LogCounters Counters { get; } = new();

    /// <summary>The templates that lines follow.</summary>
    internal PatternBook Patterns { get; }

    private string WalDirectory => Path.Combine(_options.Directory, "wal");

    private string SegmentDirectory => Path.Combine(_options.Directory, "segments");

    private string PatternFile => Path.Combine(_options.Directory, "patterns");

    /// <summary>Opens the store; damaged segments are set aside and named.</summary>
    public static async Task<LogStore> OpenAsync(LogStoreOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancellation)
    {
        var store = new LogStore(options, time, logs.CreateLogger<LogStore>());
        await Task.Run(() => store.Load(cancellation), cancellation);
        return store;
    }

    /// <summary>Takes lines; durable when the task ends. What is over the limits is left out, the rest is taken.</summary>
    /// <returns>What was refused; null when nothing was.</returns>
    internal async Task<LogRefusal?> AppendAsync(IReadOnlyList<LogBatch> batches)
    {
        LogRefusal? refusal = null;
        DateTimeOffset now = _time.GetUtcNow();
        var taken = new List<LogBatch>(batches.Count);
        foreach (LogBatch batch in batches)
        {
            LogBatch? kept = _rules.Admitted(batch, now, out string? why);
            if (why is not null)
            {
                refusal = Refuse(refusal, batch.Entries.Count - (kept?.Entries.Count ?? 0), why, tooMany: false);
            }

            if (kept is not null && Take(kept, now) is { } tooMany)
            {
                refusal = Refuse(refusal, kept.Entries.Count, tooMany, tooMany: true);
            }
            else if (kept is not null)
            {
                taken.Add(kept);
            }
        }

        await _wal.CommitAsync();
        foreach (LogBatch batch in taken)
        {
            Tell(batch);
        }

        // Sealing that cannot keep up slows the senders, not the machine.
        if (_memory.Bytes > 2 * _options.SegmentBytes)
        {
            await SealAsync(CancellationToken.None);
        }

        return refusal;
    }

    /// <summary>Tells of every batch from now on until disposed; the callback must not wait.</summary>
    internal IDisposable Follow(Action<LogBatch> follower)
    {
        long key = Interlocked.Increment(ref _follower);
        _followers[key] = follower;
        return new Following(() => _followers.TryRemove(key, out _));
    }

    /// <summary>The lines of matching streams in a half-open range, block by block, each block oldest first; no line of a stream twice.</summary>
    internal IEnumerable<LogBatch> Read(LogScan scan, CancellationToken cancellation)
    {
        // Memory is copied before segments are listed: what is sealed meanwhile is in the copy.
        List<LogBatch> memory = [];
        ImmutableArray<LogSegment> segments;
        lock (_lock)
        {
            foreach ((Labels stream, List<LogEntry> entries) in _leaving.Concat(_memory.Streams))
            {
                if (LogReading.Matches(stream, scan.Matchers))
                {
                    memory.Add(new LogBatch(stream, entries.FindAll(entry => entry.Time >= scan.From && entry.Time < scan.To)));
                }
            }

            segments = _segments;
        }

        memory.RemoveAll(batch => batch.Entries.Count == 0);
        List<LogBatch> ordered = memory.ConvertAll(batch => batch with { Entries = [.. batch.Entries.DistinctBy(entry => (entry.Time, entry.Line, entry.Metadata)).OrderBy(entry => entry.Time)] });
        return LogReading.Of(ordered, segments, scan, NameDamaged, cancellation);
    }

    /// <summary>The streams with lines in a range, how many and how much text; blocks count as wholes where the range cuts them.</summary>
    internal IReadOnlyList<StreamStats> Streams(IReadOnlyList<LabelMatcher> matchers, long from, long to)
    {
        var found = new Dictionary<Labels, StreamStats>();
        ImmutableArray<LogSegment> segments;
        lock (_lock)
        {
            foreach ((Labels stream, List<LogEntry> entries) in _leaving.Concat(_memory.Streams))
            {
                List<LogEntry> within = LogReading.Matches(stream, matchers) ? entries.FindAll(entry => entry.Time >= from && entry.Time < to) : [];
                if (within.Count > 0)
                {
                    Add(found, stream, 1, within.Count, within.Sum(entry => (long)entry.Line.Length));
                }
            }

            segments = _segments;
        }

        foreach (LogSegment segment in segments.Where(segment => segment.MaxTime >= from && segment.MinTime < to))
        {
            foreach (LogBlock block in segment.Blocks.Where(block => block.MaxTime >= from && block.MinTime < to && LogReading.Matches(block.Stream, matchers)))
            {
                Add(found, block.Stream, 1, block.Lines, block.TextLength);
            }
        }

        return [.. found.Values.OrderBy(one => one.Stream)];
    }

    /// <summary>Seals memory where it is large, joins small segments, and ends what retention ends. To be called every few seconds.</summary>
    public async Task MaintainAsync(CancellationToken cancellation)
    {
        if (_memory.Bytes > _options.SegmentBytes)
        {
            await SealAsync(cancellation);
        }

        await MergeAsync(cancellation);
        long oldest = (_time.GetUtcNow() - _options.Retention).ToUnixTimeMilliseconds() * 1_000_000;
        foreach (LogSegment segment in _segments.Where(segment => segment.MaxTime < oldest))
        {
            Remove(segment);
        }

        while (_segments.Length > 1 && Size > _options.RetentionBytes)
        {
            Remove(_segments.MinBy(segment => segment.MaxTime)!);
        }

        Patterns.Save(PatternFile);
    }

    /// <summary>Moves what is in memory into a segment.</summary>
    public async Task SealAsync(CancellationToken cancellation)
    {
        await _sealing.WaitAsync(cancellation);
        try
        {
            int first = await _wal.RotateAsync();
            ulong sequence;
            lock (_lock)
            {
                _leaving = _memory.Leave();
                sequence = _sequence;
            }

            // Records that came between the rotation and this moment stay in the log; their numbers say that they are sealed.
            if (_leaving.Count > 0)
            {
                string path = NextPath();
                LogSegment segment = await Task.Run(
                    () => LogSegment.Write(path, sequence, _leaving.OrderBy(one => one.Key).Select(one => new LogBatch(one.Key, one.Value)), []), cancellation);
                lock (_lock)
                {
                    _segments = [.. _segments.Append(segment).OrderBy(one => one.MinTime)];
                    _leaving = [];
                    _sealed = sequence;
                }
            }

            _wal.RemoveBefore(first);
        }
        catch (IOException)
        {
            // The disk is full, or gone: the lines stay in memory and in the log.
            lock (_lock)
            {
                foreach ((Labels stream, List<LogEntry> entries) in _leaving)
                {
                    _memory.Restore(new LogBatch(stream, entries));
                }

                _leaving = [];
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
        Patterns.Save(PatternFile);
        await _wal.DisposeAsync();
        _sealing.Dispose();
    }

    private static void Add(Dictionary<Labels, StreamStats> found, Labels stream, long chunks, long lines, long bytes)
    {
        StreamStats before = found.GetValueOrDefault(stream) ?? new StreamStats(stream, 0, 0, 0);
        found[stream] = before with { Chunks = before.Chunks + chunks, Lines = before.Lines + lines, Bytes = before.Bytes + bytes };
    }

    private LogRefusal Refuse(LogRefusal? before, int lines, string why, bool tooMany)
    {
        Interlocked.Add(ref _dropped, lines);
        return before is null ? new LogRefusal(lines, why, tooMany) : before with { Lines = before.Lines + lines, TooMany = before.TooMany || tooMany };
    }

    private string? Take(LogBatch batch, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_memory.Add(batch, now) is { } refusal)
            {
                return refusal;
            }

            _wal.Append(LogRecords.Put(++_sequence, batch));
        }

        Interlocked.Add(ref _lines, batch.Entries.Count);
        Interlocked.Add(ref _bytes, batch.Entries.Sum(entry => (long)entry.Line.Length));
        return null;
    }

    private void Tell(LogBatch batch)
    {
        Patterns.Learn(batch);
        Counters.Add(batch);
        foreach (Action<LogBatch> follower in _followers.Values)
        {
            follower(batch);
        }
    }

    /// <summary>Small segments become one, so that quiet streams do not cost a block every time.</summary>
    private async Task MergeAsync(CancellationToken cancellation)
    {
        await _sealing.WaitAsync(cancellation);
        try
        {
            LogSegment[] small = [.. _segments.Where(segment => segment.Size < SmallSegment).Take(MergedSegments)];
            if (small.Length < MergedSegments)
            {
                return;
            }

            string path = NextPath();
            LogSegment merged = await Task.Run(() => LogMerge.Write(path, small), cancellation);
            lock (_lock)
            {
                _segments = [.. _segments.Except(small).Append(merged).OrderBy(one => one.MinTime)];
            }

            foreach (LogSegment segment in small)
            {
                File.Delete(segment.FilePath);
            }
        }
        catch (InvalidDataException damaged)
        {
            LogMergeFailed(damaged.Message);
        }
        finally
        {
            _sealing.Release();
        }
    }

    private string NextPath() => Path.Combine(SegmentDirectory, string.Create(CultureInfo.InvariantCulture, $"{_time.GetUtcNow().ToUnixTimeMilliseconds():0000000000000}-{Interlocked.Increment(ref _number):000000}.seg"));

    private void Load(CancellationToken cancellation)
    {
        _segments = [.. LogFiles.Open(SegmentDirectory, Path.Combine(_options.Directory, "damaged"), LogSetAside).OrderBy(segment => segment.MinTime)];
        _sealed = _sequence = _segments.Select(segment => segment.Sequence).DefaultIfEmpty(0UL).Max();
        _number = _segments.Length;
        foreach ((_, string path) in WriteAheadLog.Segments(WalDirectory))
        {
            FrameFile.Read(path, Replay, cancellation);
        }

        Patterns.Load(PatternFile);
        _wal = new WriteAheadLog(WalDirectory, LogFileBytes);
    }

    private void Replay(ReadOnlySpan<byte> payload)
    {
        (ulong sequence, LogBatch batch) = LogRecords.Get(payload);
        if (sequence > _sealed)
        {
            _memory.Restore(batch);
            _sequence = Math.Max(_sequence, sequence);
        }
    }

    private void Remove(LogSegment segment)
    {
        lock (_lock)
        {
            _segments = _segments.Remove(segment);
        }

        File.Delete(segment.FilePath);
    }

    private void NameDamaged(LogSegment segment, string why)
    {
        if (_named.TryAdd(segment.FilePath, 0))
        {
            LogDamaged(segment.FilePath, why);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The log segment {Path} is damaged and set aside: {Why}")]
    private partial void LogSetAside(string path, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "A block of the log segment {Path} is damaged and its lines are left out: {Why}")]
    private partial void LogDamaged(string path, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Small log segments could not be joined: {Why}")]
    private partial void LogMergeFailed(string why);

    private sealed class Following(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

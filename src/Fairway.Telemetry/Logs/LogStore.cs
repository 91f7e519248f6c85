using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Log;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Logs;

/// <summary>
/// The platform's logs: lines go to a log on disk and to memory, and from memory into compressed segments that a search can pass
/// over by stream, time and text. What was acknowledged survives kill -9.
/// </summary>
public sealed partial class LogStore : IAsyncDisposable
{
    private const long WindowSeconds = 10;

    private readonly LogStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LogStore> _log;
    private readonly SemaphoreSlim _sealing = new(1, 1);

    /// <summary>Guards what is in memory.</summary>
    private readonly Lock _lock = new();
    private Dictionary<Labels, List<LogEntry>> _memory = [];
    private Dictionary<Labels, List<LogEntry>> _leaving = [];
    private readonly Dictionary<Labels, (long Second, long Bytes)> _rates = [];
    private readonly ConcurrentDictionary<long, Action<LogBatch>> _followers = new();
    private ImmutableArray<LogSegment> _segments = [];
    private WriteAheadLog _wal = null!;
    private long _memoryBytes;
    private long _follower;
    private long _lines;
    private long _dropped;
    private int _number;

    private LogStore(LogStoreOptions options, TimeProvider time, ILogger<LogStore> log)
    {
        _options = options;
        _time = time;
        _log = log;
    }

    /// <summary>Lines taken since the start.</summary>
    public long Lines => Interlocked.Read(ref _lines);

    /// <summary>Lines refused since the start: their stream brought too many at once, or there were too many streams.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Bytes on disk.</summary>
    public long Size => _segments.Sum(segment => segment.Size);

    private string WalDirectory => Path.Combine(_options.Directory, "wal");

    private string SegmentDirectory => Path.Combine(_options.Directory, "segments");

    /// <summary>Opens the store; damaged segments are set aside and named.</summary>
    public static async Task<LogStore> OpenAsync(LogStoreOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancellation)
    {
        var store = new LogStore(options, time, logs.CreateLogger<LogStore>());
        await Task.Run(() => store.Load(cancellation), cancellation);
        return store;
    }

    /// <summary>Takes lines; durable when the task ends.</summary>
    /// <returns>How many were refused, and why; null when none was.</returns>
    internal async Task<string?> AppendAsync(IReadOnlyList<LogBatch> batches)
    {
        string? refusal = null;
        foreach (LogBatch batch in batches)
        {
            LogBatch kept = batch with { Entries = [.. batch.Entries.Select(Cut)] };
            if (!Admit(kept, ref refusal))
            {
                Interlocked.Add(ref _dropped, batch.Entries.Count);
                continue;
            }

            _wal.Append(Record(kept));
            Interlocked.Add(ref _lines, kept.Entries.Count);
            foreach (Action<LogBatch> follower in _followers.Values)
            {
                follower(kept);
            }
        }

        await _wal.CommitAsync();
        return refusal;
    }

    /// <summary>Tells of every batch from now on until disposed; the callback must not wait.</summary>
    internal IDisposable Follow(Action<LogBatch> follower)
    {
        long key = Interlocked.Increment(ref _follower);
        _followers[key] = follower;
        return new Following(() => _followers.TryRemove(key, out _));
    }

    /// <summary>
    /// The lines of matching streams in a half-open range of nanoseconds, stream by stream and block by block, each block oldest
    /// first. Blocks that lack one of the texts are passed over unread.
    /// </summary>
    internal IEnumerable<LogBatch> Read(IReadOnlyList<LabelMatcher> matchers, long from, long to, IReadOnlyList<byte[]> texts, bool newestFirst, CancellationToken cancellation)
    {
        // Memory is copied before segments are listed: what is sealed meanwhile is in the copy.
        List<LogBatch> memory = [];
        ImmutableArray<LogSegment> segments;
        lock (_lock)
        {
            foreach ((Labels stream, List<LogEntry> entries) in _leaving.Concat(_memory))
            {
                if (Matches(stream, matchers))
                {
                    memory.Add(new LogBatch(stream, [.. entries.Where(entry => entry.Time >= from && entry.Time < to)]));
                }
            }

            segments = _segments;
        }

        IEnumerable<LogBatch> stored = Stored(segments, matchers, from, to, texts, newestFirst, cancellation);
        memory.RemoveAll(batch => batch.Entries.Count == 0);
        return newestFirst ? memory.Concat(stored) : stored.Concat(memory);
    }

    /// <summary>The streams with lines in a range.</summary>
    internal IReadOnlyList<Labels> Streams(IReadOnlyList<LabelMatcher> matchers, long from, long to)
    {
        var found = new HashSet<Labels>();
        foreach (LogSegment segment in _segments.Where(segment => segment.MaxTime >= from && segment.MinTime < to))
        {
            found.UnionWith(segment.Blocks.Where(block => block.MaxTime >= from && block.MinTime < to && Matches(block.Stream, matchers)).Select(block => block.Stream));
        }

        lock (_lock)
        {
            found.UnionWith(_leaving.Concat(_memory)
                .Where(stream => Matches(stream.Key, matchers) && stream.Value.Exists(entry => entry.Time >= from && entry.Time < to))
                .Select(stream => stream.Key));
        }

        return [.. found.Order()];
    }

    /// <summary>Seals memory where it is large, and ends what retention ends. To be called every few seconds.</summary>
    public async Task MaintainAsync(CancellationToken cancellation)
    {
        if (Interlocked.Read(ref _memoryBytes) > _options.SegmentBytes)
        {
            await SealAsync(cancellation);
        }

        long oldest = (_time.GetUtcNow() - _options.Retention).ToUnixTimeMilliseconds() * 1_000_000;
        foreach (LogSegment segment in _segments.Where(segment => segment.MaxTime < oldest))
        {
            Remove(segment);
        }

        while (_segments.Length > 1 && Size > _options.RetentionBytes)
        {
            Remove(_segments.MinBy(segment => segment.MaxTime)!);
        }
    }

    /// <summary>Moves what is in memory into a segment.</summary>
    public async Task SealAsync(CancellationToken cancellation)
    {
        await _sealing.WaitAsync(cancellation);
        try
        {
            int first = await _wal.RotateAsync();
            lock (_lock)
            {
                (_leaving, _memory) = (_memory, []);
                _memoryBytes = 0;
            }

            // A line that came between the rotation and the swap is in the segment and stays in the log: after a crash it is there
            // twice, and queries give a line of one stream and moment once.
            if (_leaving.Count > 0)
            {
                string path = Path.Combine(SegmentDirectory, string.Create(CultureInfo.InvariantCulture, $"{first:00000000}-{++_number:000}.seg"));
                LogSegment segment = await Task.Run(() => LogSegment.Write(path, _leaving.OrderBy(one => one.Key).Select(one => new LogBatch(one.Key, one.Value))), cancellation);
                lock (_lock)
                {
                    _segments = [.. _segments.Append(segment).OrderBy(one => one.MinTime)];
                    _leaving = [];
                }
            }

            _wal.RemoveBefore(first);
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

    private static bool Matches(Labels stream, IReadOnlyList<LabelMatcher> matchers)
    {
        foreach (LabelMatcher matcher in matchers)
        {
            if (!matcher.Matches(stream[matcher.Name]))
            {
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<LogBatch> Stored(
        ImmutableArray<LogSegment> segments, IReadOnlyList<LabelMatcher> matchers, long from, long to, IReadOnlyList<byte[]> texts, bool newestFirst, CancellationToken cancellation)
    {
        IEnumerable<(LogSegment Segment, LogBlock Block)> blocks = segments
            .Where(segment => segment.MaxTime >= from && segment.MinTime < to)
            .SelectMany(segment => segment.Blocks.Select(block => (segment, block)))
            .Where(one => one.block.MaxTime >= from && one.block.MinTime < to && Matches(one.block.Stream, matchers) && texts.All(text => one.block.Filter.MayContain(text)));
        foreach ((LogSegment segment, LogBlock block) in newestFirst ? blocks.OrderByDescending(one => one.Block.MaxTime) : blocks.OrderBy(one => one.Block.MinTime))
        {
            cancellation.ThrowIfCancellationRequested();
            List<LogEntry> entries = segment.Read(block);
            entries.RemoveAll(entry => entry.Time < from || entry.Time >= to);
            if (entries.Count > 0)
            {
                yield return new LogBatch(block.Stream, entries);
            }
        }
    }

    private LogEntry Cut(LogEntry entry) => entry.Line.Length <= _options.LineBytes ? entry : entry with { Line = entry.Line[.._options.LineBytes] };

    private bool Admit(LogBatch batch, ref string? refusal)
    {
        long bytes = batch.Entries.Sum(entry => 16L + entry.Line.Length);
        long second = _time.GetUtcNow().ToUnixTimeSeconds() / WindowSeconds;
        lock (_lock)
        {
            (long at, long used) = _rates.GetValueOrDefault(batch.Stream);
            used = at == second ? used + bytes : bytes;
            if (used > _options.StreamBytesPerSecond * WindowSeconds)
            {
                refusal = $"Per stream rate limit exceeded (limit: {_options.StreamBytesPerSecond} bytes/s) for stream '{batch.Stream}'";
                return false;
            }

            if (!_memory.TryGetValue(batch.Stream, out List<LogEntry>? entries))
            {
                if (_memory.Count >= _options.Streams)
                {
                    refusal = $"Maximum active stream limit exceeded (limit: {_options.Streams}) for stream '{batch.Stream}'";
                    return false;
                }

                _memory[batch.Stream] = entries = [];
            }

            if (_rates.Count > 2 * _options.Streams)
            {
                _rates.Clear();
            }

            _rates[batch.Stream] = (second, used);
            entries.AddRange(batch.Entries);
            _memoryBytes += bytes;
            return true;
        }
    }

    private static byte[] Record(LogBatch batch)
    {
        var record = new RecordWriter();
        Records.PutLabels(record, batch.Stream);
        foreach (LogEntry entry in batch.Entries)
        {
            record.Signed(entry.Time);
            Records.PutLabels(record, entry.Metadata);
            record.Text(entry.Line);
        }

        return record.Written.ToArray();
    }

    private void Load(CancellationToken cancellation)
    {
        Directory.CreateDirectory(SegmentDirectory);
        var segments = new List<LogSegment>();
        foreach (string path in Directory.GetFiles(SegmentDirectory))
        {
            try
            {
                if (path.EndsWith(".seg", StringComparison.Ordinal))
                {
                    segments.Add(LogSegment.Open(path));
                }
                else
                {
                    File.Delete(path);
                }
            }
            catch (InvalidDataException damaged)
            {
                string aside = Path.Combine(_options.Directory, "damaged");
                Directory.CreateDirectory(aside);
                File.Move(path, Path.Combine(aside, Path.GetFileName(path)), overwrite: true);
                SetAside(path, damaged.Message);
            }
        }

        _segments = [.. segments.OrderBy(segment => segment.MinTime)];
        foreach ((_, string path) in WriteAheadLog.Segments(WalDirectory))
        {
            FrameFile.Read(path, Replay, cancellation);
        }

        _wal = new WriteAheadLog(WalDirectory, 64 << 20);
        _number = segments.Count;
    }

    private void Replay(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        Labels stream = Records.GetLabels(ref reader);
        if (!_memory.TryGetValue(stream, out List<LogEntry>? entries))
        {
            _memory[stream] = entries = [];
        }

        while (!reader.AtEnd)
        {
            long time = reader.Signed();
            Labels metadata = Records.GetLabels(ref reader);
            var entry = new LogEntry(time, reader.Text(), metadata);
            entries.Add(entry);
            _memoryBytes += 16 + Encoding.UTF8.GetByteCount(entry.Line);
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

    [LoggerMessage(Level = LogLevel.Error, Message = "The log segment {Path} is damaged and set aside: {Why}")]
    private partial void SetAside(string path, string why);

    private sealed class Following(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

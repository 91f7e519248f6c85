using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Blocks;
using Fairway.Telemetry.Metrics.Head;
using Fairway.Telemetry.Metrics.Log;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Metrics;

/// <summary>
/// The platform's metrics: samples go to the log and to memory (<see cref="HeadMemory"/>), leave memory window by window as
/// immutable blocks, and blocks are merged into larger ones until retention ends them. Reading sees memory and blocks as one
/// (<see cref="ISeriesSource"/>). What was acknowledged survives kill -9 and loss of power.
/// </summary>
public sealed partial class MetricStore : ISeriesSource, IAsyncDisposable
{
    private readonly ILogger<MetricStore> _log;
    private readonly ConcurrentDictionary<RawKey, MemorySeries> _raw = new();
    private readonly BlockSet _blocks;
    private readonly SemaphoreSlim _maintenance = new(1, 1);
    private WriteAheadLog _wal = null!;
    private long _checkpointSize;
    private long _checkpointAt;
    private int _flushes;
    private int _rawCount;

    private MetricStore(MetricStoreOptions options, TimeProvider time, ILogger<MetricStore> log)
    {
        Options = options;
        Time = time;
        _log = log;
        Exemplars = new ExemplarRing(options.Exemplars);
        Limits = new SeriesLimits(options.SeriesPerService, options.MostSeries);
        _blocks = new BlockSet(Path.Combine(options.Directory, "blocks"), time, log);
    }

    public MetricStoreOptions Options { get; }

    internal TimeProvider Time { get; }

    internal HeadMemory Head { get; } = new();

    internal ExemplarRing Exemplars { get; }

    internal MetadataTable Metadata { get; } = new();

    internal SeriesLimits Limits { get; }

    internal ImmutableArray<Block> Blocks => _blocks.All;

    internal WriteAheadLog Wal => _wal;

    /// <summary>Samples accepted since the start.</summary>
    public long SamplesAppended => Interlocked.Read(ref _appended);

    private long _appended;

    private string WalDirectory => Path.Combine(Options.Directory, "wal");

    /// <summary>
    /// Opens the store: blocks are mapped, the last checkpoint is read and the log since then replayed. Damaged blocks are set
    /// aside in <c>damaged/</c> and named in the log; a torn end of the log costs only itself.
    /// </summary>
    public static async Task<MetricStore> OpenAsync(MetricStoreOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancellation)
    {
        var store = new MetricStore(options, time, logs.CreateLogger<MetricStore>());
        await Task.Run(() => store.Load(cancellation), cancellation);
        return store;
    }

    /// <summary>A batch to append to. Batches may be used in parallel; one batch by one thread at a time.</summary>
    internal MetricBatch NewBatch() => new(this);

    /// <summary>Series that are computed where they are asked for: null for a selector of stored ones.</summary>
    public Func<SeriesQuery, CancellationToken, IEnumerable<ISeries>?> Derived { get; set; } = static (_, _) => null;

    /// <inheritdoc/>
    public IEnumerable<ISeries> Select(SeriesQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Derived(query, cancellation)
            ?? new StoreQuery(this, Resolutions.For(query), Resolutions.ViewFor(query.Function)).Select(query.Matchers, query.From, query.To, cancellation);
    }

    /// <summary>
    /// Moves finished windows from memory into blocks, merges blocks, ends what retention ends, and makes a checkpoint where the
    /// log has grown. To be called every few minutes; calls wait for each other.
    /// </summary>
    public async Task MaintainAsync(CancellationToken cancellation)
    {
        await _maintenance.WaitAsync(cancellation);
        try
        {
            long now = Time.GetUtcNow().ToUnixTimeMilliseconds();
            bool flushed = await Task.Run(() => Flush(now, cancellation), cancellation);
            await Task.Run(() => _blocks.Compact(MemorySeries.WindowOf(now - HeadSpan), cancellation), cancellation);
            await Task.Run(() => _blocks.Downsample(now, Options, metric => Metadata.Get(metric) is [var newest, ..] ? newest.Type : null, cancellation), cancellation);
            _blocks.Retain(now, Options, cancellation);
            if (flushed || _wal.Total - _checkpointAt > Math.Max(Options.CheckpointBytes, _checkpointSize))
            {
                await CheckpointAsync(cancellation);
            }
        }
        finally
        {
            _maintenance.Release();
        }
    }

    /// <summary>Deletes the samples of series in a closed range of time, from memory and blocks, for good.</summary>
    internal async Task DeleteAsync(IReadOnlyList<LabelMatcher> matchers, long from, long to, CancellationToken cancellation)
    {
        await _maintenance.WaitAsync(cancellation);
        try
        {
            foreach (int id in Head.Postings.Find(matchers, cancellation))
            {
                if (Head.ById(id) is { } series)
                {
                    lock (Head.Stripe(series))
                    {
                        series.Delete(from, to);
                    }
                }
            }

            await Task.Run(() => _blocks.Delete(matchers, from, to, cancellation), cancellation);

            // The log still has what memory has forgotten: the checkpoint replaces it.
            await CheckpointAsync(cancellation);
        }
        finally
        {
            _maintenance.Release();
        }
    }

    /// <summary>Copies the blocks, and memory as one more, into a directory of their own below <c>snapshots/</c>; its name.</summary>
    internal async Task<string> SnapshotAsync(bool skipMemory, CancellationToken cancellation)
    {
        await _maintenance.WaitAsync(cancellation);
        try
        {
            string name = $"{Time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}-{Guid.NewGuid():N}"[..33];
            string target = Path.Combine(Options.Directory, "snapshots", name, "blocks");
            Directory.CreateDirectory(target);
            await Task.Run(
                () =>
                {
                    _blocks.CopyTo(target, cancellation);
                    if (!skipMemory)
                    {
                        BlockSet.CopyTo(target, Head, Time.GetUtcNow(), cancellation);
                    }
                },
                cancellation);
            return name;
        }
        finally
        {
            _maintenance.Release();
        }
    }

    /// <summary>Ends writing. Memory goes into a checkpoint, so that the next start has nothing to replay.</summary>
    public async ValueTask DisposeAsync()
    {
        await _maintenance.WaitAsync();
        await CheckpointAsync(CancellationToken.None);
        await _wal.DisposeAsync();
        _maintenance.Dispose();
    }

    /// <summary>How long a window stays in memory after its end: late samples still meet it there.</summary>
    private static long HeadSpan => MemorySeries.Window / 2;

    internal bool TryGetRaw(RawKey key, out MemorySeries series)
    {
        if (_raw.TryGetValue(key, out series!))
        {
            if (!series.Gone)
            {
                return true;
            }

            if (_raw.TryRemove(key, out _))
            {
                Interlocked.Decrement(ref _rawCount);
            }
        }

        return false;
    }

    internal void SetRaw(RawKey key, MemorySeries series)
    {
        // The dictionary's own count would take all its locks.
        if (Volatile.Read(ref _rawCount) > 2 * Math.Max(Head.Count, 100_000))
        {
            _raw.Clear();
            Interlocked.Exchange(ref _rawCount, 0);
        }

        if (_raw.TryAdd(key, series))
        {
            Interlocked.Increment(ref _rawCount);
        }
        else
        {
            _raw[key] = series;
        }
    }

    /// <summary>Series that were left out for invalid labels, since the start.</summary>
    public long InvalidSeries => Interlocked.Read(ref _invalid);

    private long _invalid;

    internal void CountInvalid() => Interlocked.Increment(ref _invalid);

    /// <summary>What <see cref="MetricBatch.Append(MemorySeries, long, double)"/> would say, without doing it.</summary>
    internal AppendOutcome Judge(MemorySeries series, long time, double value, FloatHistogram? histogram)
    {
        lock (Head.Stripe(series))
        {
            return series.Judge(time, value, histogram, (long)Options.OutOfOrderWindow.TotalMilliseconds);
        }
    }

    /// <summary>The newest value of a series, or null when it has none or has ended; and that sample's time.</summary>
    internal double? LastValue(MemorySeries series, out long time)
    {
        lock (Head.Stripe(series))
        {
            time = series.LastTime;
            return time == long.MinValue || series.IsStale || series.EndsWithHistogram ? null : series.LastValue;
        }
    }

    /// <inheritdoc cref="LastValue"/>
    internal FloatHistogram? LastHistogram(MemorySeries series, out long time)
    {
        lock (Head.Stripe(series))
        {
            time = series.LastTime;
            return series.LastHistogram;
        }
    }

    internal void CountAppended(long samples) => Interlocked.Add(ref _appended, samples);

    /// <summary>Finds or makes a series whose labels were checked; null with the reason when it may not be.</summary>
    internal MemorySeries? GetOrCreate(Labels labels, out string? refusal)
    {
        refusal = null;
        if (Head.TryGet(labels, out MemorySeries known))
        {
            return known;
        }

        refusal = Limits.Refusal(labels, Head.Count);
        return refusal is not null ? null : Head.GetOrCreate(Head.Postings.Share(labels), series =>
        {
            Limits.Added(series.Labels);
            series.Touched = Time.GetUtcNow().ToUnixTimeMilliseconds();
            var record = new RecordWriter();
            record.Byte((byte)RecordKind.Series);
            record.Varint((ulong)series.Id);
            Records.PutLabels(record, series.Labels);
            _wal.Append(record.Written);
        });
    }

    private async Task CheckpointAsync(CancellationToken cancellation)
    {
        int segment = await _wal.RotateAsync();
        _checkpointAt = _wal.Total;
        _checkpointSize = await Task.Run(() => Checkpoint.Write(WalDirectory, segment, Head, Extras(), cancellation), cancellation);
        _wal.RemoveBefore(segment);
    }

    private IEnumerable<byte[]> Extras()
    {
        foreach ((string metric, MetricMetadata[] statements) in Metadata.All)
        {
            foreach (MetricMetadata statement in statements.Reverse())
            {
                yield return MetricBatch.MetadataRecord(metric, statement);
            }
        }

        foreach ((Labels series, Exemplar exemplar) in Exemplars.Snapshot())
        {
            if (Head.TryGet(series, out MemorySeries known))
            {
                yield return MetricBatch.ExemplarRecord(known.Id, exemplar);
            }
        }
    }

    private bool Flush(long now, CancellationToken cancellation)
    {
        long last = MemorySeries.WindowOf(now - HeadSpan) - 1;
        var windows = new HashSet<long>();
        foreach (MemorySeries series in Head.Series)
        {
            lock (Head.Stripe(series))
            {
                series.Windows(windows);
            }
        }

        bool any = false;
        foreach (long window in windows.Where(window => window <= last).Order())
        {
            int flush = ++_flushes;
            any |= _blocks.Flush(Head, window, flush, cancellation);
            foreach (MemorySeries series in Head.Series)
            {
                lock (Head.Stripe(series))
                {
                    series.Drop(flush);
                }
            }
        }

        foreach (MemorySeries gone in Head.RemoveIdle(now - (MemorySeries.Window / 2)))
        {
            Limits.Removed(gone.Labels);
        }

        return any;
    }

    private void Load(CancellationToken cancellation)
    {
        long started = Time.GetTimestamp();
        _blocks.Load();
        var replay = new LogReplay(this, _log);
        int first = 0;
        if (Checkpoint.Newest(WalDirectory) is { } checkpoint)
        {
            replay.Read(checkpoint.Path, last: false, cancellation);
            first = checkpoint.Segment;
            _checkpointSize = new FileInfo(checkpoint.Path).Length;
        }

        IReadOnlyList<(int Number, string Path)> segments = [.. WriteAheadLog.Segments(WalDirectory).Where(segment => segment.Number >= first)];
        foreach ((int number, string path) in segments)
        {
            replay.Read(path, last: number == segments[^1].Number, cancellation);
        }

        foreach (MemorySeries series in Head.Series)
        {
            Limits.Added(series.Labels);
        }

        _wal = new WriteAheadLog(WalDirectory, Options.SegmentBytes);
        Loaded(Head.Count, _blocks.All.Length, replay.Samples, Time.GetElapsedTime(started).TotalSeconds);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Metrics are open: {Series} series in memory, {Blocks} blocks, {Samples} samples replayed in {Seconds:0.00} s")]
    private partial void Loaded(int series, int blocks, long samples, double seconds);
}

/// <summary>A series as its sender wrote it, as a hash of 128 bits: knows a series again without decoding its labels.</summary>
internal readonly record struct RawKey(ulong High, ulong Low)
{
    /// <summary>Hashes bytes. Not cryptographic; for a sender who wants to mislead itself only its own series are at stake.</summary>
    public static RawKey Of(ReadOnlySpan<byte> data, ulong seed)
    {
        ulong high = seed ^ 0x9E3779B97F4A7C15;
        ulong low = ~seed ^ 0xC2B2AE3D27D4EB4F ^ (ulong)data.Length;
        while (data.Length >= 8)
        {
            ulong part = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(data);
            high = Mix(high ^ part, 0xFF51AFD7ED558CCD);
            low = Mix(low + part, 0xC4CEB9FE1A85EC53);
            data = data[8..];
        }

        ulong rest = 0;
        for (int index = 0; index < data.Length; index++)
        {
            rest |= (ulong)data[index] << (8 * index);
        }

        return new RawKey(Mix(high ^ rest, 0xFF51AFD7ED558CCD), Mix(low + rest, 0xC4CEB9FE1A85EC53));
    }

    private static ulong Mix(ulong value, ulong factor)
    {
        ulong high = Math.BigMul(value, factor, out ulong low);
        return high ^ low;
    }
}

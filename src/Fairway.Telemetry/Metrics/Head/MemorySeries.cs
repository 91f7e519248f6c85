using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;

namespace Fairway.Telemetry.Metrics.Head;

/// <summary>What became of a sample.</summary>
internal enum AppendOutcome
{
    Accepted,

    /// <summary>The same sample was there already: nothing changed.</summary>
    Repeated,

    /// <summary>Another value was there for that time.</summary>
    Duplicate,

    /// <summary>Older than the newest sample and out-of-order samples are not taken at all.</summary>
    OutOfOrder,

    /// <summary>Older than the out-of-order window.</summary>
    TooOld,

    /// <summary>Out of the times that the store keeps.</summary>
    OutOfBounds,
}

/// <summary>
/// One series in memory: sealed chunks, the chunk that is appended to, and late samples. Chunks never cross the edge of a window
/// (<see cref="Window"/>), so that a window leaves for a block as whole chunks. All members but <see cref="Id"/> and
/// <see cref="Labels"/> are guarded by the head's stripe for the series.
/// </summary>
internal sealed class MemorySeries(int id, Labels labels)
{
    /// <summary>The span of a head window and of the smallest block, in milliseconds.</summary>
    public const long Window = 2 * 3600 * 1000;

    private const int SamplesPerChunk = 120;
    private const int LatePerChunk = 32;

    private OpenFloatChunk? _floats;
    private HistogramChunk? _histograms;
    private List<SealedChunk>? _sealed;
    private DecodedSamples? _late;

    public int Id { get; } = id;

    public Labels Labels { get; } = labels;

    /// <summary>Removed from the head; whoever still holds it must ask for the series anew.</summary>
    public bool Gone { get; set; }

    /// <summary>Time of the newest sample; least when there never was one.</summary>
    public long LastTime { get; private set; } = long.MinValue;

    public double LastValue { get; private set; }

    public FloatHistogram? LastHistogram { get; set; }

    /// <summary>When something was last appended, by the clock of the store: what has been silent long enough leaves memory.</summary>
    public long Touched { get; set; }

    public bool IsEmpty => _floats is null && _histograms is null && _sealed is null && _late is null;

    public static long WindowOf(long time) => time >= 0 ? time / Window : ((time + 1) / Window) - 1;

    /// <summary>Appends a float. Amortized O(1).</summary>
    public AppendOutcome Append(long time, double value, long lateWindow)
    {
        if (time > LastTime)
        {
            Room(time, floats: true);
            _floats!.Append(time, value);
            (LastTime, LastValue, LastHistogram) = (time, value, null);
            return AppendOutcome.Accepted;
        }

        if (time == LastTime)
        {
            return LastHistogram is null && BitConverter.DoubleToInt64Bits(value) == BitConverter.DoubleToInt64Bits(LastValue)
                ? AppendOutcome.Repeated
                : AppendOutcome.Duplicate;
        }

        return Late(time, lateWindow, late => late.Add(time, value));
    }

    /// <inheritdoc cref="Append(long, double, long)"/>
    public AppendOutcome Append(long time, FloatHistogram histogram, long lateWindow)
    {
        if (time > LastTime)
        {
            Room(time, floats: false);
            _histograms!.Append(time, histogram);
            (LastTime, LastValue, LastHistogram) = (time, histogram.Sum, histogram);
            return AppendOutcome.Accepted;
        }

        if (time == LastTime)
        {
            return LastHistogram is not null && LastHistogram.Equals(histogram) ? AppendOutcome.Repeated : AppendOutcome.Duplicate;
        }

        return Late(time, lateWindow, late => late.Add(time, histogram));
    }

    /// <summary>What appending would say.</summary>
    public AppendOutcome Judge(long time, double value, FloatHistogram? histogram, long lateWindow)
    {
        if (time > LastTime)
        {
            return AppendOutcome.Accepted;
        }

        if (time == LastTime)
        {
            bool same = histogram is null
                ? LastHistogram is null && BitConverter.DoubleToInt64Bits(value) == BitConverter.DoubleToInt64Bits(LastValue)
                : LastHistogram is not null && LastHistogram.Equals(histogram);
            return same ? AppendOutcome.Repeated : AppendOutcome.Duplicate;
        }

        return lateWindow <= 0 ? AppendOutcome.OutOfOrder : LastTime - time > lateWindow ? AppendOutcome.TooOld : AppendOutcome.Accepted;
    }

    /// <summary>Whether the newest sample says that the series has ended.</summary>
    public bool IsStale => LastTime != long.MinValue && StaleMarker.Is(LastValue);

    /// <summary>Whether the newest sample is a histogram.</summary>
    public bool EndsWithHistogram => LastHistogram is not null;

    /// <summary>The oldest and newest time of what is in memory; the first is greater when there is nothing.</summary>
    public (long Min, long Max) Extent()
    {
        long min = long.MaxValue;
        long max = long.MinValue;
        foreach (SealedChunk chunk in _sealed ?? [])
        {
            min = Math.Min(min, chunk.MinTime);
            max = Math.Max(max, chunk.MaxTime);
        }

        if (_floats is not null)
        {
            min = Math.Min(min, _floats.First);
            max = Math.Max(max, _floats.Last);
        }

        if (_histograms is not null)
        {
            min = Math.Min(min, _histograms.First);
            max = Math.Max(max, _histograms.Last);
        }

        for (int index = 0; index < (_late?.Count ?? 0); index++)
        {
            min = Math.Min(min, _late!.Times[index]);
            max = Math.Max(max, _late.Times[index]);
        }

        return (min, max);
    }

    /// <summary>Adds the chunks that touch a closed range of time; what is open is copied as it is now. The samples may overlap.</summary>
    public void Collect(long from, long to, List<SealedChunk> into)
    {
        foreach (SealedChunk chunk in _sealed ?? [])
        {
            if (chunk.MaxTime >= from && chunk.MinTime <= to)
            {
                into.Add(chunk);
            }
        }

        if (_floats is { } floats && floats.Last >= from && floats.First <= to)
        {
            into.Add(new SealedChunk(ChunkKind.OpenFloats, floats.First, floats.Last, floats.Count, floats.Data.ToArray()));
        }

        if (_histograms is { } histograms && histograms.Last >= from && histograms.First <= to)
        {
            into.Add(new SealedChunk(ChunkKind.Histograms, histograms.First, histograms.Last, histograms.Count, histograms.Data.ToArray()));
        }

        if (_late is { Count: > 0 })
        {
            into.AddRange(SampleCoder.Encode(_late, ordered: false).Where(chunk => chunk.MaxTime >= from && chunk.MinTime <= to));
        }
    }

    /// <summary>Takes the samples of a closed range of time out; true when there were any. What was newest stays newest for what comes.</summary>
    public bool Delete(long from, long to)
    {
        (long min, long max) = Extent();
        if (min > to || max < from)
        {
            return false;
        }

        var chunks = new List<SealedChunk>();
        Collect(long.MinValue, long.MaxValue, chunks);
        var samples = new DecodedSamples();
        foreach (SealedChunk chunk in chunks)
        {
            chunk.Decode(samples);
        }

        samples.Order();
        if (!samples.Remove(from, to))
        {
            return false;
        }

        (_floats, _histograms, _late) = (null, null, null);
        _sealed = samples.Count == 0 ? null : [.. SampleCoder.Encode(samples, ordered: true)];
        return true;
    }

    /// <summary>Takes back a chunk that was in memory at the last snapshot.</summary>
    public void Restore(SealedChunk chunk)
    {
        if (chunk.Kind == ChunkKind.OpenFloats && _floats is null && chunk.MinTime > LastTime && chunk.Count > 0)
        {
            _floats = OpenFloatChunk.Load(chunk.Data, chunk.Count);
            (LastTime, LastValue, LastHistogram) = (_floats.Last, _floats.LastValue, null);
            return;
        }

        if (chunk.Kind == ChunkKind.OpenFloats)
        {
            var again = new DecodedSamples();
            chunk.Decode(again);
            for (int index = 0; index < again.Count; index++)
            {
                Append(again.Times[index], again.Values[index], long.MaxValue);
            }

            return;
        }

        (_sealed ??= []).Add(chunk);
        if (chunk.MaxTime > LastTime)
        {
            var samples = new DecodedSamples();
            chunk.Decode(samples);
            LastTime = chunk.MaxTime;
            LastValue = samples.Values[^1];
            LastHistogram = samples.HistogramAt(samples.Count - 1);
        }
    }

    /// <summary>Forgets the chunks of a flush, which a block has now; a chunk that came later stays.</summary>
    public void Drop(int flush)
    {
        _sealed?.RemoveAll(chunk => chunk.Flushed == flush);
        if (_sealed?.Count == 0)
        {
            _sealed = null;
        }
    }

    /// <summary>Seals what is open in a window or before, and gives the chunks of the window, marked with the flush's number.</summary>
    public void Seal(long window, int flush, List<SealedChunk> into)
    {
        if (_floats is not null && WindowOf(_floats.First) <= window)
        {
            SealOpen();
        }

        if (_histograms is not null && WindowOf(_histograms.First) <= window)
        {
            SealOpen();
        }

        SealLate();
        foreach (SealedChunk chunk in _sealed ?? [])
        {
            if (WindowOf(chunk.MinTime) == window)
            {
                chunk.Flushed = flush;
                into.Add(chunk);
            }
        }
    }

    /// <summary>Adds the numbers of the windows that have samples.</summary>
    public void Windows(HashSet<long> into)
    {
        foreach (SealedChunk chunk in _sealed ?? [])
        {
            into.Add(WindowOf(chunk.MinTime));
        }

        if (_floats is not null)
        {
            into.Add(WindowOf(_floats.First));
        }

        if (_histograms is not null)
        {
            into.Add(WindowOf(_histograms.First));
        }

        for (int index = 0; index < (_late?.Count ?? 0); index++)
        {
            into.Add(WindowOf(_late!.Times[index]));
        }
    }

    private AppendOutcome Late(long time, long window, Action<DecodedSamples> add)
    {
        if (window <= 0)
        {
            return AppendOutcome.OutOfOrder;
        }

        if (LastTime - time > window)
        {
            return AppendOutcome.TooOld;
        }

        _late ??= new DecodedSamples();
        add(_late);
        if (_late.Count >= LatePerChunk)
        {
            SealLate();
        }

        return AppendOutcome.Accepted;
    }

    private void SealLate()
    {
        if (_late is not { Count: > 0 })
        {
            return;
        }

        (_sealed ??= []).AddRange(SampleCoder.Encode(_late, ordered: false));
        _late = null;
    }

    private void Room(long time, bool floats)
    {
        bool fits = floats
            ? _floats is not null && _floats.Count < SamplesPerChunk && WindowOf(_floats.First) == WindowOf(time)
            : _histograms is not null && _histograms.Count < SamplesPerChunk && WindowOf(_histograms.First) == WindowOf(time);
        if (fits)
        {
            return;
        }

        SealOpen();
        if (floats)
        {
            _floats = new OpenFloatChunk();
        }
        else
        {
            _histograms = new HistogramChunk();
        }
    }

    private void SealOpen()
    {
        if (_floats is { } floats)
        {
            var samples = new DecodedSamples();
            SealedChunk.Decode(ChunkKind.OpenFloats, floats.Data, floats.Count, samples);
            (_sealed ??= []).Add(new SealedChunk(ChunkKind.PackedFloats, floats.First, floats.Last, floats.Count, PackedFloats.Encode(samples.Times, samples.Values)));
            _floats = null;
        }

        if (_histograms is { } histograms)
        {
            (_sealed ??= []).Add(new SealedChunk(ChunkKind.Histograms, histograms.First, histograms.Last, histograms.Count, histograms.Data.ToArray()));
            _histograms = null;
        }
    }
}

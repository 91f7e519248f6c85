namespace Fairway.Telemetry.Metrics.Chunks;

/// <summary>How a chunk's bytes are to be read; the numbers are on disk.</summary>
internal enum ChunkKind : byte
{
    /// <summary><see cref="OpenFloatChunk"/>.</summary>
    OpenFloats = 1,

    /// <summary><see cref="PackedFloats"/>.</summary>
    PackedFloats = 2,

    /// <summary><see cref="HistogramChunk"/>.</summary>
    Histograms = 3,

    /// <summary><see cref="AggregateChunk"/>.</summary>
    Aggregates = 4,
}

/// <summary>Samples of one series in rising order of time, as bytes.</summary>
internal sealed class SealedChunk(ChunkKind kind, long minTime, long maxTime, int count, byte[] data)
{
    public ChunkKind Kind { get; } = kind;

    public long MinTime { get; } = minTime;

    public long MaxTime { get; } = maxTime;

    public int Count { get; } = count;

    public byte[] Data { get; } = data;

    /// <summary>The number of the flush that put the chunk into a block; 0 while none did. Guarded by the series' stripe.</summary>
    public int Flushed { get; set; }

    /// <summary>Appends the samples to a buffer.</summary>
    /// <exception cref="ChunkException">The bytes are damaged.</exception>
    public void Decode(DecodedSamples into) => Decode(Kind, Data, Count, into);

    /// <inheritdoc cref="Decode(DecodedSamples)"/>
    public static void Decode(ChunkKind kind, ReadOnlySpan<byte> data, int count, DecodedSamples into)
    {
        switch (kind)
        {
            case ChunkKind.OpenFloats:
                into.Reserve(count, out Span<long> openTimes, out Span<double> openValues);
                OpenFloatChunk.Decode(data, count, openTimes, openValues);
                into.Commit(count);
                break;
            case ChunkKind.PackedFloats:
                into.Reserve(count, out Span<long> times, out Span<double> values);
                PackedFloats.Decode(data, count, times, values);
                into.Commit(count);
                break;
            case ChunkKind.Histograms:
                HistogramChunk.Decode(data, count, into);
                break;
            case ChunkKind.Aggregates:
                AggregateChunk.Decode(data, AggregateView.Points, into);
                break;
            default:
                throw new ChunkException($"a chunk is of unknown kind {(int)kind}");
        }
    }
}

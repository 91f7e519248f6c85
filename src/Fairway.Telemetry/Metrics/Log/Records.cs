using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;

namespace Fairway.Telemetry.Metrics.Log;

/// <summary>What a frame of the write-ahead log or a checkpoint says; its first byte.</summary>
internal enum RecordKind : byte
{
    /// <summary>A new series: id, labels.</summary>
    Series = 1,

    /// <summary>Floats: base time, then id, time and value of each.</summary>
    Floats = 2,

    /// <summary>Histograms: base time, then id, time and histogram of each.</summary>
    Histograms = 3,

    /// <summary>Exemplars: id, time, value, labels.</summary>
    Exemplars = 4,

    /// <summary>What a metric is.</summary>
    Metadata = 5,

    /// <summary>A checkpoint's text; the series after it refer to texts by their number.</summary>
    Symbols = 16,

    /// <summary>A checkpoint's series with its chunks.</summary>
    SeriesState = 17,
}

/// <summary>The records' forms.</summary>
internal static class Records
{
    public static void PutLabels(RecordWriter into, Labels labels)
    {
        into.Varint((ulong)labels.Count);
        for (int index = 0; index < labels.Count; index++)
        {
            into.Text(labels.NameAt(index));
            into.Text(labels.ValueAt(index));
        }
    }

    public static Labels GetLabels(ref RecordReader reader)
    {
        string[] pairs = new string[reader.Count() * 2];
        for (int index = 0; index < pairs.Length; index++)
        {
            pairs[index] = reader.Text();
        }

        return Labels.FromSortedPairs(pairs);
    }

    public static void PutChunk(RecordWriter into, SealedChunk chunk)
    {
        into.Byte((byte)chunk.Kind);
        into.Signed(chunk.MinTime);
        into.Varint((ulong)(chunk.MaxTime - chunk.MinTime));
        into.Varint((ulong)chunk.Count);
        into.Bytes(chunk.Data);
    }

    public static SealedChunk GetChunk(ref RecordReader reader)
    {
        var kind = (ChunkKind)reader.Byte();
        long min = reader.Signed();
        long max = min + (long)reader.Varint();
        int count = (int)reader.Varint();
        return new SealedChunk(kind, min, max, count, reader.Bytes().ToArray());
    }
}

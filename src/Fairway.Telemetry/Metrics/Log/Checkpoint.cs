using System.Globalization;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Telemetry.Metrics.Head;

namespace Fairway.Telemetry.Metrics.Log;

/// <summary>
/// All of memory in one file, as the chunks that memory holds: reading it back needs the memory that running needs and no more,
/// and only the log since then has to be replayed. Series are written one by one under their stripe, while samples go on coming:
/// what comes meanwhile is in the segment that the checkpoint is named after, and replaying it twice changes nothing.
/// </summary>
internal static class Checkpoint
{
    private const string Prefix = "checkpoint-";
    private const int FlushAt = 1 << 20;

    /// <summary>The newest whole checkpoint's first segment and path.</summary>
    public static (int Segment, string Path)? Newest(string directory) => All(directory).Cast<(int, string)?>().LastOrDefault();

    public static IReadOnlyList<(int Segment, string Path)> All(string directory)
        => !Directory.Exists(directory)
            ? []
            : [.. Directory.EnumerateFiles(directory, Prefix + "*.snap")
                .Select(path => (Segment: int.Parse(Path.GetFileNameWithoutExtension(path).AsSpan(Prefix.Length), CultureInfo.InvariantCulture), path))
                .OrderBy(one => one.Segment)];

    /// <summary>Writes a checkpoint that stands before a segment of the log; returns its size.</summary>
    public static long Write(string directory, int segment, HeadMemory head, IEnumerable<byte[]> extras, CancellationToken cancellation)
    {
        string path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{segment:00000000}.snap"));
        string fresh = path + ".tmp";
        using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None, FlushAt))
        {
            var symbols = new Dictionary<string, int>(StringComparer.Ordinal);
            var record = new RecordWriter();
            var texts = new RecordWriter();
            var chunks = new List<SealedChunk>();
            foreach (MemorySeries series in head.Series)
            {
                cancellation.ThrowIfCancellationRequested();
                Put(series, head, symbols, texts, record, chunks);
                if (texts.Length > 1)
                {
                    Frame(file, texts.Written);
                }

                Frame(file, record.Written);
            }

            foreach (byte[] extra in extras)
            {
                Frame(file, extra);
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
        foreach ((int older, string old) in All(directory))
        {
            if (older < segment)
            {
                File.Delete(old);
            }
        }

        return new FileInfo(path).Length;
    }

    /// <summary>Restores one series from its record.</summary>
    public static void Restore(ref RecordReader reader, List<string> symbols, HeadMemory head, Func<Labels, Labels> share)
    {
        int id = (int)reader.Varint();
        long touched = reader.Signed();
        string[] pairs = new string[reader.Count() * 2];
        for (int index = 0; index < pairs.Length; index++)
        {
            pairs[index] = symbols[(int)reader.Varint()];
        }

        MemorySeries series = head.Restore(id, share(Labels.FromSortedPairs(pairs)));
        series.Touched = touched;
        for (int count = reader.Count(); count > 0; count--)
        {
            series.Restore(Records.GetChunk(ref reader));
        }
    }

    private static void Put(MemorySeries series, HeadMemory head, Dictionary<string, int> symbols, RecordWriter texts, RecordWriter record, List<SealedChunk> chunks)
    {
        texts.Clear();
        texts.Byte((byte)RecordKind.Symbols);
        record.Clear();
        record.Byte((byte)RecordKind.SeriesState);
        record.Varint((ulong)series.Id);
        chunks.Clear();
        long touched;
        lock (head.Stripe(series))
        {
            touched = series.Touched;
            series.Collect(long.MinValue, long.MaxValue, chunks);
        }

        record.Signed(touched);
        record.Varint((ulong)series.Labels.Count);
        for (int index = 0; index < series.Labels.Count; index++)
        {
            record.Varint((ulong)Number(series.Labels.NameAt(index), symbols, texts));
            record.Varint((ulong)Number(series.Labels.ValueAt(index), symbols, texts));
        }

        record.Varint((ulong)chunks.Count);
        foreach (SealedChunk chunk in chunks)
        {
            Records.PutChunk(record, chunk);
        }
    }

    private static int Number(string text, Dictionary<string, int> symbols, RecordWriter texts)
    {
        if (!symbols.TryGetValue(text, out int number))
        {
            symbols[text] = number = symbols.Count;
            texts.Text(text);
        }

        return number;
    }

    private static void Frame(FileStream file, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[FrameFile.HeaderSize];
        FrameFile.WriteHeader(header, payload);
        file.Write(header);
        file.Write(payload);
    }
}

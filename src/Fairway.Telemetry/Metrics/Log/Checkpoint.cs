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

/// <summary>Puts the series of a checkpoint back. Equal labels meet the same text and the same list of the index without being looked up by their text.</summary>
internal sealed class CheckpointRestore(HeadMemory head)
{
    private readonly List<string> _symbols = [];
    private readonly Dictionary<long, Postings.IdList> _lists = [];
    private Postings.IdList[] _own = new Postings.IdList[16];

    public void AddSymbols(ref RecordReader reader)
    {
        while (!reader.AtEnd)
        {
            _symbols.Add(reader.Text());
        }
    }

    /// <summary>Restores one series from its record.</summary>
    public void Series(ref RecordReader reader)
    {
        int id = (int)reader.Varint();
        long touched = reader.Signed();
        int count = reader.Count();
        string[] pairs = new string[count * 2];
        if (_own.Length < count)
        {
            _own = new Postings.IdList[count];
        }

        for (int index = 0; index < count; index++)
        {
            int name = (int)reader.Varint();
            int value = (int)reader.Varint();
            pairs[index * 2] = _symbols[name];
            pairs[(index * 2) + 1] = _symbols[value];
            long key = ((long)name << 32) | (uint)value;
            if (!_lists.TryGetValue(key, out Postings.IdList? list))
            {
                _lists[key] = list = head.Postings.ListOf(_symbols[name], _symbols[value]);
            }

            _own[index] = list;
        }

        MemorySeries series = head.Restore(id, Labels.FromSortedPairs(pairs), _own.AsSpan(0, count));
        series.Touched = touched;
        for (int chunks = reader.Count(); chunks > 0; chunks--)
        {
            series.Restore(Records.GetChunk(ref reader));
        }
    }
}

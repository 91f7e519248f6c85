using System.IO.Compression;
using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Blocks;
using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Logs;

/// <summary>A run of lines of one stream, compressed, with what a search must know before it unpacks them.</summary>
internal sealed record LogBlock(Labels Stream, long MinTime, long MaxTime, int Lines, long Offset, int Length, TrigramFilter Filter);

/// <summary>
/// An immutable file of log blocks: compressed blocks (Brotli), then their table. Streams stay together, lines are in order of
/// time within a block. Reading asks the table first: stream, time, then the filter of the block; only then it unpacks.
/// </summary>
internal sealed class LogSegment
{
    private const uint Magic = 0x4C535746;
    private const int BlockText = 128 << 10;

    private readonly MappedFile _file;

    private LogSegment(string path, MappedFile file, IReadOnlyList<LogBlock> blocks)
    {
        FilePath = path;
        _file = file;
        Blocks = blocks;
        MinTime = blocks.Min(block => block.MinTime);
        MaxTime = blocks.Max(block => block.MaxTime);
    }

    public string FilePath { get; }

    public IReadOnlyList<LogBlock> Blocks { get; }

    public long MinTime { get; }

    public long MaxTime { get; }

    public long Size => _file.Length;

    /// <summary>Writes a segment and opens it; the file gets its name when all of it is on the device.</summary>
    public static LogSegment Write(string path, IEnumerable<LogBatch> streams)
    {
        string fresh = path + ".tmp";
        using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write))
        {
            var table = new RecordWriter();
            int count = 0;
            var text = new RecordWriter();
            foreach (LogBatch stream in streams)
            {
                LogEntry[] entries = [.. stream.Entries.OrderBy(entry => entry.Time)];
                for (int start = 0; start < entries.Length;)
                {
                    int end = Fill(entries, start, text);
                    byte[] packed = Pack(text.Written);
                    Records.PutLabels(table, stream.Stream);
                    table.Signed(entries[start].Time);
                    table.Signed(entries[end - 1].Time);
                    table.Varint((ulong)(end - start));
                    table.Varint((ulong)file.Position);
                    table.Varint((ulong)packed.Length);
                    table.Bytes(TrigramFilter.Of(text.Written).Bits);
                    file.Write(packed);
                    start = end;
                    count++;
                }
            }

            long at = file.Position;
            var tail = new RecordWriter();
            tail.UInt32(FrameFile.Checksum(table.Written));
            tail.UInt32((uint)count);
            tail.UInt32((uint)(at & 0xFFFFFFFF));
            tail.UInt32((uint)(at >> 32));
            tail.UInt32(Magic);
            file.Write(table.Written);
            file.Write(tail.Written);
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
        return Open(path);
    }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static LogSegment Open(string path)
    {
        const int Tail = 20;
        var file = new MappedFile(path);
        if (file.Length < Tail)
        {
            throw new InvalidDataException($"it has {file.Length} bytes");
        }

        var tail = new RecordReader(file.Slice(file.Length - Tail, Tail));
        uint checksum = tail.UInt32();
        uint count = tail.UInt32();
        long at = tail.UInt32() | ((long)tail.UInt32() << 32);
        if (tail.UInt32() != Magic || at > file.Length - Tail)
        {
            throw new InvalidDataException("its end is damaged");
        }

        ReadOnlySpan<byte> table = file.Slice(at, (int)(file.Length - Tail - at));
        if (FrameFile.Checksum(table) != checksum)
        {
            throw new InvalidDataException("the checksum of its table is wrong");
        }

        var reader = new RecordReader(table);
        var blocks = new List<LogBlock>();
        var shared = new Dictionary<Labels, Labels>();
        for (uint index = 0; index < count; index++)
        {
            Labels labels = Records.GetLabels(ref reader);
            labels = shared.TryGetValue(labels, out Labels? known) ? known : shared[labels] = labels;
            blocks.Add(new LogBlock(labels, reader.Signed(), reader.Signed(), reader.Count(), (long)reader.Varint(), (int)reader.Varint(), new TrigramFilter(reader.Bytes().ToArray())));
        }

        return blocks.Count > 0 ? new LogSegment(path, file, blocks) : throw new InvalidDataException("it has no blocks");
    }

    /// <summary>Unpacks a block, oldest line first.</summary>
    public List<LogEntry> Read(LogBlock block)
    {
        byte[] packed = _file.Slice(block.Offset, block.Length).ToArray();
        GC.KeepAlive(_file);
        using var source = new MemoryStream(packed);
        using var unpacked = new MemoryStream();
        using (var brotli = new BrotliStream(source, CompressionMode.Decompress))
        {
            brotli.CopyTo(unpacked);
        }

        var reader = new RecordReader(unpacked.GetBuffer().AsSpan(0, (int)unpacked.Length));
        var entries = new List<LogEntry>(block.Lines);
        long time = 0;
        while (!reader.AtEnd)
        {
            time += reader.Signed();
            Labels metadata = Records.GetLabels(ref reader);
            entries.Add(new LogEntry(time, reader.Text(), metadata));
        }

        return entries;
    }

    private static int Fill(LogEntry[] entries, int start, RecordWriter text)
    {
        text.Clear();
        long time = 0;
        int end = start;
        while (end < entries.Length && (end == start || text.Length < BlockText))
        {
            LogEntry entry = entries[end++];
            text.Signed(entry.Time - time);
            time = entry.Time;
            Records.PutLabels(text, entry.Metadata);
            text.Text(entry.Line);
        }

        return end;
    }

    private static byte[] Pack(ReadOnlySpan<byte> text)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            brotli.Write(text);
        }

        return packed.ToArray();
    }
}

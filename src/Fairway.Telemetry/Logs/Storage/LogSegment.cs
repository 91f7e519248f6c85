using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Blocks;
using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Logs.Storage;

/// <summary>A run of lines of one stream in a segment, with what a search must know before it unpacks them.</summary>
/// <param name="Lines">How many.</param>
/// <param name="TextLength">Bytes of their text.</param>
/// <param name="RawLength">Bytes before compression.</param>
internal sealed record LogBlock(
    Labels Stream, long MinTime, long MaxTime, int Lines, int TextLength, int RawLength, long Offset, int Length, long FilterOffset, int FilterLength);

/// <summary>
/// An immutable file of log blocks: compressed blocks, each followed by its filter, then their table. Streams stay together, lines
/// are in order of time within a block. Reading asks the table first: stream, time, then the filter of the block; only then it
/// unpacks. The file is mapped: what nobody asks for takes no memory but the table.
/// </summary>
internal sealed class LogSegment
{
    private const uint Magic = 0x4C535732;
    private const int BlockText = 256 << 10;

    private readonly MappedFile _file;

    private LogSegment(string path, MappedFile file, ulong sequence, IReadOnlyList<LogBlock> blocks)
    {
        FilePath = path;
        _file = file;
        Sequence = sequence;
        Blocks = blocks;
        MinTime = blocks.Min(block => block.MinTime);
        MaxTime = blocks.Max(block => block.MaxTime);
    }

    public string FilePath { get; }

    /// <summary>The number of the last record of the log before it whose lines are in here or in an older segment.</summary>
    public ulong Sequence { get; }

    public IReadOnlyList<LogBlock> Blocks { get; }

    public long MinTime { get; }

    public long MaxTime { get; }

    public long Size => _file.Length;

    /// <summary>Writes a segment and opens it; the file gets its name when all of it is on the device.</summary>
    public static LogSegment Write(string path, ulong sequence, IEnumerable<LogBatch> streams, IEnumerable<(LogSegment Segment, LogBlock Block)> whole)
    {
        string fresh = path + ".tmp";
        using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            var blocks = new List<LogBlock>();
            var work = new RecordWriter();
            foreach (LogBatch stream in streams)
            {
                LogEntry[] entries = Ordered(stream.Entries);
                for (int start = 0; start < entries.Length;)
                {
                    int end = End(entries, start);
                    ReadOnlySpan<LogEntry> part = entries.AsSpan(start..end);
                    (byte[] packed, int raw, int text, byte[] filter) = LogBlockCoder.Pack(part, work);
                    blocks.Add(new LogBlock(stream.Stream, part[0].Time, part[^1].Time, part.Length, text, raw, file.Position, packed.Length, file.Position + packed.Length, filter.Length));
                    file.Write(packed);
                    file.Write(filter);
                    start = end;
                }
            }

            foreach ((LogSegment segment, LogBlock block) in whole)
            {
                blocks.Add(block with { Offset = file.Position, FilterOffset = file.Position + block.Length });
                file.Write(segment._file.Slice(block.Offset, block.Length));
                file.Write(segment._file.Slice(block.FilterOffset, block.FilterLength));
                GC.KeepAlive(segment._file);
            }

            PutTable(file, sequence, blocks);
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
        return Open(path);
    }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static LogSegment Open(string path)
    {
        var file = new MappedFile(path);
        ReadOnlySpan<byte> table = EndTable.Open(file, Magic, isCounted: true, out uint count);
        var reader = new RecordReader(table);
        ulong sequence = reader.Varint();
        Labels[] streams = new Labels[reader.Count()];
        for (int index = 0; index < streams.Length; index++)
        {
            streams[index] = Records.GetLabels(ref reader);
        }

        var blocks = new List<LogBlock>((int)Math.Min(count, 1 << 20));
        for (uint index = 0; index < count; index++)
        {
            Labels stream = streams[(int)reader.Varint()];
            long min = reader.Signed();
            long max = min + (long)reader.Varint();
            int lines = (int)reader.Varint();
            int text = (int)reader.Varint();
            int raw = (int)reader.Varint();
            long offset = (long)reader.Varint();
            int length = (int)reader.Varint();
            blocks.Add(new LogBlock(stream, min, max, lines, text, raw, offset, length, offset + length, (int)reader.Varint()));
        }

        return blocks.Count > 0 ? new LogSegment(path, file, sequence, blocks) : throw new InvalidDataException("it has no blocks");
    }

    /// <summary>Whether a block may have lines with all of some texts.</summary>
    public bool MayContain(LogBlock block, IReadOnlyList<byte[]> needles)
    {
        ReadOnlySpan<byte> bits = needles.Count > 0 ? _file.Slice(block.FilterOffset, block.FilterLength) : default;
        foreach (byte[] needle in needles)
        {
            if (!TrigramFilter.MayContain(bits, needle))
            {
                return false;
            }
        }

        GC.KeepAlive(_file);
        return true;
    }

    /// <summary>Unpacks the lines of a block in a half-open range of times that have all of some texts, oldest first.</summary>
    /// <exception cref="InvalidDataException">The block is damaged.</exception>
    public List<LogEntry> Read(LogBlock block, long from, long to, IReadOnlyList<byte[]> needles)
    {
        List<LogEntry> entries = LogBlockCoder.Unpack(_file.Slice(block.Offset, block.Length), block.RawLength, from, to, needles);
        GC.KeepAlive(_file);
        return entries;
    }

    /// <summary>By time; the same line of the same moment once.</summary>
    private static LogEntry[] Ordered(IReadOnlyList<LogEntry> entries)
    {
        LogEntry[] ordered = [.. entries.OrderBy(entry => entry.Time)];
        int kept = 0;
        for (int index = 0; index < ordered.Length; index++)
        {
            bool twice = false;
            for (int before = kept - 1; before >= 0 && ordered[before].Time == ordered[index].Time && !twice; before--)
            {
                twice = ordered[before].Line == ordered[index].Line && ordered[before].Metadata == ordered[index].Metadata;
            }

            if (!twice)
            {
                ordered[kept++] = ordered[index];
            }
        }

        return kept == ordered.Length ? ordered : ordered[..kept];
    }

    private static int End(LogEntry[] entries, int start)
    {
        int end = start;
        long text = 0;
        while (end < entries.Length && (end == start || text < BlockText))
        {
            text += entries[end++].Line.Length;
        }

        return end;
    }

    private static void PutTable(FileStream file, ulong sequence, List<LogBlock> blocks)
    {
        var table = new RecordWriter();
        var streams = new Dictionary<Labels, int>();
        foreach (LogBlock block in blocks)
        {
            streams.TryAdd(block.Stream, streams.Count);
        }

        table.Varint(sequence);
        table.Varint((ulong)streams.Count);
        foreach (Labels stream in streams.Keys)
        {
            Records.PutLabels(table, stream);
        }

        foreach (LogBlock block in blocks)
        {
            table.Varint((ulong)streams[block.Stream]);
            table.Signed(block.MinTime);
            table.Varint((ulong)(block.MaxTime - block.MinTime));
            table.Varint((ulong)block.Lines);
            table.Varint((ulong)block.TextLength);
            table.Varint((ulong)block.RawLength);
            table.Varint((ulong)block.Offset);
            table.Varint((ulong)block.Length);
            table.Varint((ulong)block.FilterLength);
        }

        EndTable.Put(file, table, Magic, (uint)blocks.Count);
    }
}

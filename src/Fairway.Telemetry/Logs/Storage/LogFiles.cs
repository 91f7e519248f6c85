using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Logs.Storage;

/// <summary>How much there is of a stream.</summary>
/// <param name="Chunks">Pieces that hold its lines.</param>
/// <param name="Bytes">Of text.</param>
internal sealed record StreamStats(Labels Stream, long Chunks, long Lines, long Bytes);

/// <summary>The records of the log before segments: a number, the stream, its lines.</summary>
internal static class LogRecords
{
    public static ReadOnlySpan<byte> Put(ulong sequence, LogBatch batch)
    {
        var record = new RecordWriter();
        record.Varint(sequence);
        Records.PutLabels(record, batch.Stream);
        foreach (LogEntry entry in batch.Entries)
        {
            record.Signed(entry.Time);
            Records.PutLabels(record, entry.Metadata);
            record.Text(entry.Line);
        }

        return record.Written;
    }

    public static (ulong Sequence, LogBatch Batch) Get(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        ulong sequence = reader.Varint();
        Labels stream = Records.GetLabels(ref reader);
        var entries = new List<LogEntry>();
        while (!reader.AtEnd)
        {
            long time = reader.Signed();
            Labels metadata = Records.GetLabels(ref reader);
            entries.Add(new LogEntry(time, reader.Text(), metadata));
        }

        return (sequence, new LogBatch(stream, entries));
    }
}

/// <summary>The segments of a directory.</summary>
internal static class LogFiles
{
    /// <summary>Opens them; damaged ones are moved aside and named, unfinished ones removed.</summary>
    public static List<LogSegment> Open(string directory, string aside, Action<string, string> setAside)
    {
        Directory.CreateDirectory(directory);
        var segments = new List<LogSegment>();
        foreach (string path in Directory.GetFiles(directory))
        {
            if (!path.EndsWith(".seg", StringComparison.Ordinal))
            {
                File.Delete(path);
                continue;
            }

            try
            {
                segments.Add(LogSegment.Open(path));
            }
            catch (Exception damaged) when (damaged is InvalidDataException or ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
            {
                Directory.CreateDirectory(aside);
                File.Move(path, Path.Combine(aside, Path.GetFileName(path)), overwrite: true);
                setAside(path, damaged.Message);
            }
        }

        return segments;
    }
}

/// <summary>Makes one segment of several.</summary>
internal static class LogMerge
{
    private const int FullText = 128 << 10;

    /// <summary>Full blocks are copied as they are; small ones of a stream are joined.</summary>
    /// <exception cref="InvalidDataException">A block is damaged.</exception>
    public static LogSegment Write(string path, IReadOnlyList<LogSegment> segments)
    {
        (LogSegment Segment, LogBlock Block)[] all = [.. segments.SelectMany(segment => segment.Blocks.Select(block => (segment, block)))];
        IEnumerable<LogBatch> joined = all
            .Where(one => one.Block.TextLength < FullText)
            .GroupBy(one => one.Block.Stream)
            .OrderBy(stream => stream.Key)
            .Select(stream => new LogBatch(stream.Key, [.. stream.SelectMany(one => one.Segment.Read(one.Block, long.MinValue, long.MaxValue, []))]));
        return LogSegment.Write(path, segments.Max(segment => segment.Sequence), joined, all.Where(one => one.Block.TextLength >= FullText));
    }
}

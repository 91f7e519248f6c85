using System.Buffers;
using System.IO.Compression;
using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Logs.Storage;

/// <summary>
/// Lines of one stream as bytes: times, what is known of lines (each set of labels once), lengths, then all text in one piece, so
/// that a search runs over the text and makes strings of the lines only that it found. Compressed as a whole.
/// </summary>
internal static class LogBlockCoder
{
    private const int Quality = 4;
    private const int Window = 20;

    /// <summary>Writes lines that are in order of time.</summary>
    /// <returns>The compressed bytes, how many there were before, and the filter of the text.</returns>
    public static (byte[] Packed, int RawLength, int TextLength, byte[] Filter) Pack(ReadOnlySpan<LogEntry> entries, RecordWriter into)
    {
        into.Clear();
        into.Varint((ulong)entries.Length);
        long last = 0;
        foreach (LogEntry entry in entries)
        {
            into.Signed(entry.Time - last);
            last = entry.Time;
        }

        PutMetadata(entries, into);
        int text = 0;
        foreach (LogEntry entry in entries)
        {
            int length = Encoding.UTF8.GetByteCount(entry.Line);
            into.Varint((ulong)length);
            text += length;
        }

        byte[] lines = ArrayPool<byte>.Shared.Rent(Math.Max(1, text));
        int at = 0;
        foreach (LogEntry entry in entries)
        {
            at += Encoding.UTF8.GetBytes(entry.Line, lines.AsSpan(at));
        }

        into.Raw(lines.AsSpan(0, text));
        byte[] filter = TrigramFilter.Of(lines.AsSpan(0, text));
        ArrayPool<byte>.Shared.Return(lines);
        byte[] packed = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(into.Length));
        if (!BrotliEncoder.TryCompress(into.Written, packed, out int size, Quality, Window))
        {
            throw new InvalidOperationException("a block of log lines could not be compressed");
        }

        byte[] exact = packed.AsSpan(0, size).ToArray();
        ArrayPool<byte>.Shared.Return(packed);
        return (exact, into.Length, text, filter);
    }

    /// <summary>Reads the lines of a half-open range of times that have all texts, oldest first.</summary>
    /// <exception cref="InvalidDataException">The block is damaged.</exception>
    public static List<LogEntry> Unpack(ReadOnlySpan<byte> packed, int rawLength, long from, long to, IReadOnlyList<byte[]> needles)
    {
        byte[] raw = ArrayPool<byte>.Shared.Rent(Math.Max(1, rawLength));
        try
        {
            return BrotliDecoder.TryDecompress(packed, raw, out int length) && length == rawLength
                ? Read(raw.AsSpan(0, rawLength), from, to, needles)
                : throw new InvalidDataException("a block cannot be unpacked");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
        }
    }

    private static List<LogEntry> Read(ReadOnlySpan<byte> raw, long from, long to, IReadOnlyList<byte[]> needles)
    {
        var reader = new RecordReader(raw);
        int count = reader.Count();
        long[] times = new long[count];
        long time = 0;
        for (int index = 0; index < count; index++)
        {
            times[index] = time += reader.Signed();
        }

        Labels[] sets = new Labels[reader.Count()];
        for (int index = 0; index < sets.Length; index++)
        {
            sets[index] = Records.GetLabels(ref reader);
        }

        int[] known = new int[count];
        for (int index = 0; index < count && sets.Length > 1; index++)
        {
            known[index] = (int)reader.Varint();
        }

        int[] starts = new int[count + 1];
        for (int index = 0; index < count; index++)
        {
            starts[index + 1] = starts[index] + (int)reader.Varint();
        }

        ReadOnlySpan<byte> text = raw[reader.Position..];
        if (starts[count] != text.Length)
        {
            throw new InvalidDataException("the lengths of a block's lines are wrong");
        }

        int first = Lower(times, from);
        int end = Lower(times, to);
        var entries = new List<LogEntry>(needles.Count == 0 ? end - first : 16);
        byte[]? rarest = needles.MaxBy(needle => needle.Length);
        for (int index = first; index < end; index++)
        {
            if (rarest is not null && (index = Next(text, starts, index, end, rarest)) >= end)
            {
                break;
            }

            ReadOnlySpan<byte> line = text[starts[index]..starts[index + 1]];
            if (needles.Count < 2 || HasAll(line, needles))
            {
                entries.Add(new LogEntry(times[index], Encoding.UTF8.GetString(line), sets.Length == 0 ? Labels.Empty : sets[known[index]]));
            }
        }

        return entries;
    }

    /// <summary>The first line from one on that has a text.</summary>
    private static int Next(ReadOnlySpan<byte> text, int[] starts, int index, int end, byte[] needle)
    {
        for (int at = starts[index]; ;)
        {
            int found = text[at..starts[end]].IndexOf(needle);
            if (found < 0)
            {
                return end;
            }

            at += found;
            int line = Array.BinarySearch(starts, index, end - index, at);
            line = line >= 0 ? line : ~line - 1;

            // Lines of no length share a start with the one behind them.
            while (starts[line + 1] <= at)
            {
                line++;
            }

            // A find over the end of a line is none.
            if (at + needle.Length <= starts[line + 1])
            {
                return line;
            }

            at++;
        }
    }

    private static bool HasAll(ReadOnlySpan<byte> line, IReadOnlyList<byte[]> needles)
    {
        foreach (byte[] needle in needles)
        {
            if (line.IndexOf(needle) < 0)
            {
                return false;
            }
        }

        return true;
    }

    private static void PutMetadata(ReadOnlySpan<LogEntry> entries, RecordWriter into)
    {
        var numbers = new Dictionary<Labels, int>();
        foreach (LogEntry entry in entries)
        {
            numbers.TryAdd(entry.Metadata, numbers.Count);
        }

        bool none = numbers.Count == 1 && entries[0].Metadata.Count == 0;
        into.Varint(none ? 0UL : (ulong)numbers.Count);
        if (none)
        {
            return;
        }

        foreach (Labels labels in numbers.Keys)
        {
            Records.PutLabels(into, labels);
        }

        foreach (LogEntry entry in numbers.Count > 1 ? entries : [])
        {
            into.Varint((ulong)numbers[entry.Metadata]);
        }
    }

    private static int Lower(long[] times, long time)
    {
        int low = 0;
        int high = times.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = times[middle] < time ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}

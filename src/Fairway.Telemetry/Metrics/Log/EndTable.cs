using Fairway.Telemetry.Metrics.Blocks;

namespace Fairway.Telemetry.Metrics.Log;

/// <summary>
/// The table at the end of an immutable file, and the tail that says where it begins: the table's checksum, sometimes how many entries
/// it has, its place (eight bytes), a mark of the file's kind. All little-endian.
/// </summary>
internal static class EndTable
{
    private const int Number = 4;

    /// <summary>The table of a file, whole and right, as long as the caller keeps the file alive.</summary>
    /// <param name="file">The file.</param>
    /// <param name="magic">The mark of its kind.</param>
    /// <param name="isCounted">Whether its tail says how many entries there are.</param>
    /// <param name="count">How many it says; 0 when it does not.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static ReadOnlySpan<byte> Open(MappedFile file, uint magic, bool isCounted, out uint count)
    {
        int length = (isCounted ? 5 : 4) * Number;
        if (file.Length < length)
        {
            throw new InvalidDataException($"it has {file.Length} bytes");
        }

        var tail = new RecordReader(file.Slice(file.Length - length, length));
        uint checksum = tail.UInt32();
        count = isCounted ? tail.UInt32() : 0;
        long at = tail.UInt32() | ((long)tail.UInt32() << 32);
        if (tail.UInt32() != magic || at < 0 || at > file.Length - length)
        {
            throw new InvalidDataException("its end is damaged");
        }

        ReadOnlySpan<byte> table = file.Slice(at, (int)(file.Length - length - at));
        return FrameFile.Checksum(table) == checksum ? table : throw new InvalidDataException("the checksum of its table is wrong");
    }

    /// <summary>Ends a file with its table.</summary>
    public static void Put(FileStream file, RecordWriter table, uint magic, uint? count = null)
    {
        long at = file.Position;
        var tail = new RecordWriter();
        tail.UInt32(FrameFile.Checksum(table.Written));
        if (count is { } entries)
        {
            tail.UInt32(entries);
        }

        tail.UInt32((uint)(at & 0xFFFFFFFF));
        tail.UInt32((uint)(at >> 32));
        tail.UInt32(magic);
        file.Write(table.Written);
        file.Write(tail.Written);
    }
}

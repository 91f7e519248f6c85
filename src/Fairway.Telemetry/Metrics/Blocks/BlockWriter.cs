using System.Buffers.Binary;
using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Metrics.Blocks;

/// <summary>
/// Writes one block: a directory with <c>chunks</c> (each chunk's bytes and their CRC-32C, series after series), <c>index</c> and
/// <c>meta.json</c>. Series are given in the order of their labels. The directory gets its name when all of it is on the device.
/// <para>
/// The index, numbers little-endian: the magic; symbols (all label names and values, sorted, UTF-8); one entry for each series
/// (label symbols, then its chunks); for each label name its values, for each value the rising numbers of its series as
/// differences; a table of contents of fixed size at the end.
/// </para>
/// </summary>
internal sealed class BlockWriter : IDisposable
{
    public const uint Magic = 0x31584946; // FIX1
    public const int ContentsSize = 7 * 8;

    private readonly string _directory;
    private readonly string _temporary;
    private readonly Dictionary<string, int> _symbols;
    private readonly string[] _sorted;
    private readonly FileStream _chunks;
    private readonly MemoryStream _entries = new();
    private readonly List<uint> _offsets = [];
    private readonly SortedDictionary<int, SortedDictionary<int, List<int>>> _postings = [];
    private readonly RecordWriter _record = new();
    private long _at;
    private long _min = long.MaxValue;
    private long _max = long.MinValue;
    private long _samples;
    private long _count;

    /// <param name="blocks">The directory of all blocks.</param>
    /// <param name="name">The new block's name.</param>
    /// <param name="symbols">All label names and values that the series will have.</param>
    public BlockWriter(string blocks, string name, IEnumerable<string> symbols)
    {
        _directory = Path.Combine(blocks, name);
        _temporary = _directory + ".tmp";
        Directory.CreateDirectory(_temporary);
        _sorted = [.. symbols.ToHashSet(StringComparer.Ordinal)];
        Array.Sort(_sorted, string.CompareOrdinal);
        _symbols = new Dictionary<string, int>(_sorted.Length, StringComparer.Ordinal);
        for (int index = 0; index < _sorted.Length; index++)
        {
            _symbols[_sorted[index]] = index;
        }

        _chunks = new FileStream(Path.Combine(_temporary, "chunks"), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 18);
    }

    public int Series => _offsets.Count;

    /// <summary>Adds a series that comes after all before it.</summary>
    public void Add(Labels labels, IReadOnlyList<SealedChunk> chunks)
    {
        if (chunks.Count == 0)
        {
            return;
        }

        int number = _offsets.Count;
        _record.Clear();
        _record.Varint((ulong)labels.Count);
        for (int index = 0; index < labels.Count; index++)
        {
            int name = _symbols[labels.NameAt(index)];
            int value = _symbols[labels.ValueAt(index)];
            _record.Varint((ulong)name);
            _record.Varint((ulong)value);
            PostingsOf(name, value).Add(number);
        }

        _record.Varint((ulong)_at);
        _record.Varint((ulong)chunks.Count);
        Span<byte> checksum = stackalloc byte[4];
        long last = 0;
        foreach (SealedChunk chunk in chunks)
        {
            _record.Byte((byte)chunk.Kind);
            _record.Signed(chunk.MinTime - last);
            _record.Varint((ulong)(chunk.MaxTime - chunk.MinTime));
            _record.Varint((ulong)chunk.Count);
            _record.Varint((ulong)chunk.Data.Length);
            last = chunk.MaxTime;
            BinaryPrimitives.WriteUInt32LittleEndian(checksum, FrameFile.Checksum(chunk.Data));
            _chunks.Write(checksum);
            _chunks.Write(chunk.Data);
            _at += 4 + chunk.Data.Length;
            _min = Math.Min(_min, chunk.MinTime);
            _max = Math.Max(_max, chunk.MaxTime);
            _samples += chunk.Count;
            _count++;
        }

        _offsets.Add(checked((uint)_entries.Length));
        _entries.Write(_record.Written);
    }

    /// <summary>Makes the block whole under its name and returns its directory; null when it has no series.</summary>
    public string? Finish(int level, long resolution, DateTimeOffset now)
    {
        _chunks.Flush(flushToDisk: true);
        _chunks.Dispose();
        if (_offsets.Count == 0)
        {
            Directory.Delete(_temporary, recursive: true);
            return null;
        }

        byte[] index = Index();
        WriteDurably(Path.Combine(_temporary, "index"), index);
        var meta = new BlockMeta(BlockMeta.CurrentVersion, _min, _max, _offsets.Count, _samples, _count, level, FrameFile.Checksum(index), _at, resolution, now.ToUnixTimeMilliseconds());
        WriteDurably(Path.Combine(_temporary, "meta.json"), meta.ToJson());
        Directory.Move(_temporary, _directory);
        return _directory;
    }

    public void Dispose()
    {
        _chunks.Dispose();
        _entries.Dispose();
        if (Directory.Exists(_temporary))
        {
            Directory.Delete(_temporary, recursive: true);
        }
    }

    private List<int> PostingsOf(int name, int value)
    {
        if (!_postings.TryGetValue(name, out SortedDictionary<int, List<int>>? values))
        {
            _postings[name] = values = [];
        }

        if (!values.TryGetValue(value, out List<int>? list))
        {
            values[value] = list = [];
        }

        return list;
    }

    private byte[] Index()
    {
        using var index = new MemoryStream();
        using var writer = new BinaryWriter(index, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(BlockMeta.CurrentVersion);

        long symbolOffsets = Symbols(writer, out long symbolBytes);
        long entries = index.Position;
        _entries.WriteTo(index);
        long entryOffsets = index.Position;
        foreach (uint offset in _offsets)
        {
            writer.Write(offset);
        }

        // Each value's list, then for each name its table of values, then the table of names.
        var names = new List<(int Name, long Values, int Count)>();
        foreach ((int name, SortedDictionary<int, List<int>> values) in _postings)
        {
            var table = new List<(int Value, long Offset, int Count)>();
            foreach ((int value, List<int> list) in values)
            {
                table.Add((value, index.Position, list.Count));
                _record.Clear();
                int last = 0;
                foreach (int number in list)
                {
                    _record.Varint((ulong)(number - last));
                    last = number;
                }

                writer.Write(_record.Written);
            }

            names.Add((name, index.Position, table.Count));
            foreach ((int value, long offset, int count) in table)
            {
                writer.Write(value);
                writer.Write(offset);
                writer.Write(count);
            }
        }

        long nameTable = index.Position;
        foreach ((int name, long values, int count) in names)
        {
            writer.Write(name);
            writer.Write(values);
            writer.Write(count);
        }

        foreach (long part in (ReadOnlySpan<long>)[symbolOffsets, symbolBytes, _sorted.Length, entries, entryOffsets, nameTable, names.Count])
        {
            writer.Write(part);
        }

        writer.Flush();
        return index.ToArray();
    }

    private long Symbols(BinaryWriter writer, out long bytesAt)
    {
        byte[][] encoded = [.. _sorted.Select(Encoding.UTF8.GetBytes)];
        long offsetsAt = writer.BaseStream.Position;
        uint at = 0;
        foreach (byte[] symbol in encoded)
        {
            writer.Write(at);
            at = checked(at + (uint)symbol.Length);
        }

        writer.Write(at);
        bytesAt = writer.BaseStream.Position;
        foreach (byte[] symbol in encoded)
        {
            writer.Write(symbol);
        }

        return offsetsAt;
    }

    private static void WriteDurably(string path, byte[] content)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }
}

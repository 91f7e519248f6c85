using System.Buffers.Binary;
using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Telemetry.Metrics.Head;
using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Metrics.Blocks;

/// <summary>One block, read through memory maps: opening costs one pass over the index for its checksum, memory only for what is asked.</summary>
internal sealed class Block
{
    private const int ValueRow = 16;
    private const int NameRow = 16;

    private readonly MappedFile _index;
    private readonly MappedFile _chunks;
    private readonly long _symbolOffsets;
    private readonly long _symbolBytes;
    private readonly int _symbolCount;
    private readonly long _entries;
    private readonly long _entryOffsets;
    private readonly long _nameTable;
    private readonly int _nameCount;
    private readonly string?[] _symbols;

    private Block(string directory, BlockMeta meta)
    {
        DirectoryPath = directory;
        Meta = meta;
        _index = new MappedFile(Path.Combine(directory, "index"));
        _chunks = new MappedFile(Path.Combine(directory, "chunks"));
        if (_index.Length < BlockWriter.ContentsSize + 8 || _index.Length > int.MaxValue)
        {
            throw new InvalidDataException($"its index has {_index.Length} bytes");
        }

        if (_chunks.Length != meta.ChunkBytes)
        {
            throw new InvalidDataException($"its chunks have {_chunks.Length} bytes and not {meta.ChunkBytes}");
        }

        if (FrameFile.Checksum(_index.Slice(0, (int)_index.Length)) != meta.IndexChecksum)
        {
            throw new InvalidDataException("the checksum of its index is wrong");
        }

        ReadOnlySpan<byte> contents = _index.Slice(_index.Length - BlockWriter.ContentsSize, BlockWriter.ContentsSize);
        _symbolOffsets = BinaryPrimitives.ReadInt64LittleEndian(contents);
        _symbolBytes = BinaryPrimitives.ReadInt64LittleEndian(contents[8..]);
        _symbolCount = (int)BinaryPrimitives.ReadInt64LittleEndian(contents[16..]);
        _entries = BinaryPrimitives.ReadInt64LittleEndian(contents[24..]);
        _entryOffsets = BinaryPrimitives.ReadInt64LittleEndian(contents[32..]);
        _nameTable = BinaryPrimitives.ReadInt64LittleEndian(contents[40..]);
        _nameCount = (int)BinaryPrimitives.ReadInt64LittleEndian(contents[48..]);
        _symbols = new string?[_symbolCount];
    }

    public string DirectoryPath { get; }

    public BlockMeta Meta { get; }

    /// <summary>Bytes on disk.</summary>
    public long Size => _index.Length + _chunks.Length;

    /// <exception cref="InvalidDataException">It is damaged; the message says how.</exception>
    public static Block Open(string directory)
    {
        BlockMeta meta;
        try
        {
            meta = BlockMeta.Load(Path.Combine(directory, "meta.json"));
        }
        catch (Exception unreadable) when (unreadable is System.Text.Json.JsonException or FileNotFoundException)
        {
            throw new InvalidDataException("its meta.json is missing or damaged", unreadable);
        }

        try
        {
            return meta.Version == BlockMeta.CurrentVersion
                ? new Block(directory, meta)
                : throw new InvalidDataException($"its format has version {meta.Version}; this program reads {BlockMeta.CurrentVersion}");
        }
        catch (FileNotFoundException missing)
        {
            throw new InvalidDataException($"{missing.FileName} is missing", missing);
        }
    }

    public bool Overlaps(long from, long to) => Meta.MinTime <= to && Meta.MaxTime >= from;

    /// <summary>The numbers of the series that fulfil all matchers.</summary>
    public int[] Find(IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation)
        => PostingsMath.Find(matchers, () => [.. Enumerable.Range(0, Meta.Series)], List, name => Values(name).Select(one => one.Value), cancellation);

    public IEnumerable<string> LabelNames()
    {
        for (int row = 0; row < _nameCount; row++)
        {
            yield return Symbol(Int(_nameTable + (row * (long)NameRow)));
        }
    }

    /// <summary>The values of a label with how many series have each.</summary>
    public IEnumerable<(string Value, int Series)> Values(string name)
    {
        (long table, int count) = Table(name);
        for (int row = 0; row < count; row++)
        {
            long at = table + (row * (long)ValueRow);
            yield return (Symbol(Int(at)), Int(at + 12));
        }
    }

    public Labels LabelsOf(int series)
    {
        RecordReader entry = Entry(series);
        string[] pairs = new string[entry.Count() * 2];
        for (int index = 0; index < pairs.Length; index++)
        {
            pairs[index] = Symbol((int)entry.Varint());
        }

        return Labels.FromSortedPairs(pairs);
    }

    /// <summary>The number of the series with these labels, or null. O(log series).</summary>
    public int? NumberOf(Labels labels)
    {
        int low = 0;
        int high = Meta.Series - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = LabelsOf(middle).CompareTo(labels);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    /// <summary>Decodes the chunks of a series that touch a closed range of time.</summary>
    /// <param name="series">Its number.</param>
    /// <param name="from">First millisecond, included.</param>
    /// <param name="to">Last millisecond, included.</param>
    /// <param name="into">Where the samples go.</param>
    /// <param name="view">What is wanted of thinned out samples.</param>
    /// <exception cref="ChunkException">A chunk's checksum is wrong; the message names the block.</exception>
    public void Read(int series, long from, long to, DecodedSamples into, AggregateView view = AggregateView.Points)
        => Walk(series, from, to, (kind, _, _, count, data) =>
        {
            if (kind == ChunkKind.Aggregates)
            {
                AggregateChunk.Decode(data, view, into);
            }
            else
            {
                SealedChunk.Decode(kind, data, count, into);
            }
        });

    /// <summary>The chunks of a series as they are.</summary>
    /// <exception cref="ChunkException">A chunk's checksum is wrong; the message names the block.</exception>
    public IReadOnlyList<SealedChunk> ChunksOf(int series)
    {
        var chunks = new List<SealedChunk>();
        Walk(series, long.MinValue, long.MaxValue, (kind, min, max, count, data) => chunks.Add(new SealedChunk(kind, min, max, count, data.ToArray())));
        return chunks;
    }

    private delegate void TakeChunk(ChunkKind kind, long min, long max, int count, ReadOnlySpan<byte> data);

    private void Walk(int series, long from, long to, TakeChunk take)
    {
        RecordReader entry = Entry(series);
        for (int skip = entry.Count() * 2; skip > 0; skip--)
        {
            entry.Varint();
        }

        long offset = (long)entry.Varint();
        int count = entry.Count();
        long last = 0;
        for (int index = 0; index < count; index++)
        {
            var kind = (ChunkKind)entry.Byte();
            long min = last + entry.Signed();
            long max = min + (long)entry.Varint();
            int samples = (int)entry.Varint();
            int length = (int)entry.Varint();
            last = max;
            if (max >= from && min <= to)
            {
                ReadOnlySpan<byte> data = _chunks.Slice(offset, length + 4);
                if (FrameFile.Checksum(data[4..]) != BinaryPrimitives.ReadUInt32LittleEndian(data))
                {
                    throw new ChunkException($"block {Path.GetFileName(DirectoryPath)}: the checksum of the chunk at {offset} is wrong");
                }

                take(kind, min, max, samples, data[4..]);
            }

            offset += length + 4;
        }

        GC.KeepAlive(_chunks);
        GC.KeepAlive(_index);
    }

    private int[] List(string name, string value)
    {
        (long table, int count) = Table(name);
        int low = 0;
        int high = count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            long at = table + (middle * (long)ValueRow);
            int order = string.CompareOrdinal(Symbol(Int(at)), value);
            if (order == 0)
            {
                return List(BinaryPrimitives.ReadInt64LittleEndian(_index.Slice(at + 4, 8)), Int(at + 12));
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return [];
    }

    private int[] List(long offset, int count)
    {
        var reader = new RecordReader(_index.Slice(offset, (int)Math.Min(_index.Length - offset, (long)count * 5)));
        int[] list = new int[count];
        int last = 0;
        for (int index = 0; index < count; index++)
        {
            last += (int)reader.Varint();
            list[index] = last;
        }

        return list;
    }

    private (long Table, int Count) Table(string name)
    {
        int low = 0;
        int high = _nameCount - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            long at = _nameTable + (middle * (long)NameRow);
            int order = string.CompareOrdinal(Symbol(Int(at)), name);
            if (order == 0)
            {
                return (BinaryPrimitives.ReadInt64LittleEndian(_index.Slice(at + 4, 8)), Int(at + 12));
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return (0, 0);
    }

    /// <summary>Symbols become strings when first needed and stay: series share them.</summary>
    private string Symbol(int number)
    {
        if (_symbols[number] is { } known)
        {
            return known;
        }

        uint start = BinaryPrimitives.ReadUInt32LittleEndian(_index.Slice(_symbolOffsets + (number * 4L), 4));
        uint end = BinaryPrimitives.ReadUInt32LittleEndian(_index.Slice(_symbolOffsets + (number * 4L) + 4, 4));
        return _symbols[number] = Encoding.UTF8.GetString(_index.Slice(_symbolBytes + start, (int)(end - start)));
    }

    private RecordReader Entry(int series)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(_index.Slice(_entryOffsets + (series * 4L), 4));
        return new RecordReader(_index.Slice(_entries + offset, (int)(_entryOffsets - _entries - offset)));
    }

    private int Int(long at) => BinaryPrimitives.ReadInt32LittleEndian(_index.Slice(at, 4));
}

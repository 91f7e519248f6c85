using System.IO.Compression;
using System.Text;
using Fairway.Telemetry.Metrics.Blocks;
using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Traces.Storage;

/// <summary>A trace in a block.</summary>
/// <param name="Ordinary">No rule but the last kept it: it goes first when room is short.</param>
internal sealed record StoredTrace(string Id, long Start, long End, int Spans, bool Ordinary, int Chunk);

/// <summary>Some traces compressed together.</summary>
internal sealed record TraceChunk(long Offset, int Length, int RawLength, int FilterLength, long MinStart, long MaxStart, long LongestSpan);

/// <summary>
/// An immutable file of traces: compressed chunks of them with a filter each, then the table of traces and chunks and which
/// services and operations there are. The file is mapped; only the table is held.
/// </summary>
internal sealed class TraceBlock
{
    private const uint Magic = 0x46545232;
    private const int ChunkBytes = 256 << 10;
    private const int Quality = 4;
    private const int Window = 20;

    private readonly MappedFile _file;
    private readonly Dictionary<string, int> _byId;

    private TraceBlock(string path, MappedFile file, ulong sequence, IReadOnlyList<StoredTrace> traces, IReadOnlyList<TraceChunk> chunks, IReadOnlyList<(string, string, SpanKind)> operations)
    {
        FilePath = path;
        _file = file;
        Sequence = sequence;
        Traces = traces;
        Chunks = chunks;
        Operations = operations;
        _byId = new Dictionary<string, int>(traces.Count, StringComparer.Ordinal);
        for (int index = 0; index < traces.Count; index++)
        {
            _byId[traces[index].Id] = index;
        }

        MinStart = traces.Min(trace => trace.Start);
        MaxStart = traces.Max(trace => trace.Start);
        MaxEnd = traces.Max(trace => trace.End);
        Ordinary = traces.Count(trace => trace.Ordinary);
    }

    public string FilePath { get; }

    /// <summary>The number of the last record of the log whose spans are in here or in an older block.</summary>
    public ulong Sequence { get; }

    public IReadOnlyList<StoredTrace> Traces { get; }

    public IReadOnlyList<TraceChunk> Chunks { get; }

    public IReadOnlyList<(string Service, string Operation, SpanKind Kind)> Operations { get; }

    public long MinStart { get; }

    public long MaxStart { get; }

    public long MaxEnd { get; }

    /// <summary>How many traces may go first.</summary>
    public int Ordinary { get; }

    public long Size => _file.Length;

    /// <summary>Writes a block and opens it; the file gets its name when all of it is on the device.</summary>
    public static TraceBlock Write(string path, ulong sequence, IEnumerable<(TraceRecord Trace, bool Ordinary)> traces)
    {
        string fresh = path + ".tmp";
        using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            var stored = new List<StoredTrace>();
            var chunks = new List<TraceChunk>();
            var operations = new HashSet<(string, string, SpanKind)>();
            var pending = new RecordWriter();
            var terms = new HashSet<ulong>();
            (long Min, long Max, long Longest) range = (long.MaxValue, long.MinValue, 0);
            foreach ((TraceRecord trace, bool ordinary) in traces.OrderBy(one => one.Trace.Start))
            {
                stored.Add(new StoredTrace(trace.Id, trace.Start, trace.End, trace.Spans.Count, ordinary, chunks.Count));
                pending.Bytes(SpanWriter.Write(trace.Spans).Span);
                range = (Math.Min(range.Min, trace.Start), Math.Max(range.Max, trace.Start), Math.Max(range.Longest, trace.Spans.Max(span => span.Duration)));
                foreach (SpanRecord span in trace.Spans)
                {
                    operations.Add((span.Process.Service, span.Name, span.Kind));
                    TraceTerms.Collect(span, terms);
                }

                if (pending.Length >= ChunkBytes)
                {
                    Flush();
                }
            }

            Flush();
            PutTable(file, sequence, stored, chunks, operations);
            file.Flush(flushToDisk: true);

            void Flush()
            {
                if (pending.Length == 0)
                {
                    return;
                }

                byte[] packed = new byte[BrotliEncoder.GetMaxCompressedLength(pending.Length)];
                if (!BrotliEncoder.TryCompress(pending.Written, packed, out int size, Quality, Window))
                {
                    throw new InvalidOperationException("a chunk of traces could not be compressed");
                }

                byte[] filter = TraceTerms.Filter(terms);
                chunks.Add(new TraceChunk(file.Position, size, pending.Length, filter.Length, range.Min, range.Max, range.Longest));
                file.Write(packed.AsSpan(0, size));
                file.Write(filter);
                pending.Clear();
                terms.Clear();
                range = (long.MaxValue, long.MinValue, 0);
            }
        }

        File.Move(fresh, path, overwrite: true);
        return Open(path);
    }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static TraceBlock Open(string path)
    {
        var file = new MappedFile(path);
        ReadOnlySpan<byte> table = EndTable.Open(file, Magic, isCounted: false, out _);
        var reader = new RecordReader(table);
        ulong sequence = reader.Varint();
        var chunks = new TraceChunk[reader.Count()];
        for (int index = 0; index < chunks.Length; index++)
        {
            chunks[index] = new TraceChunk((long)reader.Varint(), (int)reader.Varint(), (int)reader.Varint(), (int)reader.Varint(), reader.Signed(), reader.Signed(), reader.Signed());
        }

        var traces = new StoredTrace[reader.Count()];
        for (int index = 0; index < traces.Length; index++)
        {
            string id = Convert.ToHexStringLower(reader.Bytes());
            long start = reader.Signed();
            traces[index] = new StoredTrace(id, start, start + reader.Signed(), (int)reader.Varint(), reader.Byte() == 1, (int)reader.Varint());
        }

        var operations = new (string, string, SpanKind)[reader.Count()];
        for (int index = 0; index < operations.Length; index++)
        {
            operations[index] = (reader.Text(), reader.Text(), (SpanKind)reader.Byte());
        }

        return traces.Length > 0 ? new TraceBlock(path, file, sequence, traces, chunks, operations) : throw new InvalidDataException("it has no traces");
    }

    public bool Has(string id) => _byId.ContainsKey(id);

    /// <summary>The spans of a trace that are in here; empty when there are none.</summary>
    /// <exception cref="InvalidDataException">The chunk is damaged.</exception>
    public IReadOnlyList<SpanRecord> Get(string id)
        => _byId.TryGetValue(id, out int index) ? Read(Traces[index].Chunk).FirstOrDefault(trace => trace.Id == id)?.Spans ?? [] : [];

    /// <summary>Whether a chunk may have spans with all of some terms.</summary>
    public bool MayHave(TraceChunk chunk, IReadOnlyList<ulong> terms)
    {
        bool may = TraceTerms.MayHave(_file.Slice(chunk.Offset + chunk.Length, chunk.FilterLength), terms);
        GC.KeepAlive(_file);
        return may;
    }

    /// <summary>Unpacks the traces of a chunk.</summary>
    /// <exception cref="InvalidDataException">The chunk is damaged.</exception>
    public List<TraceRecord> Read(int number)
    {
        TraceChunk chunk = Chunks[number];
        byte[] raw = new byte[chunk.RawLength];
        bool unpacked = BrotliDecoder.TryDecompress(_file.Slice(chunk.Offset, chunk.Length), raw, out int length);
        GC.KeepAlive(_file);
        if (!unpacked || length != raw.Length)
        {
            throw new InvalidDataException("a chunk cannot be unpacked");
        }

        var traces = new List<TraceRecord>();
        var reader = new RecordReader(raw);
        while (!reader.AtEnd)
        {
            List<SpanRecord> spans = OtlpSpans.Read(reader.Bytes(), out _);
            if (spans.Count > 0)
            {
                traces.Add(new TraceRecord(spans[0].TraceId, spans));
            }
        }

        return traces;
    }

    private static void PutTable(FileStream file, ulong sequence, List<StoredTrace> traces, List<TraceChunk> chunks, HashSet<(string Service, string Operation, SpanKind Kind)> operations)
    {
        var table = new RecordWriter();
        table.Varint(sequence);
        table.Varint((ulong)chunks.Count);
        foreach (TraceChunk chunk in chunks)
        {
            table.Varint((ulong)chunk.Offset);
            table.Varint((ulong)chunk.Length);
            table.Varint((ulong)chunk.RawLength);
            table.Varint((ulong)chunk.FilterLength);
            table.Signed(chunk.MinStart);
            table.Signed(chunk.MaxStart);
            table.Signed(chunk.LongestSpan);
        }

        table.Varint((ulong)traces.Count);
        foreach (StoredTrace trace in traces)
        {
            table.Bytes(Convert.FromHexString(trace.Id));
            table.Signed(trace.Start);
            table.Signed(trace.End - trace.Start);
            table.Varint((ulong)trace.Spans);
            table.Byte(trace.Ordinary ? (byte)1 : (byte)0);
            table.Varint((ulong)trace.Chunk);
        }

        table.Varint((ulong)operations.Count);
        foreach ((string service, string operation, SpanKind kind) in operations)
        {
            table.Text(service);
            table.Text(operation);
            table.Byte((byte)kind);
        }

        EndTable.Put(file, table, Magic);
    }
}

using System.Globalization;
using System.Threading.Channels;
using Fairway.PromQL;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Forwarding;

/// <summary>
/// Sends logs and spans on as they arrive, by OTLP. What waits is bounded; when a receiver is away for long the oldest goes, and is counted.
/// </summary>
internal sealed class StreamForwarder(ForwardTarget target, ForwardSender sender, Labels external)
{
    private const int MostWaiting = 4096;
    private const int MostBody = 2 << 20;

    /// <summary>What has fields of its own in OTLP.</summary>
    private static readonly string[] Fields = ["severity_number", "severity_text", "span_id", "trace_id"];

    private readonly Channel<(string Path, byte[] Body, int Items)> waiting = Channel.CreateBounded<(string Path, byte[] Body, int Items)>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
        dropped => Interlocked.Add(ref sender.State.Dropped, dropped.Items));

    public int Waiting => waiting.Reader.Count;

    /// <summary>Takes lines; never waits.</summary>
    public void Take(LogBatch batch) => waiting.Writer.TryWrite(("/v1/logs", Encode(batch), batch.Entries.Count));

    /// <summary>Takes a request with spans as it came; never waits.</summary>
    public void Take(ReadOnlyMemory<byte> spans) => waiting.Writer.TryWrite(("/v1/traces", spans.ToArray(), 1));

    public async Task RunAsync(CancellationToken cancellation)
    {
        string address = target.Url.TrimEnd('/');
        await foreach ((string path, byte[] body, int items) in waiting.Reader.ReadAllAsync(cancellation))
        {
            // Requests of one kind that wait are joined: messages of protocol buffers join by standing after each other.
            var joined = new MemoryStream();
            joined.Write(body);
            int count = items;
            while (joined.Length < MostBody && waiting.Reader.TryPeek(out (string Path, byte[] Body, int Items) next) && next.Path == path && waiting.Reader.TryRead(out next))
            {
                joined.Write(next.Body);
                count += next.Items;
            }

            await sender.SendAsync(address + path, joined.ToArray(), count, cancellation);
        }
    }

    private byte[] Encode(LogBatch batch)
    {
        var resource = new ProtoWriter();
        OtlpWriting.Attributes(resource, 1, Resource(batch.Stream));
        var scope = new ProtoWriter();
        var record = new ProtoWriter();
        var text = new ProtoWriter();
        foreach (LogEntry entry in batch.Entries)
        {
            record.Clear();
            text.Clear();
            text.String(1, entry.Line);
            record.Fixed64(1, (ulong)entry.Time);
            if (int.TryParse(entry.Metadata["severity_number"], NumberStyles.None, CultureInfo.InvariantCulture, out int severity))
            {
                record.Int64(2, severity);
            }

            if (entry.Metadata["severity_text"] is { Length: > 0 } level)
            {
                record.String(3, level);
            }

            record.Message(5, text);
            OtlpWriting.Attributes(record, 6, entry.Metadata.Drop([.. Fields.Where(field => HasField(field, entry.Metadata[field]))]));
            Id(record, 9, entry.Metadata["trace_id"], 16);
            Id(record, 10, entry.Metadata["span_id"], 8);
            scope.Message(2, record);
        }

        var logs = new ProtoWriter();
        logs.Message(1, resource);
        logs.Message(2, scope);
        var request = new ProtoWriter();
        request.Message(1, logs);
        return request.Written.ToArray();
    }

    // Streams' labels under the names that OTLP has for them, so that a receiver knows the service again.
    private Labels Resource(Labels stream)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in stream.Pairs.Concat(external.Pairs.Where(pair => !stream.Has(pair.Key))))
        {
            attributes[OtlpLogs.AttributeOf(name)] = value;
        }

        if (!attributes.ContainsKey("service.name") && stream["service"] is { Length: > 0 } service)
        {
            attributes["service.name"] = service;
        }

        return Labels.From(attributes);
    }

    // An id that is none stays an attribute.
    private static bool HasField(string field, string value) => field switch
    {
        "severity_number" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
        "span_id" => IsId(value, 8),
        "trace_id" => IsId(value, 16),
        _ => true,
    };

    private static bool IsId(string hex, int length) => hex.Length == length * 2 && hex.All(char.IsAsciiHexDigit);

    private static void Id(ProtoWriter record, int field, string hex, int length)
    {
        if (IsId(hex, length))
        {
            record.Bytes(field, Convert.FromHexString(hex));
        }
    }
}

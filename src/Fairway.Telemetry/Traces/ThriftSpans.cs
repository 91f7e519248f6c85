using System.Buffers.Binary;
using System.Text;
using Fairway.Telemetry.Traces.Storage;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Traces;

/// <summary>Reads Thrift's binary protocol without a schema: structs as numbered fields. Depth and sizes are limited.</summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> data)
{
    private const int MostDepth = 16;
    private ReadOnlySpan<byte> _rest = data;

    /// <summary>A struct's fields by number.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public Dictionary<short, object?> Struct(int depth = 0)
    {
        if (depth > MostDepth)
        {
            throw new InvalidDataException("the batch is nested too deeply");
        }

        var fields = new Dictionary<short, object?>();
        while (Take(1)[0] is var type && type != 0)
        {
            short number = BinaryPrimitives.ReadInt16BigEndian(Take(2));
            fields[number] = Value(type, depth);
        }

        return fields;
    }

    private object? Value(byte type, int depth)
    {
        switch (type)
        {
            case 2: return Take(1)[0] != 0;
            case 3: return (long)(sbyte)Take(1)[0];
            case 4: return BinaryPrimitives.ReadDoubleBigEndian(Take(8));
            case 6: return (long)BinaryPrimitives.ReadInt16BigEndian(Take(2));
            case 8: return (long)BinaryPrimitives.ReadInt32BigEndian(Take(4));
            case 10: return BinaryPrimitives.ReadInt64BigEndian(Take(8));
            case 11: return Take(BinaryPrimitives.ReadInt32BigEndian(Take(4))).ToArray();
            case 12: return Struct(depth + 1);
            case 14 or 15:
                byte of = Take(1)[0];
                int count = BinaryPrimitives.ReadInt32BigEndian(Take(4));
                if (count < 0 || count > _rest.Length)
                {
                    throw new InvalidDataException($"a list of {count} does not fit");
                }

                var list = new List<object?>(Math.Min(count, 1024));
                for (int index = 0; index < count; index++)
                {
                    list.Add(Value(of, depth + 1));
                }

                return list;
            default: throw new InvalidDataException($"field type {type} is not known");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw new InvalidDataException("it ends too early");
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

/// <summary><c>/api/traces</c> of Jaeger's collector: a batch of spans in Thrift, turned into OTLP and taken as such.</summary>
internal sealed class ThriftEndpoint(TraceStore store)
{
    private const int MostBody = 20 << 20;

    public async Task HandleAsync(HttpContext context)
    {
        string type = (context.Request.ContentType ?? "").Split(';')[0].Trim();
        if (type is not ("application/x-thrift" or "application/vnd.apache.thrift.binary"))
        {
            await PlainAnswer.Async(context, 400, $"Unsupported content type: {type}");
            return;
        }

        try
        {
            if (await RequestBytes.ReadUnpackedAsync(context, MostBody) is not { } body)
            {
                await PlainAnswer.Async(context, 413, $"the request has more than {MostBody} bytes");
                return;
            }

            SpanRefusal? refusal = await store.AppendAsync(SpanWriter.Write(Spans(body.Span)));
            if (refusal is not null)
            {
                await PlainAnswer.Async(context, 400, refusal.Why);
                return;
            }

            context.Response.StatusCode = 202;
        }
        catch (Exception malformed) when (malformed is InvalidDataException or InvalidCastException or ProtoException)
        {
            await PlainAnswer.Async(context, 400, $"Unable to process request body: {malformed.Message}");
        }
    }

    /// <summary>The spans of a batch.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static List<SpanRecord> Spans(ReadOnlySpan<byte> body)
    {
        Dictionary<short, object?> batch = new ThriftReader(body).Struct();
        var process = batch.GetValueOrDefault((short)1) as Dictionary<short, object?> ?? throw new InvalidDataException("the batch has no process");
        string service = Text(process.GetValueOrDefault((short)1));
        var who = new SpanProcess(service, [("service.name", service), .. Tags(process.GetValueOrDefault((short)2))]);
        var spans = new List<SpanRecord>();
        foreach (object? one in batch.GetValueOrDefault((short)2) as List<object?> ?? [])
        {
            spans.Add(Span(one as Dictionary<short, object?> ?? throw new InvalidDataException("a span is no struct"), who));
        }

        return spans;
    }

    private static SpanRecord Span(Dictionary<short, object?> span, SpanProcess process)
    {
        List<(string Key, object? Value)> tags = [.. Tags(span.GetValueOrDefault((short)10))];
        long start = Number(span, 8) * 1000;
        string parent = Number(span, 4) == 0 ? "" : Id(Number(span, 4));
        var links = new List<SpanLink>();
        foreach (Dictionary<short, object?> reference in (span.GetValueOrDefault((short)6) as List<object?> ?? []).OfType<Dictionary<short, object?>>())
        {
            string to = Id(Number(reference, 4));
            if (Number(reference, 1) == 0 && parent.Length == 0)
            {
                parent = to;
            }
            else if (to != parent)
            {
                links.Add(new SpanLink(Id(Number(reference, 3)) + Id(Number(reference, 2)), to));
            }
        }

        bool error = tags.Exists(tag => tag is { Key: "error", Value: true or "true" });
        return new SpanRecord
        {
            TraceId = Id(Number(span, 2)) + Id(Number(span, 1)),
            SpanId = Id(Number(span, 3)),
            ParentId = parent,
            Name = Text(span.GetValueOrDefault((short)5)),
            Kind = (tags.Find(tag => tag.Key == "span.kind").Value as string) switch { "server" => SpanKind.Server, "client" => SpanKind.Client, "producer" => SpanKind.Producer, "consumer" => SpanKind.Consumer, "internal" => SpanKind.Internal, _ => SpanKind.Unspecified },
            Start = start,
            End = start + (Number(span, 9) * 1000),
            Status = error ? 2 : 0,
            Process = process,
            Attributes = tags.FindAll(tag => tag.Key is not ("span.kind" or "error")),
            Events = [.. (span.GetValueOrDefault((short)11) as List<object?> ?? []).OfType<Dictionary<short, object?>>().Select(Event)],
            Links = links,
        };
    }

    private static SpanEvent Event(Dictionary<short, object?> log)
    {
        List<(string Key, object? Value)> fields = [.. Tags(log.GetValueOrDefault((short)2))];
        string name = fields.Find(field => field.Key == "event").Value as string ?? "";
        return new SpanEvent(Number(log, 1) * 1000, name, name.Length > 0 ? fields.FindAll(field => field.Key != "event") : fields);
    }

    private static IEnumerable<(string Key, object? Value)> Tags(object? list)
    {
        foreach (Dictionary<short, object?> tag in (list as List<object?> ?? []).OfType<Dictionary<short, object?>>())
        {
            yield return (Text(tag.GetValueOrDefault((short)1)), Number(tag, 2) switch
            {
                0 => Text(tag.GetValueOrDefault((short)3)),
                1 => tag.GetValueOrDefault((short)4),
                2 => tag.GetValueOrDefault((short)5),
                3 => tag.GetValueOrDefault((short)6),
                _ => tag.GetValueOrDefault((short)7),
            });
        }
    }

    private static long Number(Dictionary<short, object?> fields, short number) => fields.GetValueOrDefault(number) is long value ? value : 0;

    private static string Text(object? value) => value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "";

    private static string Id(long value) => value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text.Json;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Traces;

/// <summary><c>/api/v2/spans</c>: Zipkin's JSON, turned into OTLP and taken as such.</summary>
internal sealed class ZipkinEndpoint(TraceStore store)
{
    private const int MostBody = 20 << 20;

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            if (await RequestBytes.ReadUnpackedAsync(context, MostBody) is not { } body)
            {
                await PlainAnswer.Async(context, 413, $"the request has more than {MostBody} bytes");
                return;
            }

            await store.AppendAsync(ToOtlp(body));
            context.Response.StatusCode = 202;
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or ProtoException or InvalidDataException)
        {
            await PlainAnswer.Async(context, 400, $"the body is no list of Zipkin v2 spans: {malformed.Message}");
        }
    }

    /// <summary>Turns a list of spans into an <c>ExportTraceServiceRequest</c>.</summary>
    public static byte[] ToOtlp(ReadOnlyMemory<byte> body)
    {
        var request = new ProtoWriter();
        using JsonDocument document = JsonDocument.Parse(body);
        foreach (JsonElement span in document.RootElement.EnumerateArray())
        {
            var scope = new ProtoWriter();
            scope.Message(2, Span(span));
            var resource = new ProtoWriter();
            resource.Message(1, Attribute("service.name", Service(span)));
            var all = new ProtoWriter();
            all.Message(1, resource);
            all.Message(2, scope);
            request.Message(1, all);
        }

        return request.Written.ToArray();
    }

    private static string Service(JsonElement span)
        => span.TryGetProperty("localEndpoint", out JsonElement endpoint) && endpoint.TryGetProperty("serviceName", out JsonElement name) ? name.GetString()! : "unknown_service";

    private static ProtoWriter Span(JsonElement span)
    {
        var into = new ProtoWriter();
        into.Bytes(1, Convert.FromHexString(span.GetProperty("traceId").GetString()!.PadLeft(32, '0')));
        into.Bytes(2, Convert.FromHexString(span.GetProperty("id").GetString()!.PadLeft(16, '0')));
        if (span.TryGetProperty("parentId", out JsonElement parent) && parent.GetString() is { Length: > 0 } id)
        {
            into.Bytes(4, Convert.FromHexString(id.PadLeft(16, '0')));
        }

        into.String(5, span.TryGetProperty("name", out JsonElement name) ? name.GetString() ?? "" : "");
        into.Int64(6, Kind(span));
        ulong start = Number(span, "timestamp") * 1000;
        into.Fixed64(7, start);
        into.Fixed64(8, start + (Number(span, "duration") * 1000));
        Tags(span, into);
        if (span.TryGetProperty("annotations", out JsonElement annotations))
        {
            foreach (JsonElement annotation in annotations.EnumerateArray())
            {
                var one = new ProtoWriter();
                one.Fixed64(1, Number(annotation, "timestamp") * 1000);
                one.String(2, annotation.GetProperty("value").GetString()!);
                into.Message(11, one);
            }
        }

        return into;
    }

    private static void Tags(JsonElement span, ProtoWriter into)
    {
        if (span.TryGetProperty("remoteEndpoint", out JsonElement remote) && remote.TryGetProperty("serviceName", out JsonElement peer) && peer.GetString() is { Length: > 0 } service)
        {
            into.Message(9, Attribute("peer.service", service));
        }

        foreach (JsonProperty tag in span.TryGetProperty("tags", out JsonElement tags) ? tags.EnumerateObject() : default)
        {
            into.Message(9, Attribute(tag.Name, tag.Value.GetString() ?? ""));
            if (tag.Name == "error")
            {
                var status = new ProtoWriter();
                status.String(2, tag.Value.GetString() ?? "");
                status.Int64(3, 2);
                into.Message(15, status);
            }
        }
    }

    private static int Kind(JsonElement span) => (span.TryGetProperty("kind", out JsonElement kind) ? kind.GetString() : null) switch
    {
        "SERVER" => 2,
        "CLIENT" => 3,
        "PRODUCER" => 4,
        "CONSUMER" => 5,
        _ => 1,
    };

    private static ulong Number(JsonElement element, string name)
        => !element.TryGetProperty(name, out JsonElement number) ? 0
            : number.ValueKind == JsonValueKind.Number ? number.GetUInt64()
            : ulong.Parse(number.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture);

    private static ProtoWriter Attribute(string key, string value)
    {
        var text = new ProtoWriter();
        text.String(1, value);
        var pair = new ProtoWriter();
        pair.String(1, key);
        pair.Message(2, text);
        return pair;
    }
}

using System.Globalization;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Syntax;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Logs.Loki;

/// <summary><c>/loki/api/v1/push</c>: JSON, or snappy-compressed protocol buffers; both with what is known of single lines.</summary>
internal sealed class LokiPush(LogStore store, TimeProvider time)
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

            string type = (context.Request.ContentType ?? "").Split(';')[0].Trim();
            List<LogBatch> batches = type switch
            {
                "application/json" => Json(body),
                "" or "application/x-protobuf" => Proto(Snappy.Decode(body.Span, MostBody)),
                _ => throw new FormatException($"unsupported content type {type}: send application/json or application/x-protobuf"),
            };
            if (batches.Count == 0)
            {
                throw new FormatException("error at least one valid stream is required for ingestion");
            }

            if (await store.AppendAsync(batches) is { } refusal)
            {
                await PlainAnswer.Async(context, refusal.TooMany ? 429 : 400, refusal.Why);
                return;
            }

            context.Response.StatusCode = 204;
        }
        catch (Exception malformed) when (malformed is ProtoException or SnappyException or JsonException or FormatException or LogQueryException
            or InvalidOperationException or KeyNotFoundException or InvalidDataException)
        {
            await PlainAnswer.Async(context, 400, malformed.Message);
        }
    }

    private List<LogBatch> Json(ReadOnlyMemory<byte> body)
    {
        var batches = new List<LogBatch>();
        using JsonDocument document = JsonDocument.Parse(body);
        foreach (JsonElement stream in document.RootElement.GetProperty("streams").EnumerateArray())
        {
            Labels labels = Of(stream.GetProperty("stream"));
            var entries = new List<LogEntry>();
            foreach (JsonElement value in stream.GetProperty("values").EnumerateArray())
            {
                string moment = value[0].GetString()!;
                if (!long.TryParse(moment, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long nanoseconds))
                {
                    throw new FormatException($"{GoText.Quote(moment)} is no time in nanoseconds");
                }

                entries.Add(new LogEntry(nanoseconds, value[1].GetString()!, value.GetArrayLength() > 2 ? Of(value[2]) : Labels.Empty));
            }

            batches.Add(new LogBatch(Named(labels), entries));
        }

        return batches;
    }

    private static Labels Of(JsonElement labels)
        => Labels.From(labels.EnumerateObject().Select(label => KeyValuePair.Create(label.Name, label.Value.ValueKind == JsonValueKind.String ? label.Value.GetString()! : label.Value.GetRawText())));

    private List<LogBatch> Proto(ReadOnlySpan<byte> body)
    {
        var batches = new List<LogBatch>();
        var reader = new ProtoReader(body);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                batches.Add(Stream(reader.Bytes()));
            }
            else
            {
                reader.Skip();
            }
        }

        return batches;
    }

    private LogBatch Stream(ReadOnlySpan<byte> data)
    {
        Labels labels = Labels.Empty;
        var entries = new List<LogEntry>();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    labels = Labels.From(LogQueryParser.Selector(reader.String())
                        .Where(matcher => matcher.Type == MatchType.Equal)
                        .Select(matcher => KeyValuePair.Create(matcher.Name, matcher.Value)));
                    break;
                case 2:
                    entries.Add(Entry(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new LogBatch(Named(labels), entries);
    }

    private LogEntry Entry(ReadOnlySpan<byte> data)
    {
        long at = 0;
        string line = "";
        var metadata = new List<(string, string)>();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: at = Moment(reader.Bytes()); break;
                case 2: line = reader.String(); break;
                case 3: metadata.Add(ProtoReader.Pair(reader.Bytes())); break;
                default: reader.Skip(); break;
            }
        }

        return new LogEntry(at == 0 ? time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000 : at, line, LabelRules.From(metadata, out _) ?? Labels.Empty);
    }

    private static long Moment(ReadOnlySpan<byte> data)
    {
        long seconds = 0;
        int nanoseconds = 0;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: seconds = reader.Int64(); break;
                case 2: nanoseconds = reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }

        return (seconds * 1_000_000_000) + nanoseconds;
    }

    /// <summary>Every stream gets a service's name, as Loki gives it.</summary>
    private static Labels Named(Labels labels)
    {
        if (labels.Count == 0)
        {
            throw new FormatException("error at least one label pair is required per stream");
        }

        if (labels.Has("service_name"))
        {
            return labels;
        }

        foreach (string name in (ReadOnlySpan<string>)["service", "app", "application", "app_name", "name", "app_kubernetes_io_name", "container", "job"])
        {
            if (labels[name] is { Length: > 0 } service)
            {
                return labels.With("service_name", service);
            }
        }

        return labels.With("service_name", "unknown_service");
    }
}

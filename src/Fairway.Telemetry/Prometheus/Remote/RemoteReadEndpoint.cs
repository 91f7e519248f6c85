using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Prometheus.Remote;

/// <summary>
/// <c>/api/v1/read</c>: series as samples in one answer, or streamed as chunks of Prometheus' own encoding, frame by frame, where
/// the client prefers that. Streaming holds one series in memory at a time.
/// </summary>
internal sealed class RemoteReadEndpoint(MetricStore store)
{
    private const int MostBody = 1 << 20;
    private const int MostSamples = 50_000_000;
    private const int MostFrame = 1 << 20;

    public async Task HandleAsync(HttpContext context)
    {
        if (await RequestBytes.ReadAsync(context, MostBody) is not { } body)
        {
            await PlainAnswer.Async(context, 413, $"the body has more than {MostBody} bytes");
            return;
        }

        try
        {
            byte[] request = Snappy.Decode(body.Span, MostBody);
            if (Streams(request))
            {
                await StreamAsync(context, request);
                return;
            }

            byte[] answer = Snappy.Encode(Answer(request, context.RequestAborted));
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Headers.ContentEncoding = "snappy";
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer, context.RequestAborted);
        }
        catch (Exception malformed) when (malformed is SnappyException or ProtoException or FormatException)
        {
            await PlainAnswer.Async(context, 400, malformed.Message);
        }
        catch (PromQLException refused)
        {
            await PlainAnswer.Async(context, refused.Kind == QueryErrorKind.Execution ? 400 : 500, refused.Message);
        }
    }

    /// <summary>Whether the first form that the client accepts, of those there are, is the streamed one.</summary>
    private static bool Streams(ReadOnlySpan<byte> request)
    {
        var accepted = new List<ulong>();
        var reader = new ProtoReader(request);
        while (reader.Next())
        {
            if (reader.Field == 2)
            {
                reader.Varints(accepted);
            }
            else
            {
                reader.Skip();
            }
        }

        ulong[] known = [.. accepted.Where(one => one <= 1)];
        return accepted.Count == 0 || known.Length > 0
            ? known.Length > 0 && known[0] == 1
            : throw new FormatException($"server does not support any of the requested response types: [{string.Join(' ', accepted)}]; supported: map[SAMPLES:{{}} STREAMED_XOR_CHUNKS:{{}}]");
    }

    private async Task StreamAsync(HttpContext context, ReadOnlyMemory<byte> request)
    {
        context.Response.ContentType = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
        var buffer = new SampleBuffer(MostSamples);
        List<SeriesQuery> queries = Queries(request.Span);
        for (int number = 0; number < queries.Count; number++)
        {
            foreach (ISeries series in store.Select(queries[number], context.RequestAborted))
            {
                buffer.Clear();
                series.Read(queries[number].From, queries[number].To, buffer);
                if (buffer.Count > 0)
                {
                    await StreamAsync(context, number, series.Labels, buffer);
                }
            }
        }
    }

    /// <summary>One series in as many frames as the limit of a frame asks for; the labels are on each.</summary>
    private static async Task StreamAsync(HttpContext context, int query, Labels labels, SampleBuffer samples)
    {
        var series = new ProtoWriter();
        var part = new ProtoWriter();
        Begin(series, part, labels);
        foreach (PrometheusChunk chunk in PrometheusChunks.Encode(samples))
        {
            part.Clear();
            part.Int64(1, chunk.MinTime);
            part.Int64(2, chunk.MaxTime);
            part.Int64(3, chunk.Encoding);
            part.Bytes(4, chunk.Data);
            series.Message(2, part);
            if (series.Written.Length > MostFrame)
            {
                await FrameAsync(context, query, series);
                Begin(series, part, labels);
            }
        }

        await FrameAsync(context, query, series);
    }

    private static void Begin(ProtoWriter series, ProtoWriter part, Labels labels)
    {
        series.Clear();
        foreach ((string name, string value) in labels.Pairs)
        {
            part.Clear();
            part.String(1, name);
            part.String(2, value);
            series.Message(1, part);
        }
    }

    /// <summary>A frame: the message's length as a varint, its CRC-32C, big-endian, and the message.</summary>
    private static async Task FrameAsync(HttpContext context, int query, ProtoWriter series)
    {
        var response = new ProtoWriter();
        response.Message(1, series);
        response.Int64(2, query);
        byte[] head = new byte[14];
        int size = 0;
        for (uint length = (uint)response.Written.Length; ; length >>= 7)
        {
            head[size++] = (byte)(length >= 0x80 ? length | 0x80 : length);
            if (length < 0x80)
            {
                break;
            }
        }

        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(size), Metrics.Log.FrameFile.Checksum(response.Written));
        await context.Response.Body.WriteAsync(head.AsMemory(0, size + 4), context.RequestAborted);
        await context.Response.Body.WriteAsync(response.Memory, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static List<SeriesQuery> Queries(ReadOnlySpan<byte> request)
    {
        var queries = new List<SeriesQuery>();
        var reader = new ProtoReader(request);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                queries.Add(Query(reader.Bytes()));
            }
            else
            {
                reader.Skip();
            }
        }

        return queries;
    }

    private byte[] Answer(ReadOnlySpan<byte> request, CancellationToken cancellation)
    {
        var response = new ProtoWriter();
        var buffer = new SampleBuffer(MostSamples);
        int left = MostSamples;
        foreach (SeriesQuery query in Queries(request))
        {
            var result = new ProtoWriter();
            foreach (ISeries series in store.Select(query, cancellation))
            {
                buffer.Clear();
                series.Read(query.From, query.To, buffer);
                if (buffer.Count > 0)
                {
                    left -= buffer.Count;
                    result.Message(1, left >= 0
                        ? Series(series.Labels, buffer)
                        : throw new PromQLException(QueryErrorKind.Execution, $"exceeded sample limit ({MostSamples})"));
                }
            }

            response.Message(1, result);
        }

        return response.Written.ToArray();
    }

    private static SeriesQuery Query(ReadOnlySpan<byte> data)
    {
        long from = 0;
        long to = 0;
        var matchers = new List<LabelMatcher>();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: from = reader.Int64(); break;
                case 2: to = reader.Int64(); break;
                case 3: matchers.Add(Matcher(reader.Bytes())); break;
                default: reader.Skip(); break;
            }
        }

        return new SeriesQuery(matchers, from, to);
    }

    private static LabelMatcher Matcher(ReadOnlySpan<byte> data)
    {
        int type = 0;
        string name = "";
        string value = "";
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: type = reader.Int32(); break;
                case 2: name = reader.String(); break;
                case 3: value = reader.String(); break;
                default: reader.Skip(); break;
            }
        }

        return type is >= 0 and <= 3 ? new LabelMatcher((MatchType)type, name, value) : throw new FormatException("invalid matcher type");
    }

    private static ProtoWriter Series(Labels labels, SampleBuffer samples)
    {
        var series = new ProtoWriter();
        var part = new ProtoWriter();
        foreach ((string name, string value) in labels.Pairs)
        {
            part.Clear();
            part.String(1, name);
            part.String(2, value);
            series.Message(1, part);
        }

        for (int index = 0; index < samples.Count; index++)
        {
            part.Clear();
            if (samples.HistogramAt(index) is { } histogram)
            {
                OutgoingHistogram.Write(part, histogram, samples.Times[index]);
                series.Message(4, part);
            }
            else
            {
                part.Double(1, samples.Values[index]);
                part.Int64(2, samples.Times[index]);
                series.Message(2, part);
            }
        }

        return series;
    }
}

using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Prometheus.Remote;

/// <summary><c>/api/v1/read</c>: series as samples, the form that every remote-read client takes.</summary>
internal sealed class RemoteReadEndpoint(MetricStore store)
{
    private const int MostBody = 1 << 20;
    private const int MostSamples = 50_000_000;

    public async Task HandleAsync(HttpContext context)
    {
        if (await RequestBytes.ReadAsync(context, MostBody) is not { } body)
        {
            await PlainAnswer.Async(context, 413, $"the body has more than {MostBody} bytes");
            return;
        }

        try
        {
            byte[] answer = Snappy.Encode(Answer(Snappy.Decode(body.Span, MostBody), context.RequestAborted));
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

    private byte[] Answer(ReadOnlySpan<byte> request, CancellationToken cancellation)
    {
        var response = new ProtoWriter();
        var buffer = new SampleBuffer(MostSamples);
        int left = MostSamples;
        var reader = new ProtoReader(request);
        while (reader.Next())
        {
            if (reader.Field != 1)
            {
                reader.Skip();
                continue;
            }

            SeriesQuery query = Query(reader.Bytes());
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
                Histogram(part, histogram, samples.Times[index]);
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

    internal static void Histogram(ProtoWriter into, FloatHistogram histogram, long time)
    {
        into.Double(2, histogram.Count);
        into.Double(3, histogram.Sum);
        into.SInt64(4, histogram.Schema);
        into.Double(5, histogram.ZeroThreshold);
        into.Double(7, histogram.ZeroCount);
        Buckets(into, histogram.Negative, 8, 10);
        Buckets(into, histogram.Positive, 11, 13);
        into.Int64(14, histogram.Hint == CounterResetHint.Gauge ? 3 : 0);
        into.Int64(15, time);
        foreach (double bound in histogram.CustomBounds)
        {
            into.Double(16, bound);
        }
    }

    private static void Buckets(ProtoWriter into, BucketSet buckets, int spans, int counts)
    {
        var span = new ProtoWriter();
        foreach ((int offset, uint length) in buckets.Spans())
        {
            span.Clear();
            span.SInt64(1, offset);
            span.UInt64(2, length);
            into.Message(spans, span);
        }

        foreach (double count in buckets.Counts)
        {
            into.Double(counts, count);
        }
    }
}

using System.Buffers.Binary;
using System.Net.Http.Headers;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Log;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Tests.Prometheus;

/// <summary>Remote read over HTTP, its streamed form decoded by a reader of its own.</summary>
public sealed class RemoteReadTests
{
    private const int Samples = 300;

    [Fact]
    public async Task StreamedRead_OfManySamples_HoldsThemInFramesOfXorChunks()
    {
        await using TelemetryServer server = await TelemetryServer.StartAsync();
        long start = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 3_600_000;

        // Uneven steps and values, so that every width of both codings is used.
        (long Time, double Value)[] samples = [.. Enumerable.Range(0, Samples).Select(index => (start + (index * 10_000L) + (index % 7 * index % 3_000), index % 5 == 0 ? 1.5 : index * 0.37))];
        Labels labels = Labels.Of((Labels.MetricName, "m"), ("x", "1"));
        await TelemetryServer.WriteAsync(server.Http, [(labels, samples)]);

        using HttpResponseMessage response = await ReadAsync(server.Http, Request(1, start, start + 10_000_000, ("__name__", "m")));
        ((int)response.StatusCode).ShouldBe(200);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse");
        response.Content.Headers.ContentEncoding.ShouldBeEmpty();
        List<(string Labels, List<(long, double)> Samples, int Chunks)> frames = Frames(await response.Content.ReadAsByteArrayAsync());
        frames.Count.ShouldBe(1);
        frames[0].Labels.ShouldBe("__name__=m,x=1");
        frames[0].Chunks.ShouldBe(3, "a chunk has at most 120 samples");
        frames[0].Samples.ShouldBe(samples);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(null)]
    public async Task Read_ThatDoesNotAskForStreaming_IsOneAnswerInSnappy(ulong? accepted)
    {
        await using TelemetryServer server = await TelemetryServer.StartAsync();
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await TelemetryServer.WriteAsync(server.Http, [(Labels.Of((Labels.MetricName, "m")), [(now, 4)])]);
        using HttpResponseMessage response = await ReadAsync(server.Http, Request(accepted, now - 1000, now, ("__name__", "m")));
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/x-protobuf");
        response.Content.Headers.ContentEncoding.ShouldBe(["snappy"]);
        Snappy.Decode(await response.Content.ReadAsByteArrayAsync(), 1 << 20).Length.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Read_ThatAcceptsNothingKnown_IsRefused()
    {
        await using TelemetryServer server = await TelemetryServer.StartAsync();
        using HttpResponseMessage response = await ReadAsync(server.Http, Request(7, 0, 1, ("__name__", "m")));
        ((int)response.StatusCode).ShouldBe(400);
        (await response.Content.ReadAsStringAsync()).ShouldStartWith("server does not support any of the requested response types");
        using HttpResponseMessage broken = await ReadAsync(server.Http, [0x0A, 0xFF]);
        ((int)broken.StatusCode).ShouldBe(400);
    }

    private static byte[] Request(ulong? accepted, long from, long to, (string Name, string Value) matcher)
    {
        var match = new ProtoWriter();
        match.String(2, matcher.Name);
        match.String(3, matcher.Value);
        var query = new ProtoWriter();
        query.Int64(1, from);
        query.Int64(2, to);
        query.Message(3, match);
        var request = new ProtoWriter();
        request.Message(1, query);
        if (accepted is { } form)
        {
            request.UInt64(2, form);
        }

        return request.Written.ToArray();
    }

    private static async Task<HttpResponseMessage> ReadAsync(HttpClient http, byte[] request)
    {
        using var content = new ByteArrayContent(Snappy.Encode(request));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        content.Headers.ContentEncoding.Add("snappy");
        return await http.PostAsync(new Uri("/api/v1/read", UriKind.Relative), content);
    }

    private static List<(string Labels, List<(long, double)> Samples, int Chunks)> Frames(byte[] body)
    {
        var frames = new List<(string, List<(long, double)>, int)>();
        for (int at = 0; at < body.Length;)
        {
            int length = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte one = body[at++];
                length |= (one & 0x7F) << shift;
                if (one < 0x80)
                {
                    break;
                }
            }

            uint sum = BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(at));
            ReadOnlySpan<byte> message = body.AsSpan(at + 4, length);
            FrameFile.Checksum(message).ShouldBe(sum);
            at += 4 + length;
            frames.Add(Frame(message));
        }

        return frames;
    }

    private static (string, List<(long, double)>, int) Frame(ReadOnlySpan<byte> message)
    {
        var labels = new List<string>();
        var samples = new List<(long, double)>();
        int chunks = 0;
        var response = new ProtoReader(message);
        while (response.Next())
        {
            if (response.Field != 1)
            {
                response.Skip();
                continue;
            }

            var series = new ProtoReader(response.Bytes());
            while (series.Next())
            {
                if (series.Field == 1)
                {
                    var label = new ProtoReader(series.Bytes());
                    label.Next();
                    string name = label.String();
                    label.Next();
                    labels.Add($"{name}={label.String()}");
                    continue;
                }

                chunks++;
                var chunk = new ProtoReader(series.Bytes());
                while (chunk.Next())
                {
                    if (chunk.Field == 3)
                    {
                        chunk.Int32().ShouldBe(1, "XOR");
                    }
                    else if (chunk.Field == 4)
                    {
                        samples.AddRange(new XorReader(chunk.Bytes().ToArray()).All());
                    }
                    else
                    {
                        chunk.Skip();
                    }
                }
            }
        }

        return (string.Join(',', labels), samples, chunks);
    }

    /// <summary>Reads a chunk of floats as Prometheus' format describes it.</summary>
    private sealed class XorReader(byte[] data)
    {
        private int _bit;

        public IEnumerable<(long, double)> All()
        {
            int count = (int)Bits(16);
            ulong raw = Varint();
            long time = (long)(raw >> 1) ^ -(long)(raw & 1);
            ulong value = Bits(64);
            yield return (time, BitConverter.UInt64BitsToDouble(value));
            long delta = 0;
            int leading = 0;
            int trailing = 0;
            for (int index = 1; index < count; index++)
            {
                delta = index == 1 ? (long)Varint() : delta + Change();
                time += delta;
                if (Bits(1) == 1)
                {
                    if (Bits(1) == 1)
                    {
                        leading = (int)Bits(5);
                        int width = (int)Bits(6);
                        trailing = 64 - leading - (width == 0 ? 64 : width);
                    }

                    value ^= Bits(64 - leading - trailing) << trailing;
                }

                yield return (time, BitConverter.UInt64BitsToDouble(value));
            }
        }

        private long Change()
        {
            int ones = 0;
            while (ones < 4 && Bits(1) == 1)
            {
                ones++;
            }

            int width = ones switch { 0 => 0, 1 => 14, 2 => 17, 3 => 20, _ => 64 };
            ulong bits = Bits(width);
            return width is 0 or 64 || bits <= 1UL << (width - 1) ? (long)bits : (long)bits - (1L << width);
        }

        private ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                ulong one = Bits(8);
                value |= (one & 0x7F) << shift;
                if (one < 0x80)
                {
                    return value;
                }
            }
        }

        private ulong Bits(int count)
        {
            ulong value = 0;
            for (int done = 0; done < count; done++, _bit++)
            {
                value = (value << 1) | (uint)((data[_bit / 8] >> (7 - (_bit % 8))) & 1);
            }

            return value;
        }
    }
}

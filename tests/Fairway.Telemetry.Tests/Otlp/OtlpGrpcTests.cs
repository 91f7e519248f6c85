using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Fairway.Telemetry.Otlp;
using Server = Fairway.Telemetry.Tests.Prometheus.TelemetryServer;

namespace Fairway.Telemetry.Tests.Otlp;

/// <summary>OTLP over gRPC, frame by frame.</summary>
public sealed class OtlpGrpcTests
{
    private const string Export = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    private static byte[] Metric => OtlpJson.ToProto(OtlpHttpTests.Request(OtlpHttpTests.Gauge("g", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 5)), OtlpSchema.MetricsRequest);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_PlainOrPacked_IsAnsweredWithAnEmptyMessage(bool packed)
    {
        await using Server server = await Server.StartAsync();
        (string status, _, byte[] body) = await CallAsync(server, Export, Frame(packed ? OtlpHttpTests.Pack(Metric) : Metric, packed), packed ? "gzip" : null);
        status.ShouldBe("0");
        body.ShouldBe([0, 0, 0, 0, 0]);
        (await OtlpHttpTests.ValueAsync(server, "g")).ShouldBe("5");
    }

    [Fact]
    public async Task Call_ThatCannotBeTaken_SaysWhyInItsStatus()
    {
        await using Server server = await Server.StartAsync();
        (await CallAsync(server, Export, Frame([0x0A, 0xFF, 1], false))).Status.ShouldBe("3");
        (await CallAsync(server, Export, Frame(Metric, true))).Status.ShouldBe("13", "packed, and nobody says how");
        (await CallAsync(server, Export, Frame(Metric, true), "snappy")).Status.ShouldBe("12");
        (await CallAsync(server, Export, Frame([1, 2, 3], true), "gzip")).Status.ShouldBe("3", "no gzip");
        (await CallAsync(server, Export, [0, 0, 0, 0, 9, 1])).Status.ShouldBe("13", "cut off");
        (await CallAsync(server, Export, Frame(new byte[(4 << 20) + 1], false))).Status.ShouldBe("8");
    }

    [Theory]
    [InlineData("/opentelemetry.proto.collector.metrics.v1.MetricsService/Import", "unknown method Import for service opentelemetry.proto.collector.metrics.v1.MetricsService")]
    [InlineData("/a.Service/Export", "unknown service a.Service")]
    public async Task Call_OfAnotherMethod_IsUnimplemented(string path, string message)
    {
        await using Server server = await Server.StartAsync();
        (string status, string said, _) = await CallAsync(server, path, Frame([], false));
        (status, said).ShouldBe(("12", message));
    }

    private static byte[] Frame(byte[] message, bool packed)
    {
        byte[] frame = new byte[5 + message.Length];
        frame[0] = packed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static async Task<(string Status, string Message, byte[] Body)> CallAsync(Server server, string path, byte[] frame, string? encoding = null)
    {
        using var http = new HttpClient();
        using var content = new ByteArrayContent(frame);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://127.0.0.1:{server.Area.Ports.OtlpGrpc}{path}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (encoding is not null)
        {
            request.Headers.Add("grpc-encoding", encoding);
        }

        using HttpResponseMessage response = await http.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(200);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/grpc");
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        return (One("grpc-status"), One("grpc-message"), body);

        string One(string name) => response.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? late) ? late.Single()
            : response.Headers.TryGetValues(name, out IEnumerable<string>? early) ? early.Single() : "";
    }
}

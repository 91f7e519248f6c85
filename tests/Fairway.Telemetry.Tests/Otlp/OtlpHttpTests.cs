using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Fairway.Telemetry.Otlp;
using Fairway.Telemetry.Wire;
using Server = Fairway.Telemetry.Tests.Prometheus.TelemetryServer;

namespace Fairway.Telemetry.Tests.Otlp;

/// <summary>OTLP over HTTP as senders drive it: forms, refusals, partial success, and what queries then see.</summary>
public sealed class OtlpHttpTests
{
    private const string Json = "application/json";
    private const string Protobuf = "application/x-protobuf";

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    [Theory]
    [InlineData(Json)]
    [InlineData(Protobuf)]
    public async Task Request_ThatIsMalformed_IsRefusedWithAStatusInItsOwnForm(string type)
    {
        await using Server server = await Server.StartAsync();
        foreach (string path in (string[])["/v1/metrics", "/v1/logs", "/v1/traces"])
        {
            using HttpResponseMessage response = await SendAsync(server.Otlp, path, type, [0x0A, 0xFF, 0x01]);
            ((int)response.StatusCode).ShouldBe(400, path);
            response.Content.Headers.ContentType!.ToString().ShouldBe(type);
            (long code, string message) = Status(type, await response.Content.ReadAsByteArrayAsync());
            code.ShouldBe(3);
            message.ShouldStartWith("malformed");
        }
    }

    [Fact]
    public async Task Request_OfAnotherTypeOrEncoding_IsRefused()
    {
        await using Server server = await Server.StartAsync();
        using HttpResponseMessage type = await SendAsync(server.Otlp, "/v1/metrics", "text/plain", []);
        ((int)type.StatusCode).ShouldBe(415);
        using HttpResponseMessage encoding = await SendAsync(server.Otlp, "/v1/metrics", Protobuf, [], "br");
        ((int)encoding.StatusCode).ShouldBe(415);
        using HttpResponseMessage notPacked = await SendAsync(server.Otlp, "/v1/metrics", Protobuf, [1, 2, 3], "gzip");
        ((int)notPacked.StatusCode).ShouldBe(400);
        using HttpResponseMessage got = await server.Otlp.GetAsync(new Uri("/v1/metrics", UriKind.Relative));
        ((int)got.StatusCode).ShouldBe(405);
        using HttpResponseMessage nowhere = await SendAsync(server.Otlp, "/v1/other", Protobuf, []);
        ((int)nowhere.StatusCode).ShouldBe(404);
    }

    [Theory]
    [InlineData(Json, true)]
    [InlineData(Json, false)]
    [InlineData(Protobuf, true)]
    [InlineData(Protobuf, false)]
    public async Task Gauge_InEveryForm_IsFoundByAQuery(string type, bool packed)
    {
        await using Server server = await Server.StartAsync();
        byte[] json = Request($$$$"""{"name":"g","unknownField":{"a":[1]},"gauge":{"dataPoints":[{"timeUnixNano":{{{{Now}}}}000000,"asInt":"9007199254740993","flags":0,"later":true}]}}""");
        byte[] body = type == Json ? json : [.. OtlpJson.ToProto(json, OtlpSchema.MetricsRequest), 0xFA, 0x3F, 1, 0];
        using HttpResponseMessage response = await SendAsync(server.Otlp, "/v1/metrics", type, packed ? Pack(body) : body, packed ? "gzip" : null);
        ((int)response.StatusCode).ShouldBe(200);
        response.Content.Headers.ContentType!.ToString().ShouldBe(type);
        (await response.Content.ReadAsStringAsync()).ShouldBe(type == Json ? "{}" : "");
        (await ValueAsync(server, "g")).ShouldBe("9007199254740992");
    }

    [Theory]
    [InlineData("""{"name":"s","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE","dataPoints":[]}}""", "resourceMetrics[0].scopeMetrics[0].metrics[0].sum.aggregationTemporality: \"AGGREGATION_TEMPORALITY_CUMULATIVE\" is not the number of an enum value")]
    [InlineData("""{"name":"g","gauge":{"dataPoints":[{"timeUnixNano":"1.5"}]}}""", "timeUnixNano: \"1.5\" is not a whole number")]
    [InlineData("""{"name":"g","gauge":{"dataPoints":[{"exemplars":[{"traceId":"not hex"}]}]}}""", "traceId: \"not hex\" is not an id in hexadecimal")]
    public async Task Json_ThatDoesNotFit_IsRefusedWithTheField(string metric, string expected)
    {
        await using Server server = await Server.StartAsync();
        using HttpResponseMessage response = await SendAsync(server.Otlp, "/v1/metrics", Json, Request(metric));
        ((int)response.StatusCode).ShouldBe(400);
        Status(Json, await response.Content.ReadAsByteArrayAsync()).Message.ShouldContain(expected);
    }

    [Fact]
    public async Task Points_OfWhichSomeAreRefused_AreCountedAndTheRestIsTaken()
    {
        await using Server server = await Server.StartAsync();
        long now = Now;
        string metrics = $$$$"""
            {"name":"fine","gauge":{"dataPoints":[{"timeUnixNano":"{{{{now}}}}000000","asDouble":1}]}},
            {"name":"bare","sum":{"isMonotonic":true,"dataPoints":[{"timeUnixNano":"{{{{now}}}}000000","asDouble":1},{"timeUnixNano":"{{{{now}}}}000000","asDouble":1}]}},
            {"name":"coarse","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"{{{{now}}}}000000","count":"1","scale":-9}]}}
            """;
        using HttpResponseMessage response = await SendAsync(server.Otlp, "/v1/metrics", Json, Request(metrics));
        ((int)response.StatusCode).ShouldBe(200);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        JsonElement partial = answer.RootElement.GetProperty("partialSuccess");
        partial.GetProperty("rejectedDataPoints").GetString().ShouldBe("3");
        partial.GetProperty("errorMessage").GetString()!.ShouldContain("Scale must be >= -4, was -9");
        (await ValueAsync(server, "fine")).ShouldBe("1");
    }

    [Fact]
    public async Task Deltas_AddUp_AndWhatComesTwiceOrLateDoesNotCount()
    {
        await using Server server = await Server.StartAsync();
        long start = Now - 60_000;
        (await RejectedAsync(server, Delta(0, 10, 3))).ShouldBe(0);
        (await RejectedAsync(server, Delta(10, 20, 4))).ShouldBe(0);
        (await RejectedAsync(server, Delta(10, 20, 4))).ShouldBe(1, "the same point again");
        (await RejectedAsync(server, Delta(5, 15, 4))).ShouldBe(1, "a late point");
        (await ValueAsync(server, "hits_total")).ShouldBe("7");

        string Delta(int from, int to, int value)
            => $$$$"""{"name":"hits","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"startTimeUnixNano":"{{{{start + (from * 1000)}}}}000000","timeUnixNano":"{{{{start + (to * 1000)}}}}000000","asInt":{{{{value}}}}}]}}""";
    }

    [Fact]
    public async Task Point_OfAClockFarAhead_IsRefused_AndOneSlightlyAheadIsTaken()
    {
        await using Server server = await Server.StartAsync();
        (await RejectedAsync(server, Gauge("ahead", Now + 5_000, 1))).ShouldBe(0);
        (await RejectedAsync(server, Gauge("future", Now + 86_400_000, 1))).ShouldBe(1);
        (await RejectedAsync(server, Gauge("same", 1000 * (Now / 1000), 1))).ShouldBe(0);
    }

    [Fact]
    public async Task Point_WithoutARecordedValue_EndsTheSeries()
    {
        await using Server server = await Server.StartAsync();
        long now = Now;
        await RejectedAsync(server, Gauge("g", now - 2000, 1));
        (await ValueAsync(server, "g")).ShouldBe("1");
        await RejectedAsync(server, $$$$"""{"name":"g","gauge":{"dataPoints":[{"timeUnixNano":"{{{{now - 1000}}}}000000","flags":1}]}}""");
        (await ValueAsync(server, "g")).ShouldBeNull();
    }

    [Fact]
    public async Task ExponentialHistogram_IsANativeOne_AndExemplarsAreFound()
    {
        await using Server server = await Server.StartAsync();
        long now = Now;
        await RejectedAsync(server, $$$$"""{"name":"lat","unit":"s","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"{{{{now}}}}000000","count":"6","sum":3.5,"scale":0,"zeroCount":"1","positive":{"offset":-1,"bucketCounts":["2","0",3]},"exemplars":[{"timeUnixNano":"{{{{now}}}}000000","asDouble":0.7,"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174"}]}]}}""");
        (await ValueAsync(server, "histogram_count(lat_seconds)")).ShouldBe("6");
        (await ValueAsync(server, "histogram_sum(lat_seconds)")).ShouldBe("3.5");
        (_, JsonElement exemplars) = await Server.GetAsync(server.Http, $"/api/v1/query_exemplars?query=lat_seconds&start={(now / 1000) - 60}&end={(now / 1000) + 60}");
        JsonElement exemplar = exemplars.GetProperty("data")[0].GetProperty("exemplars")[0];
        exemplar.GetProperty("labels").GetProperty("trace_id").GetString().ShouldBe("5b8efff798038103d269b633813fc60c");
        exemplar.GetProperty("labels").GetProperty("span_id").GetString().ShouldBe("eee19b7ec3c1b174");
        exemplar.GetProperty("value").GetString().ShouldBe("0.7");
    }

    internal static byte[] Request(string metrics)
        => Encoding.UTF8.GetBytes("{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}]},\"scopeMetrics\":[{\"metrics\":[" + metrics + "]}]}]}");

    internal static string Gauge(string name, long time, int value) => $$$$"""{"name":"{{{{name}}}}","gauge":{"dataPoints":[{"timeUnixNano":"{{{{time}}}}000000","asDouble":{{{{value}}}}}]}}""";

    internal static byte[] Pack(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return packed.ToArray();
    }

    /// <summary>The newest value of the only series that a query yields; null for none.</summary>
    internal static async Task<string?> ValueAsync(Server server, string query)
    {
        (_, JsonElement body) = await Server.GetAsync(server.Http, $"/api/v1/query?query={Uri.EscapeDataString(query)}&time={(Now / 1000) + 10}");
        JsonElement result = body.GetProperty("data").GetProperty("result");
        return result.GetArrayLength() == 0 ? null : result[0].GetProperty("value")[1].GetString();
    }

    private static async Task<long> RejectedAsync(Server server, string metrics)
    {
        using HttpResponseMessage response = await SendAsync(server.Otlp, "/v1/metrics", Json, Request(metrics));
        ((int)response.StatusCode).ShouldBe(200);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return answer.RootElement.TryGetProperty("partialSuccess", out JsonElement partial) ? long.Parse(partial.GetProperty("rejectedDataPoints").GetString()!, System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string path, string type, byte[] body, string? encoding = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return await http.PostAsync(new Uri(path, UriKind.Relative), content);
    }

    private static (long Code, string Message) Status(string type, byte[] body)
    {
        if (type == Json)
        {
            using JsonDocument status = JsonDocument.Parse(body);
            return (status.RootElement.GetProperty("code").GetInt64(), status.RootElement.GetProperty("message").GetString()!);
        }

        var reader = new ProtoReader(body);
        reader.Next();
        long code = reader.Int64();
        reader.Next();
        return (code, reader.String());
    }
}

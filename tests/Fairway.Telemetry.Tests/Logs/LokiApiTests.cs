using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Logs;

/// <summary>Loki's, Jaeger's and Prometheus' APIs over HTTP, as their clients speak them.</summary>
public sealed class LokiApiTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fairway-loki-").FullName;
    private readonly HttpClient _http = new();
    private TelemetryArea _area = null!;

    public async Task InitializeAsync()
    {
        _area = await TelemetryArea.OpenAsync(new TelemetryOptions { Directory = _directory, Version = "1" }, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        await _area.StartAsync(new TelemetryPorts(0, 0, 0), CancellationToken.None);
        _http.BaseAddress = new Uri($"http://127.0.0.1:{_area.Ports.Query}/");
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _area.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Push_OfJson_IsFoundWithAndWithoutCategories()
    {
        await PushAsync("level=error took=5ms", """{"trace_id":"abc"}""");
        JsonNode plain = await GetAsync("loki/api/v1/query_range?query={app=\"web\"}|logfmt");
        plain["status"]!.ToString().ShouldBe("success");
        plain["data"]!["result"]![0]!["stream"]!.ToJsonString().ShouldBe("""{"app":"web","level":"error","service_name":"web","took":"5ms","trace_id":"abc"}""");
        using var request = new HttpRequestMessage(HttpMethod.Get, "loki/api/v1/query_range?query={app=\"web\"}|logfmt");
        request.Headers.Add("X-Loki-Response-Encoding-Flags", "categorize-labels");
        JsonNode categorized = JsonNode.Parse(await (await _http.SendAsync(request)).Content.ReadAsStringAsync())!["data"]!;
        categorized["encodingFlags"]!.ToJsonString().ShouldBe("""["categorize-labels"]""");
        categorized["result"]![0]!["stream"]!.ToJsonString().ShouldBe("""{"app":"web","service_name":"web"}""");
        categorized["result"]![0]!["values"]![0]![2]!.ToJsonString().ShouldBe("""{"structuredMetadata":{"trace_id":"abc"},"parsed":{"level":"error","took":"5ms"}}""");
    }

    [Theory]
    [InlineData("query_range?query={app=\"web\"", 400, "parse error at line 1, col 11: syntax error: unexpected $end, expecting } or ,")]
    [InlineData("query_range?query=", 400, "parse error at line 1, col 1: syntax error: unexpected $end")]
    [InlineData("query?query={app=\"web\"}", 400, "log queries are not supported as an instant query type, please change your query to a range query type")]
    [InlineData("query_range?query={app=\"web\"}&limit=0", 400, "limit must be a positive value")]
    [InlineData("query_range?query={app=\"web\"}&limit=6000", 400, "max entries limit per query exceeded, limit > max_entries_limit_per_query (6000 > 5000)")]
    [InlineData("query_range?query={app=\"web\"}&direction=up", 400, "invalid direction 'up'")]
    [InlineData("query_range?query={app=\"web\"}&start=20&end=10", 400, "end timestamp must not be before or equal to start time")]
    [InlineData("query_range?query=rate({app=\"web\"}[1m])&step=0", 400, "zero or negative query resolution step widths are not accepted. Try a positive integer")]
    [InlineData("query_range?query=rate({app=\"web\"}[1m])&start=1&end=100000&step=1", 400, "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter")]
    public async Task Query_ThatIsRefused_IsSoInLokisWords(string path, int status, string expected)
    {
        using HttpResponseMessage answer = await _http.GetAsync("loki/api/v1/" + path);
        ((int)answer.StatusCode).ShouldBe(status);
        (await answer.Content.ReadAsStringAsync()).ShouldBe(expected + "\n");
    }

    [Theory]
    [InlineData("{\"streams\":[{\"stream\":{},\"values\":[[\"NOW\",\"x\"]]}]}", "at least one label pair is required per stream")]
    [InlineData("{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[[\"1\",\"x\"]]}]}", "has timestamp too old")]
    [InlineData("{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[[\"soon\",\"x\"]]}]}", "soon")]
    [InlineData("{\"streams\":[]}", "at least one valid stream is required")]
    [InlineData("no json", "")]
    public async Task Push_ThatIsWrong_IsRefusedWithAReason(string body, string expected)
    {
        using HttpResponseMessage answer = await PostAsync(body.Replace("NOW", $"{Now}", StringComparison.Ordinal));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain(expected);
    }

    [Fact]
    public async Task Discovery_TellsWhatThereIs()
    {
        await PushAsync("level=info user=7 took=5ms size=1KB", "{}");
        (await GetAsync("loki/api/v1/labels"))["data"]!.ToJsonString().ShouldBe("""["app","service_name"]""");
        (await GetAsync("loki/api/v1/label/app/values"))["data"]!.ToJsonString().ShouldBe("""["web"]""");
        (await GetAsync("loki/api/v1/label/nope/values")).ToJsonString().ShouldBe("""{"status":"success"}""");
        (await GetAsync("loki/api/v1/series?match[]={app=\"web\"}"))["data"]!.ToJsonString().ShouldBe("""[{"app":"web","service_name":"web"}]""");
        (await GetAsync("loki/api/v1/index/stats?query={app=\"web\"}")).ToJsonString().ShouldBe("""{"streams":1,"chunks":1,"bytes":35,"entries":1}""");
        (await GetAsync("loki/api/v1/index/volume?query={app=\"web\"}"))["data"]!["result"]![0]!["metric"]!.ToJsonString().ShouldBe("""{"app":"web"}""");
        (await GetAsync("loki/api/v1/detected_labels"))["detectedLabels"]!.AsArray().Count.ShouldBe(2);
        (await GetAsync("loki/api/v1/detected_fields?query={app=\"web\"}"))["fields"]!.AsArray().Select(field => $"{field!["label"]}:{field["type"]}")
            .ShouldBe(["level:string", "size:bytes", "took:duration", "user:int"]);
        (await GetAsync("loki/api/v1/patterns?query={app=\"web\"}"))["data"]![0]!["pattern"]!.ToString().ShouldBe("level=info user=<_> took=<_> size=<_>");
        (await GetAsync("loki/api/v1/format_query?query={app=\"web\"}|=\"x\""))["data"]!.ToString().ShouldBe("{app=\"web\"} |= \"x\"");
    }

    [Fact]
    public async Task Context_OfALine_IsWhatStandsAroundIt()
    {
        long now = Now;
        using HttpResponseMessage pushed = await PostAsync($$$"""{"streams":[{"stream":{"app":"web"},"values":[{{{string.Join(',', Enumerable.Range(0, 9).Select(index => $"[\"{now + index}\",\"line {index}\"]"))}}}]}]}""");
        JsonNode context = (await GetAsync($"loki/api/v1/context?query={{app=\"web\"}}&time={now + 4}&before=2&after=1"))["data"]!;
        string.Join('|', new[] { "before", "at", "after" }.SelectMany(side => context[side]!.AsArray()).Select(line => $"{line!["line"]}")).ShouldBe("line 2|line 3|line 4|line 5");
    }

    [Fact]
    public async Task Tail_GivesLinesAsTheyCome()
    {
        await PushAsync("before", "{}");
        using var socket = new ClientWebSocket();
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{_area.Ports.Query}/loki/api/v1/tail?query={{app=\"web\"}}"), enough.Token);
        (await ReceiveAsync(socket, enough.Token)).ShouldContain("before");
        await PushAsync("after", "{}");
        (await ReceiveAsync(socket, enough.Token)).ShouldContain("after");
    }

    [Fact]
    public async Task PromQL_MayAskForNumbersOfLines()
    {
        await PushAsync("level=error a", "{}");
        await PushAsync("level=error b", "{}");
        string query = Uri.EscapeDataString("sum by (app) ({__logql__='count_over_time({app=\"web\"} |= \"error\" [5m])'}) * 10");
        JsonNode answer = await GetAsync($"api/v1/query?query={query}&time={(Now / 1e9) + 1}");
        answer["data"]!["result"]![0]!["metric"]!.ToJsonString().ShouldBe("""{"app":"web"}""");
        answer["data"]!["result"]![0]!["value"]![1]!.ToString().ShouldBe("20");
        using HttpResponseMessage refused = await _http.GetAsync("api/v1/query?query=" + Uri.EscapeDataString("{__logql__='rate('}"));
        (await refused.Content.ReadAsStringAsync()).ShouldContain("parse error at line 1");
    }

    [Fact]
    public async Task Jaeger_InBothVersions_AnswersWhatWasSentAsOtlp()
    {
        string spans = $$$"""{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"web"}}]},"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","name":"GET /","kind":2,"startTimeUnixNano":"{{{Now}}}","endTimeUnixNano":"{{{Now + 5_000_000}}}","attributes":[{"key":"http.status","value":{"intValue":"500"}}],"status":{"code":2}}]}]}]}""";
        using (HttpResponseMessage sent = await _http.PostAsync(new Uri($"http://127.0.0.1:{_area.Ports.OtlpHttp}/v1/traces"), new StringContent(spans, Encoding.UTF8, "application/json")))
        {
            sent.EnsureSuccessStatusCode();
        }

        (await GetAsync("api/services"))["data"]!.ToJsonString().ShouldBe("""["web"]""");
        (await GetAsync("api/traces?service=web&tags=" + Uri.EscapeDataString("""{"http.status":"500","error":"true"}""") + "&minDuration=1ms&lookback=1h"))["data"]!.AsArray().Count.ShouldBe(1);
        (await GetAsync("api/traces?service=web&maxDuration=1ms"))["data"]!.AsArray().Count.ShouldBe(0);
        (await GetAsync("api/v3/services")).ToJsonString().ShouldBe("""{"services":["web"]}""");
        (await GetAsync("api/v3/operations?service=web")).ToJsonString().ShouldBe("""{"operations":[{"name":"GET /","spanKind":"server"}]}""");
        JsonNode three = (await GetAsync("api/v3/traces/4bf92f3577b34da6a3ce929d0e0e4736"))["result"]!["resourceSpans"]![0]!["scopeSpans"]![0]!["spans"]![0]!;
        three["traceId"]!.ToString().ShouldBe("4bf92f3577b34da6a3ce929d0e0e4736");
        string range = $"query.start_time_min={Uri.EscapeDataString(TimeProvider.System.GetUtcNow().AddHours(-1).ToString("O"))}&query.start_time_max={Uri.EscapeDataString(TimeProvider.System.GetUtcNow().AddHours(1).ToString("O"))}";
        (await GetAsync($"api/v3/traces?query.service_name=web&{range}"))["result"]!["resourceSpans"]!.AsArray().Count.ShouldBe(1);
        using HttpResponseMessage none = await _http.GetAsync("api/v3/traces/00000000000000000000000000000001");
        none.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await GetAsync("api/traces/search?q=" + Uri.EscapeDataString("{ status = error }")))["data"]![0]!["rootOperation"]!.ToString().ShouldBe("GET /");
    }

    private static long Now => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static async Task<string> ReceiveAsync(ClientWebSocket socket, CancellationToken cancellation)
    {
        byte[] buffer = new byte[16 << 10];
        ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    private async Task<JsonNode> GetAsync(string path)
    {
        using HttpResponseMessage answer = await _http.GetAsync(path);
        string text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonNode.Parse(text)!;
    }

    private async Task PushAsync(string line, string metadata)
    {
        using HttpResponseMessage answer = await PostAsync($$$"""{"streams":[{"stream":{"app":"web"},"values":[["{{{Now}}}","{{{line}}}",{{{metadata}}}]]}]}""");
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    private Task<HttpResponseMessage> PostAsync(string body)
    {
        var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return _http.PostAsync("loki/api/v1/push", content);
    }
}

using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Telemetry.Scrape;
using Fairway.Telemetry.Tests.Metrics;
using Fairway.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Prometheus;

/// <summary>What clients of Prometheus ask besides queries, over HTTP.</summary>
public sealed class ServerEndpointTests
{
    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    [Fact]
    public async Task Federate_SaysTheNewestSampleOfEachSelectedSeries()
    {
        await using TelemetryServer server = await TelemetryServer.StartAsync();
        long now = Now;
        await TelemetryServer.WriteAsync(server.Http,
        [
            (Labels.Of((Labels.MetricName, "b"), ("instance", "i"), ("q", "a\"b")), [(now - 20_000, 1), (now - 10_000, 2.5)]),
            (Labels.Of((Labels.MetricName, "a")), [(now - 9_000, 3)]),
            (Labels.Of((Labels.MetricName, "a"), ("x", "1")), [(now - 9_000, double.PositiveInfinity)]),
            (Labels.Of((Labels.MetricName, "old")), [(now - 600_000, 1)]),
            (Labels.Of((Labels.MetricName, "unasked")), [(now, 1)]),
        ]);
        using HttpResponseMessage response = await server.Http.GetAsync(new Uri("/federate?match[]=a&match[]={__name__=~%22a|b|old%22}", UriKind.Relative));
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
        (await response.Content.ReadAsStringAsync()).ShouldBe(
            $"# TYPE a untyped\na{{instance=\"\"}} 3 {now - 9_000}\na{{x=\"1\",instance=\"\"}} +Inf {now - 9_000}\n"
            + $"# TYPE b untyped\nb{{instance=\"i\",q=\"a\\\"b\"}} 2.5 {now - 10_000}\n");

        using HttpResponseMessage nothing = await server.Http.GetAsync(new Uri("/federate", UriKind.Relative));
        ((int)nothing.StatusCode, await nothing.Content.ReadAsStringAsync()).ShouldBe((200, ""));
        using HttpResponseMessage broken = await server.Http.GetAsync(new Uri("/federate?match[]=a%7B", UriKind.Relative));
        ((int)broken.StatusCode).ShouldBe(400);
        (await broken.Content.ReadAsStringAsync()).ShouldContain("parse error");
    }

    [Theory]
    [InlineData("allow-utf-8", "allow-utf-8", "{\"http.requests\",\"k.x\"=\"1\",instance=\"\"}")]
    [InlineData("dots", "dots", "http_dot_requests{k_dot_x=\"1\",instance=\"\"}")]
    [InlineData("values", "values", "U__http_2e_requests{U__k_2e_x=\"1\",instance=\"\"}")]
    [InlineData("underscores", "underscores", "http_requests{k_x=\"1\",instance=\"\"}")]
    [InlineData("another", "underscores", "http_requests{k_x=\"1\",instance=\"\"}")]
    public async Task Federate_EscapesNamesAsTheClientAsks(string asked, string said, string expected)
    {
        await using TelemetryServer server = await TelemetryServer.StartAsync();
        await TelemetryServer.WriteAsync(server.Http, [(Labels.Of((Labels.MetricName, "http.requests"), ("k.x", "1")), [(Now, 1)])]);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/federate?match[]=%7B__name__%3D~%22.%2B%22%7D", UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept", $"text/plain;version=0.0.4;escaping={asked}").ShouldBeTrue();
        using HttpResponseMessage response = await server.Http.SendAsync(request);
        response.Content.Headers.ContentType!.ToString().ShouldEndWith($"escaping={said}");
        (await response.Content.ReadAsStringAsync()).ShouldContain(expected);
    }

    [Fact]
    public async Task Answer_ToAClientThatTakesGzip_IsPacked()
    {
        await using TelemetryServer server = await TelemetryServer.StartAsync();
        await TelemetryServer.WriteAsync(server.Http, [.. Enumerable.Range(0, 100).Select(index => (Labels.Of((Labels.MetricName, "m"), ("i", $"{index}")), (IEnumerable<(long, double)>)[(Now, index)]))]);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/query?query=m", UriKind.Relative));
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        using HttpResponseMessage response = await server.Http.SendAsync(request);
        response.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        response.Headers.Vary.ShouldContain("Accept-Encoding");
        await using var unpacked = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using JsonDocument answer = await JsonDocument.ParseAsync(unpacked);
        answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength().ShouldBe(100);
    }

    [Fact]
    public async Task Notifications_ThereAreNone_AreAnEmptyListAndASilentStream()
    {
        await using TelemetryServer server = await TelemetryServer.StartAsync();
        (int status, JsonElement body) = await TelemetryServer.GetAsync(server.Http, "/api/v1/notifications");
        (status, body.GetProperty("data").GetArrayLength()).ShouldBe((200, 0));
        using HttpResponseMessage live = await server.Http.GetAsync(new Uri("/api/v1/notifications/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        live.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
    }

    [Fact]
    public async Task AdminApi_ThatIsOff_SaysSo()
    {
        await using TelemetryServer server = await TelemetryServer.StartAsync();
        foreach (string path in (string[])["delete_series?match[]=m", "clean_tombstones", "snapshot"])
        {
            (int status, JsonElement body) = await PostAsync(server.Http, "/api/v1/admin/tsdb/" + path);
            (status, body.GetProperty("errorType").GetString(), body.GetProperty("error").GetString()).ShouldBe((500, "unavailable", "admin APIs disabled"));
        }
    }

    [Fact]
    public async Task AdminApi_ThatIsOn_DeletesAndTakesSnapshots()
    {
        string directory = "";
        await using TelemetryServer server = await TelemetryServer.StartAsync(options =>
        {
            directory = options.Directory;
            return options with { AdminApi = true };
        });
        await TelemetryServer.WriteAsync(server.Http,
            [(Labels.Of((Labels.MetricName, "m"), ("x", "1")), [(Now, 1)]), (Labels.Of((Labels.MetricName, "m"), ("x", "2")), [(Now, 1)])]);
        (await PostAsync(server.Http, "/api/v1/admin/tsdb/delete_series")).Status.ShouldBe(400);
        (await PostAsync(server.Http, "/api/v1/admin/tsdb/delete_series?match[]=m%7Bx%3D%221%22%7D")).Status.ShouldBe(204);
        (await PostAsync(server.Http, "/api/v1/admin/tsdb/clean_tombstones")).Status.ShouldBe(204);
        (_, JsonElement left) = await TelemetryServer.GetAsync(server.Http, "/api/v1/query?query=m");
        JsonElement result = left.GetProperty("data").GetProperty("result");
        result.GetArrayLength().ShouldBe(1);
        result[0].GetProperty("metric").GetProperty("x").GetString().ShouldBe("2");

        (await PostAsync(server.Http, "/api/v1/admin/tsdb/snapshot?skip_head=perhaps")).Status.ShouldBe(400);
        (int status, JsonElement snapshot) = await PostAsync(server.Http, "/api/v1/admin/tsdb/snapshot");
        status.ShouldBe(200);
        string name = snapshot.GetProperty("data").GetProperty("name").GetString()!;
        Directory.EnumerateFiles(Path.Combine(directory, "metrics", "snapshots", name), "*", SearchOption.AllDirectories).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task TargetsMetadata_SaysTypeHelpAndUnitOfEachTarget()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        await using var server = new Fairway.Telemetry.TelemetryServer(new TelemetryPorts(0, 0, 0), NullLoggerFactory.Instance);
        var targets = new List<ScrapeTarget>();
        using var manager = new ScrapeManager(() => new Discovery(targets, []), store.Store, TimeProvider.System);
        TelemetryRoutes routes = TelemetryRoutes.Open(server.Routes);
        routes.Map("/page", ["GET"], context =>
        {
            context.Response.ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            return context.Response.WriteAsync("# TYPE size_bytes gauge\n# UNIT size_bytes bytes\n# HELP size_bytes How large.\nsize_bytes 3\n# TYPE n counter\nn_total 1\n# EOF\n");
        });
        new TargetEndpoints(manager).MapTo(routes);
        await server.StartAsync(CancellationToken.None);
        targets.Add(new ScrapeTarget("pool", new Uri($"http://127.0.0.1:{server.Ports.Query}/page"), Labels.Of(("instance", "i:1"), ("job", "j")), Labels.Empty) { Interval = TimeSpan.FromMilliseconds(200) });
        using var stop = new CancellationTokenSource();
        Task run = manager.RunAsync(stop.Token);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Ports.Query}") };
        try
        {
            await Eventually.Holds(() => manager.Loops.Any(loop => loop.Metadata.Any()), "the page is fetched");
            (_, JsonElement all) = await TelemetryServer.GetAsync(http, "/api/v1/targets/metadata?match_target=%7Bjob%3D%22j%22%7D");
            JsonElement size = all.GetProperty("data").EnumerateArray().Single(one => one.GetProperty("metric").GetString() == "size_bytes");
            size.GetProperty("type").GetString().ShouldBe("gauge");
            size.GetProperty("help").GetString().ShouldBe("How large.");
            size.GetProperty("unit").GetString().ShouldBe("bytes");
            size.GetProperty("target").GetProperty("instance").GetString().ShouldBe("i:1");
            (_, JsonElement one) = await TelemetryServer.GetAsync(http, "/api/v1/targets/metadata?metric=size_bytes");
            one.GetProperty("data").GetArrayLength().ShouldBe(1);
            one.GetProperty("data")[0].TryGetProperty("metric", out _).ShouldBeFalse("the metric that was asked for is not repeated");
            (_, JsonElement none) = await TelemetryServer.GetAsync(http, "/api/v1/targets/metadata?match_target=%7Bjob%3D%22other%22%7D");
            none.GetProperty("data").GetArrayLength().ShouldBe(0);
            (await TelemetryServer.GetAsync(http, "/api/v1/targets/metadata?limit=x")).Status.ShouldBe(400);
            (await TelemetryServer.GetAsync(http, "/api/v1/targets/metadata?match_target=%7B")).Status.ShouldBe(400);
        }
        finally
        {
            await stop.CancelAsync();
            await run.ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private static async Task<(int Status, JsonElement Body)> PostAsync(HttpClient http, string path)
    {
        using HttpResponseMessage response = await http.PostAsync(new Uri(path, UriKind.Relative), null);
        string body = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, body.Length == 0 ? default : JsonDocument.Parse(body).RootElement);
    }
}

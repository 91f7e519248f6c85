using System.Net;
using Fairway.PromQL;
using Fairway.Telemetry.Forwarding;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Tests.Metrics;
using Fairway.Telemetry.Wire;
using Fairway.Testing;

namespace Fairway.Telemetry.Tests.Forwarding;

public sealed class ForwardingTests
{
    [Theory]
    [InlineData("remote_write: [{}]", "url for remote_write is empty")]
    [InlineData("otlp: [{endpoint: 'http://x', signals: [metric]}]", "unknown signal \"metric\", expected metrics, logs or traces")]
    [InlineData("remote_write: [{url: 'http://x', basic_auth: {username: a}, bearer_token: b}]", "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured")]
    [InlineData("remote_write: [{url: 'http://x', name: a}, {url: 'http://y', name: a}]", "found multiple receivers with the name \"a\"")]
    [InlineData("remotewrite: []", "field remotewrite not found in type config.plain")]
    public void Configuration_ThatIsBroken_SaysWhat(string text, string problem)
        => Should.Throw<ForwardConfigException>(() => ForwardConfigReader.Read(text, "forward.yml")).Message.ShouldContain(problem);

    [Fact]
    public void Configuration_WithDefaults_IsRead()
    {
        ForwardConfig config = ForwardConfigReader.Read(
            "external_labels: {region: eu}\nremote_write: [{url: 'http://p/api/v1/write', protobuf_message: io.prometheus.write.v2.Request, queue_config: {max_samples_per_send: 10}}]\notlp: [{endpoint: 'http://o:4318', signals: [logs]}]", "forward.yml");
        config.ExternalLabels["region"].ShouldBe("eu");
        config.Targets.Select(target => (target.Name, target.Protocol, target.MostSamples)).ShouldBe([("remote-write-0", ForwardProtocol.RemoteWriteTwo, 10), ("otlp-0", ForwardProtocol.Otlp, 2000)]);
        config.Targets[1].Signals.ShouldBe(["logs"]);
    }

    [Fact]
    public async Task Sender_WhenTheReceiverIsBusy_TriesAgainAndGivesUpOnRefusalsOnly()
    {
        using var listener = new HttpListener();
        int port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        int[] codes = [503, 429, 204, 400];
        var seen = new List<string?>();
        Task answering = Task.Run(async () =>
        {
            foreach (int code in codes)
            {
                HttpListenerContext context = await listener.GetContextAsync();
                seen.Add(context.Request.Headers["X-Scope-OrgID"]);
                context.Response.StatusCode = code;
                context.Response.Close();
            }
        });
        ForwardConfig config = ForwardConfigReader.Read($"remote_write: [{{url: 'http://127.0.0.1:{port}/', headers: {{X-Scope-OrgID: me}}, queue_config: {{min_backoff: 1ms}}}}]", "forward.yml");
        using var clients = new Fairway.Telemetry.Alerting.HttpClients(TimeProvider.System);
        var sender = new ForwardSender(config.Targets[0], clients, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        (await sender.SendAsync(config.Targets[0].Url, new byte[] { 1 }, 5, default)).ShouldBeTrue();
        (await sender.SendAsync(config.Targets[0].Url, new byte[] { 1 }, 3, default)).ShouldBeFalse();
        await answering;
        (sender.State.Sent, sender.State.Refused, sender.State.Retries).ShouldBe((5, 3, 2));
        seen.ShouldAllBe(header => header == "me");
    }

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData(", send_native_histograms: true, send_exemplars: true", 1, 1)]
    public async Task Metrics_ByTheFirstRemoteWrite_GoByTheirRulesAndWithoutWhatWasNotAskedFor(string settings, int histograms, int exemplars)
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        using var listener = new HttpListener();
        int port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        ForwardConfig config = ForwardConfigReader.Read(
            $"external_labels: {{region: eu}}\nremote_write: [{{url: 'http://127.0.0.1:{port}/', write_relabel_configs: [{{source_labels: [__name__], regex: 'go_.*', action: drop}}, {{regex: pod, action: labeldrop}}]{settings}}}]", "forward.yml");
        using var clients = new Fairway.Telemetry.Alerting.HttpClients(TimeProvider.System);
        var sender = new ForwardSender(config.Targets[0], clients, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var forwarder = new MetricForwarder(config.Targets[0], sender, store.Store, config.ExternalLabels, Directory.CreateTempSubdirectory().FullName, store.Time);
        await forwarder.SendDueAsync(default);
        store.Time.Advance(TimeSpan.FromSeconds(30));
        long at = store.Now - 15_000;
        await store.AppendAsync((Labels.Of(("__name__", "up"), ("pod", "p")), at, 1), (Labels.Of(("__name__", "go_x")), at, 2));
        MetricBatch batch = store.Store.NewBatch();
        batch.Append(batch.Series(Labels.Of(("__name__", "took")), out _)!, at, new FloatHistogram { Schema = 0, Count = 2, Sum = 2, Positive = new BucketSet([1], [2]) });
        await batch.CommitAsync();
        store.Store.Exemplars.Add(Labels.Of(("__name__", "took")), new Exemplar(Labels.Of(("trace_id", "t")), at, 1.5)).ShouldBeTrue();

        Task<HttpListenerContext> request = listener.GetContextAsync();
        Task sending = forwarder.SendDueAsync(default);
        HttpListenerContext context = await request.WaitAsync(TimeSpan.FromSeconds(20));
        var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body);
        context.Response.Close();
        await sending;
        var seen = new List<string>();
        (int Histograms, int Exemplars) counted = Count(Snappy.Decode(body.ToArray(), 1 << 20), seen);
        seen.ShouldContain("__name__=up,region=eu");
        seen.ShouldNotContain(series => series.Contains("go_x", StringComparison.Ordinal));
        counted.ShouldBe((histograms, exemplars));
    }

    [Fact]
    public async Task Logs_SentOn_AreLinesOfTheSameServiceThere()
    {
        using var listener = new HttpListener();
        int port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        ForwardConfig config = ForwardConfigReader.Read($"external_labels: {{region: eu}}\notlp: [{{endpoint: 'http://127.0.0.1:{port}', signals: [logs]}}]", "forward.yml");
        using var clients = new Fairway.Telemetry.Alerting.HttpClients(TimeProvider.System);
        var sender = new ForwardSender(config.Targets[0], clients, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var forwarder = new StreamForwarder(config.Targets[0], sender, config.ExternalLabels);
        Labels stream = Labels.Of(("service", "shop"), ("service_name", "shop"), ("team", "a"), ("release", "r1"), ("k8s_pod_name", "shop-1"));
        forwarder.Take(new LogBatch(stream, [new LogEntry(5, "line", Labels.Of(("severity_number", "9"), ("severity_text", "INFO"), ("trace_id", "5b8efff798038103d269b633813fc60c"), ("order", "7")))]));
        using var end = new CancellationTokenSource();
        Task<HttpListenerContext> request = listener.GetContextAsync();
        Task running = forwarder.RunAsync(end.Token);
        HttpListenerContext context = await request.WaitAsync(TimeSpan.FromSeconds(20));
        context.Request.Url!.AbsolutePath.ShouldBe("/v1/logs");
        var body = new MemoryStream();
        await using (var unpacked = new System.IO.Compression.GZipStream(context.Request.InputStream, System.IO.Compression.CompressionMode.Decompress))
        {
            await unpacked.CopyToAsync(body);
        }

        context.Response.Close();
        await end.CancelAsync();
        await running.ContinueWith(static _ => { }, TaskScheduler.Default);
        LogBatch got = new OtlpLogs(TimeProvider.System).Read(body.ToArray()).Single();
        got.Stream.ShouldBe(stream);
        got.Entries.Single().ShouldBe(new LogEntry(5, "line", Labels.Of(
            ("order", "7"), ("region", "eu"), ("severity_number", "9"), ("severity_text", "INFO"), ("trace_id", "5b8efff798038103d269b633813fc60c"))));
    }

    [Fact]
    public async Task Token_OfOAuth_IsAskedForOnceWhileItLives()
    {
        using var listener = new HttpListener();
        int port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        var asked = new List<string>();
        Task answering = Task.Run(async () =>
        {
            for (int count = 0; count < 5; count++)
            {
                HttpListenerContext context = await listener.GetContextAsync();
                bool token = context.Request.Url!.AbsolutePath == "/token";
                asked.Add(token ? "token" : context.Request.Headers["Authorization"]!);
                context.Response.Close(token ? "{\"access_token\":\"t\",\"expires_in\":60}"u8.ToArray() : [], willBlock: false);
            }
        });
        var time = new ManualTime();
        ForwardConfig config = ForwardConfigReader.Read($"remote_write: [{{url: 'http://127.0.0.1:{port}/', oauth2: {{client_id: c, client_secret: s, token_url: 'http://127.0.0.1:{port}/token'}}}}]", "forward.yml");
        using var clients = new Fairway.Telemetry.Alerting.HttpClients(time);
        var sender = new ForwardSender(config.Targets[0], clients, time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await sender.SendAsync(config.Targets[0].Url, new byte[] { 1 }, 1, default);
        await sender.SendAsync(config.Targets[0].Url, new byte[] { 1 }, 1, default);
        time.Advance(TimeSpan.FromSeconds(55));
        await sender.SendAsync(config.Targets[0].Url, new byte[] { 1 }, 1, default);
        await answering;
        asked.ShouldBe(["token", "Bearer t", "Bearer t", "token", "Bearer t"]);
    }

    private static (int Histograms, int Exemplars) Count(byte[] body, List<string> names)
    {
        (int histograms, int exemplars) = (0, 0);
        var request = new ProtoReader(body);
        while (request.Next())
        {
            var labels = new List<string>();
            var series = new ProtoReader(request.Bytes());
            while (series.Next())
            {
                ReadOnlySpan<byte> part = series.Bytes();
                switch (series.Field)
                {
                    case 1:
                        (string name, string value) = ProtoReader.Pair(part);
                        labels.Add($"{name}={value}");
                        break;
                    case 3:
                        exemplars++;
                        break;
                    case 4:
                        histograms++;
                        break;
                }
            }

            names.Add(string.Join(',', labels));
        }

        return (histograms, exemplars);
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

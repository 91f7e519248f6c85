using System.Net;
using Fairway.Telemetry.Forwarding;

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
        using var clients = new Fairway.Telemetry.Alerting.HttpClients();
        var sender = new ForwardSender(config.Targets[0], clients, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        (await sender.SendAsync(config.Targets[0].Url, new byte[] { 1 }, 5, default)).ShouldBeTrue();
        (await sender.SendAsync(config.Targets[0].Url, new byte[] { 1 }, 3, default)).ShouldBeFalse();
        await answering;
        (sender.State.Sent, sender.State.Refused, sender.State.Retries).ShouldBe((5, 3, 2));
        seen.ShouldAllBe(header => header == "me");
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

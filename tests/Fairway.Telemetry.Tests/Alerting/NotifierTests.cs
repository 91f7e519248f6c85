using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.Telemetry.Alerting;

namespace Fairway.Telemetry.Tests.Alerting;

/// <summary>What receivers get, byte for byte where that matters: mails by SMTP, bodies by HTTP, and answers that mean no.</summary>
public sealed class NotifierTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private readonly HttpClients http = new(TimeProvider.System);

    [Theory]
    [InlineData("LOGIN", "AUTH LOGIN,u,p")]
    [InlineData("PLAIN LOGIN", "AUTH PLAIN id|u|p")]
    [InlineData("CRAM-MD5 PLAIN", "AUTH CRAM-MD5,u 32ff8b6cd6b9f3a2d3ba8a1b0ae8bb23")]
    public async Task Mail_ToAServerWithAuthentication_GivesWhoItIs(string mechanisms, string expected)
    {
        using var server = new MailServer(mechanisms, startTls: false);
        Task taken = server.TakeAsync();
        await SendAsync("email", $"{{to: 'a@x.org, B <b@y.org>', from: 'Me <me@z.org>', smarthost: '127.0.0.1:{server.Port}', auth_username: u, auth_password: p, auth_secret: s, auth_identity: id, require_tls: false, text: \"one\\n.two\", headers: {{subject: 'Übel {{{{ .Status }}}}'}}}}");
        await taken.WaitAsync(TimeSpan.FromSeconds(30));
        string[] wanted = expected.Split(',');
        if (wanted[0].Contains("CRAM", StringComparison.Ordinal))
        {
            wanted[1] = "u " + Convert.ToHexStringLower(System.Security.Cryptography.HMACMD5.HashData("s"u8, "<1@here>"u8));
        }

        server.Said.Skip(1).ShouldBe([.. wanted, "MAIL FROM:<me@z.org> BODY=8BITMIME", "RCPT TO:<a@x.org>", "RCPT TO:<b@y.org>", "DATA", "QUIT"]);
        server.Mail.ShouldContain("To: a@x.org, B <b@y.org>\n");
        server.Mail.ShouldContain("Subject: =?utf-8?q?=C3=9Cbel_firing?=\n");
        server.Mail.ShouldContain("\none\n.two");
        server.Mail.ShouldContain("Content-Type: text/html; charset=UTF-8\n");
    }

    [Fact]
    public async Task Mail_ToAServerWithStartTls_IsSentInsideOfIt()
    {
        using var server = new MailServer("PLAIN", startTls: true);
        string authority = Path.Combine(Directory.CreateTempSubdirectory().FullName, "ca.pem");
        await File.WriteAllTextAsync(authority, server.Certificate.ExportCertificatePem());
        Task taken = server.TakeAsync();
        await SendAsync("email", $"{{to: a@x.org, from: me@z.org, smarthost: '127.0.0.1:{server.Port}', auth_username: u, auth_password: p, tls_config: {{ca_file: '{authority}'}}}}");
        await taken.WaitAsync(TimeSpan.FromSeconds(30));
        server.Said.Select(line => line.Split(' ')[0]).ShouldBe(["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]);
    }

    [Fact]
    public async Task Mail_ThatMustBeSecret_IsNotSentToAServerWithoutTls()
    {
        using var server = new MailServer("PLAIN", startTls: false);
        _ = server.TakeAsync();
        NotifyException refused = await Should.ThrowAsync<NotifyException>(() => SendAsync("email", $"{{to: a@x.org, from: me@z.org, smarthost: '127.0.0.1:{server.Port}'}}"));
        refused.Message.ShouldContain("does not advertise the STARTTLS extension");
        server.Mail.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("slack", "api_url: 'URL', channel: x", "ok", "text/plain", null)]
    [InlineData("slack", "api_url: 'URL', channel: x", "no_text", "text/plain", "received an error response from Slack: no_text")]
    [InlineData("slack", "api_url: 'URL', channel: x", "{\"ok\":false,\"error\":\"invalid_auth\"}", "application/json", "error response from Slack: invalid_auth")]
    [InlineData("rocketchat", "api_url: 'URL', token: t, token_id: i", "{\"success\":false,\"error\":\"no room\"}", "application/json", "error response from Rocketchat: no room")]
    [InlineData("telegram", "api_url: 'URL', bot_token: t, chat_id: 5", "{\"ok\":false,\"description\":\"chat not found\"}", "application/json", "telegram: chat not found")]
    public async Task Answer_ThatMeansNo_IsAFailure(string kind, string settings, string answer, string type, string? problem)
    {
        using var sink = new Sink(answer, type);
        Task sending = SendAsync(kind, $"{{{settings.Replace("URL", sink.Url, StringComparison.Ordinal)}}}");
        if (problem is null)
        {
            await sending;
        }
        else
        {
            (await Should.ThrowAsync<NotifyException>(() => sending)).Message.ShouldBe(problem);
        }
    }

    [Fact]
    public async Task PagerDuty_Details_AreTakenForTheYamlThatTheyReadAs()
    {
        using var sink = new Sink("{}", "application/json");
        await SendAsync("pagerduty", $"{{routing_key: k, url: '{sink.Url}', details: {{count: '{{{{ len .Alerts }}}}', state: '{{{{ .Status }}}}', list: '[1, a]', deep: {{x: ['{{{{ .Receiver }}}}']}}}}}}");
        JsonNode details = sink.Body["payload"]!["custom_details"]!;
        details["count"]!.GetValue<int>().ShouldBe(2);
        details["state"]!.GetValue<string>().ShouldBe("firing");
        details["list"]!.ToJsonString().ShouldBe("[1,\"a\"]");
        details["deep"]!.ToJsonString().ShouldBe("{\"x\":[\"r\"]}");
        sink.Body["event_action"]!.GetValue<string>().ShouldBe("trigger");
    }

    [Fact]
    public async Task Webhook_WithALimit_SaysHowManyAlertsItLeavesOut()
    {
        using var sink = new Sink(string.Empty, "text/plain");
        await SendAsync("webhook", $"{{url: '{sink.Url}', max_alerts: 1}}");
        sink.Body["alerts"]!.AsArray().Count.ShouldBe(1);
        sink.Body["truncatedAlerts"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task Mattermost_WithAttachments_SendsThemAndOnlyThePriorityThatMakesSense()
    {
        using var sink = new Sink("ok", "text/plain");
        await SendAsync("mattermost", $"{{webhook_url: '{sink.Url}', text: T, attachments: [{{title: a, fields: [{{title: x, value: '{{{{ .Status }}}}', short: true}}]}}, {{text: b}}], priority: {{priority: Important, requested_ack: true, persistent_notifications: true}}}}");
        sink.Body["text"]!.GetValue<string>().ShouldBe("T");
        sink.Body["attachments"]!.ToJsonString().ShouldBe("[{\"title\":\"a\",\"fields\":[{\"title\":\"x\",\"value\":\"firing\",\"short\":true}]},{\"text\":\"b\"}]");
        sink.Body["priority"]!.ToJsonString().ShouldBe("{\"priority\":\"important\",\"requested_ack\":true}");
    }

    public void Dispose() => http.Dispose();

    private async Task SendAsync(string kind, string settings)
    {
        AlertConfig config = AlertConfigReader.Read(string.Create(CultureInfo.InvariantCulture, $"route: {{receiver: r}}\nreceivers: [{{name: r, {kind}_configs: [{settings}]}}]"), "test");
        ManagedAlert[] alerts = [Alert("a"), Alert("b")];
        var notification = new Notification("r", "{}:{}", Labels.Empty, alerts, "http://here", "first notification", Now);
        await new Notifiers(http).SendAsync(new Telling(config.Receivers["r"].Integrations.Single(), notification, new NotificationTemplates([], TimeProvider.System)), CancellationToken.None);
    }

    private static ManagedAlert Alert(string instance)
        => new(Labels.Of(("alertname", "Down"), ("instance", instance)), Labels.Of(("summary", "gone")), Now, Now.AddHours(1), Now, "http://rule");

    /// <summary>Answers one request and keeps its body.</summary>
    private sealed class Sink : IDisposable
    {
        private readonly HttpListener listener = new();
        private readonly Task<string> taken;

        public Sink(string answer, string type)
        {
            using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            probe.Stop();
            listener.Prefixes.Add(Url);
            listener.Start();
            taken = TakeAsync(answer, type);
        }

        public string Url { get; }

        public JsonNode Body => JsonNode.Parse(taken.GetAwaiter().GetResult())!;

        public void Dispose() => listener.Close();

        private async Task<string> TakeAsync(string answer, string type)
        {
            HttpListenerContext context = await listener.GetContextAsync();
            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            string body = await reader.ReadToEndAsync();
            context.Response.ContentType = type;
            context.Response.Close(Encoding.UTF8.GetBytes(answer), willBlock: false);
            return body;
        }
    }
}

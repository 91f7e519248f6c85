using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.Telemetry.Alerting;
using Fairway.Telemetry.Rules;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Alerting;

public sealed class AlertManagerTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Routes_OfAnAlert_AreTheDeepestThatTakeIt()
    {
        AlertConfig config = AlertConfigReader.Read(
            """
            route:
              receiver: a
              group_by: [alertname]
              routes:
                - matchers: ['team="x"']
                  receiver: b
                  continue: true
                - match_re: { team: "x|y" }
                  group_by: ['...']
                  routes: [{ match: { severity: page }, receiver: c, group_wait: 0s }]
            receivers: [{ name: a }, { name: b }, { name: c }]
            """,
            "test");
        string[] Receivers(params (string, string)[] labels) => [.. config.Root.Find(Labels.Of(labels)).Select(route => route.Receiver)];
        Receivers(("team", "z")).ShouldBe(["a"]);
        Receivers(("team", "x")).ShouldBe(["b", "a"]);
        Receivers(("team", "y"), ("severity", "page")).ShouldBe(["c"]);
        Route deepest = config.Root.Find(Labels.Of(("team", "y"), ("severity", "page"))).Single();
        deepest.Key.ShouldBe("{}/{team=~\"^(?:x|y)$\"}/{severity=\"page\"}");
        deepest.GroupByAll.ShouldBeTrue();
        deepest.GroupWait.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("route: {receiver: x}", "undefined receiver \"x\" used in route")]
    [InlineData("receivers: [{name: a}]", "no routes provided")]
    [InlineData("", "no route provided in config")]
    [InlineData("route: {receiver: a, mute_time_intervals: [w]}\nreceivers: [{name: a}]", "root route must not have any mute time intervals")]
    [InlineData("route: {receiver: a, group_by: ['...', b]}\nreceivers: [{name: a}]", "cannot have wildcard group_by (`...`) and other labels at the same time")]
    [InlineData("route: {receiver: a, grup: b}\nreceivers: [{name: a}]", "yaml: unmarshal errors:\n  line 1: field grup not found in type config.plain")]
    [InlineData("route: {receiver: a}\nreceivers: [{name: a, opsgenie_configs: [{}]}]", "no global OpsGenie API Key set either inline or in a file")]
    [InlineData("route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'ftp://x'}]}]", "unsupported scheme \"ftp\" for URL")]
    [InlineData("route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: t, time_intervals: [{weekdays: ['friday:monday']}]}]", "start day cannot be before end day")]
    [InlineData("route: {receiver: a, match: {b: c}}\nreceivers: [{name: a}]", "root route must not have any matchers")]
    [InlineData("route: {receiver: a, routes: [{mute_time_intervals: [w]}]}\nreceivers: [{name: a}]", "undefined time interval \"w\" used in route")]
    public void Configuration_ThatIsBroken_SaysWhat(string text, string problem)
        => Should.Throw<AlertConfigException>(() => AlertConfigReader.Read(text, "am.yml")).Message.ShouldContain(problem);

    [Fact]
    public void Configuration_AsShown_HasDefaultsAndNoSecrets()
    {
        string shown = AlertConfigReader.Read(
            "global: {slack_api_url: 'https://hooks.example/T0/secret'}\nroute: {receiver: a, group_by: ['...']}\nreceivers: [{name: a, slack_configs: [{channel: '#x'}], webhook_configs: [{url: 'http://h/token'}]}]", "test").Original;
        shown.ShouldContain("  resolve_timeout: 5m\n");
        shown.ShouldContain("      api_url: <secret>".TrimStart());
        shown.ShouldContain("    channel: '#x'\n    username: '{{ template \"slack.default.username\" . }}'\n");
        shown.ShouldContain("  group_by:\n  - '...'\n");
        shown.ShouldNotContain("token");
        shown.ShouldNotContain("T0");
    }

    [Theory]
    [InlineData(false, "a", "", true, 0, "first notification")]
    [InlineData(false, "", "a", true, 0, null)]
    [InlineData(true, "a", "", true, 1, null)]
    [InlineData(true, "a,b", "", true, 1, "new alerts added")]
    [InlineData(true, "", "a", true, 1, "all alerts resolved")]
    [InlineData(true, "a", "c", true, 1, "some alerts resolved")]
    [InlineData(true, "a", "c", false, 1, null)]
    [InlineData(true, "a", "", true, 5, "repeat interval elapsed")]
    public void Planner_OnAGroup_DecidesAsAlertmanager(bool wasTold, string firing, string resolved, bool sendResolved, int hours, string? reason)
    {
        static HashSet<string> Set(string text) => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries)];
        NotificationEntry? last = wasTold ? new NotificationEntry("g", "r", Now, Set("a"), Set(string.Empty), string.Empty) : null;
        NotifyPlanner.Reason(last, Set(firing), Set(resolved), sendResolved, TimeSpan.FromHours(4), Now.AddHours(hours)).ShouldBe(reason);
    }

    [Theory]
    [InlineData("2026-03-02T10:30:00Z", true)]
    [InlineData("2026-03-02T08:30:00Z", true)]
    [InlineData("2026-03-02T07:30:00Z", false)]
    [InlineData("2026-03-01T10:30:00Z", false)]
    public void TimeInterval_WithAZone_ContainsLocalTimes(string time, bool contains)
    {
        var interval = new TimeInterval(JsonNode.Parse("""{"times":[{"start_time":"09:00","end_time":"17:00"}],"weekdays":["monday:friday"],"location":"Europe/Berlin"}""")!.AsObject());
        interval.Contains(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(contains);
    }

    [Fact]
    public void Inhibition_NeverKeepsASourceQuietThatIsATargetToo()
    {
        AlertConfig config = AlertConfigReader.Read(
            "route: {receiver: a}\nreceivers: [{name: a}]\ninhibit_rules: [{source_matchers: [severity=page], target_matchers: ['severity=~\"page|info\"'], equal: [job]}]", "test");
        ManagedAlert page = Alert(("alertname", "A"), ("severity", "page"), ("job", "x"));
        ManagedAlert info = Alert(("alertname", "B"), ("severity", "info"), ("job", "x"));
        ManagedAlert other = Alert(("alertname", "C"), ("severity", "page"), ("job", "x"));
        ManagedAlert elsewhere = Alert(("alertname", "D"), ("severity", "info"), ("job", "y"));
        ManagedAlert[] all = [page, info, other, elsewhere];
        Inhibition.By(info, all, config.Inhibitions, Now).ShouldNotBeEmpty();
        Inhibition.By(page, all, config.Inhibitions, Now).ShouldBeEmpty();
        Inhibition.By(elsewhere, all, config.Inhibitions, Now).ShouldBeEmpty();
    }

    [Fact]
    public async Task Manager_OnAlerts_TellsAWebhookOnceAndAgainWhenTheyEnd()
    {
        using var listener = new HttpListener();
        int port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        string directory = Directory.CreateTempSubdirectory().FullName;
        string config = Path.Combine(directory, "am.yml");
        await File.WriteAllTextAsync(
            config, $"route: {{receiver: hook, group_wait: 0s, group_interval: 1ms, group_by: [alertname]}}\nreceivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{port}/'}}]}}]\n");
        using var manager = new AlertManager(new AlertManagerOptions { Directory = directory, ConfigFile = config }, TimeProvider.System, NullLoggerFactory.Instance);
        ManagedAlert alert = Alert(("alertname", "Down"), ("job", "x")) with { StartsAt = DateTimeOffset.UnixEpoch, EndsAt = manager.Now.AddHours(1) };
        manager.Put(alert);
        JsonObject first = await TellAsync(manager, listener);
        first["version"]!.GetValue<string>().ShouldBe("4");
        first["status"]!.GetValue<string>().ShouldBe("firing");
        first["groupKey"]!.GetValue<string>().ShouldBe("{}:{alertname=\"Down\"}");
        first["alerts"]![0]!["fingerprint"]!.GetValue<string>().ShouldBe(alert.Fingerprint);
        first["commonLabels"]!["job"]!.GetValue<string>().ShouldBe("x");
        manager.Explain(alert).Single().Reasons.ShouldContain(reason => reason.Contains("was told at", StringComparison.Ordinal));

        manager.Put(alert with { EndsAt = manager.Now });
        JsonObject second = await TellAsync(manager, listener);
        second["status"]!.GetValue<string>().ShouldBe("resolved");
        manager.Groups.ShouldBeEmpty();
    }

    [Fact]
    public async Task Manager_Killed_TellsNothingAgainAndNoEndLess()
    {
        using var listener = new HttpListener();
        int port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        string directory = Directory.CreateTempSubdirectory().FullName;
        string config = Path.Combine(directory, "am.yml");
        await File.WriteAllTextAsync(
            config, $"route: {{receiver: hook, group_wait: 0s, group_interval: 1ms, group_by: [alertname]}}\nreceivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{port}/'}}]}}]\n");
        var time = new ManualTime();
        AlertManager Start() => new(new AlertManagerOptions { Directory = directory, ConfigFile = config }, time, NullLoggerFactory.Instance);

        // Neither of the first two is disposed: they are killed.
        AlertManager first = Start();
        var fires = new SentAlert(Labels.Of(("alertname", "Down")), Labels.Empty, time.GetUtcNow().ToUnixTimeMilliseconds(), time.GetUtcNow().AddMinutes(4).ToUnixTimeMilliseconds(), "up == 0");
        first.Take([fires]);
        (await TellAsync(first, listener))["status"]!.GetValue<string>().ShouldBe("firing");

        // An hour later nobody could have said anything meanwhile: it still fires, and nobody is told again.
        time.Advance(TimeSpan.FromHours(1));
        AlertManager second = Start();
        second.Alerts.Single().IsResolved(time.GetUtcNow()).ShouldBeFalse();
        Task<HttpListenerContext> any = listener.GetContextAsync();
        await second.FlushDueAsync(default);
        any.IsCompleted.ShouldBeFalse();

        // No rule knows of it any more: its end is told all the same.
        time.Advance(TimeSpan.FromMinutes(5));
        Task flush = second.FlushDueAsync(default);
        HttpListenerContext context = await any.WaitAsync(TimeSpan.FromSeconds(20));
        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        JsonNode.Parse(await reader.ReadToEndAsync())!["status"]!.GetValue<string>().ShouldBe("resolved");
        context.Response.Close();
        await flush;
        second.Dispose();
        first.Dispose();
    }

    [Fact]
    public async Task Manager_OfSiblingsWithOneKey_TellsEach()
    {
        using var listener = new HttpListener();
        int port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        string directory = Directory.CreateTempSubdirectory().FullName;
        string config = Path.Combine(directory, "am.yml");
        await File.WriteAllTextAsync(
            config,
            $"route: {{receiver: a, group_wait: 0s, group_interval: 1ms, routes: [{{receiver: a, continue: true}}, {{receiver: b, continue: true}}]}}\nreceivers: [{{name: a, webhook_configs: [{{url: 'http://127.0.0.1:{port}/'}}]}}, {{name: b, webhook_configs: [{{url: 'http://127.0.0.1:{port}/'}}]}}]\n");
        using var manager = new AlertManager(new AlertManagerOptions { Directory = directory, ConfigFile = config }, TimeProvider.System, NullLoggerFactory.Instance);
        manager.Put(Alert(("alertname", "Down")) with { StartsAt = DateTimeOffset.UnixEpoch, EndsAt = manager.Now.AddHours(1) });
        string[] told = [(await TellAsync(manager, listener))["receiver"]!.GetValue<string>(), (await TellAsync(manager, listener))["receiver"]!.GetValue<string>()];
        told.Order().ShouldBe(["a", "b"]);
    }

    [Fact]
    public void Silence_WhoseScopeChanges_EndsAndBeginsAnew()
    {
        var book = new SilenceBook(new StateFile(Path.Combine(Directory.CreateTempSubdirectory().FullName, "s.json")), TimeProvider.System);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        string first = book.Set(new Silence(string.Empty, AlertMatchers.Parse("a=b"), now, now.AddHours(1), now, "me", "why"));
        Silence kept = book.Find(first)!;
        book.Set(kept with { EndsAt = now.AddHours(2) }).ShouldBe(first);
        string second = book.Set(book.Find(first)! with { Matchers = AlertMatchers.Parse("a=c") });
        second.ShouldNotBe(first);
        book.Find(first)!.State(TimeProvider.System.GetUtcNow()).ShouldBe("expired");
        book.Over(Labels.Of(("a", "c")), TimeProvider.System.GetUtcNow()).Single().Id.ShouldBe(second);
        book.Expire(second).ShouldBeTrue();
        book.Over(Labels.Of(("a", "c")), TimeProvider.System.GetUtcNow()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a=b", "a=\"b\"")]
    [InlineData("{a!=\"x,y\", b=~\"c|d\"}", "a!=\"x,y\"|b=~\"c|d\"")]
    [InlineData("\"a b\"!~c", "\"a b\"!~\"c\"")]
    public void Matchers_InAllNotations_AreRead(string text, string expected)
        => string.Join('|', AlertMatchers.Parse(text).Select(matcher => matcher.ToString())).ShouldBe(expected);

    private static ManagedAlert Alert(params (string, string)[] labels) => new(Labels.Of(labels), Labels.Empty, Now, Now.AddHours(1), Now, string.Empty);

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task<JsonObject> TellAsync(AlertManager manager, HttpListener listener)
    {
        Task<HttpListenerContext> request = listener.GetContextAsync();
        Task flush = FlushAsync();
        HttpListenerContext context = await request.WaitAsync(TimeSpan.FromSeconds(20));
        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        string body = await reader.ReadToEndAsync();
        context.Response.Close();
        await flush;
        return JsonNode.Parse(body)!.AsObject();

        async Task FlushAsync()
        {
            while (!request.IsCompleted)
            {
                await manager.FlushDueAsync(default);
                await Task.Yield();
            }
        }
    }
}

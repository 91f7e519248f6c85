using System.Net;
using System.Net.WebSockets;
using System.Text;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Gateway;
using Fairway.Resources.Traffic;
using Fairway.Testing;

namespace Fairway.Gateway.Tests;

/// <summary>Real requests through a real listener to real servers.</summary>
public sealed class ForwardingTests
{
    [Fact]
    public async Task Request_WithoutARoute_SaysSo()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        using HttpResponseMessage answer = await gateway.Http.GetAsync(gateway.Url("/x", "nobody.dev.localhost"));
        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("No HTTPRoute matches nobody.dev.localhost/x");
    }

    [Fact]
    public async Task Request_ToServicesInEveryState_IsRefusedByItsReason()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Route(("missing", 1));
        await gateway.AnswersAsync("/", HttpStatusCode.InternalServerError);
        gateway.Serve("missing");
        await gateway.AnswersAsync("/", HttpStatusCode.ServiceUnavailable);
        gateway.Serve("missing", 1);
        await gateway.AnswersAsync("/", HttpStatusCode.BadGateway);
    }

    [Fact]
    public async Task Request_IsPassedOnWithItsTargetHostAndForwardedHeaders()
    {
        await using Backend backend = await Backend.StartAsync("one");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", backend.Port);
        gateway.Route(("web", 1));
        await gateway.AnswersAsync();
        using HttpResponseMessage answer = await gateway.Http.GetAsync(gateway.Url("/a%2Fb/c%20d?q=1&r=%26"));
        answer.Headers.GetValues("X-Target").Single().ShouldBe("/a%2Fb/c%20d?q=1&r=%26");
        string seen = answer.Headers.GetValues("X-Seen").Single();
        seen.ShouldContain($"Host=web.dev.localhost:{gateway.Area.Port}");
        seen.ShouldContain("X-Forwarded-For=127.0.0.1");
        seen.ShouldContain("X-Forwarded-Proto=http");
        seen.ShouldContain("traceparent=00-");
    }

    [Fact]
    public async Task Body_OfAnySize_ComesBackAsSent()
    {
        await using Backend backend = await Backend.StartAsync("one");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", backend.Port);
        gateway.Route(("web", 1));
        await gateway.AnswersAsync();
        foreach (int size in (int[])[0, 1, 100_000, 5_000_000])
        {
            byte[] body = new byte[size];
            new Random(size).NextBytes(body);
            using HttpResponseMessage answer = await gateway.Http.PostAsync(gateway.Url("/echo"), new ByteArrayContent(body));
            (await answer.Content.ReadAsByteArrayAsync()).SequenceEqual(body).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Answer_IsStreamedAsItComes()
    {
        await using Backend backend = await Backend.StartAsync("one");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", backend.Port);
        gateway.Route(("web", 1));
        await gateway.AnswersAsync();
        using HttpResponseMessage answer = await gateway.Http.GetAsync(gateway.Url("/halves"), HttpCompletionOption.ResponseHeadersRead);
        await using Stream body = await answer.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[64];
        int read = await body.ReadAsync(buffer);
        Encoding.UTF8.GetString(buffer, 0, read).ShouldBe("first;");
        backend.SecondHalf.SetResult();
        read = await body.ReadAsync(buffer);
        Encoding.UTF8.GetString(buffer, 0, read).ShouldBe("second");
    }

    [Fact]
    public async Task WebSocket_IsTunnelled()
    {
        await using Backend backend = await Backend.StartAsync("one");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", backend.Port);
        gateway.Route(("web", 1));
        await gateway.AnswersAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Host", "web.dev.localhost");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Area.Port}/echo-socket"), CancellationToken.None);
        await socket.SendAsync(Encoding.UTF8.GetBytes("ahoy"), WebSocketMessageType.Text, true, CancellationToken.None);
        byte[] buffer = new byte[64];
        WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, CancellationToken.None);
        Encoding.UTF8.GetString(buffer, 0, received.Count).ShouldBe("ahoy");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    [Fact]
    public async Task Endpoint_ThatRefusesConnections_CostsNoRequest()
    {
        await using Backend backend = await Backend.StartAsync("one");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", 1, backend.Port);
        gateway.Route(("web", 1));
        await gateway.AnswersAsync();
        for (int request = 0; request < 50; request++)
        {
            (await gateway.Http.GetStringAsync(gateway.Url("/"))).ShouldBe("one");
        }
    }

    [Fact]
    public async Task Timeout_OfTheRule_AnswersInTime()
    {
        await using Backend backend = await Backend.StartAsync("one");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", backend.Port);
        HTTPRoute route = LiveGateway.RouteTo(("web", 1));
        gateway.Cluster.Seed(route with { Spec = new HttpRouteSpec { Rules = [route.Spec.Rules![0] with { Timeouts = new HttpRouteTimeouts { Request = "200ms" } }] } });
        await gateway.AnswersAsync();
        using HttpResponseMessage answer = await gateway.Http.GetAsync(gateway.Url("/slow"));
        answer.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
    }

    [Fact]
    public async Task Filters_RedirectRewriteAndModify()
    {
        await using Backend backend = await Backend.StartAsync("one");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", backend.Port);
        gateway.Cluster.Seed(new HTTPRoute
        {
            Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
            Spec = new HttpRouteSpec
            {
                Rules =
                [
                    Rule("/old", new HttpRouteFilter { Type = "RequestRedirect", RequestRedirect = new() { Path = new() { Type = "ReplacePrefixMatch", ReplacePrefixMatch = "/new" }, StatusCode = 301 } }),
                    Rule("/api", new HttpRouteFilter { Type = "URLRewrite", UrlRewrite = new() { Hostname = "inner.test", Path = new() { Type = "ReplacePrefixMatch", ReplacePrefixMatch = "/" } } }),
                    Rule("/", new HttpRouteFilter { Type = "ResponseHeaderModifier", ResponseHeaderModifier = new() { Set = [new() { Name = "X-Extra", Value = "yes" }] } }),
                ],
            },
        });
        await gateway.AnswersAsync();
        using HttpResponseMessage redirect = await gateway.Http.GetAsync(gateway.Url("/old/page?x=1"));
        redirect.StatusCode.ShouldBe(HttpStatusCode.MovedPermanently);
        redirect.Headers.Location!.PathAndQuery.ShouldBe("/new/page?x=1");
        using HttpResponseMessage rewritten = await gateway.Http.GetAsync(gateway.Url("/api/things?x=1"));
        rewritten.Headers.GetValues("X-Target").Single().ShouldBe("/things?x=1");
        rewritten.Headers.GetValues("X-Seen").Single().ShouldContain("Host=inner.test");
        using HttpResponseMessage modified = await gateway.Http.GetAsync(gateway.Url("/"));
        modified.Headers.GetValues("X-Extra").Single().ShouldBe("yes");

        static HttpRouteRule Rule(string prefix, HttpRouteFilter filter) => new()
        {
            Matches = [new HttpRouteMatch { Path = new HttpPathMatch { Type = "PathPrefix", Value = prefix } }],
            Filters = [filter],
            BackendRefs = [new HttpBackendRef { Name = "web", Port = 80 }],
        };
    }

    /// <summary>Weights move a hundred times under load, endpoints come and go: every request is answered by somebody.</summary>
    [Fact]
    public async Task WeightSwitches_UnderLoad_LoseNothing()
    {
        await using Backend stable = await Backend.StartAsync("stable");
        await using Backend canary = await Backend.StartAsync("canary");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", stable.Port);
        gateway.Serve("web-canary", canary.Port);
        HTTPRoute route = Unversioned(gateway.Route(("web", 100), ("web-canary", 0)));
        await gateway.AnswersAsync();
        using var stop = new CancellationTokenSource();
        int served = 0;
        Task[] customers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using HttpResponseMessage answer = await gateway.Http.GetAsync(gateway.Url("/"));
                answer.StatusCode.ShouldBe(HttpStatusCode.OK);
                Interlocked.Increment(ref served);
            }
        }))];
        for (int turn = 0; turn < 100; turn++)
        {
            int weight = turn * 37 % 101;
            HTTPRoute wanted = LiveGateway.RouteTo(("web", 100 - weight), ("web-canary", weight));
            int target = Volatile.Read(ref served) + 50;
            route = Unversioned(await gateway.Cluster.WriteAsync(route, route with { Spec = wanted.Spec }, CancellationToken.None));
            await Eventually.Holds(() => Volatile.Read(ref served) >= target, "requests to be served between switches");
        }

        await stop.CancelAsync();
        await Task.WhenAll(customers);
        TrafficSummary canarySummary = gateway.Area.Traffic.Summarize("dev", "shop", "web-canary", TimeSpan.FromMinutes(5));
        TrafficSummary stableSummary = gateway.Area.Traffic.Summarize("dev", "shop", "web", TimeSpan.FromMinutes(5));
        canarySummary.Requests.ShouldBeGreaterThan(0);
        (canarySummary.Failures + stableSummary.Failures).ShouldBe(0);
        (canarySummary.Requests + stableSummary.Requests).ShouldBeGreaterThanOrEqualTo(served);

        // The gateway writes statuses meanwhile; these writes are about the spec alone.
        static HTTPRoute Unversioned(HTTPRoute route) => route with { Metadata = route.Metadata with { ResourceVersion = null } };
    }

    [Fact]
    public async Task Status_SaysThatTheRouteIsServed_AndWhichBackendIsMissing()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Route(("nowhere", 1));
        await Eventually.Holds(
            () => gateway.Cluster.All<HTTPRoute>("shop").Single().Status?.Parents?.Single().Conditions is { } conditions
                && conditions.IsTrue("Accepted") && conditions.IsTrue("Programmed") && conditions.Find("ResolvedRefs") is { Status: "False", Reason: "BackendNotFound" },
            "the route's status");
        gateway.Serve("nowhere", 1);
        await Eventually.Holds(
            () => gateway.Cluster.All<HTTPRoute>("shop").Single().Status!.Parents!.Single().Conditions.IsTrue("ResolvedRefs"), "the reference to resolve");
    }

    [Fact]
    public async Task Failures_AreCountedByService()
    {
        await using Backend backend = await Backend.StartAsync("one");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", backend.Port);
        gateway.Route(("web", 1));
        await gateway.AnswersAsync();
        for (int request = 0; request < 5; request++)
        {
            using HttpResponseMessage failed = await gateway.Http.GetAsync(gateway.Url("/fail"));
        }

        using HttpResponseMessage broken = await gateway.Http.GetAsync(gateway.Url("/break"));
        broken.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        await Eventually.Holds(() => gateway.Area.Traffic.Summarize("dev", "shop", "web", TimeSpan.FromMinutes(1)).Failures == 6, "six failures");
    }
}

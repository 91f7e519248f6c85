using System.Net;
using System.Net.WebSockets;
using Fairway.Gateway.Routing;
using Fairway.Resources;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Resources.Traffic;
using Fairway.Testing;

namespace Fairway.Gateway.Tests;

/// <summary>Backends that come and go under requests, and what is counted of it.</summary>
public sealed class RollingTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Request_InFlight_EndsWellAfterItsEndpointLeft()
    {
        await using Backend old = await Backend.StartAsync("old");
        await using Backend fresh = await Backend.StartAsync("fresh");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", old.Port);
        gateway.Route(("web", 1));
        await gateway.AnswersAsync();
        using HttpResponseMessage answer = await gateway.Http.GetAsync(gateway.Url("/halves"), HttpCompletionOption.ResponseHeadersRead);
        gateway.Serve("web", fresh.Port);
        await gateway.AnsweredByAsync("fresh");
        old.SecondHalf.SetResult();
        (await answer.Content.ReadAsStringAsync()).ShouldBe("first;second");
    }

    /// <summary>As a rolling update does it: the endpoint leaves, a moment later the server ends in good order; over and over.</summary>
    [Fact]
    public async Task Servers_ReplacedUnderLoad_LoseNothing()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        Backend current = await Backend.StartAsync("0");
        gateway.Serve("web", current.Port);
        gateway.Route(("web", 1));
        await gateway.AnswersAsync();
        using var stop = new CancellationTokenSource();
        int served = 0;
        Task[] customers = [.. Enumerable.Range(0, 6).Select(customer => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using HttpResponseMessage answer = customer % 2 == 0
                    ? await gateway.Http.GetAsync(gateway.Url("/"))
                    : await gateway.Http.PostAsync(gateway.Url("/echo"), new StringContent("order"));
                answer.StatusCode.ShouldBe(HttpStatusCode.OK);
                Interlocked.Increment(ref served);
            }
        }))];
        for (int turn = 1; turn <= 8; turn++)
        {
            Backend next = await Backend.StartAsync(turn.ToString(System.Globalization.CultureInfo.InvariantCulture));
            gateway.Serve("web", next.Port);
            await gateway.AnsweredByAsync(next.Name);
            int target = Volatile.Read(ref served) + 20;
            await Eventually.Holds(() => Volatile.Read(ref served) >= target || customers.Any(customer => customer.IsCompleted), "requests to be served");
            await current.DisposeAsync();
            current = next;
        }

        await stop.CancelAsync();
        await Task.WhenAll(customers);
        await current.DisposeAsync();
        gateway.Area.Traffic.Summarize("dev", "shop", "web", Minute).Failures.ShouldBe(0);
    }

    [Fact]
    public async Task Refusals_AreCountedByRoute()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web");
        gateway.Route(("web", 1));
        await gateway.AnswersAsync("/", HttpStatusCode.ServiceUnavailable);
        await Eventually.Holds(
            () => gateway.Area.Traffic.Summarize(new RouteId("dev", "shop", "web"), Minute) is { Requests: > 0 } summary && summary.Failures == summary.Requests,
            "the refusal to be counted");
        gateway.Area.Traffic.ReportRoutes("dev", "shop", Minute, TimeSpan.FromSeconds(2)).Single().Route.Name.ShouldBe("web");
        gateway.Area.Traffic.Summarize(new RouteId("dev", "shop", "other"), Minute).Requests.ShouldBe(0);
    }

    /// <summary>A connection that stays open for hours is no slow answer.</summary>
    [Fact]
    public async Task Tunnel_IsCountedByTheTimeUntilItOpened()
    {
        await using Backend backend = await Backend.StartAsync("one");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", backend.Port);
        gateway.Route(("web", 1));
        await gateway.AnswersAsync();
        TrafficSummary before = gateway.Area.Traffic.Summarize("dev", "shop", "web", Minute);
        double bound;
        using (var socket = new ClientWebSocket())
        {
            socket.Options.SetRequestHeader("Host", "web.dev.localhost");
            long begin = TimeProvider.System.GetTimestamp();
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Area.Port}/echo-socket"), CancellationToken.None);
            double connected = TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds;
            bound = before.Latency.First(bucket => bucket.UpperBound >= connected).UpperBound;
            await Eventually.Holds(() => TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds > bound + 100, "the tunnel to stay open for a while");
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        await Eventually.Holds(() => gateway.Area.Traffic.Summarize("dev", "shop", "web", Minute).Requests == before.Requests + 1, "the tunnel to be counted");
        TrafficSummary after = gateway.Area.Traffic.Summarize("dev", "shop", "web", Minute);
        after.Failures.ShouldBe(0);
        Slower(after, bound).ShouldBe(Slower(before, bound));

        static long Slower(TrafficSummary summary, double bound) => summary.Requests - summary.Latency.First(bucket => bucket.UpperBound == bound).CumulativeCount;
    }
}

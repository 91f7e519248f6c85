using System.Collections.Concurrent;
using System.Net;
using Fairway.Gateway.Tracing;
using Fairway.Testing;
using Microsoft.AspNetCore.Http;

namespace Fairway.Gateway.Tests;

public sealed class TracingTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Span = "00f067aa0ba902b7";

    [Theory]
    [InlineData($"00-{Trace}-{Span}-01", true)]
    [InlineData($"00-{Trace}-{Span}-03", true)]
    [InlineData($"00-{Trace}-{Span}-00", false)]
    [InlineData($"cc-{Trace}-{Span}-01", true)]
    [InlineData($"cc-{Trace}-{Span}-01-later", true)]
    [InlineData($"cc-{Trace}-{Span}-01later", null)]
    [InlineData($"ff-{Trace}-{Span}-01", null)]
    [InlineData($"00-{Trace}-{Span}-01-later", null)]
    [InlineData($"00-00000000000000000000000000000000-{Span}-01", null)]
    [InlineData($"00-{Trace}-0000000000000000-01", null)]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", null)]
    [InlineData($"00-{Trace}-{Span}-1", null)]
    [InlineData($"00-{Trace}-{Span}", null)]
    [InlineData("", null)]
    public void TraceParent_OfAHeader_IsReadAsTheStandardSays(string header, bool? sampled)
    {
        TraceParent? parent = TraceParent.Parse(header);
        (parent?.Sampled).ShouldBe(sampled);
        if (parent is { } read)
        {
            (read.TraceId, read.SpanId).ShouldBe((Trace, Span));
        }
    }

    [Fact]
    public void Begin_OfRequestsThatNobodyTraces_TracesSoManyASecond()
    {
        var time = new ManualTime();
        var tracing = new RequestTracing(() => _ => { }, time);
        Traced().ShouldBe(RequestTracing.BegunPerSecond);
        time.Advance(TimeSpan.FromSeconds(1));
        Traced().ShouldBe(RequestTracing.BegunPerSecond);

        int Traced() => Enumerable.Range(0, 100).Count(_ => tracing.Begin(new HeaderDictionary()) is not null);
    }

    [Theory]
    [InlineData($"00-{Trace}-{Span}-00", true)]
    [InlineData($"00-{Trace}-{Span}-01", false)]
    public void Begin_WhereItTracesNothing_LeavesTheCallersContext(string header, bool told)
    {
        var tracing = new RequestTracing(() => told ? _ => { } : null, new ManualTime());
        var headers = new HeaderDictionary { ["traceparent"] = header, ["tracestate"] = "a=b" };
        tracing.Begin(headers).ShouldBeNull();
        headers["traceparent"].ToString().ShouldBe(header);
        headers["tracestate"].ToString().ShouldBe("a=b");
    }

    [Fact]
    public void Begin_WithAContextThatIsNotValid_BeginsATraceOfItsOwn()
    {
        var headers = new HeaderDictionary { ["traceparent"] = "nonsense", ["tracestate"] = "a=b" };
        TracedRequest traced = new RequestTracing(() => _ => { }, new ManualTime()).Begin(headers)!;
        traced.ParentId.ShouldBe("");
        TraceParent.Parse(headers["traceparent"].ToString()).ShouldBe(traced.Own);
        headers.ContainsKey("tracestate").ShouldBeFalse();
    }

    [Fact]
    public async Task Request_OfATracedCaller_IsToldAndPassedOnAsItsChild()
    {
        await using Backend backend = await Backend.StartAsync("one");
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Serve("web", backend.Port);
        gateway.Route(("web", 1));
        await gateway.AnswersAsync();
        var spans = new ConcurrentQueue<GatewaySpan>();
        gateway.Area.Spans = spans.Enqueue;
        using var request = new HttpRequestMessage(HttpMethod.Get, gateway.Url("/a?secret=1"));
        request.Headers.Add("traceparent", $"00-{Trace}-{Span}-01");
        using HttpResponseMessage answer = await gateway.Http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await Eventually.Holds(() => !spans.IsEmpty, "the span is told");
        GatewaySpan span = spans.Single();
        (span.TraceId, span.ParentId, span.Cluster, span.Namespace, span.Service, span.Route, span.Path, span.Status, span.Failed)
            .ShouldBe((Trace, Span, "dev", "shop", "web", "shop/web", "/a", 200, false));
        answer.Headers.GetValues("X-Seen").Single().ShouldContain($"traceparent=00-{Trace}-{span.SpanId}-01");
    }
}

using Fairway.Telemetry.Traces;

namespace Fairway.Telemetry.Tests.Traces;

public sealed class TraceMathTests
{
    [Fact]
    public void CriticalPath_OfParallelChildren_GoesThroughTheLastToEnd()
    {
        var trace = new TraceRecord("t", [Span("a", "", 0, 100), Span("b", "a", 10, 40), Span("c", "a", 10, 80), Span("d", "c", 20, 30)]);
        IReadOnlyList<(SpanRecord Span, long From, long To)> path = TraceMath.CriticalPath(trace);
        path.Select(part => $"{part.Span.SpanId}:{part.From}-{part.To}").ShouldBe(["a:0-10", "c:10-20", "d:20-30", "c:30-80", "a:80-100"]);
        path.Sum(part => part.To - part.From).ShouldBe(trace.Duration);
    }

    [Fact]
    public void CriticalPath_OfACircle_Ends()
        => TraceMath.CriticalPath(new TraceRecord("t", [Span("a", "b", 0, 10), Span("b", "a", 0, 10)])).Count.ShouldBe(0);

    [Fact]
    public void Dependencies_CountCallsBetweenServices()
    {
        var trace = new TraceRecord("t", [Span("a", "", 0, 9, "web"), Span("b", "a", 1, 2, "shop"), Span("c", "a", 3, 4, "shop") with { Status = 2 }, Span("d", "b", 1, 2, "shop")]);
        TraceMath.Dependencies([trace]).ShouldBe([new ServiceEdge("web", "shop", 2, 1) { Median = 1, High = 1 }]);
    }

    private static SpanRecord Span(string id, string parent, long start, long end, string service = "s")
        => new() { TraceId = "t", SpanId = id, ParentId = parent, Start = start, End = end, Process = new SpanProcess(service, []) };
}

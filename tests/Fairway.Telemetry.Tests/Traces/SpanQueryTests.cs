using Fairway.Resources.Signals;
using Fairway.Telemetry.Traces;
using Fairway.Telemetry.Traces.Query;

namespace Fairway.Telemetry.Tests.Traces;

public sealed class SpanQueryTests
{
    private static readonly SpanRecord Span = new()
    {
        TraceId = "t",
        SpanId = "s",
        Name = "GET /basket",
        Start = 0,
        End = 300_000_000,
        Status = 2,
        Process = new SpanProcess("web", [("host.name", "a")]),
        Attributes = [("http.route", "/basket/{id}"), ("http.status_code", 500L)],
    };

    [Theory]
    [InlineData("", true)]
    [InlineData("service=web", true)]
    [InlineData("service=pricing", false)]
    [InlineData("operation=\"GET /basket\" error=true", true)]
    [InlineData("error=false", false)]
    [InlineData("http.status_code=500 http.route=\"/basket/{id}\"", true)]
    [InlineData("http.status_code=200", false)]
    [InlineData("host.name=a minDuration=250ms maxDuration=1s", true)]
    [InlineData("minDuration=301ms", false)]
    [InlineData("absent=x", false)]
    public void Matches_Conditions_AllHoldForTheSpan(string text, bool expected) => SpanQuery.Parse(text).Matches(new TraceRecord("t", [Span])).ShouldBe(expected);

    [Theory]
    [InlineData("web", "\"web\" is no condition")]
    [InlineData("service=web slow", "\"slow\" is no condition")]
    [InlineData("minDuration=soon", "minDuration: \"soon\" is no duration")]
    public void Parse_NoSearch_SaysWhatIsWrong(string text, string message)
        => Should.Throw<SignalQueryException>(() => SpanQuery.Parse(text)).Message.ShouldContain(message);

    [Theory]
    [InlineData("{}", "root call db db2")]
    [InlineData("{ name = \"db\" }", "db")]
    [InlineData("{ resource.service.name = \"shop\" && duration >= 20ms }", "call db")]
    [InlineData("{ span.db.system =~ \"post.*\" || status = error }", "root db")]
    [InlineData("{ .db.rows > 10 }", "db2")]
    [InlineData("{ name = \"root\" } >> { span.db.system != nil }", "db")]
    [InlineData("{ name = \"root\" } > { span.db.system != nil }", "")]
    [InlineData("{ name = \"root\" } && { name = \"db\" }", "root db")]
    [InlineData("{ name = \"nope\" } || { name = \"db\" }", "db")]
    [InlineData("{ name = \"db\" } ~ { name = \"db2\" }", "db2")]
    [InlineData("{ kind = server }", "root")]
    [InlineData("{ rootName = \"root\" && traceDuration > 50ms && !(name = \"root\") }", "call db db2")]
    [InlineData("{ resource.service.name = \"shop\" } | count() > 2", "call db db2")]
    [InlineData("{ resource.service.name = \"shop\" } | count() > 3", "")]
    [InlineData("{ resource.service.name = \"shop\" } | avg(duration) > 1s", "")]
    public void Filter_OfTraceQL_FindsSpans(string text, string expected)
        => string.Join(' ', SpanQuery.Parse(text).Find(Trace()).Select(span => span.Name)).ShouldBe(expected);

    [Theory]
    [InlineData("{ name = }", "expected a value")]
    [InlineData("{ nope = 1 }", "\"nope\" is no field")]
    [InlineData("{ name = \"x\"", "expected }")]
    [InlineData("{ } | median() > 1", "expected count()")]
    public void Filter_ThatDoesNotParse_SaysWhatIsWrong(string text, string message)
        => Should.Throw<SignalQueryException>(() => SpanQuery.Parse(text)).Message.ShouldContain(message);

    private static TraceRecord Trace()
    {
        var web = new SpanProcess("web", []);
        var shop = new SpanProcess("shop", []);
        return new TraceRecord("t",
        [
            new SpanRecord { TraceId = "t", SpanId = "1", Name = "root", Kind = SpanKind.Server, Start = 0, End = 100_000_000, Status = 2, Process = web },
            new SpanRecord { TraceId = "t", SpanId = "2", ParentId = "1", Name = "call", Start = 0, End = 50_000_000, Process = shop },
            new SpanRecord { TraceId = "t", SpanId = "3", ParentId = "2", Name = "db", Start = 0, End = 20_000_000, Process = shop, Attributes = [("db.system", "postgresql")] },
            new SpanRecord { TraceId = "t", SpanId = "4", ParentId = "2", Name = "db2", Start = 0, End = 10_000_000, Process = shop, Attributes = [("db.rows", 11L)] },
        ]);
    }
}

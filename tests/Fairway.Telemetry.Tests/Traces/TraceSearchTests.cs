using Fairway.Resources.Signals;
using Fairway.Telemetry.Traces;

namespace Fairway.Telemetry.Tests.Traces;

public sealed class TraceSearchTests
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
    public void Matches_Conditions_AllHoldForTheSpan(string text, bool expected) => TraceSearch.Parse(text).Matches(Span).ShouldBe(expected);

    [Theory]
    [InlineData("web", "\"web\" is no condition")]
    [InlineData("service=web slow", "\"slow\" is no condition")]
    [InlineData("minDuration=soon", "minDuration: \"soon\" is no duration")]
    public void Parse_NoSearch_SaysWhatIsWrong(string text, string message)
        => Should.Throw<SignalQueryException>(() => TraceSearch.Parse(text)).Message.ShouldContain(message);
}

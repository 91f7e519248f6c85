using Fairway.Telemetry.Logs.Pods;

namespace Fairway.Telemetry.Tests.Logs;

public sealed class LineFactsTests
{
    private const string Id = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Theory]
    [InlineData("""{"level":"WARN","msg":"slow"}""", "warn")]
    [InlineData("""{"time":1,"level":50,"msg":"pino"}""", "error")]
    [InlineData("""{"nested":{"level":"error"},"severity":"NOTICE"}""", "info")]
    [InlineData("""{"msg":"an error"}""", "unknown")]
    [InlineData("""{"level":"error","msg":"cut of""", "error")]
    [InlineData("{not json at all: error}", "error")]
    [InlineData("ts=1 level=debug msg=\"an error\"", "debug")]
    [InlineData("lvl=eror msg=x", "error")]
    [InlineData("info: Microsoft.Hosting.Lifetime[14]", "info")]
    [InlineData("fail: Some.Category[0]", "error")]
    [InlineData("2026-01-02 03:04:05 [WARNING] low disk", "warn")]
    [InlineData("INFO request failed with an error", "info")]
    [InlineData("E0102 15:04:05.000000 1 main.go:1] no", "error")]
    [InlineData("GET /errors/error.html HTTP/1.1", "unknown")]
    [InlineData("no errors, information-free", "unknown")]
    [InlineData("we fail to see", "unknown")]
    [InlineData("", "unknown")]
    public void Level_OfALine_IsLokisWord(string line, string expected) => LineFacts.Of(line).Level.ShouldBe(expected);

    [Theory]
    [InlineData($$"""{"trace_id":"{{Id}}"}""", Id)]
    [InlineData($$"""{"TraceId":"{{Id}}","SpanId":"1"}""", Id)]
    [InlineData($"level=info trace_id={Id} msg=x", Id)]
    [InlineData($"traceID=\"{Id}\"", Id)]
    [InlineData($"traceparent=00-{Id}-00f067aa0ba902b7-01", Id)]
    [InlineData("trace_id=4BF92F3577B34DA6A3CE929D0E0E4736", Id)]
    [InlineData("trace_id=00000000000000000000000000000000", null)]
    [InlineData("trace_id=4bf92f3577b34da6a3ce929d0e0e473", null)]
    [InlineData($"request {Id}", null)]
    public void TraceId_OfALine_IsTheOneItNames(string line, string? expected) => LineFacts.Of(line).TraceId.ShouldBe(expected);
}

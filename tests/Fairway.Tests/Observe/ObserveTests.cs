using System.Text.Json.Nodes;
using Fairway.Commands.Observe;

namespace Fairway.Tests.Observe;

public sealed class ObserveTests
{
    [Theory]
    [InlineData("connection refused", "{service_name=~\".+\"} |= \"connection refused\"")]
    [InlineData("say \"hi\"", "{service_name=~\".+\"} |= \"say \\\"hi\\\"\"")]
    [InlineData("{app=\"web\"} |= \"x\"", "{app=\"web\"} |= \"x\"")]
    [InlineData("sum(rate({app=\"web\"}[1m]))", "sum(rate({app=\"web\"}[1m]))")]
    public void Search_OfWords_IsForLinesThatHaveThem(string text, string expected) => LogSearch.ToLogQL(text).ShouldBe(expected);

    [Theory]
    [InlineData(999, "999µs")]
    [InlineData(1500, "1.5ms")]
    [InlineData(2_340_000, "2.34s")]
    [InlineData(-4000, "-4ms")]
    public void Duration_HasTheUnitThatSuitsIt(long microseconds, string expected) => TracesCommand.Micro(microseconds).ShouldBe(expected);

    [Fact]
    public void Waterfall_PutsSpansBelowTheirParents()
    {
        JsonNode trace = JsonNode.Parse("""
            {"traceID":"t","processes":{"p1":{"serviceName":"web"},"p2":{"serviceName":"db"}},"spans":[
             {"spanID":"b","processID":"p2","operationName":"SELECT","startTime":50,"duration":50,"references":[{"refType":"CHILD_OF","spanID":"a"}],"tags":[{"key":"error","value":true}]},
             {"spanID":"a","processID":"p1","operationName":"GET /","startTime":0,"duration":100,"references":[],"tags":[]}]}
            """)!;
        TraceDrawing.Of(trace, JsonNode.Parse("""[{"spanID":"b"}]""")!).ShouldBe(
        [
            "trace t: 2 spans, 100µs",
            "  |----------------------------------------|     100µs  web: GET /",
            "* |                    ====================|      50µs    db: SELECT  [error]",
        ]);
    }
}

using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Syntax;

namespace Fairway.Telemetry.Tests.Logs.Query;

public sealed class LogQueryParserTests
{
    [Theory]
    [InlineData("{app=\"web\"", "parse error at line 1, col 11: syntax error: unexpected $end, expecting } or ,")]
    [InlineData("{app=\"", "parse error at line 1, col 6: literal not terminated")]
    [InlineData("{app=\"web\"} |= ", "parse error at line 1, col 16: syntax error: unexpected $end, expecting STRING or ip")]
    [InlineData("{}", "parse error : queries require at least one regexp or equality matcher")]
    [InlineData("rate({app=\"web\"}[5minutes])", "unknown unit \"minutes\" in duration \"5minutes\"")]
    [InlineData("rate({app=\"web\"}[5m)", "missing closing ']' in duration")]
    [InlineData("unk({app=\"web\"}[5m])", "parse error at line 1, col 1: syntax error: unexpected IDENTIFIER")]
    [InlineData("sum_over_time({app=\"web\"}[5m])", "parse error : invalid aggregation sum_over_time without unwrap")]
    [InlineData("count_over_time({app=\"web\"} | unwrap x [5m])", "parse error : invalid aggregation count_over_time with unwrap")]
    [InlineData("topk(rate({app=\"web\"}[5m]))", "parse error : parameter required for operation topk")]
    [InlineData("sum(3, rate({app=\"web\"}[5m]))", "parse error : unsupported parameter for operation sum(3,")]
    [InlineData("rate({app=\"web\"}[5m]) + {app=\"web\"}", "parse error : unexpected type for right leg of binary operation (+): *syntax.MatchersExpr")]
    [InlineData("rate({app=\"web\"}[5m]) or 1", "parse error : unexpected literal for right leg of logical/set binary operation (or): 1.000000")]
    [InlineData("{app=\"web\"} | line_format \"{{.x\"", "stage '| line_format \"{{.x\"' : invalid line template")]
    [InlineData("{app=\"web\"} | pattern \"<a><b>\"", "found consecutive capture '<a><b>'")]
    [InlineData("{app=~\"(\"}", "error parsing regexp: missing closing ): ")]
    public void Query_ThatDoesNotParse_SaysItInLokisWords(string query, string expected)
        => Should.Throw<LogQueryException>(() => LogQueryParser.Parse(query)).Message.ShouldContain(expected);

    [Theory]
    [InlineData("{ app = \"web\" }", "{app=\"web\"}")]
    [InlineData("{app=\"web\",env!=\"x\"}|=\"a\" or \"b\"!=\"c\"", "{app=\"web\", env!=\"x\"} |= \"a\" or \"b\" != \"c\"")]
    [InlineData("{a=\"b\"} != \"x\" or \"y\"", "{a=\"b\"} != \"x\" != \"y\"")]
    [InlineData("{a=\"b\"} | json x=\"y.z\" | d>=5m, s<1KB or n!=-2", "{a=\"b\"} | json x=\"y.z\" | ( d>=5m0s , ( s<1.0kB or n!=-2 ) )")]
    [InlineData("{a=\"b\"} | a=\"x\" and b=\"y\" or c=\"z\"", "{a=\"b\"} | ( ( a=\"x\" , b=\"y\" ) or c=\"z\" )")]
    [InlineData("SUM(rate({a=\"b\"}[90s])) BY (x,y)", "sum by (x,y)(rate({a=\"b\"}[1m30s]))")]
    [InlineData("quantile_over_time(.99,{a=\"b\"}|unwrap duration(t)|t>1s[5m] offset 1h) by (x)", "quantile_over_time(0.99,{a=\"b\"} | unwrap duration(t) | t>1s[5m] offset 1h0m0s) by (x)")]
    [InlineData("1 + 2 * 3 ^ 2 ^ 0.5", null)]
    [InlineData("{a=\"b\"} | rate=\"x\" | count=\"y\" | ip=\"z\"", "{a=\"b\"} | rate=\"x\" | count=\"y\" | ip=\"z\"")]
    [InlineData("count_over_time({a=\"b\"}[1d] | json)", "count_over_time({a=\"b\"} | json[1d])")]
    [InlineData("{a=\"b\"} # a comment\n |= \"x\"", "{a=\"b\"} |= \"x\"")]
    public void Query_ThatParses_PrintsAsLokiDoes(string query, string? expected)
    {
        string printed = LogQueryParser.Parse(query).ToString()!;
        printed.ShouldBe(expected ?? printed);
        LogQueryParser.Parse(printed).ToString().ShouldBe(printed);
    }

    [Fact]
    public void Query_ThatIsLong_IsLaidOutOverLines()
        => LogQueryLayout.Of(LogQueryParser.Parse("sum by (container) (rate({namespace=\"shop\", container=\"a-rather-long-name\"} |= \"error\" | logfmt | level=\"error\" [5m]))"))
            .ShouldBe("sum by (container)(\n  rate({namespace=\"shop\", container=\"a-rather-long-name\"} |= \"error\" | logfmt | level=\"error\"[5m])\n)");
}

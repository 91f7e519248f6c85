using Fairway.PromQL;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Logs.Query;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Logs;

public sealed class LogStoreTests : IDisposable
{
    private static readonly Labels Web = Labels.Of(("app", "web"), ("env", "prod"));
    private static readonly Labels Job = Labels.Of(("app", "job"), ("env", "prod"));

    private readonly string _directory = Directory.CreateTempSubdirectory("fairway-logs-").FullName;
    private readonly ManualTime _time = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("""{app="web"}""", "a=1 ok|b=2 error|{\"level\":\"warn\",\"ms\":250}")]
    [InlineData("""{env="prod"} |= "error" """, "b=2 error|job error")]
    [InlineData("""{env="prod"} |= "error" != "job" """, "b=2 error")]
    [InlineData("""{app=~"w.*"} |~ "[ab]=[0-9]" """, "a=1 ok|b=2 error")]
    [InlineData("""{app="web"} | logfmt | a="1" """, "a=1 ok")]
    [InlineData("""{app="web"} | json | level="warn" | ms > 100 """, "{\"level\":\"warn\",\"ms\":250}")]
    [InlineData("""{app="web"} | json | level="warn" | line_format "{{.level}} took {{.ms}}" """, "warn took 250")]
    [InlineData("""{app="nope"}""", "")]
    public async Task Query_OfLines_FindsThemInMemoryAndInSegments(string query, string expected)
    {
        await using LogStore store = await FilledAsync();
        Lines(store, query).ShouldBe(expected);
        await store.SealAsync(CancellationToken.None);
        Lines(store, query).ShouldBe(expected);
    }

    [Fact]
    public async Task Lines_AfterACrash_AreThere()
    {
        await FilledAsync();
        await using LogStore store = await OpenAsync();
        Lines(store, """{env="prod"}""").Split('|').Length.ShouldBe(4);
    }

    [Theory]
    [InlineData("""count_over_time({app="web"}[1m])""", "{app=\"web\", env=\"prod\"} 3")]
    [InlineData("""sum by (env) (count_over_time({env="prod"}[1m]))""", "{env=\"prod\"} 4")]
    [InlineData("""sum(rate({env="prod"} |= "error" [1m])) * 60""", "{} 2")]
    public async Task Query_OfNumbers_CountsLines(string query, string expected)
    {
        await using LogStore store = await FilledAsync();
        long now = Now;
        IReadOnlyDictionary<Labels, double?[]> series = new LogQueryEngine(store).Numbers(LogQueryParser.Parse(query), now, now, 1, CancellationToken.None);
        string.Join('|', series.Select(one => $"{one.Key} {one.Value[0]}")).ShouldBe(expected);
    }

    [Theory]
    [InlineData("{app=\"web\"", "col 11")]
    [InlineData("{}", "at least one regexp or equality matcher")]
    [InlineData("rate({app=\"web\"})", "expecting [")]
    [InlineData("{app=\"web\"} | nope", "a comparison")]
    public void Query_ThatDoesNotParse_SaysWhere(string query, string expected)
        => Should.Throw<LogQueryException>(() => LogQueryParser.Parse(query)).Message.ShouldContain(expected);

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    private Task<LogStore> OpenAsync() => LogStore.OpenAsync(new LogStoreOptions { Directory = _directory }, _time, NullLoggerFactory.Instance, CancellationToken.None);

    private async Task<LogStore> FilledAsync()
    {
        LogStore store = await OpenAsync();
        await store.AppendAsync(
        [
            new LogBatch(Web, [new(Now - 4, "a=1 ok", Labels.Empty), new(Now - 3, "b=2 error", Labels.Empty), new(Now - 2, "{\"level\":\"warn\",\"ms\":250}", Labels.Empty)]),
            new LogBatch(Job, [new(Now - 1, "job error", Labels.Of(("trace_id", "x")))]),
        ]);
        return store;
    }

    private string Lines(LogStore store, string query)
        => string.Join('|', new LogQueryEngine(store)
            .Lines(((LogQuery.Lines)LogQueryParser.Parse(query)).Pipeline, 0, long.MaxValue, 100, newestFirst: false, CancellationToken.None)
            .Select(line => line.Line));
}

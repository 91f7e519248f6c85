using Fairway.PromQL;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Evaluation;
using Fairway.Telemetry.Logs.Query.Syntax;
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
        IReadOnlyList<NumberSeries> series = new LogQueryEngine(store).Numbers(LogQueryParser.Parse(query), now, now, 1, CancellationToken.None);
        string.Join('|', series.Select(one => $"{one.Labels} {one.Values[0]}")).ShouldBe(expected);
    }

    [Fact]
    public async Task Lines_SentTwice_CountOnce()
    {
        await using LogStore store = await FilledAsync();
        await store.SealAsync(CancellationToken.None);
        await store.AppendAsync([new LogBatch(Web, [new(Now - 4, "a=1 ok", Labels.Empty)])]);
        Lines(store, """{app="web"} |= "ok" """).ShouldBe("a=1 ok");
    }

    [Fact]
    public async Task Lines_AfterACrashWhileSealing_AreThereOnce()
    {
        LogStore crashed = await FilledAsync();
        string wal = Path.Combine(_directory, "wal");
        Dictionary<string, byte[]> before = Directory.GetFiles(wal).ToDictionary(path => path, File.ReadAllBytes);
        await crashed.SealAsync(CancellationToken.None);
        foreach ((string path, byte[] bytes) in before)
        {
            File.WriteAllBytes(path, bytes);
        }

        await using LogStore store = await OpenAsync();
        Lines(store, """{env="prod"}""").Split('|').Length.ShouldBe(4);
    }

    [Fact]
    public async Task Segment_ThatIsDamaged_IsSetAsideAndTheRestIsServed()
    {
        await using (LogStore first = await FilledAsync())
        {
        }

        string segment = Directory.GetFiles(Path.Combine(_directory, "segments")).Single();
        byte[] bytes = await File.ReadAllBytesAsync(segment);
        bytes[^10] ^= 0xFF;
        await File.WriteAllBytesAsync(segment, bytes);
        await using LogStore store = await OpenAsync();
        Lines(store, """{env="prod"}""").ShouldBe("");
        Directory.GetFiles(Path.Combine(_directory, "damaged")).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Flood_OfOneStream_IsLimitedWithAReasonAndHurtsNoOther()
    {
        await using LogStore store = await LogStore.OpenAsync(
            new LogStoreOptions { Directory = _directory, StreamBytesPerSecond = 100 }, _time, NullLoggerFactory.Instance, CancellationToken.None);
        LogRefusal? refused = await store.AppendAsync([new LogBatch(Web, [new(Now, new string('x', 5000), Labels.Empty)]), new LogBatch(Job, [new(Now, "quiet", Labels.Empty)])]);
        refused!.Lines.ShouldBe(1);
        refused.TooMany.ShouldBeTrue();
        refused.Why.ShouldContain("Per stream rate limit exceeded");
        Lines(store, """{env="prod"}""").ShouldBe("quiet");
    }

    [Fact]
    public async Task Streams_OfOneService_LeaveRoomForOthers()
    {
        await using LogStore store = await LogStore.OpenAsync(
            new LogStoreOptions { Directory = _directory, StreamsPerService = 2 }, _time, NullLoggerFactory.Instance, CancellationToken.None);
        LogBatch[] many = [.. Enumerable.Range(0, 5).Select(id => new LogBatch(Labels.Of(("service_name", "bomb"), ("id", $"{id}")), [new(Now, "x", Labels.Empty)]))];
        LogRefusal? refused = await store.AppendAsync([.. many, new LogBatch(Labels.Of(("service_name", "calm")), [new(Now, "calm", Labels.Empty)])]);
        refused!.Lines.ShouldBe(3);
        refused.Why.ShouldContain("limit: 2 of one service");
        Lines(store, """{service_name="calm"}""").ShouldBe("calm");
    }

    [Fact]
    public async Task Line_ThatIsGiant_IsCutAndSaysFromWhat()
    {
        await using LogStore store = await LogStore.OpenAsync(
            new LogStoreOptions { Directory = _directory, LineBytes = 10 }, _time, NullLoggerFactory.Instance, CancellationToken.None);
        await store.AppendAsync([new LogBatch(Web, [new(Now, "äöüäöüäöü", Labels.Empty)])]);
        Lines(store, """{app="web"} | cut_from_bytes="18" """).ShouldBe("äöüäö");
    }

    [Theory]
    [InlineData(-8 * 86_400L, "has timestamp too old")]
    [InlineData(3600L, "has timestamp too new")]
    public async Task Line_OfAnotherTime_IsRefusedWithAReason(long seconds, string expected)
    {
        await using LogStore store = await OpenAsync();
        LogRefusal? refused = await store.AppendAsync([new LogBatch(Web, [new(Now + (seconds * 1_000_000_000), "x", Labels.Empty), new(Now, "good", Labels.Empty)])]);
        refused!.Why.ShouldContain(expected);
        Lines(store, """{app="web"}""").ShouldBe("good");
    }

    [Fact]
    public async Task Segments_ThatAreSmall_BecomeOne()
    {
        await using LogStore store = await OpenAsync();
        for (int round = 0; round < 6; round++)
        {
            await store.AppendAsync([new LogBatch(Web, [new(Now + round, $"line {round}", Labels.Empty)])]);
            await store.SealAsync(CancellationToken.None);
        }

        await store.MaintainAsync(CancellationToken.None);
        Directory.GetFiles(Path.Combine(_directory, "segments")).Length.ShouldBe(1);
        Lines(store, """{app="web"}""").ShouldBe("line 0|line 1|line 2|line 3|line 4|line 5");
    }

    [Fact]
    public async Task Patterns_SurviveARestart()
    {
        await using (LogStore first = await OpenAsync())
        {
            await first.AppendAsync([new LogBatch(Web, [.. Enumerable.Range(0, 20).Select(id => new LogEntry(Now, $"user {id} logged in", Labels.Empty))])]);
        }

        await using LogStore store = await OpenAsync();
        long seconds = Now / 1_000_000_000;
        store.Patterns.Find(LogQueryParser.Selector("""{app="web"}"""), seconds - 60, seconds, 10).Select(one => $"{one.Pattern} {one.Total}").ShouldBe(["user <_> logged in 20"]);
    }

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

    private static string Lines(LogStore store, string query)
        => string.Join('|', new LogQueryEngine(store)
            .Lines(LogQueryParser.Lines(query), new LineRequest(0, long.MaxValue, 100, NewestFirst: false), CancellationToken.None)
            .Select(line => line.Line));
}

using Fairway.Telemetry.Traces;
using Fairway.Telemetry.Traces.Query;
using Fairway.Telemetry.Traces.Storage;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Traces;

public sealed class TraceStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fairway-traces-").FullName;
    private readonly ManualTime _time = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Trace_IsFoundInMemoryAndInABlock()
    {
        await using TraceStore store = await OpenAsync();
        await store.AppendAsync(Request(Span(1, 1, "root"), Span(1, 2, "child", parent: 1)));
        Names(store).ShouldBe("root child");
        await store.SealAsync(CancellationToken.None);
        Names(store).ShouldBe("root child");
        store.Operations().Select(one => one.Operation).ShouldBe(["root", "child"], ignoreOrder: true);
    }

    [Fact]
    public async Task Trace_WhosePartsComeApart_IsWhole()
    {
        await using TraceStore store = await OpenAsync();
        await store.AppendAsync(Request(Span(1, 1, "root")));
        await store.SealAsync(CancellationToken.None);
        await store.AppendAsync(Request(Span(1, 2, "child", parent: 1)));
        Names(store).ShouldBe("root child");
        store.Search(Scan("operation=child"), 10, CancellationToken.None).Single().Spans.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Traces_AfterACrash_AreThere()
    {
        TraceStore crashed = await OpenAsync();
        await crashed.AppendAsync(Request(Span(1, 1, "root")));
        await using TraceStore store = await OpenAsync();
        Names(store).ShouldBe("root");
    }

    [Fact]
    public async Task Block_ThatIsDamaged_IsSetAside()
    {
        await using (TraceStore first = await OpenAsync())
        {
            await first.AppendAsync(Request(Span(1, 1, "root")));
        }

        string block = Directory.GetFiles(Path.Combine(_directory, "blocks")).Single();
        byte[] bytes = await File.ReadAllBytesAsync(block);
        bytes[^20] ^= 0xFF;
        await File.WriteAllBytesAsync(block, bytes);
        await using TraceStore store = await OpenAsync();
        store.Get(Id(1)).ShouldBeNull();
        Directory.GetFiles(Path.Combine(_directory, "damaged")).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Span_ThatIsGiant_IsRefusedWithAReasonAndItsNeighboursAreTaken()
    {
        await using TraceStore store = await OpenAsync(options => options with { SpanBytes = 1000 });
        SpanRefusal? refused = await store.AppendAsync(Request(Span(1, 1, "root"), Span(1, 2, "giant") with { Attributes = [("body", new string('x', 5000))] }));
        refused!.Spans.ShouldBe(1);
        refused.Why.ShouldContain("\"giant\"");
        refused.Why.ShouldContain("the limit is 1000");
        Names(store).ShouldBe("root");
    }

    [Fact]
    public async Task Trace_ThatIsEndless_IsCutWithAReason()
    {
        await using TraceStore store = await OpenAsync(options => options with { SpansPerTrace = 3 });
        SpanRefusal? refused = await store.AppendAsync(Request([.. Enumerable.Range(1, 10).Select(id => Span(1, id, $"s{id}"))]));
        refused!.Spans.ShouldBe(7);
        refused.Why.ShouldContain("the limit is 3");
    }

    [Fact]
    public async Task Service_ThatFloods_IsLimitedAndOthersAreNot()
    {
        await using TraceStore store = await OpenAsync(options => options with { SpansPerSecond = 1 });
        SpanRefusal? refused = await store.AppendAsync(Request([.. Enumerable.Range(1, 15).Select(id => Span(id, id, "flood"))]));
        refused!.Spans.ShouldBe(5);
        refused.Why.ShouldContain("sends more than 1 spans a second");
        (await store.AppendAsync(Request(Span(99, 1, "calm") with { Process = new SpanProcess("calm", [("service.name", "calm")]) }))).ShouldBeNull();
    }

    [Fact]
    public async Task Rules_KeepErrorsAndSlowOnesAndAPartOfTheRest()
    {
        var rules = new TraceKeepRules([new() { Name = "errors", Errors = true }, new() { Name = "slow", SlowerThan = TimeSpan.FromSeconds(1) }, new() { Name = "shop", Where = "{ .shop = \"a\" }" }, new() { Name = "rest", Keep = 0 }]);
        await using TraceStore store = await OpenAsync(options => options with { Keep = rules });
        await store.AppendAsync(Request(
            Span(1, 1, "plain"), Span(2, 1, "failed") with { Status = 2 }, Span(3, 1, "slow") with { End = Span(3, 1, "").Start + 2_000_000_000 },
            Span(4, 1, "named") with { Attributes = [("shop", "a")] }));
        await store.SealAsync(CancellationToken.None);
        store.Search(Scan(""), 10, CancellationToken.None).Select(trace => trace.Root!.Name).ShouldBe(["failed", "slow", "named"], ignoreOrder: true);
        store.Ruled()["rest (left out)"].ShouldBe(1);
    }

    [Fact]
    public async Task Room_ThatIsShort_CostsOrdinaryTracesFirst()
    {
        await using TraceStore store = await OpenAsync(options => options with { RetentionBytes = 1, Keep = new TraceKeepRules([new() { Name = "errors", Errors = true }]) });
        // The ordinary trace is the bulk of its block, so that what is left of the block fits beside the later one.
        byte[] bulk = new byte[20_000];
        new Random(1).NextBytes(bulk);
        await store.AppendAsync(Request(Span(1, 1, "plain") with { Attributes = [("bulk", Convert.ToHexString(bulk))] }, Span(2, 1, "failed") with { Status = 2 }));
        await store.SealAsync(CancellationToken.None);
        long both = store.Size;
        await store.AppendAsync(Request(Span(3, 1, "later")));
        await store.SealAsync(CancellationToken.None);
        await using TraceStore limited = await OpenAsync(options => options with { RetentionBytes = both, Keep = TraceKeepRules.Default });
        await limited.MaintainAsync(CancellationToken.None);
        limited.Get(Id(2)).ShouldNotBeNull();
        limited.Get(Id(1)).ShouldBeNull();
    }

    [Fact]
    public void Thrift_OfJaegersClients_BecomesSpans()
    {
        byte[] tag = [11, 0, 1, 0, 0, 0, 5, .. "error"u8, 8, 0, 2, 0, 0, 0, 2, 2, 0, 5, 1, 0];
        byte[] span =
        [
            10, 0, 1, .. Long(0x10), 10, 0, 2, .. Long(0x20), 10, 0, 3, .. Long(0x30), 10, 0, 4, .. Long(0x40), 11, 0, 5, 0, 0, 0, 2, .. "op"u8,
            8, 0, 7, 0, 0, 0, 1, 10, 0, 8, .. Long(5), 10, 0, 9, .. Long(7), 15, 0, 10, 12, 0, 0, 0, 1, .. tag, 0,
        ];
        byte[] batch = [12, 0, 1, 11, 0, 1, 0, 0, 0, 3, .. "web"u8, 0, 15, 0, 2, 12, 0, 0, 0, 1, .. span, 0];
        SpanRecord read = ThriftEndpoint.Spans(batch).Single();
        (read.TraceId, read.SpanId, read.ParentId, read.Name, read.Process.Service, read.Start, read.Duration, read.IsError)
            .ShouldBe(("00000000000000200000000000000010", "0000000000000030", "0000000000000040", "op", "web", 5000L, 7000L, true));
        Should.Throw<InvalidDataException>(() => ThriftEndpoint.Spans(batch.AsSpan(0, 40))).Message.ShouldContain("ends too early");
    }

    [Fact]
    public void Comparison_OfTwoReleases_NamesWhatBecameSlower()
    {
        TraceRecord[] before = [.. Enumerable.Range(1, 20).Select(id => Pair(id, 10_000_000 + (id * 1000)))];
        TraceRecord[] after = [.. Enumerable.Range(21, 20).Select(id => Pair(id, 30_000_000 + (id * 1000)))];
        var comparison = TraceComparison.Of(before, after);
        comparison.Operations[0].Operation.ShouldBe("db");
        comparison.Operations[0].Added.ShouldBeGreaterThan(19_000_000);
        comparison.Operations[0].Chance.ShouldBeLessThan(0.001);
        TraceComparison.Of(before, before).Operations[0].Chance.ShouldBeGreaterThan(0.9);
    }

    private static TraceRecord Pair(int trace, long slow)
        => new(Id(trace), [Span(trace, 1, "root") with { End = Span(trace, 1, "").Start + slow + 1_000_000 }, Span(trace, 2, "db", parent: 1) with { End = Span(trace, 2, "").Start + slow }]);

    private static byte[] Long(long value) => [.. BitConverter.GetBytes(value).Reverse()];

    private static string Id(int number) => number.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);

    private static SpanRecord Span(int trace, int id, string name, int parent = 0) => new()
    {
        TraceId = Id(trace),
        SpanId = id.ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
        ParentId = parent == 0 ? "" : parent.ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
        Name = name,
        Start = 1_773_500_966_000_000_000 + id,
        End = 1_773_500_966_001_000_000 + id,
        Process = new SpanProcess("web", [("service.name", "web")]),
    };

    private static ReadOnlyMemory<byte> Request(params SpanRecord[] spans) => SpanWriter.Write(spans);

    private static TraceScan Scan(string text)
    {
        var query = SpanQuery.Parse(text);
        return new TraceScan(query.Matches, query.Terms, 0, long.MaxValue);
    }

    private static string Names(TraceStore store) => string.Join(' ', store.Get(Id(1))!.Spans.Select(span => span.Name));

    private Task<TraceStore> OpenAsync(Func<TraceStoreOptions, TraceStoreOptions>? with = null)
        => TraceStore.OpenAsync((with ?? (options => options))(new TraceStoreOptions { Directory = _directory }), _time, NullLoggerFactory.Instance, CancellationToken.None);
}

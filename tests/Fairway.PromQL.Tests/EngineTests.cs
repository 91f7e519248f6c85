using Fairway.PromQL.Tests.Scripts;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.PromQL.Tests;

public sealed class EngineTests
{
    private static readonly PromQLEngine Engine = new(new EngineOptions { Parser = ParserOptions.All }, TimeProvider.System);

    public static TheoryData<string> Scripts
        => [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Cases"), "*.test").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Engine_OnOurOwnCases_YieldsWhatTheySay(string file)
    {
        var script = new TestScript(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", file)));
        script.Run();
        script.Evaluations.ShouldBeGreaterThan(0);
        script.Failures.ShouldBeEmpty();
    }

    /// <summary>A range query is its instants put together.</summary>
    [Fact]
    public void Range_OfAnyQuery_IsItsInstantsStitched()
    {
        MemorySource source = Data();
        Prop.ForAll(Arb.From(Queries.Any(3)), query =>
        {
            const long from = 240_000;
            const long to = 900_000;
            const long step = 66_000;
            string range = Try(() => Show(((MatrixValue)Engine.Range(source, query, from, to, step, QueryOptions.Default, default).Value).Series
                .SelectMany(series => series.Points.Select(point => (point.Time, series.Labels, point.Value)))));
            string stitched = Try(() => Show(Enumerable.Range(0, 11).SelectMany(i =>
            {
                long time = from + (i * step);
                return Engine.Instant(source, query, time, QueryOptions.Default, default).Value is VectorValue vector
                    ? vector.Samples.Select(sample => (time, sample.Labels, sample.Value))
                    : [];
            })));
            range.ShouldBe(stitched, query);
        }).ShouldHold(400);
    }

    [Fact]
    public void Query_OverItsSampleLimit_IsRefused()
    {
        var small = new PromQLEngine(new EngineOptions { MaxSamples = 20 }, TimeProvider.System);
        Should.Throw<PromQLException>(() => small.Range(Data(), "requests_total", 0, 900_000, 1000, QueryOptions.Default, default))
            .Message.ShouldBe("query processing would load too many samples into memory in query execution");
    }

    [Fact]
    public void Query_ThatIsCanceled_SaysSo()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        PromQLException given = Should.Throw<PromQLException>(() => Engine.Instant(Data(), "requests_total", 0, QueryOptions.Default, cancelled.Token));
        given.Kind.ShouldBe(QueryErrorKind.Canceled);
    }

    [Fact]
    public void Range_OfARangeVector_IsRefusedWithPrometheusWords()
        => Should.Throw<PromQLException>(() => Engine.Range(Data(), "requests_total[5m]", 0, 1, 1, QueryOptions.Default, default))
            .Message.ShouldBe("invalid expression type \"range vector\" for range query, must be Scalar or instant Vector");

    private static MemorySource Data()
    {
        var source = new MemorySource();
        foreach (string job in (string[])["a", "b", "c"])
        {
            for (int i = 0; i < 40; i++)
            {
                int seed = (job[0] * 7) + (i * 13);
                source.Add(Labels.Of(("__name__", "requests_total"), ("job", job), ("instance", "1")), i * 30_000, i % 17 * 5 * (job[0] - 'a' + 1));
                if (i % 11 != 3)
                {
                    double value = i % 13 == 7 ? StaleMarker.Value : (seed % 23) - 5;
                    source.Add(Labels.Of(("__name__", "temperature"), ("job", job), ("instance", "1")), (i * 30_000) + 7, value);
                }
            }
        }

        return source;
    }

    private static string Show(IEnumerable<(long Time, Labels Labels, double Value)> points)
        => string.Join('\n', points.Select(one => $"{one.Labels} {one.Time} {Math.Round(one.Value, 9)}").Order(StringComparer.Ordinal));

    // A query may fail at some step; then both have to fail.
    private static string Try(Func<string> run)
    {
        try
        {
            return run();
        }
        catch (PromQLException)
        {
            return "failed";
        }
    }
}

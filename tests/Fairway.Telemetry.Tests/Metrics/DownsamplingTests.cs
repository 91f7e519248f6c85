using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Blocks;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Telemetry.Tests.Metrics;

public sealed class DownsamplingTests
{
    private static readonly long Start = (new ManualTime().GetUtcNow().ToUnixTimeMilliseconds() / Downsampling.Hour * Downsampling.Hour) + (24 * Downsampling.Hour);

    [Theory]
    [InlineData("http_requests_total", "counter", true)]
    [InlineData("http_requests_total", null, true)]
    [InlineData("http_request_duration_seconds_bucket", "histogram", true)]
    [InlineData("memory_bytes", "gauge", false)]
    [InlineData("jobs_total", "gauge", false)]
    [InlineData("memory_bytes", null, false)]
    [InlineData("rpc_seconds", "summary", false)]
    public void Counter_IsKnownByItsTypeThenByItsName(string metric, string? type, bool expected) => Downsampling.IsCounter(metric, type).ShouldBe(expected);

    /// <summary>Over whole intervals nobody can tell a thinned out counter from the original: the same rise, the same resets.</summary>
    [Fact]
    public void Counter_ThinnedOut_RisesAsMuchBetweenAnyTwoIntervals()
    {
        Gen<double[]> rises = Gen.ArrayOf(Gen.Frequency((9, Gen.Choose(0, 100).Select(rise => (double)rise)), (1, Gen.Constant(-1.0)))).Resize(400);
        Prop.ForAll(rises.ToArbitrary(), steps =>
        {
            var samples = new DecodedSamples();
            double value = 0;
            for (int index = 0; index < steps.Length; index++)
            {
                value = steps[index] < 0 ? 0 : value + steps[index];
                samples.Add(Start + (index * 15_000L), value);
            }

            DecodedSamples thin = Downsampling.Counters(samples, Downsampling.FiveMinutes);
            thin.Count.ShouldBeLessThanOrEqualTo(samples.Count);
            long end = Start + (steps.Length * 15_000L);
            for (long from = Start; from < end; from += Downsampling.FiveMinutes)
            {
                Rise(thin, from, end).ShouldBe(Rise(samples, from, end));
            }
        }).ShouldHold();
    }

    [Fact]
    public void Gauge_ThinnedOut_HasTheSameSumCountLeastAndGreatest()
    {
        Gen<double[]> values = Gen.ArrayOf(Gen.Choose(-1000, 1000).Select(value => value / 4.0)).Resize(300);
        Prop.ForAll(values.ToArbitrary(), raw =>
        {
            var samples = new DecodedSamples();
            for (int index = 0; index < raw.Length; index++)
            {
                samples.Add(Start + (index * 15_000L), raw[index]);
            }

            IReadOnlyList<SealedChunk> chunks = Downsampling.Encode(samples, isCounter: false, Downsampling.FiveMinutes);
            for (int first = 0; first < raw.Length; first += 20)
            {
                long from = Start + (first * 15_000L);
                double[] all = raw[first..Math.Min(raw.Length, first + 20)];
                double[] spread = Read(chunks, AggregateView.Spread, from, from + Downsampling.FiveMinutes - 1);
                spread.Length.ShouldBe(all.Length);
                spread.Sum().ShouldBe(all.Sum(), 1e-6);
                spread.Min().ShouldBe(all.Min());
                spread.Max().ShouldBe(all.Max());
                Read(chunks, AggregateView.Least, from, from + Downsampling.FiveMinutes - 1).ShouldBe([all.Min()]);
                Read(chunks, AggregateView.Greatest, from, from + Downsampling.FiveMinutes - 1).ShouldBe([all.Max()]);
            }
        }).ShouldHold();
    }

    [Fact]
    public void Histogram_ThinnedOut_KeepsBothSidesOfAReset()
    {
        var samples = new DecodedSamples();
        foreach ((double count, int index) in ((double[])[1, 2, 3, 4, 1, 2, 3, 4]).Select((count, index) => (count, index)))
        {
            samples.Add(Start + (index * 15_000L), new FloatHistogram { Schema = 0, Count = count, Sum = count, Positive = new BucketSet([1], [count]) });
        }

        DecodedSamples thin = Downsampling.Counters(samples, Downsampling.FiveMinutes);
        Enumerable.Range(0, thin.Count).Select(index => thin.HistogramAt(index)!.Count).ShouldBe([1, 4, 1, 4]);
    }

    [Theory]
    [InlineData("sum_over_time(gauge[30m])")]
    [InlineData("count_over_time(gauge[30m])")]
    [InlineData("min_over_time(gauge[30m])")]
    [InlineData("max_over_time(gauge[30m])")]
    [InlineData("avg_over_time(gauge[30m])")]
    [InlineData("increase(requests_total[30m])")]
    [InlineData("resets(requests_total[30m])")]
    public async Task Query_OverALongRange_IsAnsweredFromIntervalsAsFromTheSamples(string query)
    {
        await using TemporaryStore store = await Old();
        var engine = new PromQLEngine(new EngineOptions(), store.Time);
        long from = Start + Downsampling.Hour;
        IReadOnlyList<Point> before = Ask();
        await Age(store);
        store.Store.Blocks.ShouldContain(block => block.Meta.Resolution == Downsampling.FiveMinutes);
        Resolutions.For(new SeriesQuery([], 0, 0) { Step = 600_000, Range = 1_800_000 }).ShouldBe(Downsampling.FiveMinutes);
        IReadOnlyList<Point> after = Ask();
        after.Count.ShouldBe(before.Count);
        for (int index = 0; index < after.Count; index++)
        {
            after[index].Value.ShouldBe(before[index].Value, 1e-9 + (1e-6 * Math.Abs(before[index].Value)));
        }

        // One millisecond before an interval's end, so that windows hold whole intervals.
        IReadOnlyList<Point> Ask() => ((MatrixValue)engine.Range(store.Store, query, from - 1, from + (4 * Downsampling.Hour) - 1, 600_000, QueryOptions.Default, CancellationToken.None).Value).Series.ShouldHaveSingleItem().Points;
    }

    [Fact]
    public async Task Samples_BeyondTheirRetention_AreAnsweredFromIntervals()
    {
        await using TemporaryStore store = await Old(options => options with { Retention = TimeSpan.FromDays(3) });
        await Age(store);
        store.Time.Advance(TimeSpan.FromDays(5));
        await store.Store.MaintainAsync(CancellationToken.None);
        store.Store.Blocks.ShouldAllBe(block => block.Meta.Resolution > 0);
        var engine = new PromQLEngine(new EngineOptions(), store.Time);
        for (long at = Start + Downsampling.Hour; at < Start + (5 * Downsampling.Hour); at += 77_000)
        {
            ((VectorValue)engine.Instant(store.Store, "gauge", at, QueryOptions.Default, CancellationToken.None).Value).Samples.Count.ShouldBe(1, $"there is a value at {at}");
        }
    }

    [Fact]
    public async Task Retention_OfAMetric_ReachesItsIntervalsToo()
    {
        await using TemporaryStore store = await Old(options => options with { MetricRetention = [new MetricRetention("gauge", TimeSpan.FromDays(4))] });
        await Age(store);
        store.Time.Advance(TimeSpan.FromDays(5));
        await store.Store.MaintainAsync(CancellationToken.None);
        store.Read(Labels.Of(("__name__", "gauge"))).ShouldBeEmpty();
        store.Read(Labels.Of(("__name__", "requests_total"))).ShouldNotBeEmpty();
    }

    private static async Task<TemporaryStore> Old(Func<MetricStoreOptions, MetricStoreOptions>? options = null)
    {
        TemporaryStore store = await TemporaryStore.OpenAsync(one => (options?.Invoke(one) ?? one) with { FutureLimit = TimeSpan.FromDays(3650), OutOfOrderWindow = TimeSpan.FromDays(3650) });
        var random = new Random(5);
        double counter = 0;
        store.Time.Advance(DateTimeOffset.FromUnixTimeMilliseconds(Start + (6 * Downsampling.Hour)) - store.Time.GetUtcNow());
        var samples = new List<(Labels, long, double)>();
        for (long time = Start; time < Start + (6 * Downsampling.Hour); time += 15_000)
        {
            counter = random.Next(100) == 0 ? 0 : counter + random.Next(50);
            samples.Add((Labels.Of(("__name__", "requests_total")), time, counter));
            samples.Add((Labels.Of(("__name__", "gauge")), time, random.Next(-100, 100)));
        }

        await store.AppendAsync([.. samples]);
        return store;
    }

    /// <summary>Days go by, with the maintenance that they bring.</summary>
    private static async Task Age(TemporaryStore store)
    {
        store.Time.Advance(TimeSpan.FromHours(5));
        await store.Store.MaintainAsync(CancellationToken.None);
        store.Time.Advance(TimeSpan.FromHours(45));
        await store.Store.MaintainAsync(CancellationToken.None);
    }

    private static double Rise(DecodedSamples samples, long from, long to)
    {
        double rise = 0;
        int last = -1;
        for (int index = 0; index < samples.Count; index++)
        {
            if (samples.Times[index] < from || samples.Times[index] >= to)
            {
                continue;
            }

            rise += last < 0 ? 0 : samples.Values[index] < samples.Values[last] ? samples.Values[index] : samples.Values[index] - samples.Values[last];
            last = index;
        }

        return rise;
    }

    private static double[] Read(IReadOnlyList<SealedChunk> chunks, AggregateView view, long from, long to)
    {
        var samples = new DecodedSamples();
        foreach (SealedChunk chunk in chunks.Where(chunk => chunk.Kind == ChunkKind.Aggregates))
        {
            AggregateChunk.Decode(chunk.Data, view, samples);
        }

        return [.. Enumerable.Range(0, samples.Count).Where(index => samples.Times[index] >= from && samples.Times[index] <= to).Select(index => samples.Values[index])];
    }
}

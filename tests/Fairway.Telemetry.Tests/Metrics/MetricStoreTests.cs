using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Head;
using FsCheck;
using FsCheck.Fluent;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Tests.Metrics;

public sealed class MetricStoreTests
{
    private static readonly Labels Up = Labels.Of((Labels.MetricName, "up"), ("job", "a"), ("instance", "1"));

    [Fact]
    public async Task Samples_AfterACrash_AreThere()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        await store.AppendAsync((Up, store.Now - 2000, 1), (Up, store.Now - 1000, double.NaN), (Up, store.Now, double.NegativeInfinity));
        await store.ReopenAsync();
        store.Read(Up).Select(one => one.Value).ShouldBe([1, double.NaN, double.NegativeInfinity]);
    }

    [Fact]
    public async Task Log_WithATornEnd_LosesOnlyTheEnd()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        await store.AppendAsync((Up, store.Now - 1000, 1));
        await store.AppendAsync((Up, store.Now, 2));
        string segment = Directory.GetFiles(Path.Combine(store.DirectoryPath, "wal"), "*.wal").Order().Last();
        byte[] whole = await File.ReadAllBytesAsync(segment);
        await File.WriteAllBytesAsync(segment, whole[..^3]);
        await store.ReopenAsync();
        store.Read(Up).ShouldBe([(store.Now - 1000, 1)]);
    }

    [Fact]
    public async Task Block_ThatIsDamaged_IsSetAsideAndTheRestServes()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        await store.AppendAsync((Up, store.Now, 1));
        store.Time.Advance(TimeSpan.FromHours(5));
        await store.Store.MaintainAsync(CancellationToken.None);
        await store.AppendAsync((Up, store.Now, 2));
        string index = Directory.GetFiles(Path.Combine(store.DirectoryPath, "blocks"), "index", SearchOption.AllDirectories).ShouldHaveSingleItem();
        byte[] bytes = await File.ReadAllBytesAsync(index);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(index, bytes);
        await store.ReopenAsync();
        store.Read(Up).ShouldBe([(store.Now, 2)]);
        Directory.GetDirectories(Path.Combine(store.DirectoryPath, "damaged")).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Sample_ThatIsLate_TakesItsPlace()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        await store.AppendAsync((Up, store.Now, 3), (Up, store.Now - 60_000, 1), (Up, store.Now - 30_000, 2));
        store.Read(Up).Select(one => one.Value).ShouldBe([1, 2, 3]);
    }

    [Theory]
    [InlineData(0, 9, AppendOutcome.Duplicate)]
    [InlineData(0, 1, AppendOutcome.Repeated)]
    [InlineData(-3_600_000, 1, AppendOutcome.TooOld)]
    [InlineData(3_600_000, 1, AppendOutcome.OutOfBounds)]
    internal async Task Sample_ThatDoesNotFit_IsNamed(long offset, double value, AppendOutcome expected)
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        await store.AppendAsync((Up, store.Now, 1));
        MetricBatch batch = store.Store.NewBatch();
        batch.Append(batch.Series(Up, out _)!, store.Now + offset, value).ShouldBe(expected);
    }

    [Fact]
    public async Task Series_OverTheLimitOfTheirService_AreRefusedWithTheReason()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync(options => options with { SeriesPerService = 2 });
        MetricBatch batch = store.Store.NewBatch();
        for (int index = 0; index < 2; index++)
        {
            batch.Series(Up.With("id", $"{index}"), out _).ShouldNotBeNull();
        }

        batch.Series(Up.With("id", "3"), out string? refusal).ShouldBeNull();
        refusal.ShouldBe("service \"a\" has 2 series in memory and may have 2: new series are refused until old ones end");
        batch.Series(Up.With("job", "b"), out _).ShouldNotBeNull("a neighbour is not hurt");
    }

    [Theory]
    [InlineData("{job=\"a\"}", "1 2")]
    [InlineData("{job=~\"a|b\",instance!=\"1\"}", "2 3")]
    [InlineData("{instance=~\".+\"}", "1 2 3")]
    [InlineData("{job=\"\"}", "4")]
    [InlineData("{job!~\"a.*\"}", "3 4")]
    [InlineData("{job=~\"\"}", "4")]
    [InlineData("{job=~\".*\"}", "1 2 3 4")]
    public async Task Matchers_FindWhatTheyNameInMemoryAndInBlocks(string selector, string expected)
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        Labels Series(string id, string job, string instance) => Labels.Of((Labels.MetricName, "m"), ("id", id), ("job", job), ("instance", instance));
        await store.AppendAsync(
            (Series("1", "a", "1"), store.Now, 1), (Series("2", "a", "2"), store.Now, 1), (Series("3", "b", "3"), store.Now, 1), (Series("4", "", ""), store.Now, 1));
        Find().ShouldBe(expected);
        store.Time.Advance(TimeSpan.FromHours(5));
        await store.Store.MaintainAsync(CancellationToken.None);
        store.Store.Head.Count.ShouldBe(0);
        Find().ShouldBe(expected);

        string Find() => string.Join(' ', store.Store
            .Select(new SeriesQuery(Matchers(selector), long.MinValue, long.MaxValue), CancellationToken.None)
            .Select(series => series.Labels["id"]));
    }

    private static LabelMatcher[] Matchers(string selector)
        => [.. System.Text.RegularExpressions.Regex.Matches(selector, "(\\w+)(=~|!~|!=|=)\"([^\"]*)\"").Select(match => new LabelMatcher(
            match.Groups[2].Value switch { "=" => MatchType.Equal, "!=" => MatchType.NotEqual, "=~" => MatchType.Regexp, _ => MatchType.NotRegexp },
            match.Groups[1].Value,
            match.Groups[3].Value))];

    /// <summary>What was appended is what is read, across crashes, checkpoints, flushes and merges.</summary>
    [Fact]
    public void Samples_WhateverHappensToTheStore_AreReadAsAppended()
    {
        Gen<double> values = Gen.OneOf(
            ArbMap.Default.GeneratorFor<double>(),
            Gen.Choose(0, 1000).Select(number => (double)number),
            Gen.Choose(-100_000, 100_000).Select(number => number / 100.0),
            Gen.Constant(StaleMarker.Value));
        Gen<(int Series, long Step, double Value, int Event)[]> story = Gen.ArrayOf(
            from series in Gen.Choose(0, 3)
            from step in Gen.Elements(1L, 15_000L, 15_001L, 600_000L, 5_400_000L)
            from value in values
            from what in Gen.Choose(0, 60)
            select (series, step, value, what)).Resize(300);
        Prop.ForAll(story.ToArbitrary(), steps => TellAsync(steps).GetAwaiter().GetResult()).ShouldHold(40);
    }

    private static async Task<bool> TellAsync((int Series, long Step, double Value, int Event)[] steps)
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync(options => options with { CheckpointBytes = 1000, Retention = TimeSpan.FromDays(1000), RetentionBytes = 0 });
        var expected = new Dictionary<Labels, SortedDictionary<long, double>>();
        foreach ((int number, long step, double value, int what) in steps)
        {
            store.Time.Advance(TimeSpan.FromMilliseconds(step));
            Labels labels = Up.With("n", $"{number}");
            SortedDictionary<long, double> samples = expected.TryGetValue(labels, out SortedDictionary<long, double>? known) ? known : expected[labels] = [];
            long time = what % 7 == 0 ? store.Now - 60_000 : store.Now;
            if (samples.TryAdd(time, value))
            {
                await store.AppendAsync((labels, time, value));
            }

            switch (what)
            {
                case 1:
                    await store.Store.MaintainAsync(CancellationToken.None);
                    break;
                case 2:
                    await store.ReopenAsync();
                    break;
                case 3:
                    await store.Store.DisposeAsync();
                    await store.ReopenAsync();
                    break;
            }
        }

        foreach ((Labels labels, SortedDictionary<long, double> samples) in expected)
        {
            store.Read(labels).Select(one => (one.Time, BitConverter.DoubleToInt64Bits(one.Value)))
                .ShouldBe(samples.Select(one => (one.Key, BitConverter.DoubleToInt64Bits(one.Value))));
        }

        return true;
    }
}

using System.Collections.Concurrent;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Head;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Telemetry.Tests.Metrics;

/// <summary>The store against the simplest model of it: for every series a sorted list of what was acknowledged.</summary>
public sealed class MetricStoreModelTests
{
    private const int Series = 5;

    /// <summary>What can happen to a store.</summary>
    private enum Happening
    {
        Append,
        AppendLate,
        AppendTooLate,
        AppendAgain,
        AppendWithoutCommit,
        AppendHistogram,
        Maintain,
        Crash,
        CrashWithATornLog,
        Restart,
    }

    [Fact]
    public void Store_WhateverHappens_HasWhatItAcknowledgedAndNothingElse()
    {
        Gen<Happening> happenings = Gen.Frequency(
            (40, Gen.Constant(Happening.Append)),
            (8, Gen.Constant(Happening.AppendLate)),
            (2, Gen.Constant(Happening.AppendTooLate)),
            (4, Gen.Constant(Happening.AppendAgain)),
            (4, Gen.Constant(Happening.AppendWithoutCommit)),
            (6, Gen.Constant(Happening.AppendHistogram)),
            (6, Gen.Constant(Happening.Maintain)),
            (3, Gen.Constant(Happening.Crash)),
            (2, Gen.Constant(Happening.CrashWithATornLog)),
            (2, Gen.Constant(Happening.Restart)));
        Gen<double> values = Gen.OneOf(
            ArbMap.Default.GeneratorFor<double>(),
            Gen.Choose(0, 1000).Select(number => (double)number),
            Gen.Choose(-100_000, 100_000).Select(number => number / 100.0),
            Gen.Constant(StaleMarker.Value));
        Gen<(Happening, int, long, double)[]> story = Gen.ArrayOf(
            from what in happenings
            from series in Gen.Choose(0, Series - 1)
            from step in Gen.Elements(1L, 1000L, 15_000L, 15_001L, 600_000L, 5_400_000L, 30_000_000L)
            from value in values
            select (what, series, step, value)).Resize(200);
        Prop.ForAll(story.ToArbitrary(), steps => new Model().TellAsync(steps).GetAwaiter().GetResult()).ShouldHold(60);
    }

    /// <summary>Series come, fall silent, leave memory and come back, while others write and read: no acknowledged sample is lost.</summary>
    [Fact]
    public async Task Append_WhileIdleSeriesLeave_LosesNothing()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        using var done = new CancellationTokenSource();
        var acknowledged = new ConcurrentDictionary<Labels, ConcurrentBag<long>>();
        const int Writers = 3;
        Task[] writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var held = new Dictionary<Labels, MemorySeries>();
            for (int turn = 0; turn < 300; turn++)
            {
                Labels labels = Labels.Of((Labels.MetricName, "m"), ("writer", $"{writer}"), ("n", $"{turn % 7}"));
                MetricBatch batch = store.Store.NewBatch();

                // A sender keeps the series it found, however long ago that was.
                if (!held.TryGetValue(labels, out MemorySeries? series))
                {
                    held[labels] = series = batch.Series(labels, out _)!;
                }

                long time = batch.Now;
                AppendOutcome outcome = batch.Append(series, time, turn);
                await batch.CommitAsync();
                if (outcome == AppendOutcome.Accepted)
                {
                    acknowledged.GetOrAdd(labels, _ => []).Add(time);
                }
            }
        }))];
        Task maintenance = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                store.Time.Advance(TimeSpan.FromHours(3));
                await store.Store.MaintainAsync(CancellationToken.None);
            }
        });
        Task reading = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                foreach ((Labels labels, ConcurrentBag<long> times) in acknowledged)
                {
                    long[] before = [.. times.Distinct()];
                    store.Read(labels).Select(one => one.Time).Intersect(before).Count().ShouldBe(before.Length, "a query sees all that was acknowledged before it");
                }
            }
        });
        await Task.WhenAll(writers);
        await done.CancelAsync();
        await Task.WhenAll(maintenance, reading);
        await store.CrashAsync();
        foreach ((Labels labels, ConcurrentBag<long> times) in acknowledged)
        {
            store.Read(labels).Select(one => one.Time).ShouldBe(times.Distinct().Order());
        }
    }

    [Fact]
    public async Task Blocks_ThatAreDamagedInTheirChunks_AreNamedByTheQueryThatMeetsThem()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        Labels labels = Labels.Of((Labels.MetricName, "m"));
        for (int minute = 0; minute < 60; minute++)
        {
            await store.AppendAsync((labels, store.Now, minute * 1.37));
            store.Time.Advance(TimeSpan.FromMinutes(1));
        }

        store.Time.Advance(TimeSpan.FromHours(6));
        await store.Store.MaintainAsync(CancellationToken.None);
        string chunks = Directory.GetFiles(store.DirectoryPath, "chunks", SearchOption.AllDirectories)[0];
        byte[] bytes = await File.ReadAllBytesAsync(chunks);
        bytes[^1] ^= 0x10;
        await File.WriteAllBytesAsync(chunks, bytes);
        await store.CrashAsync();
        Should.Throw<PromQLException>(() => store.Read(labels)).Message.ShouldContain(Path.GetFileName(Path.GetDirectoryName(chunks)!));
    }

    private sealed class Model
    {
        private readonly Dictionary<int, SortedDictionary<long, object>> _acknowledged = [];
        private readonly Dictionary<int, SortedDictionary<long, object>> _perhaps = [];

        public async Task<bool> TellAsync((Happening What, int Series, long Step, double Value)[] steps)
        {
            await using TemporaryStore store = await TemporaryStore.OpenAsync(
                options => options with { CheckpointBytes = 1000, Retention = TimeSpan.FromDays(1000), RetentionBytes = 0, SegmentBytes = 3000 });
            foreach ((Happening what, int series, long step, double value) in steps)
            {
                store.Time.Advance(TimeSpan.FromMilliseconds(step));
                await StepAsync(store, what, series, value);
            }

            await CheckAsync(store);
            await store.CrashAsync();
            await CheckAsync(store);
            return true;
        }

        private static Labels LabelsOf(int series) => Labels.Of((Labels.MetricName, "up"), ("n", $"{series}"));

        private async Task StepAsync(TemporaryStore store, Happening what, int series, double value)
        {
            SortedDictionary<long, object> known = Of(_acknowledged, series);
            switch (what)
            {
                case Happening.Append:
                    await AppendAsync(store, series, store.Now, value, commit: true);
                    break;
                case Happening.AppendLate when !known.ContainsKey(store.Now - 60_000):
                    await AppendAsync(store, series, store.Now - 60_000, value, commit: true);
                    break;
                // A series that has left memory takes older samples anew; what a moment has already, a block knows and nobody asks.
                case Happening.AppendTooLate when known.Count > 0 && !known.ContainsKey(known.Keys.Last() - 3_600_000):
                    await AppendAsync(store, series, known.Keys.Last() - 3_600_000, value, commit: true);
                    break;
                case Happening.AppendAgain when known.Count > 0 && known.Values.Last() is double same:
                    await AppendAsync(store, series, known.Keys.Last(), same, commit: true);
                    break;
                case Happening.AppendWithoutCommit:
                    await AppendAsync(store, series, store.Now, value, commit: false);
                    break;
                case Happening.AppendHistogram:
                    await AppendAsync(store, series, store.Now, Histogram(value), commit: true);
                    break;
                case Happening.Maintain:
                    await store.Store.MaintainAsync(CancellationToken.None);
                    break;
                case Happening.Crash:
                    await store.CrashAsync();
                    break;
                case Happening.CrashWithATornLog:
                    await TearAsync(store);
                    break;
                case Happening.Restart:
                    await store.Store.DisposeAsync();
                    await store.ReopenAsync();
                    break;
            }
        }

        private async Task AppendAsync(TemporaryStore store, int series, long time, object value, bool commit)
        {
            // Two values for one moment, of which one was never acknowledged, leave open which is kept.
            if (Of(_perhaps, series).ContainsKey(time))
            {
                return;
            }

            MetricBatch batch = store.Store.NewBatch();
            MemorySeries found = batch.Series(LabelsOf(series), out _)!;
            AppendOutcome outcome = value is double number ? batch.Append(found, time, number) : batch.Append(found, time, (FloatHistogram)value);
            SortedDictionary<long, object> known = Of(_acknowledged, series);
            if (known.Count == 0 || time > known.Keys.Last())
            {
                bool newest = Of(_perhaps, series).Keys.All(other => other < time);
                (outcome == AppendOutcome.Accepted || !newest).ShouldBeTrue($"a newest sample is taken, and not {outcome}");
            }

            if (outcome != AppendOutcome.Accepted)
            {
                return;
            }

            if (known.TryGetValue(time, out object? before) && !Same(before, Kept(value)))
            {
                throw new InvalidOperationException("another value was taken for a moment that has one");
            }

            if (commit)
            {
                await batch.CommitAsync();
                known[time] = Kept(value);
            }
            else
            {
                Of(_perhaps, series)[time] = value;
            }
        }

        /// <summary>A crash in the middle of a write that nobody waited for any more.</summary>
        private static async Task TearAsync(TemporaryStore store)
        {
            string segment = Directory.GetFiles(Path.Combine(store.DirectoryPath, "wal"), "*.wal").Order(StringComparer.Ordinal).Last();
            await using (var file = new FileStream(segment, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
            {
                file.Write([40, 0, 0, 0, 1, 2, 3, 4, 2, 9]);
            }

            await store.CrashAsync();
        }

        private async Task CheckAsync(TemporaryStore store)
        {
            for (int series = 0; series < Series; series++)
            {
                SampleBuffer read = store.Buffer(LabelsOf(series));
                var there = Enumerable.Range(0, read.Count).ToDictionary(index => read.Times[index], index => (object?)read.HistogramAt(index) ?? read.Values[index]);
                there.Keys.ToList().ShouldBe(there.Keys.Order().ToList(), "times rise");
                foreach ((long time, object value) in Of(_acknowledged, series))
                {
                    there.Remove(time, out object? kept).ShouldBeTrue($"the sample of series {series} at {time} is there");
                    Same(kept!, value).ShouldBeTrue($"{kept} is {value}");
                }

                there.Keys.Except(Of(_perhaps, series).Keys).ShouldBeEmpty("nothing was made up");
            }

            await Task.CompletedTask;
        }

        /// <summary>A marker after a histogram is kept as one of its kind; both say the same.</summary>
        private static object Kept(object value) => value;

        private static bool Same(object one, object other)
            => one is double first && other is double second
                ? BitConverter.DoubleToInt64Bits(first) == BitConverter.DoubleToInt64Bits(second)
                : IsMarker(one) && IsMarker(other) ? true : one is FloatHistogram a && other is FloatHistogram b && a.Equals(b);

        private static bool IsMarker(object value) => value is double number ? StaleMarker.Is(number) : ((FloatHistogram)value).IsStale;

        private static SortedDictionary<long, object> Of(Dictionary<int, SortedDictionary<long, object>> all, int series)
            => all.TryGetValue(series, out SortedDictionary<long, object>? known) ? known : all[series] = [];

        private static FloatHistogram Histogram(double value) => new()
        {
            Schema = 2,
            ZeroThreshold = 0.001,
            ZeroCount = 1,
            Count = 4,
            Sum = double.IsFinite(value) ? value : 1,
            Positive = new BucketSet([1, 3], [1, 2]),
        };
    }
}

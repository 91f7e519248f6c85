using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fairway.Resources;
using Fairway.Storage;

namespace Fairway.Bench;

/// <summary>Measures the revision log in process: what a user of the API can get at most.</summary>
internal static class StorageBench
{
    private const int Writers = 64;
    private const int Creates = 100_000;
    private const int Watchers = 100;

    public static async Task<int> RunAsync(string where)
    {
        string directory = Path.Combine(where, "fairway-bench-" + Path.GetRandomFileName());
        try
        {
            await using (RevisionLog log = await OpenAsync(directory))
            {
                await CreateAsync(log, 5_000, "warm");
                await MeasureCreatesAsync(log);
                MeasureGets(log);
                MeasureLists(log);
                await MeasureWatchesAsync(log);
            }

            long start = Stopwatch.GetTimestamp();
            await using RevisionLog again = await OpenAsync(directory);
            Say($"open with {again.List("dev", "configmaps", null).Count} objects", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Task<RevisionLog> OpenAsync(string directory)
        => RevisionLog.OpenAsync(new RevisionLogOptions { Directory = directory }, CancellationToken.None);

    private static async Task MeasureCreatesAsync(RevisionLog log)
    {
        double[] latencies = await CreateAsync(log, Creates, "object");
        Say($"durable creates, {Writers} writers", $"{Creates / latencies[^1]:F0}/s, p50 {At(latencies, 0.5):F2} ms, p99 {At(latencies, 0.99):F2} ms");
    }

    /// <returns>The sorted latencies in milliseconds, and last the seconds that it took altogether.</returns>
    private static async Task<double[]> CreateAsync(RevisionLog log, int count, string prefix)
    {
        double[] latencies = new double[count];
        int next = -1;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            int index;
            while ((index = Interlocked.Increment(ref next)) < count)
            {
                var key = new StorageKey("dev", "configmaps", "bench", string.Create(CultureInfo.InvariantCulture, $"{prefix}-{index}"));
                long begin = Stopwatch.GetTimestamp();
                await log.CommitAsync(key, (_, revision) => new Mutation.Put(Make(key, revision)), CancellationToken.None);
                latencies[index] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            }
        })));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.Sort(latencies);
        return [.. latencies, seconds];
    }

    private static void MeasureGets(RevisionLog log)
    {
        const int Gets = 2_000_000;
        string[] names = [.. Enumerable.Range(0, Creates).Select(index => $"object-{index}")];
        long start = Stopwatch.GetTimestamp();
        Parallel.For(0, Gets, index =>
        {
            if (log.Get(new StorageKey("dev", "configmaps", "bench", names[(int)(index * 7919L % names.Length)])) is null)
            {
                throw new InvalidOperationException("An object is missing.");
            }
        });
        Say("gets, in process", $"{Gets / Stopwatch.GetElapsedTime(start).TotalSeconds:F0}/s");
    }

    private static void MeasureLists(RevisionLog log)
    {
        long start = Stopwatch.GetTimestamp();
        int count = log.List("dev", "configmaps", "bench").Count(document => !document.Json.IsEmpty);
        Say($"list of {count} objects", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms");
    }

    private static async Task MeasureWatchesAsync(RevisionLog log)
    {
        const int Changes = 2_000;
        var committedAt = new ConcurrentDictionary<long, long>();
        long from = log.Revision;
        var delays = new ConcurrentBag<double>();
        Task[] watchers = [.. Enumerable.Range(0, Watchers).Select(_ => Task.Run(async () =>
        {
            int seen = 0;
            await foreach (RevisionEvent change in log.WatchAsync("dev", "pods", null, from, CancellationToken.None))
            {
                // From the moment that the writer decided: the disk is in the figure.
                delays.Add(Stopwatch.GetElapsedTime(committedAt[change.Revision]).TotalMilliseconds);
                if (++seen == Changes)
                {
                    break;
                }
            }
        }))];
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (int index = 0; index < Changes; index += 10)
        {
            await pace.WaitForNextTickAsync();
            await Task.WhenAll(Enumerable.Range(index, 10).Select(number =>
            {
                var key = new StorageKey("dev", "pods", "bench", string.Create(CultureInfo.InvariantCulture, $"pod-{number}"));
                return log.CommitAsync(key, (_, revision) =>
                {
                    committedAt[revision] = Stopwatch.GetTimestamp();
                    return new Mutation.Put(Make(key, revision));
                }, CancellationToken.None).AsTask();
            }));
        }

        await Task.WhenAll(watchers);
        double[] sorted = [.. delays.Order()];
        Say($"watch delivery, {Watchers} watchers, 2000 changes/s", $"p50 {At(sorted, 0.5):F2} ms, p99 {At(sorted, 0.99):F2} ms, max {sorted[^1]:F2} ms");
    }

    private static double At(double[] sorted, double share) => Figures.At(sorted, share);

    private static Document Make(StorageKey key, long revision) => Document.FromTrusted(Encoding.UTF8.GetBytes(
        $$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{key.Name}}","namespace":"{{key.Namespace}}","uid":"5f0f4b0e-4b53-4b9c-9d0b-0d9a7ce1a001","resourceVersion":"{{revision}}","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"bench"} },"data":{"payload":"{{new string('x', 300)}}"} }"""));

    private static void Say(string what, string figure) => Figures.Say(what, figure);
}

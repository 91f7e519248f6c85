using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fairway.Resources;
using Fairway.Storage;

namespace Fairway.Bench;

/// <summary>
/// Rewrites the same objects over and over, as controllers do with statuses for months, with compaction at work. Nothing may grow
/// with the number of revisions: not the files, not the latency, not the memory.
/// </summary>
internal static class SoakBench
{
    private const int Objects = 10_000;
    private const int Writers = 64;
    private const int Rows = 10;

    public static async Task<int> RunAsync(long revisions, string where)
    {
        string directory = Path.Combine(where, "fairway-soak-" + Path.GetRandomFileName());
        var options = new RevisionLogOptions { Directory = directory, CompactEvery = TimeSpan.FromSeconds(2) };
        try
        {
            await using (RevisionLog log = await RevisionLog.OpenAsync(options, CancellationToken.None))
            {
                Console.WriteLine($"{"revisions",12} {"database",10} {"log",8} {"managed",10} {"process",10} {"writes/s",10} {"p50",9} {"p99",9} {"max",9}");
                for (int row = 0; row < Rows; row++)
                {
                    await RowAsync(log, directory, (int)(revisions / Rows));
                }
            }

            long start = Stopwatch.GetTimestamp();
            await using RevisionLog again = await RevisionLog.OpenAsync(options, CancellationToken.None);
            Figures.Say($"open after {again.Revision:N0} revisions", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task RowAsync(RevisionLog log, string directory, int count)
    {
        var run = await Figures.RunAsync(Writers, count, index =>
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"object-{index * 7919L % Objects}");
            var key = new StorageKey("dev", "configmaps", "soak", name);
            return log.CommitAsync(key, (_, revision) => new Mutation.Put(Make(key, revision)), CancellationToken.None).AsTask();
        });
        GC.Collect();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{log.Revision,12:N0} {Size(directory, "resources.db"),7:F0} MB {Size(directory, "resources.db-wal"),5:F0} MB {GC.GetTotalMemory(true) / 1e6,7:F0} MB {Environment.WorkingSet / 1e6,7:F0} MB {count / run.Seconds,10:N0} {Figures.At(run.Milliseconds, 0.5),6:F2} ms {Figures.At(run.Milliseconds, 0.99),6:F2} ms {run.Milliseconds[^1],6:F0} ms"));
    }

    private static double Size(string directory, string file)
    {
        var info = new FileInfo(Path.Combine(directory, file));
        return info.Exists ? info.Length / 1e6 : 0;
    }

    private static Document Make(StorageKey key, long revision) => Document.FromTrusted(Encoding.UTF8.GetBytes(
        $$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{key.Name}}","namespace":"{{key.Namespace}}","uid":"5f0f4b0e-4b53-4b9c-9d0b-0d9a7ce1a001","resourceVersion":"{{revision}}","creationTimestamp":"2026-01-01T00:00:00Z"},"data":{"payload":"{{new string('x', 300)}}"} }"""));
}

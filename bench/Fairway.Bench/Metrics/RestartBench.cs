using System.Diagnostics;
using System.Globalization;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Head;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Bench.Metrics;

/// <summary>
/// Opening a store with very many series: after a kill, when the log has everything, and after an orderly end, when a checkpoint has
/// it. Every step is a process of its own, so that memory and CPU are its own; CPU time says what a busy machine's clock does not.
/// </summary>
internal static class RestartBench
{
    private const int SamplesEach = 10;
    private const int BatchSize = 5_000;

    public static async Task<int> RunAsync(int series, string parent)
    {
        string directory = Path.Combine(parent, $"fairway-bench-restart-{Environment.ProcessId}");
        try
        {
            foreach (string step in (string[])["fill", "after-kill", "after-end"])
            {
                using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Arguments(step, directory, series)))!;
                await child.WaitForExitAsync();
                if (child.ExitCode != 0)
                {
                    return child.ExitCode;
                }
            }

            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static async Task<int> StepAsync(string step, string directory, int series)
    {
        var options = new MetricStoreOptions { Directory = directory, SeriesPerService = int.MaxValue, MostSeries = int.MaxValue };
        long start = Stopwatch.GetTimestamp();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        MetricStore store = await MetricStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        if (step == "fill")
        {
            await FillAsync(store, series);
            Say($"{series:N0} series with {SamplesEach} samples each: running", start, before);

            // Ends as a kill does: nothing is put in order.
            Environment.Exit(0);
        }

        Say(step == "after-kill" ? "open after a kill, from the log" : "open after an orderly end, from the checkpoint", start, before);
        if (store.Head.Count != series)
        {
            Console.Error.WriteLine($"{store.Head.Count} series are there instead of {series}");
            return 1;
        }

        await store.DisposeAsync();
        return 0;
    }

    private static IEnumerable<string> Arguments(string step, string directory, int series)
    {
        string[] own = [step, directory, series.ToString(CultureInfo.InvariantCulture)];
        return Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(RestartBench).Assembly.Location, "metrics-restart-step", .. own] : ["metrics-restart-step", .. own];
    }

    private static async Task FillAsync(MetricStore store, int series)
    {
        var known = new MemorySeries[series];
        long first = TimeProvider.System.GetUtcNow().AddMinutes(-5).ToUnixTimeMilliseconds();
        for (int sample = 0; sample < SamplesEach; sample++)
        {
            for (int from = 0; from < series; from += BatchSize)
            {
                MetricBatch batch = store.NewBatch();
                for (int index = from; index < Math.Min(series, from + BatchSize); index++)
                {
                    known[index] ??= batch.Series(LabelsOf(index), out _)!;
                    batch.Append(known[index], first + (sample * 15_000), (index * 7) + (sample * (index % 13)));
                }

                await batch.CommitAsync();
            }
        }
    }

    private static Labels LabelsOf(int index) => Labels.Of(
        ("__name__", $"node_metric_{index % 500}_total"),
        ("cpu", (index / 500 % 8).ToString(CultureInfo.InvariantCulture)),
        ("instance", $"host-{index / 4000}.example.org:9100"),
        ("job", "node"),
        ("mode", $"mode-{index % 8}"));

    private static void Say(string what, long start, TimeSpan before)
    {
        using var process = Process.GetCurrentProcess();
        Figures.Say(what, string.Create(
            CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {(Environment.CpuUsage.TotalTime - before).TotalSeconds:F1} s of CPU ({GC.GetTotalPauseDuration().TotalSeconds:F1} s in GC pauses), {process.PeakWorkingSet64 >> 20} MiB at most"));
    }
}

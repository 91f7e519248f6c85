using System.Diagnostics;

namespace Fairway.Bench;

/// <summary>How every measurement here is taken and said.</summary>
internal static class Figures
{
    /// <summary>Runs an operation a number of times from several callers at once.</summary>
    /// <returns>Latencies in milliseconds, sorted, and the seconds that all of them took together.</returns>
    public static async Task<(double[] Milliseconds, double Seconds)> RunAsync(int callers, int count, Func<int, Task> operation)
    {
        double[] latencies = new double[count];
        int next = -1;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            int index;
            while ((index = Interlocked.Increment(ref next)) < count)
            {
                long begin = Stopwatch.GetTimestamp();
                await operation(index);
                latencies[index] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            }
        })));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.Sort(latencies);
        return (latencies, seconds);
    }

    /// <summary>The value below which a share of a sorted series lies.</summary>
    public static double At(double[] sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];

    public static void Rate(string what, (double[] Milliseconds, double Seconds) run)
        => Say(what, $"{run.Milliseconds.Length / run.Seconds:N0}/s, p50 {At(run.Milliseconds, 0.5):F2} ms, p99 {At(run.Milliseconds, 0.99):F2} ms");

    public static void Spread(string what, double[] sorted) => Say(what, $"p50 {At(sorted, 0.5):F1} ms, p99 {At(sorted, 0.99):F1} ms");

    public static void Say(string what, string figure) => Console.WriteLine($"{what,-60} {figure}");
}

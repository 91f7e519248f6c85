using System.Diagnostics;
using Fairway.PromQL;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Syntax;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Bench;

/// <summary>The log store: durable ingestion, size on disk, and searches over all lines.</summary>
internal static class LogsBench
{
    private const int Batch = 2000;
    private const int Services = 20;
    private static readonly string[] Levels = ["info", "info", "info", "info", "debug", "warn", "error"];

    public static async Task<int> RunAsync(int lines, string parent)
    {
        string directory = Path.Combine(parent, $"fairway-bench-logs-{Environment.ProcessId}");
        try
        {
            var options = new LogStoreOptions { Directory = directory, StreamBytesPerSecond = long.MaxValue / 100, RetentionBytes = long.MaxValue };
            await using (LogStore store = await LogStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None))
            {
                await FillAsync(store, lines);
                Search(store, lines);
            }

            long start = Stopwatch.GetTimestamp();
            await using LogStore again = await LogStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
            Figures.Say("opening the store again", $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s");
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task FillAsync(LogStore store, int lines)
    {
        var random = new Random(1);
        long begun = (TimeProvider.System.GetUtcNow().AddHours(-1) - DateTimeOffset.UnixEpoch).Ticks * 100;
        long step = 3_600_000_000_000 / lines;
        long text = 0;
        var spent = new Stopwatch();
        for (int done = 0; done < lines; done += Batch)
        {
            int service = random.Next(Services);
            var entries = new List<LogEntry>(Batch);
            for (int index = 0; index < Batch; index++)
            {
                string level = Levels[random.Next(Levels.Length)];
                string line = $"ts=2026-01-01T00:00:{index % 60:00}Z level={level} caller=handler.go:{random.Next(20) * 11} msg=\"request done\" method=GET path=/api/items/{random.Next(100_000)} status={(level == "error" ? 500 : 200)} duration={random.Next(2000)}ms request_id={random.NextInt64():x16}";
                text += line.Length;
                entries.Add(new LogEntry(begun + ((done + index) * step), line, Labels.Of(("detected_level", level))));
            }

            entries[0] = entries[0] with { Line = entries[0].Line + (done == lines / 2 / Batch * Batch ? " needle-in-a-haystack" : "") };
            spent.Start();
            await store.AppendAsync([new LogBatch(Labels.Of(("service_name", $"service-{service}"), ("namespace", "bench")), entries)]);
            await store.MaintainAsync(CancellationToken.None);
            spent.Stop();
        }

        await store.SealAsync(CancellationToken.None);
        Figures.Say($"durable ingestion, batches of {Batch}, sealing included", $"{lines / spent.Elapsed.TotalSeconds:N0} lines/s, {text / spent.Elapsed.TotalSeconds / 1e6:F0} MB/s");
        Figures.Say("bytes per line: text, on disk", $"{(double)text / lines:F0}, {(double)store.Size / lines:F1}");
    }

    private static void Search(LogStore store, int lines)
    {
        foreach ((string what, string query) in (ReadOnlySpan<(string, string)>)
            [
                ("a text that occurs once", "{namespace=\"bench\"} |= \"needle-in-a-haystack\""),
                ("a request id that does not occur", "{namespace=\"bench\"} |= \"deadbeefdeadbeef0\""),
                ("the newest errors", "{namespace=\"bench\"} |= \"level=error\""),
                ("a parsed field, newest 100", "{namespace=\"bench\"} | logfmt | status=500 | duration > 1900ms"),
            ])
        {
            long start = Stopwatch.GetTimestamp();
            int found = new LogQueryEngine(store).Lines(LogQueryParser.Lines(query), new LineRequest(0, long.MaxValue, 100, NewestFirst: true), CancellationToken.None).Count;
            Figures.Say($"search of {lines:N0} lines: {what} ({found} found)", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:N0} ms");
        }

        long now = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        foreach ((string what, string query) in (ReadOnlySpan<(string, string)>)
            [
                ("count of all lines by service", "sum by (service_name) (count_over_time({namespace=\"bench\"}[2h]))"),
                ("rate of lines with a text, 60 steps", "sum(rate({namespace=\"bench\"} |= \"level=error\" [1m]))"),
            ])
        {
            long start = Stopwatch.GetTimestamp();
            _ = new LogQueryEngine(store).Numbers(LogQueryParser.Parse(query), now - 3_600_000_000_000, now, 60_000_000_000, CancellationToken.None);
            Figures.Say($"numbers of {lines:N0} lines: {what}", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:N0} ms");
        }
    }
}

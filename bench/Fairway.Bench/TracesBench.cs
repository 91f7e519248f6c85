using System.Diagnostics;
using Fairway.Telemetry.Traces;
using Fairway.Telemetry.Traces.Query;
using Fairway.Telemetry.Traces.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Bench;

/// <summary>The trace store: durable ingestion of OTLP requests, size on disk, and searches.</summary>
internal static class TracesBench
{
    private const int TracesAtOnce = 25;
    private const int SpansEach = 8;

    public static async Task<int> RunAsync(int spans, string parent)
    {
        string directory = Path.Combine(parent, $"fairway-bench-traces-{Environment.ProcessId}");
        try
        {
            var options = new TraceStoreOptions { Directory = directory, SpansPerSecond = int.MaxValue / 100 };
            await using (TraceStore store = await TraceStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None))
            {
                await FillAsync(store, spans);
                Search(store);
            }

            long start = Stopwatch.GetTimestamp();
            await using TraceStore again = await TraceStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
            Figures.Say("opening the store again", $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s");
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task FillAsync(TraceStore store, int spans)
    {
        var random = new Random(1);
        SpanProcess[] processes = [.. Enumerable.Range(0, 12).Select(id => new SpanProcess($"service-{id}", [("service.name", $"service-{id}"), ("service.version", "1.2.3"), ("host.name", $"host-{id % 4}")]))];
        long begun = (TimeProvider.System.GetUtcNow().AddMinutes(-30) - DateTimeOffset.UnixEpoch).Ticks * 100;
        var spent = new Stopwatch();
        for (int done = 0; done < spans; done += TracesAtOnce * SpansEach)
        {
            var batch = new List<SpanRecord>();
            for (int trace = 0; trace < TracesAtOnce; trace++)
            {
                string id = $"{random.NextInt64():x16}{random.NextInt64() | 1:x16}";
                string parent = "";
                long start = begun + (done * 1000L);
                for (int index = 0; index < SpansEach; index++)
                {
                    string span = $"{random.NextInt64() | 1:x16}";
                    batch.Add(new SpanRecord
                    {
                        TraceId = id,
                        SpanId = span,
                        ParentId = parent,
                        Name = $"GET /api/{random.Next(40)}",
                        Kind = index == 0 ? SpanKind.Server : SpanKind.Client,
                        Start = start + (index * 1_000_000),
                        End = start + (index * 1_000_000) + random.Next(50_000_000),
                        Status = random.Next(100) == 0 ? 2 : 0,
                        Process = processes[random.Next(processes.Length)],
                        Attributes = [("http.request.method", "GET"), ("http.response.status_code", 200L), ("url.path", $"/api/items/{random.Next(100_000)}"), ("customer.id", $"c-{random.Next(50_000)}")],
                    });
                    parent = span;
                }
            }

            ReadOnlyMemory<byte> request = SpanWriter.Write(batch);
            spent.Start();
            await store.AppendAsync(request);
            await store.MaintainAsync(CancellationToken.None);
            spent.Stop();
        }

        await store.SealAsync(CancellationToken.None);
        Figures.Say($"durable ingestion, requests of {TracesAtOnce * SpansEach} spans, sealing included", $"{spans / spent.Elapsed.TotalSeconds:N0} spans/s");
        Figures.Say("bytes per span on disk", $"{(double)store.Size / spans:F0}");
    }

    private static void Search(TraceStore store)
    {
        foreach (string text in (ReadOnlySpan<string>)["customer.id=c-4711", "customer.id=c-absent", "service=service-3 error=true", "{ duration > 49ms } | count() > 2"])
        {
            var query = SpanQuery.Parse(text);
            long start = Stopwatch.GetTimestamp();
            int found = store.Search(new TraceScan(query.Matches, query.Terms, 0, long.MaxValue), 20, CancellationToken.None).Count;
            Figures.Say($"search: {text} ({found} found)", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:N0} ms");
        }
    }
}

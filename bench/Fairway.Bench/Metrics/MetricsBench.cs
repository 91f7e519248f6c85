using System.Diagnostics;
using System.Globalization;

namespace Fairway.Bench.Metrics;

/// <summary>Fairway and Debian's Prometheus on one machine in one run, with the same data and questions; every server in a process of its own.</summary>
internal static class MetricsBench
{
    private const int Step = 15_000;
    private const int Repeats = 7;
    private static readonly string[] Codes = ["200", "201", "404", "500", "503"];

    private static readonly string[] Instants =
    [
        """count(shop_requests_total)""",
        """sum by (instance) (shop_requests_total)""",
        """topk(10, shop_requests_total)""",
        """sum by (path) (rate(shop_requests_total[5m]))""",
        """max_over_time(shop_requests_total[10m])""",
        """quantile by (instance) (0.9, shop_requests_total)""",
        """shop_requests_total{code!="200"} * 2 > 100""",
        """sum by (instance) (rate(shop_requests_total{code=~"5.."}[5m])) / sum by (instance) (rate(shop_requests_total[5m]))""",
        """shop_requests_total""",
    ];

    private static readonly string[] Ranges =
    [
        """sum by (instance) (shop_requests_total)""",
        """sum by (path) (rate(shop_requests_total[5m]))""",
        """avg by (instance) (avg_over_time(shop_requests_total[5m]))""",
        """topk(5, rate(shop_requests_total[5m]))""",
        """max(max_over_time(shop_requests_total[10m]))""",
        """sum by (instance) (rate(shop_requests_total{code=~"5.."}[5m])) / sum by (instance) (rate(shop_requests_total[5m]))""",
    ];

    private static readonly string[] BlockRanges =
    [
        """sum by (mode) (rate(node_cpu_seconds_total[5m]))""",
        """avg by (instance) (node_memory_field0_bytes)""",
        """count({job="node"})""",
    ];

    public static async Task<int> RunAsync(int series, int hours, int many, string directory)
    {
        string root = System.IO.Directory.CreateTempSubdirectory("fairway-bench-metrics-").FullName;
        if (directory.Length > 0)
        {
            root = System.IO.Directory.CreateDirectory(Path.Combine(directory, Path.GetFileName(root))).FullName;
        }

        try
        {
            if (series > 0)
            {
                await LoadAsync(root, series, hours);
            }

            if (many > 0)
            {
                await ManyAsync(root, many);
            }
        }
        finally
        {
            System.IO.Directory.Delete(root, recursive: true);
        }

        return 0;
    }

    private static async Task LoadAsync(string root, int series, int hours)
    {
        long end = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / Step * Step;
        long[] times = [.. Enumerable.Range(0, hours * 240).Select(index => end - (((hours * 240) - index) * (long)Step))];
        var medians = new Dictionary<string, List<double>>();
        foreach (MeasuredServer server in (MeasuredServer[])[MeasuredServer.Prometheus(root), MeasuredServer.Fairway(root)])
        {
            using (server)
            {
                await server.StartAsync();
                await IngestAsync(server, series, times);
                await BlocksAsync(server);
                foreach ((string what, double median) in await QueriesAsync(server, times[^1]))
                {
                    (medians.TryGetValue(what, out List<double>? known) ? known : medians[what] = []).Add(median);
                }
            }
        }

        foreach (string kind in (string[])["instant", "range"])
        {
            double[] ratios = [.. medians.Where(one => one.Key.StartsWith(kind, StringComparison.Ordinal)).Select(one => one.Value[1] / one.Value[0]).Order()];
            foreach ((string what, List<double> both) in medians.Where(one => one.Key.StartsWith(kind, StringComparison.Ordinal)))
            {
                Console.WriteLine($"{what,-140} Prometheus {both[0],8:F1} ms, Fairway {both[1],8:F1} ms, ratio {both[1] / both[0]:F2}");
            }

            Figures.Say($"{kind} queries over 10,000 series, median of the ratios", $"{(ratios[(ratios.Length - 1) / 2] + ratios[ratios.Length / 2]) / 2:F2}");
        }
    }

    private static async Task IngestAsync(MeasuredServer server, int series, long[] times)
    {
        const int Shops = 10_000;
        var data = new NodeExporterData(series);
        byte[][] nodes = [.. Enumerable.Range(0, series).Select(index => RemoteWriteSender.Encode(data.LabelsOf(index)))];
        byte[][] shops = [.. Enumerable.Range(0, Shops).Select(index => RemoteWriteSender.Encode(
            [("__name__", "shop_requests_total"), ("code", Codes[index % 5]), ("instance", $"10.0.0.{index / 100}:8080"), ("job", "shop"), ("path", $"/api/v1/{index / 5 % 20}")]))];
        double[] counts = new double[Shops];
        int both = Math.Min(600, times.Length / 2);
        using var sender = new RemoteWriteSender(server.Port);
        await sender.SendAsync(nodes, data.Next, times[..20]);
        double cpu = server.Cpu;
        long began = Stopwatch.GetTimestamp();
        long samples = await sender.SendAsync(nodes, data.Next, times[20..^both]);
        samples += await sender.SendAsync(
            [.. nodes, .. shops], index => index < series ? data.Next(index) : counts[index - series] += (index * 7919 % 97) * (1 + (index % 3)), times[^both..]);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        cpu = server.Cpu - cpu;
        Figures.Say($"{server.Name}: samples by remote write", $"{samples / cpu:N0} /s and core of the server, {samples / seconds:N0} /s seen by the sender, {server.Memory:N0} MiB");
    }

    private static async Task BlocksAsync(MeasuredServer server)
    {
        (long Bytes, long Samples, int Blocks) last = default;
        for (int same = 0, waited = 0; same < 16 && waited < 60; waited++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5000), TimeProvider.System);
            (long Bytes, long Samples, int Blocks) now = server.Blocks();
            same = now == last && now.Blocks > 0 ? same + 1 : 0;
            last = now;
        }

        Figures.Say($"{server.Name}: bytes a sample on disk, index included", $"{(double)last.Bytes / last.Samples:F3} ({last.Samples:N0} samples in {last.Blocks} blocks)");
    }

    private static async Task<List<(string What, double Median)>> QueriesAsync(MeasuredServer server, long end)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        var medians = new List<(string, double)>();
        double at = (end - 60_000) / 1000.0;
        foreach (string query in Instants)
        {
            medians.Add(($"instant {query}", await MedianAsync(http, server.Port, "query", [new("query", query), new("time", Text(at))])));
        }

        foreach (string query in Ranges)
        {
            medians.Add(($"range of an hour by minutes {query}", await MedianAsync(
                http, server.Port, "query_range", [new("query", query), new("start", Text(at - 3600)), new("end", Text(at)), new("step", "60")])));
        }

        foreach (string query in BlockRanges)
        {
            medians.Add(($"range of two hours by minutes, in blocks {query}", await MedianAsync(
                http, server.Port, "query_range", [new("query", query), new("start", Text(at - (6 * 3600))), new("end", Text(at - (4 * 3600))), new("step", "60")])));
        }

        return medians;
    }

    private static async Task<double> MedianAsync(HttpClient http, int port, string endpoint, KeyValuePair<string, string>[] form)
    {
        var times = new List<double>();
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            using var content = new FormUrlEncodedContent(form);
            long began = Stopwatch.GetTimestamp();
            using HttpResponseMessage response = await http.PostAsync($"http://127.0.0.1:{port}/api/v1/{endpoint}", content);
            byte[] body = await response.Content.ReadAsByteArrayAsync();
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (!response.IsSuccessStatusCode)
            {
                throw new InvalidOperationException(System.Text.Encoding.UTF8.GetString(body));
            }
        }

        times.Sort();
        return times[times.Count / 2];
    }

    private static async Task ManyAsync(string root, int many)
    {
        byte[][] labels = [.. Enumerable.Range(0, many).Select(index => RemoteWriteSender.Encode(
            [("__name__", $"http_requests_{index % 200}_total"), ("instance", $"10.0.{index / 2000 % 256}.{index / 200 % 10}:8080"), ("job", "shop"), ("namespace", $"team-{index % 40}"), ("path", $"/api/v1/things/{index / 200}"), ("pod", $"shop-{index / 1000}-abcde")]))];
        foreach (MeasuredServer server in (MeasuredServer[])[MeasuredServer.Prometheus(Path.Combine(root, "many")), MeasuredServer.Fairway(Path.Combine(root, "many"))])
        {
            using (server)
            {
                await server.StartAsync();
                double empty = server.Memory;
                long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
                using var sender = new RemoteWriteSender(server.Port);
                double cpu = server.Cpu;
                await sender.SendAsync(labels, index => index, [.. Enumerable.Range(0, 10).Select(index => now - ((10 - index) * (long)Step))]);
                Figures.Say($"{server.Name}: CPU for {many:N0} new series with ten samples each", $"{server.Cpu - cpu:F1} s");
                await Task.Delay(TimeSpan.FromMilliseconds(75_000), TimeProvider.System);
                double running = server.Memory;
                Figures.Say($"{server.Name}: memory of {many:N0} series", $"{(running - empty) / many * 1e6:N0} MiB a million (resident {running:N0} MiB, peak {server.Peak:N0} MiB)");
                server.Kill();
                double seconds = await server.StartAsync();
                double cold = server.Cpu;
                double peak = server.Peak;
                double after = server.Memory;
                await Task.Delay(TimeSpan.FromMilliseconds(20_000), TimeProvider.System);
                Figures.Say(
                    $"{server.Name}: from SIGKILL to ready with {many:N0} series",
                    string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s ({cold:F1} s of CPU), peak {peak:N0} MiB, at ready {after:N0} MiB, later {server.Memory:N0} MiB"));
            }
        }
    }

    private static string Text(double number) => number.ToString("F3", CultureInfo.InvariantCulture);
}

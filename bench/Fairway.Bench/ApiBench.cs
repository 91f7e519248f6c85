using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.ApiServer;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Bench;

/// <summary>Measures the Kubernetes API as its users meet it. Client and server share this machine and this process.</summary>
internal static class ApiBench
{
    private const int Objects = 10_000;
    private const int Callers = 64;
    private const int Watchers = 1_000;
    private const string Namespace = "default";

    private static readonly ResourceType ConfigMaps = KindOf<ConfigMap>.Type;

    public static async Task<int> RunAsync()
    {
        string directory = Directory.CreateTempSubdirectory("fairway-bench-api-").FullName;
        try
        {
            await using (EmbeddedServer server = await EmbeddedServer.StartAsync(directory))
            {
                await MeasureAsync(server);
            }

            await RestartAsync(directory);
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task MeasureAsync(EmbeddedServer server)
    {
        using HttpClusterApi http = server.Connect("dev");
        IClusterApi direct = server.Api.Client("dev", Identity.Of("bench", Identity.Masters));
        await CreateAsync(http, "warm", 2_000);
        long before = GC.GetTotalMemory(true);
        Figures.Rate($"durable creates over TLS, {Callers} callers", await CreateAsync(http, "object", Objects));
        Figures.Say("memory for each 10,000 objects of 0.5 KB", $"{(GC.GetTotalMemory(true) - before) / 1e6:F1} MB");
        Figures.Rate($"durable creates in process, {Callers} callers", await CreateAsync(direct, "direct", Objects));
        Figures.Rate($"gets over TLS, {Callers} callers", await GetAsync(http, 40_000));
        Figures.Rate($"gets in process, {Callers} callers", await GetAsync(direct, 400_000));
        await ListAsync(http, "over TLS");
        await ListAsync(direct, "in process");
        Figures.Rate("server-side apply that changes nothing, over TLS, 8 callers", await ApplyAsync(http, 8, 8_000));
        await WatchAsync(direct);
    }

    private static Task<(double[] Milliseconds, double Seconds)> CreateAsync(IClusterApi api, string prefix, int count)
        => Figures.RunAsync(Callers, count, index => api.CreateAsync(Made(prefix, index), CancellationToken.None));

    private static Task<(double[] Milliseconds, double Seconds)> GetAsync(IClusterApi api, int count)
        => Figures.RunAsync(Callers, count, index => api.GetAsync(ConfigMaps, Namespace, $"object-{index % Objects}", CancellationToken.None));

    private static async Task ListAsync(IClusterApi api, string how)
    {
        long start = Stopwatch.GetTimestamp();
        int count = (await api.ListAsync(ConfigMaps, null, ListOptions.All, CancellationToken.None)).Items.Count;
        Figures.Say($"list of {count:N0} objects {how}, whole", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        start = Stopwatch.GetTimestamp();
        string? next = null;
        do
        {
            DocumentList page = await api.ListAsync(ConfigMaps, null, new ListOptions { Limit = 500, Continue = next }, CancellationToken.None);
            next = page.Continue;
        }
        while (!string.IsNullOrEmpty(next));
        Figures.Say($"list of {count:N0} objects {how}, pages of 500", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
    }

    private static Task<(double[] Milliseconds, double Seconds)> ApplyAsync(IClusterApi api, int callers, int count)
    {
        var fields = new PatchBody(
            PatchKind.Apply,
            JsonNode.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"applied","namespace":"default"},"data":{"a":"1","b":"2"}}""")!);
        return Figures.RunAsync(
            callers, count, _ => api.PatchAsync(ConfigMaps, Namespace, "applied", fields, new WriteOptions { FieldManager = "bench", Force = true }, CancellationToken.None));
    }

    private static async Task WatchAsync(IClusterApi api)
    {
        const int Changes = 500;
        string from = (await api.ListAsync(ConfigMaps, Namespace, new ListOptions { Limit = 1 }, CancellationToken.None)).ResourceVersion;
        long[] sent = new long[Changes];
        double[][] delays = new double[Watchers][];
        Task[] watchers = [.. Enumerable.Range(0, Watchers).Select(watcher => Task.Run(async () =>
        {
            double[] seen = new double[Changes];
            int count = 0;
            await foreach (WatchEvent change in api.WatchAsync(ConfigMaps, Namespace, new WatchOptions { ResourceVersion = from }, CancellationToken.None))
            {
                int number = int.Parse(change.Object.Header.Name.AsSpan("watched-".Length), CultureInfo.InvariantCulture);
                seen[count++] = Stopwatch.GetElapsedTime(Volatile.Read(ref sent[number])).TotalMilliseconds;
                if (count == Changes)
                {
                    break;
                }
            }

            delays[watcher] = seen;
        }))];
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (int number = 0; number < Changes; number++)
        {
            await pace.WaitForNextTickAsync();
            Volatile.Write(ref sent[number], Stopwatch.GetTimestamp());
            await api.CreateAsync(Made("watched", number), CancellationToken.None);
        }

        await Task.WhenAll(watchers);
        double[] sorted = [.. delays.SelectMany(one => one).Order()];
        Figures.Say(
            $"watch fan-out to {Watchers:N0} watchers, 50 changes/s, from the request",
            $"p50 {Figures.At(sorted, 0.5):F1} ms, p99 {Figures.At(sorted, 0.99):F1} ms");
    }

    private static async Task RestartAsync(string directory)
    {
        const int Total = 100_000;
        await using (EmbeddedServer server = await EmbeddedServer.StartAsync(directory))
        {
            await CreateAsync(server.Api.Client("dev", Identity.Of("bench", Identity.Masters)), "kept", Total - (2 * Objects));
        }

        long start = Stopwatch.GetTimestamp();
        await using EmbeddedServer again = await EmbeddedServer.StartAsync(directory);
        using HttpClusterApi http = again.Connect("dev");
        await http.GetAsync(ConfigMaps, Namespace, "kept-1", CancellationToken.None);
        Figures.Say($"from start to an answer, with {Total:N0} objects", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
    }

    private static ConfigMap Made(string prefix, int number) => new()
    {
        Metadata = new ObjectMeta { Name = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number}"), Namespace = Namespace },
        Data = new Dictionary<string, string>(StringComparer.Ordinal) { ["payload"] = new string('x', 300) },
    };
}

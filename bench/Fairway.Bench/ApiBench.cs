using System.Diagnostics;
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
    private const int Watchers = 1_000;
    private const string Namespace = "default";

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
        using HttpClusterApi wire = server.Connect("dev");
        var http = new ApiLoad(wire, Namespace);
        var direct = new ApiLoad(server.Api.Client("dev", Identity.Of("bench", Identity.Masters)), Namespace);
        await http.CreateAsync("warm", 2_000);
        long before = GC.GetTotalMemory(true);
        Figures.Rate($"durable creates over TLS, {ApiLoad.Callers} callers", await http.CreateAsync("object", Objects));
        Figures.Say("memory for each 10,000 objects of 0.5 KB", $"{(GC.GetTotalMemory(true) - before) / 1e6:F1} MB");
        Figures.Rate($"durable creates in process, {ApiLoad.Callers} callers", await direct.CreateAsync("direct", Objects));
        Figures.Rate($"gets over TLS, {ApiLoad.Callers} callers", await http.GetAsync("object", Objects, 40_000));
        Figures.Rate($"gets in process, {ApiLoad.Callers} callers", await direct.GetAsync("object", Objects, 400_000));
        await ListAsync(http, "over TLS");
        await ListAsync(direct, "in process");
        Figures.Rate("server-side apply that changes nothing, over TLS, 8 callers", await http.ApplyAsync(8, 8_000));
        Figures.Spread($"watch fan-out to {Watchers:N0} watchers, 50 changes/s, from the request", await direct.WatchAsync(Watchers));
    }

    private static async Task ListAsync(ApiLoad load, string how)
    {
        (int count, double milliseconds) = await load.ListAsync();
        Figures.Say($"list of {count:N0} objects {how}, whole", $"{milliseconds:F0} ms");
        Figures.Say($"list of {count:N0} objects {how}, pages of 500", $"{await load.PageAsync():F0} ms");
    }

    private static async Task RestartAsync(string directory)
    {
        const int Total = 100_000;
        await using (EmbeddedServer server = await EmbeddedServer.StartAsync(directory))
        {
            await new ApiLoad(server.Api.Client("dev", Identity.Of("bench", Identity.Masters)), Namespace).CreateAsync("kept", Total - (2 * Objects));
        }

        long start = Stopwatch.GetTimestamp();
        await using EmbeddedServer again = await EmbeddedServer.StartAsync(directory);
        using HttpClusterApi http = again.Connect("dev");
        await http.GetAsync(KindOf<ConfigMap>.Type, Namespace, "kept-1", CancellationToken.None);
        Figures.Say($"from start to an answer, with {Total:N0} objects", $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
    }
}

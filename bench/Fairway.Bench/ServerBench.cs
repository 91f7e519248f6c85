using System.Globalization;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Bench;

/// <summary>
/// The same load over TLS against a server that runs already, whichever it is: Fairway's or kube-apiserver. With the processes'
/// numbers it also says what each request cost them, which does not change with what else the machine does.
/// </summary>
internal sealed class ServerBench(ApiLoad load, IReadOnlyList<int> processes)
{
    private const int Objects = 10_000;
    private const int Watchers = 100;

    /// <param name="kubeconfig">The file of somebody who may write namespaces and ConfigMaps.</param>
    /// <param name="context">The context in it; null for the current one.</param>
    /// <param name="processes">The server's processes on this machine (the API server's and its store's).</param>
    public static async Task<int> RunAsync(string kubeconfig, string? context, IReadOnlyList<int> processes)
    {
        KubeconfigContext target = (await Kubeconfig.LoadAsync(kubeconfig, CancellationToken.None)).Context(context);
        using var api = HttpClusterApi.Connect(target);
        Namespace space = await api.CreateAsync(new Namespace { Metadata = new ObjectMeta { GenerateName = "bench-" } }, CancellationToken.None);
        try
        {
            await new ServerBench(new ApiLoad(api, space.Metadata.Name!), processes).MeasureAsync();
            return 0;
        }
        finally
        {
            await api.DeleteAsync(space, CancellationToken.None);
        }
    }

    private async Task MeasureAsync()
    {
        await load.CreateAsync("warm", 2_000);
        await load.GetAsync("warm", 2_000, 4_000);
        await RateAsync($"durable creates, {ApiLoad.Callers} callers", () => load.CreateAsync("object", Objects));
        await RateAsync($"gets, {ApiLoad.Callers} callers", () => load.GetAsync("object", Objects, 40_000));
        double before = Cpu();
        (int count, double milliseconds) = await load.ListAsync();
        Say($"list of {count:N0} objects, whole", $"{milliseconds:F0} ms", before, 1);
        before = Cpu();
        Say($"list of {count:N0} objects, pages of 500", $"{await load.PageAsync():F0} ms", before, 1);
        await RateAsync("server-side apply that changes nothing, 8 callers", () => load.ApplyAsync(8, 8_000));
        before = Cpu();
        double[] delays = await load.WatchAsync(Watchers);
        Figures.Spread($"watch fan-out to {Watchers:N0} watchers, 50 changes/s, from the request", delays);
        Say("  the same, an event", "", before, delays.Length);
        foreach (int process in processes)
        {
            string? resident = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            Figures.Say($"memory of process {process}", resident is null ? "gone" : $"{long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024} MiB");
        }
    }

    private async Task RateAsync(string what, Func<Task<(double[] Milliseconds, double Seconds)>> run)
    {
        double before = Cpu();
        (double[] Milliseconds, double Seconds) result = await run();
        double after = Cpu();
        Figures.Rate(what, result);
        Figures.Say("  the server's CPU for each", $"{(after - before) * 1e6 / result.Milliseconds.Length:F0} µs");
    }

    private void Say(string what, string figure, double before, int operations)
        => Figures.Say(what, $"{figure} ({(Cpu() - before) * 1e6 / operations:F0} µs of the server's CPU)".TrimStart());

    /// <summary>Seconds that the server's processes have computed so far. The kernel counts in hundredths.</summary>
    private double Cpu() => processes.Sum(static process =>
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    });
}

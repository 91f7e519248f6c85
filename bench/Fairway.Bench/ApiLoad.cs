using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Bench;

/// <summary>What clients of a Kubernetes API do, over whatever transport: the same requests for every server that is measured.</summary>
/// <param name="Api">The way to the server.</param>
/// <param name="Namespace">Where the objects go; it has to be there.</param>
internal sealed record ApiLoad(IClusterApi Api, string Namespace)
{
    public const int Callers = 64;

    private static readonly ResourceType ConfigMaps = KindOf<ConfigMap>.Type;

    public Task<(double[] Milliseconds, double Seconds)> CreateAsync(string prefix, int count)
        => Figures.RunAsync(Callers, count, index => Api.CreateAsync(Made(prefix, index), CancellationToken.None));

    public Task<(double[] Milliseconds, double Seconds)> GetAsync(string prefix, int objects, int count)
        => Figures.RunAsync(Callers, count, index => Api.GetAsync(ConfigMaps, Namespace, $"{prefix}-{index % objects}", CancellationToken.None));

    /// <summary>All objects in one answer.</summary>
    /// <returns>How many there are, and the milliseconds that it took.</returns>
    public async Task<(int Count, double Milliseconds)> ListAsync()
    {
        long start = Stopwatch.GetTimestamp();
        int count = (await Api.ListAsync(ConfigMaps, null, ListOptions.All, CancellationToken.None)).Items.Count;
        return (count, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    /// <summary>All objects, 500 at a time.</summary>
    /// <returns>The milliseconds that it took.</returns>
    public async Task<double> PageAsync()
    {
        long start = Stopwatch.GetTimestamp();
        string? next = null;
        do
        {
            DocumentList page = await Api.ListAsync(ConfigMaps, null, new ListOptions { Limit = 500, Continue = next }, CancellationToken.None);
            next = page.Continue;
        }
        while (!string.IsNullOrEmpty(next));
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>Server-side apply of what is there already.</summary>
    public Task<(double[] Milliseconds, double Seconds)> ApplyAsync(int callers, int count)
    {
        var fields = new PatchBody(
            PatchKind.Apply,
            JsonNode.Parse($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"applied","namespace":"{{{Namespace}}}"},"data":{"a":"1","b":"2"}}""")!);
        return Figures.RunAsync(
            callers, count, _ => Api.PatchAsync(ConfigMaps, Namespace, "applied", fields, new WriteOptions { FieldManager = "bench", Force = true }, CancellationToken.None));
    }

    /// <summary>500 creates, 50 a second, seen by every watcher.</summary>
    /// <returns>Milliseconds from before the request to the watcher's eyes, sorted.</returns>
    public async Task<double[]> WatchAsync(int watchers)
    {
        const int Changes = 500;
        string from = (await Api.ListAsync(ConfigMaps, Namespace, new ListOptions { Limit = 1 }, CancellationToken.None)).ResourceVersion;
        long[] sent = new long[Changes];
        double[][] delays = new double[watchers][];
        Task[] all = [.. Enumerable.Range(0, watchers).Select(watcher => Task.Run(async () =>
        {
            double[] seen = new double[Changes];
            int count = 0;
            await foreach (WatchEvent change in Api.WatchAsync(ConfigMaps, Namespace, new WatchOptions { ResourceVersion = from }, CancellationToken.None))
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
            await Api.CreateAsync(Made("watched", number), CancellationToken.None);
        }

        await Task.WhenAll(all);
        return [.. delays.SelectMany(one => one).Order()];
    }

    private ConfigMap Made(string prefix, int number) => new()
    {
        Metadata = new ObjectMeta { Name = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number}"), Namespace = Namespace },
        Data = new Dictionary<string, string>(StringComparer.Ordinal) { ["payload"] = new string('x', 300) },
    };
}

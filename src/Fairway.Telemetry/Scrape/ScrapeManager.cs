using System.Collections.Concurrent;
using System.Net;
using Fairway.Telemetry.Metrics;

namespace Fairway.Telemetry.Scrape;

/// <summary>Keeps one loop for each target that discovery names.</summary>
internal sealed class ScrapeManager : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private const int MostTargets = 5000;

    private readonly Func<Discovery> _discover;
    private readonly MetricStore _store;
    private readonly TimeProvider _time;
    private readonly HttpClient _http = NewClient(anyCertificate: false);
    private readonly HttpClient _trusting = NewClient(anyCertificate: true);

    private readonly ConcurrentDictionary<string, (ScrapeLoop Loop, CancellationTokenSource Stop, Task Task)> _loops = new();

    public ScrapeManager(Func<Discovery> discover, MetricStore store, TimeProvider time)
    {
        _discover = discover;
        _store = store;
        _time = time;
    }

    public IReadOnlyList<ScrapeLoop> Loops => [.. _loops.Values.Select(one => one.Loop).OrderBy(loop => loop.Target.Key, StringComparer.Ordinal)];

    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            using var timer = new PeriodicTimer(LookEvery, _time);
            do
            {
                await LookAsync();
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        finally
        {
            await StopAsync([.. _loops.Keys]);
        }
    }

    /// <summary>What relabelling took out at the last look.</summary>
    public IReadOnlyList<DroppedTarget> Dropped { get; private set; } = [];

    public void Dispose()
    {
        _http.Dispose();
        _trusting.Dispose();
    }

    private static HttpClient NewClient(bool anyCertificate)
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.GZip,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        };
        if (anyCertificate)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }

        return new HttpClient(handler);
    }

    private async Task LookAsync()
    {
        var wanted = new Dictionary<string, ScrapeTarget>();
        Discovery found = _discover();
        Dropped = [.. found.Dropped.Take(MostTargets)];
        foreach (ScrapeTarget target in found.Targets.Take(MostTargets))
        {
            wanted[target.Key] = target;
        }

        await StopAsync([.. _loops.Keys.Where(key => !wanted.ContainsKey(key))]);
        foreach ((string key, ScrapeTarget target) in wanted)
        {
            if (!_loops.ContainsKey(key))
            {
                var stop = new CancellationTokenSource();
                var loop = new ScrapeLoop(target, _store, target.AnyCertificate ? _trusting : _http, _time);
                _loops[key] = (loop, stop, Task.Run(() => loop.RunAsync(stop.Token)));
            }
        }
    }

    private async Task StopAsync(IReadOnlyList<string> keys)
    {
        foreach (string key in keys)
        {
            if (_loops.TryRemove(key, out (ScrapeLoop Loop, CancellationTokenSource Stop, Task Task) one))
            {
                await one.Stop.CancelAsync();
                await one.Task;
                one.Stop.Dispose();
            }
        }
    }
}

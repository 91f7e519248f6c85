using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Fairway.Demo;

/// <summary>Customers of the example shop: a steady stream of requests through the gateway, counted by the version that answered.</summary>
internal sealed class DemoTraffic : IAsyncDisposable
{
    private const int Customers = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(80);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Tally> _byVersion = new(StringComparer.Ordinal);
    private readonly List<Task> _customers = [];
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private Uri _base = null!;
    private volatile bool _platformDown;
    private long _unreachable;

    public DemoTraffic(TimeProvider time)
    {
        _time = time;
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectToLoopbackAsync }) { Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>Requests that found nobody listening while the platform was dead.</summary>
    public long Unreachable => Interlocked.Read(ref _unreachable);

    public IReadOnlyDictionary<string, Tally> ByVersion => _byVersion;

    /// <summary>What the gateway itself answered when no version did, to say why.</summary>
    public string? LastRefusal { get; private set; }

    /// <summary>Starts the customers; they go on until disposal, also across restarts of the platform.</summary>
    public void Start(string host, string gateway)
    {
        MoveTo(host, gateway);
        for (int customer = 0; customer < Customers; customer++)
        {
            int seed = customer;
            _customers.Add(Task.Run(() => ShopAsync(new Random(seed))));
        }
    }

    /// <summary>Where the gateway listens now.</summary>
    public void MoveTo(string host, string gateway) => _base = new UriBuilder(gateway) { Host = host }.Uri;

    /// <summary>Between these, unanswered requests are counted as the platform's absence, not as a version's failure.</summary>
    public void PlatformDown(bool down) => _platformDown = down;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_customers);
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task ShopAsync(Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            string path = random.Next(4) switch
            {
                0 => "/products",
                1 => $"/products/{random.Next(1, 11)}",
                _ => $"/orders/quote?product={random.Next(1, 11)}&quantity={random.Next(1, 13)}",
            };
            try
            {
                await RequestAsync(path);
                await Task.Delay(Pause, _time, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task RequestAsync(string path)
    {
        try
        {
            using HttpResponseMessage response = await _http.GetAsync(new Uri(_base, path), _stop.Token);
            string version = response.Headers.TryGetValues("X-Version", out IEnumerable<string>? values) ? values.First() : "gateway";
            if (version == "gateway")
            {
                LastRefusal = $"{(int)response.StatusCode} {(await response.Content.ReadAsStringAsync(_stop.Token)).Trim()}";
            }

            Count(version, (int)response.StatusCode < 500);
        }
        catch (HttpRequestException broken)
        {
            if (_platformDown)
            {
                Interlocked.Increment(ref _unreachable);
            }
            else
            {
                LastRefusal = broken.Message;
                Count("gateway", false);
            }
        }
    }

    private void Count(string version, bool served)
        => _byVersion.AddOrUpdate(
            version,
            _ => new Tally(served ? 1 : 0, served ? 0 : 1),
            (_, tally) => served ? tally with { Served = tally.Served + 1 } : tally with { Failed = tally.Failed + 1 });

    /// <summary>*.localhost is this machine by definition (RFC 6761), whatever its resolver says.</summary>
    private static async ValueTask<Stream> ConnectToLoopbackAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>Requests answered by one version.</summary>
internal sealed record Tally(long Served, long Failed);

using System.Net;
using System.Net.Sockets;
using Fairway.ControllerRuntime;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Microsoft.Extensions.Logging;

namespace Fairway.Node.Services;

/// <summary>
/// Passes TCP connections to a cluster's services on to their backends, one after the other, as kube-proxy would: it follows
/// services and endpoints, listens where <see cref="ServicePlan"/> says, and goes to the next backend when one refuses.
/// </summary>
public sealed partial class ServiceProxy
{
    private const int MaxConnections = 2000;
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(50);

    private readonly ServicePlaces _places;
    private readonly Informer<Service> _services;
    private readonly Informer<EndpointSlice> _slices;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly SemaphoreSlim _slots = new(MaxConnections, MaxConnections);
    private readonly Dictionary<IPEndPoint, Listener> _listeners = [];

    public ServiceProxy(ServicePlaces places, InformerSet informers, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(informers);
        _places = places;
        _time = time;
        _log = log;
        _services = informers.Of<Service>();
        _slices = informers.Of<EndpointSlice>();
        informers.Of(Fairway.Resources.KindOf<Service>.Type).Subscribe(_ => Signal());
        informers.Of(Fairway.Resources.KindOf<EndpointSlice>.Type).Subscribe(_ => Signal());
    }

    /// <summary>Listens until cancelled; open connections end then.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                Follow(ServicePlan.Of(_places, _services.List(), _slices.List()), cancellation);
                await _changed.WaitAsync(cancellation);
                await Task.Delay(Settle, _time, cancellation); // changes come in bursts
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            foreach (Listener listener in _listeners.Values)
            {
                listener.Socket.Dispose();
            }

            _listeners.Clear();
        }
    }

    private void Signal()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // A look is due already.
        }
    }

    private void Follow(Dictionary<IPEndPoint, IReadOnlyList<IPEndPoint>> plan, CancellationToken cancellation)
    {
        foreach (IPEndPoint gone in _listeners.Keys.Where(place => !plan.ContainsKey(place)).ToArray())
        {
            _listeners[gone].Socket.Dispose();
            _listeners.Remove(gone);
        }

        foreach ((IPEndPoint place, IReadOnlyList<IPEndPoint> backends) in plan)
        {
            if (_listeners.TryGetValue(place, out Listener? known))
            {
                known.Backends = backends;
            }
            else if (Open(place) is { } socket)
            {
                var listener = new Listener(socket) { Backends = backends };
                _listeners[place] = listener;
                _ = Task.Run(() => AcceptAsync(listener, cancellation), CancellationToken.None);
            }
        }
    }

    private Socket? Open(IPEndPoint place)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(place);
            socket.Listen(256);
            return socket;
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            LogRefused(_log, place, refused.Message);
            return null;
        }
    }

    private async Task AcceptAsync(Listener listener, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                Socket client = await listener.Socket.AcceptAsync(cancellation);
                _ = ServeAsync(listener, client, cancellation);
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException failed) when (failed.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted)
            {
                return;
            }
            catch (SocketException)
            {
                // That client gave up.
            }
        }
    }

    private async Task ServeAsync(Listener listener, Socket client, CancellationToken cancellation)
    {
        using (client)
        {
            if (!await _slots.WaitAsync(TimeSpan.Zero, CancellationToken.None))
            {
                client.LingerState = new LingerOption(true, 0);
                return;
            }

            try
            {
                using Socket? backend = await ConnectAsync(listener, cancellation);
                if (backend is null)
                {
                    client.LingerState = new LingerOption(true, 0); // reset: nobody took it
                    return;
                }

                client.NoDelay = true;
                backend.NoDelay = true;
                await Task.WhenAll(PumpAsync(client, backend, cancellation), PumpAsync(backend, client, cancellation));
            }
            catch (Exception over) when (over is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One side has gone.
            }
            finally
            {
                _slots.Release();
            }
        }
    }

    private async Task<Socket?> ConnectAsync(Listener listener, CancellationToken cancellation)
    {
        IReadOnlyList<IPEndPoint> backends = listener.Backends;
        int first = listener.Next();
        for (int i = 0; i < backends.Count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var patience = new CancellationTokenSource(ConnectPatience, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
            try
            {
                await socket.ConnectAsync(backends[(int)((uint)(first + i) % (uint)backends.Count)], either.Token);
                return socket;
            }
            catch (Exception refused) when (refused is SocketException or OperationCanceledException)
            {
                socket.Dispose();
                cancellation.ThrowIfCancellationRequested();
            }
        }

        return null;
    }

    /// <summary>Copies one direction and then says that no more comes; the other direction goes on.</summary>
    private static async Task PumpAsync(Socket from, Socket to, CancellationToken cancellation)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer, cancellation)) > 0)
            {
                for (int sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), cancellation);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            from.Dispose();
            to.Dispose();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Warning, "A service cannot be served at {Place}: {Why}")]
    private static partial void LogRefused(ILogger logger, IPEndPoint place, string why);

    private sealed class Listener(Socket socket)
    {
        private int _turn;

        public Socket Socket { get; } = socket;

        public required IReadOnlyList<IPEndPoint> Backends { get; set; }

        public int Next() => Interlocked.Increment(ref _turn);
    }
}

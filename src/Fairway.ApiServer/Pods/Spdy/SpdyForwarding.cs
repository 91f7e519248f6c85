using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// Port-forward as kubectl speaks it: SPDY/3.1 frames tunneled through a WebSocket. For each connection the client opens an
/// error stream and a data stream with the same request id; data goes to a connection of the pod's port.
/// </summary>
internal sealed class SpdyForwarding(WebSocket socket, Func<int, Task<Stream>> connect, CancellationToken cancellation) : IDisposable
{
    public const string Protocol = "SPDY/3.1+portforward.k8s.io";

    private const int SynStream = 1;
    private const int RstStream = 3;
    private const int Ping = 6;
    private const int GoAway = 7;
    private const byte Fin = 1;
    private const int MaxFrame = 1 << 20;
    private const int MaxStreams = 2000;

    private readonly SpdyHeaders _headers = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentDictionary<int, Forwarded> _streams = new();
    private readonly Dictionary<string, int> _errorStreams = [];
    private byte[] _buffer = new byte[64 * 1024];
    private int _filled;

    /// <summary>Serves the tunnel until the client closes it.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (await FillAsync(8))
            {
                int length = (int)(BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(4)) & 0xffffff);
                if (length > MaxFrame || !await FillAsync(8 + length))
                {
                    break;
                }

                bool goesOn = await TakeAsync(BinaryPrimitives.ReadUInt32BigEndian(_buffer), _buffer[4], _buffer.AsMemory(8, length));
                _buffer.AsSpan(8 + length, _filled - 8 - length).CopyTo(_buffer);
                _filled -= 8 + length;
                if (!goesOn)
                {
                    break;
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException or InvalidDataException or IOException)
        {
            // The client went, broke the protocol, or the server stops.
        }

        foreach (Forwarded stream in _streams.Values)
        {
            await stream.DisposeAsync();
        }
    }

    public void Dispose()
    {
        _headers.Dispose();
        _sending.Dispose();
    }

    private async Task<bool> TakeAsync(uint first, byte flags, ReadOnlyMemory<byte> payload)
    {
        if ((first & 0x80000000) == 0)
        {
            await TakeDataAsync((int)first, (flags & Fin) != 0, payload);
            return true;
        }

        switch (first & 0xffff)
        {
            case SynStream when payload.Length >= 10:
                await OpenAsync(payload);
                return true;
            case RstStream when payload.Length >= 8:
                if (_streams.TryRemove(BinaryPrimitives.ReadInt32BigEndian(payload.Span), out Forwarded? reset))
                {
                    await reset.DisposeAsync();
                }

                return true;
            case Ping:
                await SendAsync(0x80030000 | Ping, 0, payload);
                return true;
            default:
                return (first & 0xffff) != GoAway; // windows and settings are of no interest: nothing here is throttled by them
        }
    }

    private async Task OpenAsync(ReadOnlyMemory<byte> payload)
    {
        int id = BinaryPrimitives.ReadInt32BigEndian(payload.Span) & 0x7fffffff;
        Dictionary<string, string> headers = _headers.Read(payload.Span[10..]);
        string request = headers.GetValueOrDefault("requestid", "");
        if (_streams.Count >= MaxStreams || !int.TryParse(headers.GetValueOrDefault("port"), NumberStyles.None, CultureInfo.InvariantCulture, out int port))
        {
            byte[] reset = new byte[8];
            BinaryPrimitives.WriteInt32BigEndian(reset, id);
            BinaryPrimitives.WriteInt32BigEndian(reset.AsSpan(4), 3); // refused
            await SendAsync(0x80030000 | RstStream, 0, reset);
            return;
        }

        byte[] reply = [0, 0, 0, 0, .. _headers.WriteEmpty()];
        BinaryPrimitives.WriteInt32BigEndian(reply, id);
        await SendAsync(0x80030002, 0, reply);
        if (headers.GetValueOrDefault("streamtype") == "error")
        {
            _errorStreams[request] = id;
            return;
        }

        _errorStreams.Remove(request, out int errors);
        var stream = new Forwarded();
        _streams[id] = stream;
        stream.Running = ForwardAsync(id, errors, port, stream);
    }

    private async Task TakeDataAsync(int id, bool isLast, ReadOnlyMemory<byte> data)
    {
        if (_streams.TryGetValue(id, out Forwarded? stream))
        {
            await stream.WriteAsync(data, isLast, cancellation);
        }
    }

    private async Task ForwardAsync(int id, int errors, int port, Forwarded stream)
    {
        await Task.Yield();
        try
        {
            await using Stream connection = await connect(port);
            stream.Connected(connection);
            byte[] buffer = new byte[32 * 1024];
            int read;
            while ((read = await connection.ReadAsync(buffer, cancellation)) > 0)
            {
                await SendAsync((uint)id, 0, buffer.AsMemory(0, read));
            }
        }
        catch (Exception failure) when (failure is StatusException or SocketException)
        {
            stream.Connected(null);
            await TrySendAsync((uint)errors, 0, Encoding.UTF8.GetBytes($"error forwarding port {port} to pod: {failure.Message}"));
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            stream.Connected(null); // one of the sides is gone
        }

        _streams.TryRemove(id, out _);
        await TrySendAsync((uint)id, Fin, default);
        await TrySendAsync((uint)errors, Fin, default);
    }

    private async Task TrySendAsync(uint first, byte flags, ReadOnlyMemory<byte> payload)
    {
        try
        {
            await SendAsync(first, flags, payload);
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            // There is nobody left to tell.
        }
    }

    private async Task SendAsync(uint first, byte flags, ReadOnlyMemory<byte> payload)
    {
        byte[] frame = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, first);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), ((uint)flags << 24) | (uint)payload.Length);
        payload.CopyTo(frame.AsMemory(8));
        await _sending.WaitAsync(cancellation);
        try
        {
            await socket.SendAsync(frame.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, cancellation);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task<bool> FillAsync(int count)
    {
        if (_buffer.Length < count)
        {
            Array.Resize(ref _buffer, count);
        }

        while (_filled < count)
        {
            ValueWebSocketReceiveResult received = await socket.ReceiveAsync(_buffer.AsMemory(_filled), cancellation);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return false;
            }

            _filled += received.Count;
        }

        return true;
    }

    /// <summary>The pod's side of one connection; data that comes before it stands waits for it.</summary>
    private sealed class Forwarded : IAsyncDisposable
    {
        private readonly TaskCompletionSource<Stream?> _connection = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Running { get; set; } = Task.CompletedTask;

        public void Connected(Stream? connection) => _connection.TrySetResult(connection);

        public async Task WriteAsync(ReadOnlyMemory<byte> data, bool isLast, CancellationToken cancellation)
        {
            if (await _connection.Task.WaitAsync(cancellation) is not { } connection)
            {
                return;
            }

            try
            {
                await connection.WriteAsync(data, cancellation);
                if (isLast && connection is NetworkStream network)
                {
                    network.Socket.Shutdown(SocketShutdown.Send);
                }
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException or SocketException)
            {
                // The pod closed the connection; its side ends the stream.
            }
        }

        public async ValueTask DisposeAsync()
        {
            _connection.TrySetResult(null);
            if (await _connection.Task is { } connection)
            {
                await connection.DisposeAsync();
            }

            await Running;
        }
    }
}

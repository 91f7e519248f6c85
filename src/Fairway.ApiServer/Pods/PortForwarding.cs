using System.Buffers.Binary;
using System.Net.Sockets;
using System.Net.WebSockets;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// Port-forward, as kubectl speaks it (<see cref="SpdyForwarding"/>) or in the plain channel protocol: two channels for each port,
/// data and errors, each beginning with the port number; one connection for each port.
/// </summary>
internal static class PortForwarding
{
    private static readonly string[] Protocols = [SpdyForwarding.Protocol, "v4.channel.k8s.io"];

    public static async Task RunAsync(HttpContext context, Func<int, Task<Stream>> connect, IReadOnlyList<int> ports, CancellationToken cancellation)
    {
        string protocol = PodSessions.ChooseProtocol(context, Protocols);
        if (protocol == SpdyForwarding.Protocol)
        {
            using WebSocket tunnel = await RawWebSocket.AcceptAsync(context, protocol);
            using var forwarding = new SpdyForwarding(tunnel, connect, cancellation);
            await forwarding.RunAsync();
            return;
        }

        if (ports.Count is 0 or > 64)
        {
            throw StatusException.BadRequest("query parameter \"ports\" must name 1 to 64 ports");
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(protocol);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var sending = new SemaphoreSlim(1, 1);
        var connections = new Stream?[ports.Count];
        var copying = new List<Task>();
        for (int index = 0; index < ports.Count; index++)
        {
            byte[] number = new byte[2];
            BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)ports[index]);
            var data = new ChannelStream(socket, (byte)(index * 2), sending);
            var errors = new ChannelStream(socket, (byte)((index * 2) + 1), sending);
            await data.WriteAsync(number, cancellation);
            await errors.WriteAsync(number, cancellation);
            try
            {
                connections[index] = await connect(ports[index]);
                copying.Add(CopyAsync(connections[index]!, data, ending.Token));
            }
            catch (Exception failure) when (failure is StatusException or SocketException or IOException)
            {
                await errors.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"error forwarding port {ports[index]}: {failure.Message}"), cancellation);
            }
        }

        await ReceiveAsync(socket, connections, ending.Token);
        await ending.CancelAsync();
        await Task.WhenAll(copying);
        foreach (Stream? connection in connections)
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private static async Task CopyAsync(Stream from, ChannelStream to, CancellationToken cancellation)
    {
        try
        {
            await from.CopyToAsync(to, cancellation);
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            // One of the sides is gone.
        }
    }

    private static async Task ReceiveAsync(WebSocket socket, Stream?[] connections, CancellationToken cancellation)
    {
        byte[] buffer = new byte[32 * 1024];
        int channel = -1;
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                ReadOnlyMemory<byte> bytes = buffer.AsMemory(0, received.Count);
                if (channel < 0 && bytes.Length > 0)
                {
                    channel = bytes.Span[0];
                    bytes = bytes[1..];
                }

                if (channel % 2 == 0 && channel / 2 < connections.Length && connections[channel / 2] is { } connection)
                {
                    await connection.WriteAsync(bytes, cancellation);
                }

                channel = received.EndOfMessage ? -1 : channel;
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or WebSocketException)
        {
            // One of the sides is gone.
        }
    }
}

using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Fairway.Cli;

namespace Fairway.Commands.Observe;

/// <summary>Prints lines as they come, over Loki's tail, until interrupted.</summary>
internal static class LogFollow
{
    private const int Piece = 64 << 10;

    /// <exception cref="CommandFailure">The platform cannot be followed, or it ended.</exception>
    public static async Task RunAsync(LogSearch search, Action<LogSearch, IReadOnlyList<LogSearch.Line>> print, CancellationToken cancellation)
    {
        string address = search.Platform.State.Endpoints.Loki ?? throw new CommandFailure(ExitCode.Failed, "this platform does not serve logs");
        var uri = new Uri(string.Create(
            CultureInfo.InvariantCulture, $"{address.TrimEnd('/').Replace("http://", "ws://", StringComparison.Ordinal)}/loki/api/v1/tail?query={Uri.EscapeDataString(search.Query)}&since={Uri.EscapeDataString(search.Since)}&limit={search.Limit}"));
        using var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(uri, cancellation);
            byte[] buffer = new byte[Piece];
            using var message = new MemoryStream();
            while (true)
            {
                ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    throw new CommandFailure(ExitCode.Failed, "the platform ended the tail");
                }

                message.Write(buffer, 0, received.Count);
                if (received.EndOfMessage)
                {
                    print(search, LogSearch.Lines(JsonNode.Parse(message.ToArray())!["streams"]!));
                    message.SetLength(0);
                }
            }
        }
        catch (WebSocketException broken)
        {
            throw new CommandFailure(ExitCode.Failed, $"the logs cannot be followed: {broken.Message}");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Interrupted: that is how it ends.
        }
    }
}

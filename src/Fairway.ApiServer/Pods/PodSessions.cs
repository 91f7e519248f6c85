using System.Globalization;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fairway.Client;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// exec, attach and port-forward over WebSockets, in the channel protocols of Kubernetes: the first byte of each message says
/// which stream it belongs to.
/// </summary>
internal sealed class PodSessions(string cluster, PodStreams streams, CancellationToken stopping)
{
    private const byte Stdin = 0;
    private const byte Stdout = 1;
    private const byte Stderr = 2;
    private const byte Outcome = 3;
    private const byte Resize = 4;
    private const byte CloseChannel = 255;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private static readonly string[] ExecProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

    public async Task ExecAsync(HttpContext context, Document pod, bool isAttach)
    {
        IQueryCollection query = context.Request.Query;
        JsonObject node = pod.ToNode();
        string container = PodContainers.Choose(node, query["container"], pod.Header.Name);
        string[] command = [.. query["command"].Select(word => word ?? "")];
        if (!isAttach && command.Length == 0)
        {
            throw StatusException.BadRequest("you must specify at least 1 command for the container");
        }

        if (string.IsNullOrEmpty((string?)node["spec"]?["nodeName"]))
        {
            throw StatusException.BadRequest($"pod {pod.Header.Name} does not have a host assigned");
        }

        if (streams.Exec is not { } exec)
        {
            throw new StatusException(501, "NotImplemented", "the nodes of this cluster do not run commands in containers");
        }

        string protocol = ChooseProtocol(context, ExecProtocols);
        var request = new PodExecRequest
        {
            Cluster = cluster,
            Pod = pod,
            Container = container,
            Command = isAttach ? [] : command,
            Stdin = ListQuery.Flag(query["stdin"]),
            Stdout = ListQuery.Flag(query["stdout"]),
            Stderr = ListQuery.Flag(query["stderr"]),
            Tty = ListQuery.Flag(query["tty"]),
        };
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(protocol);
        await RunAsync(socket, request, exec, ending);
    }

    public async Task PortForwardAsync(HttpContext context, Document pod)
    {
        if (streams.Connect is not { } connect)
        {
            throw new StatusException(501, "NotImplemented", "the nodes of this cluster do not forward ports");
        }

        if ((string?)pod.ToNode()["status"]?["phase"] != "Running")
        {
            throw StatusException.BadRequest($"unable to forward port because pod is not running. Current status={(string?)pod.ToNode()["status"]?["phase"]}");
        }

        int[] ports = [.. context.Request.Query["ports"].SelectMany(text => (text ?? "").Split(',')).Where(text => text.Length > 0).Select(Port)];
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await PortForwarding.RunAsync(context, port => connect(new PodPortRequest { Cluster = cluster, Pod = pod, Port = port }, ending.Token), ports, ending.Token);
    }

    internal static string ChooseProtocol(HttpContext context, IReadOnlyList<string> known)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            throw StatusException.BadRequest("Upgrade request required");
        }

        return known.FirstOrDefault(context.WebSockets.WebSocketRequestedProtocols.Contains)
            ?? throw StatusException.BadRequest($"unable to upgrade: none of the protocols [{string.Join(' ', context.WebSockets.WebSocketRequestedProtocols)}] is known; known are [{string.Join(' ', known)}]");
    }

    private static int Port(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536
            ? port
            : throw StatusException.BadRequest($"ports: Invalid value: \"{text}\": expected a port number");

    private static async Task RunAsync(
        WebSocket socket, PodExecRequest request, Func<PodExecRequest, PodExecStreams, CancellationToken, Task<int>> exec, CancellationTokenSource ending)
    {
        var input = new Pipe();
        Channel<TerminalSize> sizes = Channel.CreateBounded<TerminalSize>(new BoundedChannelOptions(8) { FullMode = BoundedChannelFullMode.DropOldest });
        using var sending = new SemaphoreSlim(1, 1);
        var pod = new PodExecStreams(
            request.Stdin ? input.Reader.AsStream() : Stream.Null,
            request.Stdout ? new ChannelStream(socket, Stdout, sending) : Stream.Null,
            request.Stderr && !request.Tty ? new ChannelStream(socket, Stderr, sending) : Stream.Null,
            sizes.Reader.ReadAllAsync(ending.Token));
        Task receiving = ReceiveAsync(socket, input.Writer, sizes.Writer, ending);
        JsonObject outcome;
        try
        {
            outcome = OutcomeOf(await exec(request, pod, ending.Token));
        }
        catch (StatusException refused)
        {
            outcome = JsonNode.Parse(StatusBody.Write(refused))!.AsObject();
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return;
        }

        await using var last = new ChannelStream(socket, Outcome, sending);
        await last.WriteAsync(Document.From(outcome).Json, ending.Token);
        await CloseAsync(socket, ending.Token);
        // The client answers the close; cutting the connection before could lose what it has not read yet.
        await receiving.WaitAsync(CloseTimeout, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ending.CancelAsync();
        await receiving;
    }

    private static JsonObject OutcomeOf(int exitCode) => exitCode == 0
        ? new JsonObject { ["metadata"] = new JsonObject(), ["status"] = "Success" }
        : new JsonObject
        {
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["reason"] = "NonZeroExitCode",
            ["message"] = $"command terminated with non-zero exit code: exit status {exitCode}",
            ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = $"{exitCode}" }) },
        };

    private static async Task CloseAsync(WebSocket socket, CancellationToken cancellation)
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellation);
        }
        catch (WebSocketException)
        {
            // The client was quicker.
        }
    }

    private static async Task ReceiveAsync(WebSocket socket, PipeWriter input, ChannelWriter<TerminalSize> sizes, CancellationTokenSource ending)
    {
        byte[] buffer = new byte[32 * 1024];
        var message = new MemoryStream();
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(), ending.Token);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                message.Write(buffer, 0, received.Count);
                if (message.Length > 1024 * 1024)
                {
                    break; // no client sends frames of that size
                }

                if (received.EndOfMessage)
                {
                    await TakeAsync(message.ToArray(), input, sizes, ending.Token);
                    message.SetLength(0);
                }
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException)
        {
            // The session is over.
        }

        await input.CompleteAsync();
        sizes.TryComplete();
        await ending.CancelAsync(); // a client that is gone takes its command with it
    }

    private static async Task TakeAsync(byte[] message, PipeWriter input, ChannelWriter<TerminalSize> sizes, CancellationToken cancellation)
    {
        switch (message)
        {
            case [Stdin, .. var bytes]:
                await input.WriteAsync(bytes, cancellation);
                break;
            case [CloseChannel, Stdin]:
                await input.CompleteAsync();
                break;
            case [Resize, .. var json]:
                if (TryReadSize(json) is { } size)
                {
                    sizes.TryWrite(size);
                }

                break;
        }
    }

    private static TerminalSize? TryReadSize(byte[] json)
    {
        try
        {
            JsonNode? size = JsonNode.Parse(json);
            return new TerminalSize((int?)size?["Width"] ?? 0, (int?)size?["Height"] ?? 0);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}

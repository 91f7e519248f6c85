using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Evaluation;
using Fairway.Telemetry.Logs.Query.Stages;
using Fairway.Telemetry.Logs.Query.Syntax;
using Fairway.Telemetry.Logs.Storage;
using Fairway.Telemetry.Prometheus;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Logs.Loki;

/// <summary><c>/loki/api/v1/tail</c>: lines over a WebSocket as they come, after the newest there were. A client that reads slowly loses lines, and is told so.</summary>
internal sealed class LokiTail(LogStore store)
{
    private const int MostWaiting = 2048;
    private const int MostLines = 5000;
    private const int MostDelay = 5;

    private readonly LogQueryEngine _engine = new(store);

    public async Task HandleAsync(HttpContext context, LokiRequest request)
    {
        LogQuery.Lines query = LogQueryParser.Parse(request.Query) as LogQuery.Lines ?? throw new LogQueryException("only log selector is supported");
        int limit = Math.Min(request.Limit(), MostLines);
        (long from, _) = request.Bounds();
        if (request["delay_for"] is { Length: > 0 } delay && int.TryParse(delay, out int seconds) && seconds > MostDelay)
        {
            throw new LogQueryException($"delay_for can't be greater than {MostDelay}");
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            await PlainAnswer.Async(context, 400, "Bad Request: websocket: the client is not using the websocket protocol: 'upgrade' token not found in 'Connection' header");
            return;
        }

        var waiting = Channel.CreateBounded<LogBatch>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
        using IDisposable following = store.Follow(batch =>
        {
            if (LogReading.Matches(batch.Stream, query.Matchers))
            {
                waiting.Writer.TryWrite(batch);
            }
        });
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        Task closing = WatchAsync(socket, gone);
        try
        {
            IReadOnlyList<FoundLine> last = _engine.Lines(query, new LineRequest(from, long.MaxValue, limit, NewestFirst: true), gone.Token);
            await SendAsync(socket, [.. last.Reverse()], request.Categorized, gone.Token);
            await FollowAsync(socket, waiting.Reader, query, last, request.Categorized, gone.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            // The client has seen enough.
        }

        await closing;
    }

    private static async Task FollowAsync(
        WebSocket socket, ChannelReader<LogBatch> waiting, LogQuery.Lines query, IReadOnlyList<FoundLine> sent, bool categorized, CancellationToken cancellation)
    {
        var pipeline = new LinePipeline(query, ParserHints.All());

        // What came while the newest were read would come twice.
        HashSet<(long, string)> known = [.. sent.Select(line => (line.Time, line.Line))];
        while (await waiting.WaitToReadAsync(cancellation))
        {
            var lines = new List<FoundLine>();
            while (lines.Count < MostLines && waiting.TryRead(out LogBatch? batch))
            {
                lines.AddRange(batch.Entries.Where(entry => pipeline.Apply(batch.Stream, entry)).Select(_ => LogQueryEngine.Found(pipeline.State)));
            }

            lines.RemoveAll(line => known.Contains((line.Time, line.Line)));
            await SendAsync(socket, [.. lines.OrderBy(line => line.Time)], categorized, cancellation);
        }
    }

    private static async Task WatchAsync(WebSocket socket, CancellationTokenSource gone)
    {
        byte[] buffer = new byte[1024];
        try
        {
            while (socket.State == WebSocketState.Open && (await socket.ReceiveAsync(buffer.AsMemory(), gone.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            // It is closed either way.
        }

        await gone.CancelAsync();
    }

    private static async Task SendAsync(WebSocket socket, IReadOnlyList<FoundLine> lines, bool categorized, CancellationToken cancellation)
    {
        if (lines.Count == 0)
        {
            return;
        }

        using var message = new MemoryStream();
        await using (var json = new Utf8JsonWriter(message, ApiJson.Options))
        {
            json.WriteStartObject();
            json.WritePropertyName("streams");
            LokiJson.Streams(json, lines, categorized);
            if (categorized)
            {
                json.WriteStartArray("encodingFlags");
                json.WriteStringValue("categorize-labels");
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        await socket.SendAsync(message.ToArray(), WebSocketMessageType.Text, endOfMessage: true, cancellation);
    }
}

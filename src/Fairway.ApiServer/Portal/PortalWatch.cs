using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Storage;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// Many watches over one WebSocket. The client sends <c>{"id","cluster","path","labelSelector","fieldSelector"}</c> to begin and
/// <c>{"id","stop":true}</c> to end; the server sends <c>{"id","type","object"}</c>: ADDED for what is there, SYNCED, then changes,
/// or ERROR with a Status. Each watch is authorized like a request of its own. A client that does not read is disconnected.
/// </summary>
internal sealed class PortalWatch(
    IReadOnlyDictionary<string, ClusterVerbs> clusters, ForeignClusters foreign, ClusterVerbs judge, Gate gate, TimeProvider time, CancellationToken stopping)
{
    private const int MaxWatches = 200;
    private const int MaxRequestBytes = 64 * 1024;
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(30);

    public async Task HandleAsync(HttpContext context, Identity user)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            throw StatusException.BadRequest("this is a WebSocket endpoint");
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = TimeSpan.FromSeconds(20) });
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var session = new Session(this, context, user, socket, ending);
        await session.RunAsync();
    }

    private sealed class Session(PortalWatch owner, HttpContext context, Identity user, WebSocket socket, CancellationTokenSource ending)
    {
        private readonly Channel<ReadOnlyMemory<byte>> _outgoing = Channel.CreateBounded<ReadOnlyMemory<byte>>(1024);
        private readonly Dictionary<string, (CancellationTokenSource Stop, Task Running)> _watches = [];

        public async Task RunAsync()
        {
            Task sending = SendAsync();
            try
            {
                while (await ReceiveAsync() is { } request)
                {
                    await TakeAsync(request);
                }
            }
            catch (Exception gone) when (gone is OperationCanceledException or WebSocketException)
            {
                // The browser left, or the server stops.
            }

            await ending.CancelAsync();
            await Task.WhenAll(_watches.Values.Select(watch => watch.Running));
            _outgoing.Writer.TryComplete();
            await sending;
        }

        private async Task<JsonObject?> ReceiveAsync()
        {
            using var message = new MemoryStream();
            byte[] buffer = new byte[4096];
            while (true)
            {
                ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(), ending.Token);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return null;
                }

                message.Write(buffer, 0, received.Count);
                if (message.Length > MaxRequestBytes)
                {
                    return null;
                }

                if (received.EndOfMessage)
                {
                    return Parse(message.ToArray());
                }
            }
        }

        private static JsonObject? Parse(byte[] message)
        {
            try
            {
                return JsonNode.Parse(message, documentOptions: new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false }) as JsonObject;
            }
            catch (JsonException)
            {
                return null;
            }
        }

        private async Task TakeAsync(JsonObject request)
        {
            string id = request["id"]?.ToString() ?? "";
            if (_watches.Remove(id, out var old))
            {
                await old.Stop.CancelAsync();
                await old.Running;
                old.Stop.Dispose();
            }

            if (request["stop"] is not null)
            {
                return;
            }

            foreach (string ended in _watches.Where(watch => watch.Value.Running.IsCompleted).Select(watch => watch.Key).ToArray())
            {
                _watches[ended].Stop.Dispose();
                _watches.Remove(ended);
            }

            if (_watches.Count >= MaxWatches)
            {
                await SendAsync(id, "ERROR", StatusBody.Write(Refusals.TooManyRequests($"more than {MaxWatches} watches on one connection", 1)));
                return;
            }

            var stop = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
            _watches[id] = (stop, WatchAsync(id, request, stop.Token));
        }

        private async Task WatchAsync(string id, JsonObject request, CancellationToken cancellation)
        {
            try
            {
                await Task.Yield();
                if (owner.Foreign.Find(Text(request, "cluster") ?? "") is { } other)
                {
                    await new ForeignWatch(other, owner.Judge, user, owner.Gate, owner.Time).RunAsync(
                        "/" + (Text(request, "path") ?? "").TrimStart('/'),
                        Text(request, "labelSelector"),
                        Text(request, "fieldSelector"),
                        (type, json) => SendAsync(id, type, json, cancellation),
                        cancellation);
                    return;
                }

                (ClusterVerbs cluster, Call call, KindDefinition kind) = await BeginAsync(request);
                ListQuery query = ListQuery.Of(
                    new WatchOptions { LabelSelector = Text(request, "labelSelector"), FieldSelector = Text(request, "fieldSelector") }, kind);
                if (call.Info.Name.Length > 0)
                {
                    query = query with { Fields = Fairway.Resources.Fields.FieldSelector.Parse($"metadata.name={call.Info.Name}") };
                }

                await FollowAsync(id, cluster, kind, kind.Type.Namespaced ? call.Info.Namespace : null, query, cancellation);
            }
            catch (StatusException refused)
            {
                await SendAsync(id, "ERROR", StatusBody.Write(refused));
            }
            catch (OperationCanceledException)
            {
                // Stopped.
            }
        }

        private async Task FollowAsync(string id, ClusterVerbs cluster, KindDefinition kind, string? @namespace, ListQuery query, CancellationToken cancellation)
        {
            ListPage now = await cluster.Reads.ListAsync(kind.Type, @namespace, query, null, cancellation);
            foreach (Document document in now.Items)
            {
                await SendAsync(id, "ADDED", document.Json, cancellation);
            }

            await SendAsync(id, "SYNCED", null, cancellation);
            await foreach (RevisionEvent change in cluster.Store.Log.WatchAsync(cluster.Name, EventViews.StoredAs(kind.Type), @namespace, now.Revision, cancellation))
            {
                if (Watches.Seen(cluster.Watches.Presented(kind.Type, change), query) is { } seen)
                {
                    await SendAsync(id, WatchResponse.Name(seen.Type), seen.Object.Json, cancellation);
                }
            }
        }

        private async Task<(ClusterVerbs Cluster, Call Call, KindDefinition Kind)> BeginAsync(JsonObject request)
        {
            string name = Text(request, "cluster") ?? "";
            string path = "/" + (Text(request, "path") ?? "").TrimStart('/');
            if (!owner.Clusters.TryGetValue(name, out ClusterVerbs? cluster))
            {
                throw new StatusException(404, "NotFound", $"there is no cluster \"{name}\"");
            }

            var call = new Call
            {
                Cluster = name,
                User = user,
                Info = RequestInfo.Parse("GET", path, isWatch: true, null),
                Uri = $"/watch?cluster={name}&path={path}",
                SourceIp = context.Connection.RemoteIpAddress?.ToString(),
                UserAgent = context.Request.Headers.UserAgent.ToString(),
                Received = owner.Time.GetUtcNow(),
            };
            return await owner.Gate.RunAsync(cluster, call, () =>
            {
                KindDefinition kind = (call.Info.IsResource ? cluster.Catalog.Find(call.Info.Group, call.Info.Version, call.Info.Resource) : null)
                    ?? throw Refusals.NoSuchResource();
                return Task.FromResult((cluster, call, kind));
            });
        }

        private static string? Text(JsonObject request, string member)
            => request[member] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

        private ValueTask SendAsync(string id, string type, ReadOnlyMemory<byte>? json) => SendAsync(id, type, json, ending.Token);

        private ValueTask SendAsync(string id, string type, ReadOnlyMemory<byte>? json, CancellationToken cancellation)
        {
            var output = new ArrayBufferWriter<byte>((json?.Length ?? 0) + 96);
            output.Write("{\"id\":"u8);
            output.Write(JsonSerializer.SerializeToUtf8Bytes(id));
            Encoding.ASCII.GetBytes($",\"type\":\"{type}\"".AsSpan(), output);
            if (json is { } body)
            {
                output.Write(",\"object\":"u8);
                output.Write(body.Span);
            }

            output.Write("}"u8);
            return _outgoing.Writer.WriteAsync(output.WrittenMemory, cancellation);
        }

        private async Task SendAsync()
        {
            try
            {
                await foreach (ReadOnlyMemory<byte> message in _outgoing.Reader.ReadAllAsync(ending.Token))
                {
                    using var patience = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
                    patience.CancelAfter(SendTimeout);
                    await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
                }
            }
            catch (Exception gone) when (gone is OperationCanceledException or WebSocketException)
            {
                await ending.CancelAsync();
            }
        }
    }

    private IReadOnlyDictionary<string, ClusterVerbs> Clusters => clusters;

    private ForeignClusters Foreign => foreign;

    private ClusterVerbs Judge => judge;

    private Gate Gate => gate;

    private TimeProvider Time => time;
}

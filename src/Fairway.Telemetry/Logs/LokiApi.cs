using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Prometheus;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Logs;

/// <summary>The HTTP API of Loki over the log store: push, queries, labels, series and live tail.</summary>
internal sealed class LokiApi(LogStore store, TimeProvider time)
{
    private const long Second = 1_000_000_000;
    private const int MostLines = 5000;
    private const int MostPoints = 11_000;
    private const int MostTail = 10_000;
    private static readonly string[] Both = ["GET", "POST"];

    private readonly LogQueryEngine _engine = new(store);

    public void MapTo(TelemetryRoutes routes)
    {
        routes.Map("/loki/api/v1/push", ["POST"], new LokiPush(store, time).HandleAsync);
        Map(routes, "query", Both, InstantAsync);
        Map(routes, "query_range", Both, RangeAsync);
        Map(routes, "labels", Both, LabelsAsync);
        Map(routes, "label", Both, LabelsAsync);
        Map(routes, "label/{name}/values", Both, ValuesAsync);
        Map(routes, "series", Both, SeriesAsync);
        Map(routes, "tail", ["GET"], TailAsync);
        Map(routes, "status/buildinfo", ["GET"], static context => context.Response.WriteAsync("{\"version\":\"3.0.0\",\"revision\":\"fairway\",\"branch\":\"\",\"buildUser\":\"\",\"buildDate\":\"\",\"goVersion\":\"\"}", context.RequestAborted));
    }

    private static void Map(TelemetryRoutes routes, string path, string[] methods, RequestDelegate handle)
        => routes.Map("/loki/api/v1/" + path, methods, async context =>
        {
            try
            {
                await handle(context);
            }
            catch (Exception refused) when (refused is LogQueryException or ApiException)
            {
                await PlainAnswer.Async(context, 400, refused.Message);
            }
            catch (System.Text.RegularExpressions.RegexMatchTimeoutException)
            {
                await PlainAnswer.Async(context, 400, "a pattern of the query takes too long on a line");
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The client went away.
            }
        });

    private async Task RangeAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        (long from, long to) = Span(request, TimeSpan.FromHours(1));
        LogQuery query = LogQueryParser.Parse(request["query"]);
        if (query is LogQuery.Lines lines)
        {
            await LinesAsync(request, lines.Pipeline, from, to);
            return;
        }

        long step = request["step"] is { Length: > 0 } ? request.Duration("step").Ticks * 100 : Math.Max(Second, (to - from) / 250 / Second * Second);
        if (step <= 0)
        {
            throw new LogQueryException("zero or negative query resolution step widths are not accepted. Try a positive integer");
        }

        if ((to - from) / step > MostPoints)
        {
            throw new LogQueryException("exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter");
        }

        IReadOnlyDictionary<Labels, double?[]> series = await Task.Run(() => _engine.Numbers(query, from, to, step, context.RequestAborted));
        await AnswerAsync(context, "matrix", json =>
        {
            foreach ((Labels labels, double?[] values) in series.OrderBy(one => one.Key))
            {
                json.WriteStartObject();
                json.WritePropertyName("metric");
                ApiJson.Labels(json, labels);
                json.WriteStartArray("values");
                for (int index = 0; index < values.Length; index++)
                {
                    if (values[index] is { } value)
                    {
                        json.WriteStartArray();
                        ApiJson.Time(json, (from + (index * step)) / 1_000_000);
                        ApiJson.Number(json, value);
                        json.WriteEndArray();
                    }
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        });
    }

    private async Task InstantAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        long at = request["time"] is { Length: > 0 } text ? Moment("time", text) : Now();
        LogQuery query = LogQueryParser.Parse(request["query"]);
        if (query is LogQuery.Lines)
        {
            throw new LogQueryException("log queries are not supported as an instant query type, please change your query to a range query type");
        }

        IReadOnlyDictionary<Labels, double?[]> series = await Task.Run(() => _engine.Numbers(query, at, at, 1, context.RequestAborted));
        await AnswerAsync(context, "vector", json =>
        {
            foreach ((Labels labels, double?[] values) in series.Where(one => one.Value[0] is not null).OrderBy(one => one.Key))
            {
                json.WriteStartObject();
                json.WritePropertyName("metric");
                ApiJson.Labels(json, labels);
                json.WriteStartArray("value");
                ApiJson.Time(json, at / 1_000_000);
                ApiJson.Number(json, values[0]!.Value);
                json.WriteEndArray();
                json.WriteEndObject();
            }
        });
    }

    private async Task LinesAsync(ApiRequest request, LogPipeline pipeline, long from, long to)
    {
        HttpContext context = request.Context;
        int limit = request.Limit() is > 0 and int asked ? asked : 100;
        if (limit > MostLines)
        {
            throw new LogQueryException($"max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {MostLines})");
        }

        bool newestFirst = request["direction"].ToLowerInvariant() switch
        {
            "" or "backward" => true,
            "forward" => false,
            string other => throw new LogQueryException($"invalid direction '{other}'"),
        };
        IReadOnlyList<(Labels Labels, long Time, string Line)> lines = await Task.Run(() => _engine.Lines(pipeline, from, to, limit, newestFirst, context.RequestAborted));
        await AnswerAsync(context, "streams", json => Streams(json, lines));
    }

    private async Task LabelsAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        (long from, long to) = Span(request, TimeSpan.FromHours(6));
        await TextsAsync(context, Find(request, from, to).SelectMany(labels => labels.Pairs).Select(pair => pair.Key));
    }

    private async Task ValuesAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        (long from, long to) = Span(request, TimeSpan.FromHours(6));
        string name = (string)context.GetRouteValue("name")!;
        await TextsAsync(context, Find(request, from, to).Select(labels => labels[name]).Where(value => value.Length > 0));
    }

    private async Task SeriesAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        (long from, long to) = Span(request, TimeSpan.FromHours(6));
        IEnumerable<string> selectors = request.All("match[]").Concat(request.All("match"));
        Labels[] found = [.. selectors.SelectMany(selector => store.Streams(LogQueryParser.Selector(selector), from, to)).Distinct().Order()];
        await JsonAsync(context, json =>
        {
            json.WriteStartArray("data");
            foreach (Labels labels in found)
            {
                ApiJson.Labels(json, labels);
            }

            json.WriteEndArray();
        });
    }

    private async Task TailAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await PlainAnswer.Async(context, 400, "tail needs a WebSocket");
            return;
        }

        ApiRequest request = await ApiRequest.ReadAsync(context);
        LogPipeline pipeline = LogQueryParser.Parse(request["query"]) is LogQuery.Lines lines ? lines.Pipeline : throw new LogQueryException("tail takes a query of lines");
        var waiting = Channel.CreateBounded<LogBatch>(new BoundedChannelOptions(MostTail) { FullMode = BoundedChannelFullMode.DropOldest });
        using IDisposable following = store.Follow(batch =>
        {
            if (pipeline.Matchers.All(matcher => matcher.Matches(batch.Stream[matcher.Name])))
            {
                waiting.Writer.TryWrite(batch);
            }
        });
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        Task closing = WatchAsync(socket, gone);
        try
        {
            long start = request["start"] is { Length: > 0 } text ? Moment("start", text) : Now() - (3600 * Second);
            int limit = request.Limit() is > 0 and int asked ? Math.Min(asked, MostLines) : 100;
            await SendAsync(socket, _engine.Lines(pipeline, start, long.MaxValue, limit, newestFirst: true, gone.Token), gone.Token);
            await foreach (LogBatch batch in waiting.Reader.ReadAllAsync(gone.Token))
            {
                List<(Labels, long, string)> passed = [.. batch.Entries
                    .Select(entry => new LogLine(batch.Stream, entry))
                    .Where(pipeline.Apply)
                    .Select(line => (line.Labels.ToLabels(), line.Time, line.Line))];
                await SendAsync(socket, passed, gone.Token);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            // The client has seen enough.
        }

        await closing;
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

    private static async Task SendAsync(WebSocket socket, IReadOnlyList<(Labels Labels, long Time, string Line)> lines, CancellationToken cancellation)
    {
        if (lines.Count == 0)
        {
            return;
        }

        using var message = new MemoryStream();
        await using (var json = new Utf8JsonWriter(message, ApiJson.Options))
        {
            json.WriteStartObject();
            json.WriteStartArray("streams");
            Streams(json, lines);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        await socket.SendAsync(message.ToArray(), WebSocketMessageType.Text, endOfMessage: true, cancellation);
    }

    private IReadOnlyList<Labels> Find(ApiRequest request, long from, long to)
        => store.Streams(request["query"] is { Length: > 0 } selector ? LogQueryParser.Selector(selector) : [], from, to);

    private static void Streams(Utf8JsonWriter json, IReadOnlyList<(Labels Labels, long Time, string Line)> lines)
    {
        foreach (IGrouping<Labels, (Labels Labels, long Time, string Line)> stream in lines.GroupBy(line => line.Labels).OrderBy(stream => stream.Key))
        {
            json.WriteStartObject();
            json.WritePropertyName("stream");
            ApiJson.Labels(json, stream.Key);
            json.WriteStartArray("values");
            foreach ((_, long time, string line) in stream)
            {
                json.WriteStartArray();
                json.WriteStringValue(time.ToString(CultureInfo.InvariantCulture));
                json.WriteStringValue(line);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private (long From, long To) Span(ApiRequest request, TimeSpan usual)
    {
        long to = request["end"] is { Length: > 0 } end ? Moment("end", end) : Now();
        TimeSpan back = request["since"] is { Length: > 0 } ? request.Duration("since") : usual;
        long from = request["start"] is { Length: > 0 } start ? Moment("start", start) : to - (back.Ticks * 100);
        return from <= to ? (from, to) : throw new LogQueryException("end timestamp must not be before or equal to start time");
    }

    /// <summary>Nanoseconds: whole numbers of more than ten digits are nanoseconds, others seconds; or RFC 3339.</summary>
    private static long Moment(string name, string text)
    {
        if (text.Length > 10 && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long nanoseconds))
        {
            return nanoseconds;
        }

        return ApiTime.Parse(text) is { } milliseconds
            ? milliseconds * 1_000_000
            : throw new LogQueryException($"could not parse '{name}' parameter: {GoText.Quote(text)} is no timestamp");
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    private static Task TextsAsync(HttpContext context, IEnumerable<string> texts) => JsonAsync(context, json =>
    {
        json.WriteStartArray("data");
        foreach (string text in texts.Distinct().Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    });

    private static Task AnswerAsync(HttpContext context, string type, Action<Utf8JsonWriter> result) => JsonAsync(context, json =>
    {
        json.WriteStartObject("data");
        json.WriteString("resultType", type);
        json.WriteStartArray("result");
        result(json);
        json.WriteEndArray();
        json.WriteStartObject("stats");
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> body)
    {
        context.Response.ContentType = "application/json; charset=UTF-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, ApiJson.Options);
        json.WriteStartObject();
        json.WriteString("status", "success");
        body(json);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}

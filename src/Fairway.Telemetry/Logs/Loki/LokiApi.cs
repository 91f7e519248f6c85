using System.Diagnostics;
using System.Text.RegularExpressions;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Evaluation;
using Fairway.Telemetry.Logs.Query.Syntax;
using Fairway.Telemetry.Prometheus;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Logs.Loki;

/// <summary>The HTTP API of Loki over the log store: push, queries, labels, series and live tail; <see cref="LokiDiscovery"/> has the rest.</summary>
internal sealed class LokiApi(LogStore store, TimeProvider time)
{
    private const int MostLines = 5000;
    private static readonly string[] Both = ["GET", "POST"];

    private readonly LogQueryEngine _engine = new(store);
    private readonly LokiDiscovery _discovery = new(store);
    private readonly LokiTail _tail = new(store);

    public void MapTo(TelemetryRoutes routes)
    {
        routes.Map("/loki/api/v1/push", ["POST"], new LokiPush(store, time).HandleAsync);
        Map(routes, "query", Both, InstantAsync);
        Map(routes, "query_range", Both, RangeAsync);
        Map(routes, "labels", Both, LabelsAsync);
        Map(routes, "label", Both, LabelsAsync);
        Map(routes, "label/{name}/values", Both, ValuesAsync);
        Map(routes, "series", Both, SeriesAsync);
        Map(routes, "tail", ["GET"], _tail.HandleAsync);
        Map(routes, "format_query", Both, FormatAsync);
        Map(routes, "index/stats", Both, _discovery.StatsAsync);
        Map(routes, "index/volume", Both, (context, request) => _discovery.VolumeAsync(context, request, overTime: false));
        Map(routes, "index/volume_range", Both, (context, request) => _discovery.VolumeAsync(context, request, overTime: true));
        Map(routes, "detected_labels", Both, _discovery.DetectedLabelsAsync);
        Map(routes, "detected_fields", Both, _discovery.DetectedFieldsAsync);
        Map(routes, "detected_field/{name}/values", Both, _discovery.DetectedFieldsAsync);
        Map(routes, "patterns", Both, _discovery.PatternsAsync);
        Map(routes, "context", Both, _discovery.ContextAsync);
        routes.Map("/loki/api/v1/status/buildinfo", ["GET"], static context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("{\"version\":\"3.5.0\",\"revision\":\"fairway\",\"branch\":\"\",\"buildUser\":\"\",\"buildDate\":\"\",\"goVersion\":\"\"}", context.RequestAborted);
        });
    }

    private void Map(TelemetryRoutes routes, string path, string[] methods, Func<HttpContext, LokiRequest, Task> handle)
        => routes.Map("/loki/api/v1/" + path, methods, async context =>
        {
            try
            {
                await handle(context, new LokiRequest(await ApiRequest.ReadAsync(context), time));
            }
            catch (LogQueryException refused)
            {
                await PlainAnswer.Async(context, refused.Status, refused.Message);
            }
            catch (ApiException refused)
            {
                await PlainAnswer.Async(context, 400, refused.Message);
            }
            catch (RegexMatchTimeoutException)
            {
                await PlainAnswer.Async(context, 400, "a pattern of the query takes too long on a line");
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The client went away.
            }
        });

    private async Task RangeAsync(HttpContext context, LokiRequest request)
    {
        (long from, long to) = request.Range();
        int limit = request.Limit();
        bool newestFirst = request.NewestFirst;
        long step = request.Step(from, to);
        long interval = request.Interval();
        LogQuery query = LogQueryParser.Parse(request.Query);
        long start = Stopwatch.GetTimestamp();
        if (query is LogQuery.Lines lines)
        {
            if (limit > MostLines)
            {
                throw new LogQueryException($"max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {MostLines})");
            }

            IReadOnlyList<FoundLine> found = await Task.Run(
                () => _engine.Lines(lines, new LineRequest(from, to, limit, newestFirst) { Interval = interval }, context.RequestAborted), context.RequestAborted);
            await LokiJson.DataAsync(context, "streams", request.Categorized, json => LokiJson.Streams(json, found, request.Categorized), found.Count, Stopwatch.GetElapsedTime(start));
            return;
        }

        // As Loki's frontend does it, so that the same dashboard asks for the same points again.
        from -= from % step;
        to -= to % step;
        IReadOnlyList<NumberSeries> series = await Task.Run(() => _engine.Numbers(query, from, to, step, context.RequestAborted), context.RequestAborted);
        await LokiJson.DataAsync(context, "matrix", categorized: false, json => LokiJson.Matrix(json, series, from, step), series.Count, Stopwatch.GetElapsedTime(start));
    }

    private async Task InstantAsync(HttpContext context, LokiRequest request)
    {
        request.Limit();
        long at = request.Moment("time", request.Now);
        _ = request.NewestFirst;
        LogQuery query = LogQueryParser.Parse(request.Query);
        if (query is LogQuery.Lines)
        {
            throw new LogQueryException("log queries are not supported as an instant query type, please change your query to a range query type");
        }

        long start = Stopwatch.GetTimestamp();
        if (query is LogQuery.Literal literal)
        {
            await LokiJson.DataAsync(context, "scalar", categorized: false, json => LokiJson.Point(json, at, literal.Value));
            return;
        }

        IReadOnlyList<NumberSeries> series = await Task.Run(() => _engine.Numbers(query, at, at, 1, context.RequestAborted), context.RequestAborted);
        IEnumerable<NumberSeries> ordered = Sorts(query) ? series : series.OrderBy(one => one.Labels);
        await LokiJson.DataAsync(context, "vector", categorized: false, json => LokiJson.Vector(json, ordered, at), series.Count, Stopwatch.GetElapsedTime(start));
    }

    private static bool Sorts(LogQuery query) => query switch
    {
        LogQuery.Vector vector => vector.Function is "sort" or "sort_desc" || Sorts(vector.Inner),
        LogQuery.Binary binary => Sorts(binary.Left) || Sorts(binary.Right),
        LogQuery.Replace replace => Sorts(replace.Inner),
        _ => false,
    };

    private async Task LabelsAsync(HttpContext context, LokiRequest request)
    {
        (long from, long to) = request.Bounds();
        await LokiJson.TextsAsync(context, Find(request, from, to).SelectMany(labels => labels.Pairs).Select(pair => pair.Key));
    }

    private async Task ValuesAsync(HttpContext context, LokiRequest request)
    {
        (long from, long to) = request.Bounds();
        string name = (string)context.GetRouteValue("name")!;
        await LokiJson.TextsAsync(context, Find(request, from, to).Select(labels => labels[name]).Where(value => value.Length > 0));
    }

    private async Task SeriesAsync(HttpContext context, LokiRequest request)
    {
        (long from, long to) = request.Bounds();
        string[] selectors = [.. request.All("match[]").Concat(request.All("match")).Distinct().Order(StringComparer.Ordinal)];
        if (selectors is [string only] && only.Replace(" ", "", StringComparison.Ordinal) == "{}")
        {
            selectors = [];
        }

        IEnumerable<IReadOnlyList<LabelMatcher>> groups = selectors.Length == 0 ? [[]] : selectors.Select(Selected).ToList();
        Labels[] found = [.. groups.SelectMany(matchers => store.Streams(matchers, from, to + 1)).Select(one => one.Stream).Distinct().Order()];
        await LokiJson.SuccessAsync(context, json =>
        {
            json.WriteStartArray("data");
            foreach (Labels labels in found)
            {
                ApiJson.Labels(json, labels);
            }

            json.WriteEndArray();
        });
    }

    private static IReadOnlyList<LabelMatcher> Selected(string selector)
    {
        IReadOnlyList<LabelMatcher> matchers = LogQueryParser.Selector(selector);
        return matchers.Count > 0 ? matchers : throw new LogQueryException($"0 matchers in group: {selector}");
    }

    private static Task FormatAsync(HttpContext context, LokiRequest request)
    {
        string formatted = LogQueryLayout.Of(LogQueryParser.Parse(request.Query));
        return LokiJson.SuccessAsync(context, json => json.WriteString("data", formatted));
    }

    private IEnumerable<Labels> Find(LokiRequest request, long from, long to)
        => store.Streams(request.Query.Length > 0 ? LogQueryParser.Selector(request.Query) : [], from, to + 1).Select(one => one.Stream);
}

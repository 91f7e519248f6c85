using System.Text.Json;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Prometheus;
using Fairway.Telemetry.Traces.Jaeger;
using Fairway.Telemetry.Traces.Query;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Traces;

/// <summary>What Jaeger's API cannot ask: searches in TraceQL, critical paths, and two releases side by side. In Jaeger's envelope, below its paths.</summary>
internal sealed class TraceApi(TraceStore store, TimeProvider time)
{
    private const int MostTraces = 1000;
    private const int MostCompared = 5000;

    /// <summary>The attributes that may say which release a span is of, the first that both sides know counts.</summary>
    private static readonly string[] ReleaseKeys = ["fairway.release", "service.version", "release"];

    public void MapTo(TelemetryRoutes routes)
    {
        JaegerApi.Map(routes, "/api/traces/search", SearchAsync);
        JaegerApi.Map(routes, "/api/traces/compare", CompareAsync);
        JaegerApi.Map(routes, "/api/traces/{id}/critical-path", CriticalPathAsync);
    }

    private async Task SearchAsync(HttpContext context, ApiRequest request)
    {
        var query = SpanQuery.Parse(request["q"]);
        (long from, long to) = Range(request);
        int limit = Math.Clamp(ApiRequest.Integer(request["limit"]) ?? 20, 1, MostTraces);
        var scan = new TraceScan(query.Matches, query.Terms, from, to);
        IReadOnlyList<TraceRecord> traces = await Task.Run(() => store.Search(scan, limit, context.RequestAborted), context.RequestAborted);
        await JaegerApi.DataAsync(context, traces.Count, json =>
        {
            json.WriteStartArray();
            foreach (TraceRecord trace in traces)
            {
                Summary(json, trace, query.Find(trace).Count);
            }

            json.WriteEndArray();
        });
    }

    private static void Summary(Utf8JsonWriter json, TraceRecord trace, int matched)
    {
        json.WriteStartObject();
        json.WriteString("traceID", trace.Id);
        json.WriteString("rootService", trace.Root!.Process.Service);
        json.WriteString("rootOperation", trace.Root.Name);
        json.WriteNumber("startTime", trace.Start / 1000);
        json.WriteNumber("duration", trace.Duration / 1000);
        json.WriteNumber("spans", trace.Spans.Count);
        json.WriteNumber("matched", matched);
        json.WriteNumber("errors", trace.Spans.Count(span => span.IsError));
        json.WriteStartArray("services");
        foreach (string service in trace.Spans.Select(span => span.Process.Service).Distinct().Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(service);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private Task CriticalPathAsync(HttpContext context, ApiRequest request)
    {
        if (store.Get(JaegerApi.Normal((string)context.GetRouteValue("id")!)) is not { } trace)
        {
            return JaegerApi.ErrorAsync(context, 404, "trace not found");
        }

        IReadOnlyList<(SpanRecord Span, long From, long To)> path = TraceMath.CriticalPath(trace);
        return JaegerApi.DataAsync(context, path.Count, json =>
        {
            json.WriteStartArray();
            foreach ((SpanRecord span, long from, long to) in path)
            {
                json.WriteStartObject();
                json.WriteString("spanID", span.SpanId);
                json.WriteString("service", span.Process.Service);
                json.WriteString("operationName", span.Name);
                json.WriteNumber("startTime", from / 1000);
                json.WriteNumber("duration", (to - from) / 1000);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>Two releases of a service, or two searches.</summary>
    private async Task CompareAsync(HttpContext context, ApiRequest request)
    {
        (long from, long to) = Range(request);
        (string left, string right) = (Required(request, "left"), Required(request, "right"));
        TraceComparison comparison = await Task.Run(
            () => TraceComparison.Of(Side(request, left, from, to, context.RequestAborted), Side(request, right, from, to, context.RequestAborted)), context.RequestAborted);
        await JaegerApi.DataAsync(context, comparison.Operations.Count, json =>
        {
            json.WriteStartObject();
            Stats(json, "left", comparison.Left);
            Stats(json, "right", comparison.Right);
            json.WriteNumber("chance", Math.Round(comparison.Chance, 6));
            json.WriteStartArray("operations");
            foreach (OperationDifference one in comparison.Operations)
            {
                json.WriteStartObject();
                json.WriteString("service", one.Service);
                json.WriteString("operation", one.Operation);
                Stats(json, "left", one.Left);
                Stats(json, "right", one.Right);
                json.WriteNumber("added", one.Added / 1000);
                json.WriteNumber("chance", Math.Round(one.Chance, 6));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private List<TraceRecord> Side(ApiRequest request, string text, long from, long to, CancellationToken cancellation)
    {
        SpanQuery query = text.Contains('=', StringComparison.Ordinal) || text.TrimStart().StartsWith('{') ? SpanQuery.Parse(text) : Release(text);
        (string service, string operation) = (request["service"], request["operation"]);
        bool Wanted(TraceRecord trace) => query.Matches(trace)
            && (service.Length == 0 || trace.Spans.Any(span => span.Process.Service == service && (operation.Length == 0 || span.Name == operation)));
        return [.. store.Search(new TraceScan(Wanted, query.Terms, from, to), MostCompared, cancellation)];
    }

    private static SpanQuery Release(string name)
    {
        SpanCondition any = ReleaseKeys.Select(SpanCondition (key) => new SpanCondition.Compare(new SpanField("any", key), "=", name, null)).Aggregate((left, right) => new SpanCondition.Or(left, right));
        return new SpanQuery(new SpanSet.Filter(any), []);
    }

    private static void Stats(Utf8JsonWriter json, string name, OperationStats? stats)
    {
        if (stats is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("count", stats.Calls);
        json.WriteNumber("errors", stats.Errors);
        json.WriteNumber("p50", stats.Median / 1000);
        json.WriteNumber("p95", stats.High / 1000);
        json.WriteNumber("self", stats.Self / 1000);
        json.WriteNumber("perTrace", stats.PerTrace);
        json.WriteEndObject();
    }

    private static string Required(ApiRequest request, string name)
        => request[name] is { Length: > 0 } text ? text : throw new JaegerException(400, $"parameter '{name}' is required: a release such as v1, or a search such as service.version=\"1.2\"");

    private (long From, long To) Range(ApiRequest request)
    {
        long now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        long to = Number(request, "end") is { } end ? end * 1000 : now;
        long since = request["since"].Length == 0 ? 3600 * GoDurations.Second
            : GoDurations.TryParseAny(request["since"], out long back) ? back
            : throw new JaegerException(400, $"parameter 'since': \"{request["since"]}\" is no duration; expected one such as 1h");
        return (Number(request, "start") is { } start ? start * 1000 : to - since, to);
    }

    private static long? Number(ApiRequest request, string name)
        => request[name].Length == 0 ? null
            : long.TryParse(request[name], out long number) ? number
            : throw new JaegerException(400, $"parameter '{name}': \"{request[name]}\" is no time; expected microseconds since 1970");
}

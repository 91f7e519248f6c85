using System.Globalization;
using System.Text.Json;
using Fairway.Telemetry.Otlp;
using Fairway.Telemetry.Prometheus;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Traces;

/// <summary>Jaeger's query API over the trace store: what its own pages and Grafana's data source ask.</summary>
internal sealed class JaegerApi(TraceStore store, TimeProvider time)
{
    private const int MostTraces = 1500;
    private static readonly JsonSerializerOptions Tags = new();

    public void MapTo(TelemetryRoutes routes)
    {
        Map(routes, "/api/services", ServicesAsync);
        Map(routes, "/api/services/{service}/operations", context => OperationNamesAsync(context));
        Map(routes, "/api/operations", OperationsAsync);
        Map(routes, "/api/traces", SearchAsync);
        Map(routes, "/api/traces/{id}", TraceAsync);
        Map(routes, "/api/traces/{id}/critical-path", CriticalPathAsync);
        Map(routes, "/api/dependencies", DependenciesAsync);
        Map(routes, "/api/v3/services", ServicesThreeAsync);
        Map(routes, "/api/v3/operations", OperationsThreeAsync);
    }

    private static void Map(TelemetryRoutes routes, string path, RequestDelegate handle) => routes.Map(path, ["GET"], async context =>
    {
        try
        {
            await handle(context);
        }
        catch (Exception refused) when (refused is ApiException or FormatException or JsonException)
        {
            await ErrorAsync(context, 400, refused.Message);
        }
    });

    private Task ServicesAsync(HttpContext context)
    {
        string[] services = [.. store.Operations().Select(one => one.Service).Distinct().Order(StringComparer.Ordinal)];
        return DataAsync(context, services.Length, json => Texts(json, services));
    }

    private Task OperationNamesAsync(HttpContext context)
    {
        string service = Uri.UnescapeDataString((string)context.GetRouteValue("service")!);
        string[] names = [.. store.Operations().Where(one => one.Service == service).Select(one => one.Operation).Distinct().Order(StringComparer.Ordinal)];
        return DataAsync(context, names.Length, json => Texts(json, names));
    }

    private async Task OperationsAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        if (request["service"].Length == 0)
        {
            throw new FormatException("parameter 'service' is required");
        }

        (string Service, string Operation, SpanKind Kind)[] found = Operations(request["service"], request["spanKind"]);
        await DataAsync(context, found.Length, json => OperationList(json, found, "spanKind"));
    }

    private async Task ServicesThreeAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, ApiJson.Options);
        json.WriteStartObject();
        json.WritePropertyName("services");
        Texts(json, [.. store.Operations().Select(one => one.Service).Distinct().Order(StringComparer.Ordinal)]);
        json.WriteEndObject();
    }

    private async Task OperationsThreeAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, ApiJson.Options);
        json.WriteStartObject();
        json.WritePropertyName("operations");
        OperationList(json, Operations(request["service"], request["span_kind"]), "spanKind");
        json.WriteEndObject();
    }

    private (string Service, string Operation, SpanKind Kind)[] Operations(string service, string kind)
        => [.. store.Operations().Where(one => one.Service == service && (kind.Length == 0 || JaegerJson.Kind(one.Kind) == kind)).OrderBy(one => one.Operation, StringComparer.Ordinal)];

    private static void OperationList(Utf8JsonWriter json, (string Service, string Operation, SpanKind Kind)[] operations, string kind)
    {
        json.WriteStartArray();
        foreach ((_, string operation, SpanKind of) in operations)
        {
            json.WriteStartObject();
            json.WriteString("name", operation);
            json.WriteString(kind, JaegerJson.Kind(of));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private async Task SearchAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        IReadOnlyList<string> ids = request.All("traceID");
        if (ids.Count > 0)
        {
            TraceRecord[] named = [.. ids.Select(id => store.Get(Normal(id))).OfType<TraceRecord>()];
            await TracesAsync(context, named);
            return;
        }

        string service = request["service"];
        if (service.Length == 0)
        {
            throw new FormatException("parameter 'service' is required");
        }

        string operation = request["operation"];
        long from = Microseconds(request["start"]) ?? long.MinValue;
        long to = Microseconds(request["end"]) ?? long.MaxValue;
        long least = Duration(request["minDuration"]) ?? 0;
        long most = Duration(request["maxDuration"]) ?? long.MaxValue;
        (string Key, string Value)[] tags = [.. TagsOf(request)];
        int limit = Math.Clamp(ApiRequest.Integer(request["limit"]) ?? 20, 1, MostTraces);
        IReadOnlyList<TraceRecord> found = store.Search(
            trace => trace.Spans.Any(span => span.Process.Service == service
                && (operation.Length == 0 || span.Name == operation)
                && span.Start >= from && span.Start <= to
                && span.Duration >= least && span.Duration <= most
                && tags.All(tag => Has(span, tag))),
            limit,
            context.RequestAborted);
        await TracesAsync(context, found);
    }

    private async Task TraceAsync(HttpContext context)
    {
        if (store.Get(Normal((string)context.GetRouteValue("id")!)) is { } trace)
        {
            await TracesAsync(context, [trace]);
        }
        else
        {
            await ErrorAsync(context, 404, "trace not found");
        }
    }

    private Task CriticalPathAsync(HttpContext context)
    {
        if (store.Get(Normal((string)context.GetRouteValue("id")!)) is not { } trace)
        {
            return ErrorAsync(context, 404, "trace not found");
        }

        IReadOnlyList<(SpanRecord Span, long From, long To)> path = TraceMath.CriticalPath(trace);
        return DataAsync(context, path.Count, json =>
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

    private async Task DependenciesAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        long end = (ApiTime.Number(request["endTs"]) is { } said ? (long)said : time.GetUtcNow().ToUnixTimeMilliseconds()) * 1_000_000;
        long back = (ApiTime.Number(request["lookback"]) is { } asked ? (long)asked : 86_400_000) * 1_000_000;
        IReadOnlyList<TraceRecord> traces = store.Search(trace => trace.Start <= end && trace.Start >= end - back, int.MaxValue, context.RequestAborted);
        IReadOnlyList<ServiceEdge> edges = TraceMath.Dependencies(traces);
        await DataAsync(context, edges.Count, json =>
        {
            json.WriteStartArray();
            foreach (ServiceEdge edge in edges)
            {
                json.WriteStartObject();
                json.WriteString("parent", edge.Parent);
                json.WriteString("child", edge.Child);
                json.WriteNumber("callCount", edge.Calls);
                json.WriteNumber("errorCount", edge.Errors);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private static Task TracesAsync(HttpContext context, IReadOnlyList<TraceRecord> traces) => DataAsync(context, 0, json =>
    {
        json.WriteStartArray();
        foreach (TraceRecord trace in traces)
        {
            JaegerJson.Trace(json, trace);
        }

        json.WriteEndArray();
    });

    /// <summary>Ids may come without leading zeros.</summary>
    private static string Normal(string id) => id.ToLowerInvariant().PadLeft(32, '0');

    private static long? Microseconds(string text)
        => text.Length == 0 ? null : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value * 1000 : throw new FormatException($"unable to parse param '{text}' as microseconds");

    private static long? Duration(string text)
        => text.Length == 0 ? null : Logs.Query.Quantities.Parse(text) is { } seconds ? (long)(seconds * 1e9) : throw new FormatException($"could not parse '{text}' as a duration like 1.2s or 100ms");

    private static IEnumerable<(string, string)> TagsOf(ApiRequest request)
    {
        foreach (string json in request.All("tags").Where(json => json.Length > 0))
        {
            foreach ((string key, string value) in JsonSerializer.Deserialize<Dictionary<string, string>>(json, Tags) ?? [])
            {
                yield return (key, value);
            }
        }

        foreach (string pair in request.All("tag"))
        {
            string[] parts = pair.Split(':', 2);
            yield return parts.Length == 2 ? (parts[0], parts[1]) : throw new FormatException($"malformed 'tag' parameter, expecting key:value, received: {pair}");
        }
    }

    private static bool Has(SpanRecord span, (string Key, string Value) tag)
        => (tag.Key == "error" && tag.Value == (span.IsError ? "true" : "false"))
            || (tag.Key == "span.kind" && JaegerJson.Kind(span.Kind) == tag.Value)
            || span.Attributes.Concat(span.Process.Attributes).Concat(span.Events.SelectMany(one => one.Attributes))
                .Any(attribute => attribute.Key == tag.Key && OtlpAttributes.Text(attribute.Value) == tag.Value);

    private static void Texts(Utf8JsonWriter json, IReadOnlyList<string> texts)
    {
        json.WriteStartArray();
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static async Task DataAsync(HttpContext context, int total, Action<Utf8JsonWriter> data)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, ApiJson.Options);
        json.WriteStartObject();
        json.WritePropertyName("data");
        data(json);
        json.WriteNumber("total", total);
        json.WriteNumber("limit", 0);
        json.WriteNumber("offset", 0);
        json.WriteNull("errors");
        json.WriteEndObject();
    }

    private static async Task ErrorAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, ApiJson.Options);
        json.WriteStartObject();
        json.WriteNull("data");
        json.WriteNumber("total", 0);
        json.WriteNumber("limit", 0);
        json.WriteNumber("offset", 0);
        json.WriteStartArray("errors");
        json.WriteStartObject();
        json.WriteNumber("code", status);
        json.WriteString("msg", message);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

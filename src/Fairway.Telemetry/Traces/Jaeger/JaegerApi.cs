using System.Text.Json;
using Fairway.Telemetry.Prometheus;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Traces.Jaeger;

/// <summary>The query API of Jaeger's own pages and Grafana's data source over the trace store.</summary>
internal sealed class JaegerApi(TraceStore store, TimeProvider time)
{
    public void MapTo(TelemetryRoutes routes)
    {
        Map(routes, "/api/services", ServicesAsync);
        Map(routes, "/api/services/{service}/operations", OperationNamesAsync);
        Map(routes, "/api/operations", OperationsAsync);
        Map(routes, "/api/traces", SearchAsync);
        Map(routes, "/api/traces/{id}", TraceAsync);
        Map(routes, "/api/dependencies", DependenciesAsync);
    }

    /// <summary>Ids may come without leading zeros.</summary>
    public static string Normal(string id) => id.ToLowerInvariant().PadLeft(32, '0');

    public static IEnumerable<(string Service, string Operation, SpanKind Kind)> Operations(TraceStore store, string service, string kind)
        => store.Operations().Where(one => one.Service == service && (kind.Length == 0 || JaegerJson.Kind(one.Kind) == kind))
            .OrderBy(one => one.Operation, StringComparer.Ordinal).ThenBy(one => one.Kind);

    /// <summary>An answer in Jaeger's envelope.</summary>
    public static async Task DataAsync(HttpContext context, int total, Action<Utf8JsonWriter> data)
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

    /// <summary>A refusal in Jaeger's envelope.</summary>
    public static async Task ErrorAsync(HttpContext context, int status, string message)
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

    public static void Map(TelemetryRoutes routes, string path, Func<HttpContext, ApiRequest, Task> handle) => routes.Map(path, ["GET"], async context =>
    {
        try
        {
            await handle(context, await ApiRequest.ReadAsync(context));
        }
        catch (JaegerException refused)
        {
            await ErrorAsync(context, refused.Status, refused.Message);
        }
        catch (Exception refused) when (refused is ApiException or Resources.Signals.SignalQueryException)
        {
            await ErrorAsync(context, 400, refused.Message);
        }
    });

    private Task ServicesAsync(HttpContext context, ApiRequest request)
    {
        string[] services = [.. store.Operations().Select(one => one.Service).Distinct().Order(StringComparer.Ordinal)];
        return DataAsync(context, services.Length, json => Texts(json, services));
    }

    private Task OperationNamesAsync(HttpContext context, ApiRequest request)
    {
        string service = Uri.UnescapeDataString((string)context.GetRouteValue("service")!);
        string[] names = [.. Operations(store, service, "").Select(one => one.Operation).Distinct()];
        return DataAsync(context, names.Length, json => Texts(json, names));
    }

    private Task OperationsAsync(HttpContext context, ApiRequest request)
    {
        string service = request["service"].Length > 0 ? request["service"] : throw new JaegerException(400, "parameter 'service' is required");
        (string Service, string Operation, SpanKind Kind)[] found = [.. Operations(store, service, request["spanKind"])];
        return DataAsync(context, found.Length, json =>
        {
            json.WriteStartArray();
            foreach ((_, string operation, SpanKind kind) in found)
            {
                json.WriteStartObject();
                json.WriteString("name", operation);
                json.WriteString("spanKind", JaegerJson.Kind(kind));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private async Task SearchAsync(HttpContext context, ApiRequest request)
    {
        IReadOnlyList<string> ids = request.All("traceID");
        if (ids.Count > 0)
        {
            await TracesAsync(context, [.. ids.Select(id => store.Get(Normal(id))).OfType<TraceRecord>()]);
            return;
        }

        JaegerSearch search = JaegerSearch.Of(request, (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);
        await TracesAsync(context, await Task.Run(() => store.Search(search.Scan(), search.Limit, context.RequestAborted), context.RequestAborted));
    }

    private Task TraceAsync(HttpContext context, ApiRequest request)
        => store.Get(Normal((string)context.GetRouteValue("id")!)) is { } trace ? TracesAsync(context, [trace]) : ErrorAsync(context, 404, "trace not found");

    private async Task DependenciesAsync(HttpContext context, ApiRequest request)
    {
        long end = (ApiTime.Number(request["endTs"]) is { } said ? (long)said : time.GetUtcNow().ToUnixTimeMilliseconds()) * 1_000_000;
        long back = (ApiTime.Number(request["lookback"]) is { } asked ? (long)asked : 86_400_000) * 1_000_000;
        var scan = new TraceScan(static _ => true, [], end - back, end);
        IReadOnlyList<ServiceEdge> edges = await Task.Run(() => TraceMath.Dependencies(store.Parts(scan, context.RequestAborted)), context.RequestAborted);
        await DataAsync(context, 0, json =>
        {
            json.WriteStartArray();
            foreach (ServiceEdge edge in edges)
            {
                json.WriteStartObject();
                json.WriteString("parent", edge.Parent);
                json.WriteString("child", edge.Child);
                json.WriteNumber("callCount", edge.Calls);
                json.WriteNumber("errorCount", edge.Errors);
                json.WriteNumber("p50", edge.Median / 1000);
                json.WriteNumber("p95", edge.High / 1000);
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

    private static void Texts(Utf8JsonWriter json, string[] texts)
    {
        json.WriteStartArray();
        Array.ForEach(texts, json.WriteStringValue);
        json.WriteEndArray();
    }
}

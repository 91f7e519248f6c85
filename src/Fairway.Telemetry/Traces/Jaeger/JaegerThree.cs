using System.Text.Json;
using Fairway.Telemetry.Otlp;
using Fairway.Telemetry.Prometheus;
using Fairway.Telemetry.Traces.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Traces.Jaeger;

/// <summary>Version 3 of Jaeger's query API over HTTP: traces as OTLP's JSON below <c>result</c>.</summary>
internal sealed class JaegerThree(TraceStore store)
{
    public void MapTo(TelemetryRoutes routes)
    {
        Map(routes, "/api/v3/services", ServicesAsync);
        Map(routes, "/api/v3/operations", OperationsAsync);
        Map(routes, "/api/v3/traces", SearchAsync);
        Map(routes, "/api/v3/traces/{id}", TraceAsync);
    }

    private static void Map(TelemetryRoutes routes, string path, Func<HttpContext, ApiRequest, Task> handle) => routes.Map(path, ["GET"], async context =>
    {
        try
        {
            await handle(context, await ApiRequest.ReadAsync(context));
        }
        catch (JaegerException refused)
        {
            await ErrorAsync(context, refused.Status, refused.Message);
        }
        catch (ApiException refused)
        {
            await ErrorAsync(context, 400, refused.Message);
        }
    });

    private Task ServicesAsync(HttpContext context, ApiRequest request) => WriteAsync(context, 200, json =>
    {
        json.WriteStartArray("services");
        foreach (string service in store.Operations().Select(one => one.Service).Distinct().Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(service);
        }

        json.WriteEndArray();
    });

    private Task OperationsAsync(HttpContext context, ApiRequest request) => WriteAsync(context, 200, json =>
    {
        json.WriteStartArray("operations");
        foreach ((_, string operation, SpanKind kind) in JaegerApi.Operations(store, request["service"], request["span_kind"]))
        {
            json.WriteStartObject();
            json.WriteString("name", operation);
            json.WriteString("spanKind", JaegerJson.Kind(kind));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private async Task SearchAsync(HttpContext context, ApiRequest request)
    {
        JaegerSearch search = JaegerSearch.OfThree(request);
        IReadOnlyList<TraceRecord> traces = await Task.Run(() => store.Search(search.Scan(), search.Limit, context.RequestAborted), context.RequestAborted);
        await ResultAsync(context, traces);
    }

    private Task TraceAsync(HttpContext context, ApiRequest request)
        => ResultAsync(context, store.Get(JaegerApi.Normal((string)context.GetRouteValue("id")!)) is { } trace ? [trace] : []);

    private static Task ResultAsync(HttpContext context, IReadOnlyList<TraceRecord> traces)
        => traces.Count == 0
            ? ErrorAsync(context, 404, "No traces found")
            : WriteAsync(context, 200, json =>
            {
                json.WritePropertyName("result");
                OtlpJson.FromProto(json, SpanWriter.Write([.. traces.SelectMany(trace => trace.Spans)]).Span, OtlpSchema.TracesRequest);
            });

    private static Task ErrorAsync(HttpContext context, int status, string message) => WriteAsync(context, status, json =>
    {
        json.WriteStartObject("error");
        json.WriteNumber("httpCode", status);
        json.WriteString("message", message);
        json.WriteEndObject();
    });

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, ApiJson.Options);
        json.WriteStartObject();
        body(json);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}

using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Prometheus.Remote;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Prometheus;

/// <summary>
/// The HTTP API of Prometheus over the store: Grafana, promtool and every other client of it work unchanged. Words of errors,
/// statuses and forms of numbers are those of Prometheus 3.
/// </summary>
internal sealed class PrometheusApi(PromQLEngine engine, MetricStore store, string version, bool admin, TimeProvider time)
{
    private static readonly string[] Both = ["GET", "POST"];

    /// <summary>Answers <c>rules</c>; whoever evaluates rules sets it.</summary>
    public RequestDelegate Rules { get; set; } = static context => NothingAsync(context, "groups");

    /// <summary>Answers <c>alerts</c>; whoever evaluates rules sets it.</summary>
    public RequestDelegate Alerts { get; set; } = static context => NothingAsync(context, "alerts");

    public void MapTo(TelemetryRoutes routes)
    {
        Map(routes, "rules", ["GET"], context => Rules(context));
        Map(routes, "alerts", ["GET"], context => Alerts(context));
        var queries = new QueryEndpoints(engine, store, store, time);
        Map(routes, "query", Both, queries.QueryAsync);
        Map(routes, "query_range", Both, queries.RangeAsync);
        Map(routes, "query_exemplars", Both, queries.ExemplarsAsync);
        Map(routes, "format_query", Both, queries.FormatAsync);
        Map(routes, "parse_query", Both, queries.ParseAsync);

        var series = new SeriesEndpoints(store);
        Map(routes, "series", Both, series.SeriesAsync);
        Map(routes, "labels", Both, series.LabelsAsync);
        Map(routes, "label/{name}/values", ["GET"], series.ValuesAsync);
        Map(routes, "metadata", ["GET"], series.MetadataAsync);

        var status = new StatusEndpoints(store, version, time);
        Map(routes, "status/buildinfo", ["GET"], status.BuildAsync);
        Map(routes, "status/runtimeinfo", ["GET"], status.RuntimeAsync);
        Map(routes, "status/flags", ["GET"], status.FlagsAsync);
        Map(routes, "status/config", ["GET"], status.ConfigurationAsync);
        Map(routes, "status/tsdb", ["GET"], status.StoreAsync);
        Map(routes, "status/tsdb/blocks", ["GET"], status.BlocksAsync);
        Map(routes, "status/walreplay", ["GET"], status.ReplayAsync);

        Map(routes, "notifications", ["GET"], static context => ApiJson.AnswerAsync(context, static json =>
        {
            json.WriteStartArray();
            json.WriteEndArray();
        }));
        routes.Map("/api/v1/notifications/live", ["GET"], LiveAsync);
        new AdminEndpoints(store, admin).MapTo(routes);
        routes.Map("/federate", ["GET"], new FederationEndpoint(store, time).HandleAsync);
        routes.Map("/api/v1/write", ["POST"], new RemoteWriteEndpoint(store).HandleAsync);
        routes.Map("/api/v1/read", ["POST"], new RemoteReadEndpoint(store).HandleAsync);
        routes.Map("/api/v1/otlp/v1/metrics", ["POST"], new OtlpWriteEndpoint(store).HandleAsync);
        routes.Map("/-/healthy", ["GET", "HEAD"], static context => SayAsync(context, "Prometheus Server is Healthy.\n"));
        routes.Map("/-/ready", ["GET", "HEAD"], static context => SayAsync(context, "Prometheus Server is Ready.\n"));
    }

    /// <summary>Maps an endpoint of the API whose refusals become its error envelope.</summary>
    public static void Map(TelemetryRoutes routes, string path, string[] methods, RequestDelegate handle)
        => routes.Map("/api/v1/" + path, methods, async context =>
        {
            try
            {
                await handle(context);
            }
            catch (ApiException refused)
            {
                await ApiJson.RefuseAsync(context, refused);
            }
            catch (PromQLException refused)
            {
                await ApiJson.RefuseAsync(context, ApiException.Of(refused));
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The client went away: there is nobody to answer.
            }
        });

    private static Task NothingAsync(HttpContext context, string what) => ApiJson.AnswerAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray(what);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Notifications as they come; there is nothing that this server would notify of, so the stream stays silent until the client leaves.</summary>
    private async Task LiveAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        await context.Response.Body.FlushAsync(context.RequestAborted);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
    }

    private static Task SayAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}

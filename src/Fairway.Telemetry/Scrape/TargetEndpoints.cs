using Fairway.PromQL;
using Fairway.Telemetry.Prometheus;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Scrape;

/// <summary><c>targets</c> and <c>scrape_pools</c>: where metrics are fetched and how that goes.</summary>
internal sealed class TargetEndpoints(ScrapeManager manager)
{
    public void MapTo(TelemetryRoutes routes)
    {
        PrometheusApi.Map(routes, "targets", ["GET"], TargetsAsync);
        PrometheusApi.Map(routes, "scrape_pools", ["GET"], PoolsAsync);
        PrometheusApi.Map(routes, "alertmanagers", ["GET"], static context => ApiJson.AnswerAsync(context, static json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("activeAlertmanagers");
            json.WriteEndArray();
            json.WriteStartArray("droppedAlertmanagers");
            json.WriteEndArray();
            json.WriteEndObject();
        }));
    }

    private Task PoolsAsync(HttpContext context) => ApiJson.AnswerAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("scrapePools");
        foreach (string pool in manager.Loops.Select(loop => loop.Target.Pool).Distinct().Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(pool);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private async Task TargetsAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        string pool = request["scrapePool"];
        string state = request["state"].ToLowerInvariant();
        bool active = state is "" or "any" or "active";
        await ApiJson.AnswerAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("activeTargets");
            foreach (ScrapeLoop loop in active ? manager.Loops.Where(loop => pool.Length == 0 || loop.Target.Pool == pool) : [])
            {
                Target(json, loop);
            }

            json.WriteEndArray();
            json.WriteStartArray("droppedTargets");
            json.WriteEndArray();
            json.WritePropertyName("droppedTargetCounts");
            json.WriteStartObject();
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static void Target(System.Text.Json.Utf8JsonWriter json, ScrapeLoop loop)
    {
        ScrapeState state = loop.State;
        json.WriteStartObject();
        json.WritePropertyName("discoveredLabels");
        ApiJson.Labels(json, loop.Target.Discovered);
        json.WritePropertyName("labels");
        ApiJson.Labels(json, loop.Target.Labels);
        json.WriteString("scrapePool", loop.Target.Pool);
        json.WriteString("scrapeUrl", loop.Target.Address.AbsoluteUri);
        json.WriteString("globalUrl", loop.Target.Address.AbsoluteUri);
        json.WriteString("lastError", state.Error ?? "");
        json.WriteString("lastScrape", state.LastScrape is { } last ? ApiJson.GoTime(last) : "0001-01-01T00:00:00Z");
        json.WriteNumber("lastScrapeDuration", state.Duration.TotalSeconds);
        json.WriteString("health", state.Health);
        json.WriteString("scrapeInterval", $"{loop.Target.Interval.TotalSeconds}s");
        json.WriteString("scrapeTimeout", $"{loop.Target.Timeout.TotalSeconds}s");
        json.WriteEndObject();
    }
}

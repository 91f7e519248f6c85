using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Prometheus;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Scrape;

/// <summary><c>targets</c> and <c>scrape_pools</c>: where metrics are fetched and how that goes.</summary>
internal sealed class TargetEndpoints(ScrapeManager manager)
{
    public void MapTo(TelemetryRoutes routes)
    {
        PrometheusApi.Map(routes, "targets", ["GET"], TargetsAsync);
        PrometheusApi.Map(routes, "targets/metadata", ["GET"], MetadataAsync);
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
        bool dropped = state is "" or "any" or "dropped";
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
            foreach (DroppedTarget target in dropped ? manager.Dropped.Where(target => pool.Length == 0 || target.Pool == pool) : [])
            {
                json.WriteStartObject();
                json.WritePropertyName("discoveredLabels");
                ApiJson.Labels(json, target.Discovered);
                json.WriteString("scrapePool", target.Pool);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (dropped)
            {
                json.WriteStartObject("droppedTargetCounts");
                foreach (string name in manager.Loops.Select(loop => loop.Target.Pool).Concat(manager.Dropped.Select(target => target.Pool)).Distinct().Order(StringComparer.Ordinal))
                {
                    json.WriteNumber(name, manager.Dropped.Count(target => target.Pool == name));
                }

                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("droppedTargetCounts");
            }

            json.WriteEndObject();
        });
    }

    private async Task MetadataAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        int limit = request["limit"] is { Length: > 0 } text ? ApiRequest.Integer(text) ?? throw ApiException.BadData("limit must be a number") : -1;
        string metric = request["metric"];
        IReadOnlyList<LabelMatcher> matchers = [];
        if (request["match_target"] is { Length: > 0 } selector)
        {
            try
            {
                matchers = PromQLParser.ParseSelector(selector, ParserOptions.Stable);
            }
            catch (PromQLException refused)
            {
                throw ApiException.Parameter("match_target", refused.Message);
            }
        }

        await ApiJson.AnswerAsync(context, json =>
        {
            json.WriteStartArray();
            int said = 0;
            foreach (ScrapeLoop loop in manager.Loops.Where(loop => matchers.All(matcher => matcher.Matches(loop.Target.Labels[matcher.Name]))))
            {
                // As with Prometheus, a target's metadata is said as a whole once there is room for any of it.
                if (limit >= 0 && said >= limit)
                {
                    break;
                }

                foreach ((string family, MetricMetadata what) in loop.Metadata.Where(one => metric.Length == 0 || one.Key == metric))
                {
                    said++;
                    json.WriteStartObject();
                    json.WritePropertyName("target");
                    ApiJson.Labels(json, loop.Target.Labels);
                    if (metric.Length == 0)
                    {
                        json.WriteString("metric", family);
                    }

                    json.WriteString("type", what.Type);
                    json.WriteString("help", what.Help);
                    json.WriteString("unit", what.Unit);
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
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
        json.WriteString("lastError", state.Error ?? state.Refusal ?? "");
        json.WriteString("lastScrape", state.LastScrape is { } last ? ApiJson.GoTime(last) : "0001-01-01T00:00:00Z");
        json.WriteNumber("lastScrapeDuration", state.Duration.TotalSeconds);
        json.WriteString("health", state.Health);
        json.WriteString("scrapeInterval", TargetBuilder.Duration(loop.Target.Interval));
        json.WriteString("scrapeTimeout", TargetBuilder.Duration(loop.Target.Timeout));
        json.WriteEndObject();
    }
}

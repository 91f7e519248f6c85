using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Alerting;

/// <summary>Takes PagerDuty's Events API v2: what other tools send there becomes alerts here.</summary>
internal sealed class PagerDutyEvents(AlertManager manager)
{
    public async Task HandleAsync(HttpContext context)
    {
        JsonObject? body;
        try
        {
            body = await ApiBody.ReadAsync(context) as JsonObject;
        }
        catch (Exception bad) when (bad is JsonException or FormatException)
        {
            body = null;
        }

        string action = AlertConfigReader.Text(body?["event_action"]);
        string routing = AlertConfigReader.Text(body?["routing_key"]);
        JsonObject payload = body?["payload"] as JsonObject ?? [];
        string summary = AlertConfigReader.Text(payload["summary"]);
        string key = AlertConfigReader.Text(body?["dedup_key"]);
        var problems = new List<string>();
        if (routing.Length == 0)
        {
            problems.Add("'routing_key' is missing or blank");
        }

        if (action is not ("trigger" or "acknowledge" or "resolve"))
        {
            problems.Add("'event_action' must be 'trigger', 'acknowledge' or 'resolve'");
        }

        if (action == "trigger" && summary.Length == 0)
        {
            problems.Add("'payload.summary' is missing or blank");
        }

        if (action is "acknowledge" or "resolve" && key.Length == 0)
        {
            problems.Add("'dedup_key' is missing or blank");
        }

        if (problems.Count > 0)
        {
            await ApiBody.WriteAsync(context, 400, new JsonObject
            {
                ["status"] = "invalid event",
                ["message"] = "Event object is invalid",
                ["errors"] = new JsonArray([.. problems.Select(problem => (JsonNode)problem)]),
            });
            return;
        }

        key = key.Length > 0 ? key : Guid.NewGuid().ToString("N");
        Apply(action, key, summary, payload);
        await ApiBody.WriteAsync(context, 202, new JsonObject { ["status"] = "success", ["message"] = "Event processed", ["dedup_key"] = key });
    }

    private void Apply(string action, string key, string summary, JsonObject payload)
    {
        DateTimeOffset now = manager.Now;
        ManagedAlert? known = manager.Alerts.FirstOrDefault(alert => alert.Labels["dedup_key"] == key && !alert.IsResolved(now));
        switch (action)
        {
            case "acknowledge" when known is not null:
                manager.Acknowledge(known.Fingerprint, "pagerduty", string.Empty);
                break;
            case "resolve" when known is not null:
                manager.Put(known with { EndsAt = now, UpdatedAt = now });
                break;
            case "trigger":
                Labels labels = known?.Labels ?? Labels.Of(
                    ("alertname", Text(payload, "class", "PagerDutyEvent")), ("dedup_key", key), ("severity", Text(payload, "severity", "error")),
                    ("source", Text(payload, "source", string.Empty)), ("component", Text(payload, "component", string.Empty)), ("group", Text(payload, "group", string.Empty)));

                // Such an event holds until it is resolved; a year stands for that.
                manager.Put(new ManagedAlert(labels, Labels.Of(("summary", summary)), now, now.AddYears(1), now, string.Empty));
                break;
        }
    }

    private static string Text(JsonObject payload, string field, string otherwise) => AlertConfigReader.Text(payload[field]) is { Length: > 0 } own ? own : otherwise;
}

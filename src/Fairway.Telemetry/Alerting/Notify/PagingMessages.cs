using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Telemetry.Alerting.Config;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;

namespace Fairway.Telemetry.Alerting;

/// <summary>Messages for those who wake people: PagerDuty, Opsgenie, VictorOps, Pushover.</summary>
internal static class PagingMessages
{
    private const int MostEvent = 512_000;
    private static readonly string[] VictorOpsTypes = ["INFO", "WARNING", "CRITICAL"];

    /// <exception cref="NotifyException">There is no routing key.</exception>
    public static JsonObject PagerDuty(Telling telling)
    {
        string key = telling.Expand(telling.Secret("routing_key"));
        var payload = new JsonObject
        {
            ["summary"] = Telling.Cut(telling.Text("description"), 1024),
            ["source"] = telling.Text("source"),
            ["severity"] = telling.Text("severity") is { Length: > 0 } severity ? severity : "error",
        };
        foreach (string field in (string[])["class", "component", "group"])
        {
            ChatMessages.Some(payload, field, telling.Text(field));
        }

        payload["custom_details"] = Details(telling);
        var body = new JsonObject
        {
            ["routing_key"] = key.Length > 0 ? key : throw new NotifyException("routing key cannot be empty", mayRetry: false),
            ["dedup_key"] = telling.KeyHash,
            ["event_action"] = telling.Notification.IsFiring ? "trigger" : "resolve",
            ["payload"] = payload,
        };
        ChatMessages.Some(body, "client", telling.Text("client"));
        ChatMessages.Some(body, "client_url", telling.Text("client_url"));
        Listed(telling, body, "images", "src", ["src", "alt", "href"]);
        Listed(telling, body, "links", "href", ["href", "text"]);
        return Fitting(body, payload, "custom_details");
    }

    /// <summary>An event of the first version of the API, which service keys are for.</summary>
    /// <exception cref="NotifyException">There is no service key.</exception>
    public static JsonObject PagerDutyOne(Telling telling)
    {
        string key = telling.Expand(telling.Secret("service_key"));
        bool fires = telling.Notification.IsFiring;
        var body = new JsonObject
        {
            ["service_key"] = key.Length > 0 ? key : throw new NotifyException("service key cannot be empty", mayRetry: false),
            ["incident_key"] = telling.KeyHash,
            ["event_type"] = fires ? "trigger" : "resolve",
        };
        ChatMessages.Some(body, "description", Telling.Cut(telling.Text("description"), 1024));
        body["event_action"] = string.Empty;
        body["payload"] = null;
        if (fires)
        {
            ChatMessages.Some(body, "client", telling.Text("client"));
            ChatMessages.Some(body, "client_url", telling.Text("client_url"));
        }

        body["details"] = Details(telling);
        return Fitting(body, body, "details");
    }

    public static IReadOnlyList<(HttpMethod Method, string Url, JsonObject Body)> OpsGenie(Telling telling)
    {
        string url = Of(telling.Settings, "api_url");
        string alias = telling.KeyHash;
        if (!telling.Notification.IsFiring)
        {
            return [(HttpMethod.Post, $"{url}v2/alerts/{alias}/close?identifierType=alias", new JsonObject { ["source"] = telling.Text("source") })];
        }

        var details = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in telling.Notification.CommonLabels.Pairs)
        {
            details[name] = value;
        }

        foreach ((string name, JsonNode? value) in telling.Settings["details"] as JsonObject ?? [])
        {
            details[name] = telling.Expand(value);
        }

        var body = new JsonObject { ["alias"] = alias, ["message"] = Telling.Cut(telling.Text("message"), 130) };
        ChatMessages.Some(body, "description", telling.Text("description"));
        body["details"] = new JsonObject(details.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        body["source"] = telling.Text("source");
        JsonNode[] responders = [.. (telling.Settings["responders"] as JsonArray ?? []).OfType<JsonObject>().SelectMany(one => Responders(telling, one))];
        if (responders.Length > 0)
        {
            body["responders"] = new JsonArray(responders);
        }

        Split(body, "tags", telling.Text("tags"));
        foreach (string field in (string[])["note", "priority", "entity"])
        {
            ChatMessages.Some(body, field, telling.Text(field));
        }

        Split(body, "actions", telling.Text("actions"));
        var requests = new List<(HttpMethod, string, JsonObject)> { (HttpMethod.Post, $"{url}v2/alerts", body) };
        if (telling.Flag("update_alerts"))
        {
            requests.Add((HttpMethod.Put, $"{url}v2/alerts/{alias}/message?identifierType=alias", new JsonObject { ["message"] = Of(body, "message") }));
            requests.Add((HttpMethod.Put, $"{url}v2/alerts/{alias}/description?identifierType=alias", new JsonObject { ["description"] = Of(body, "description") }));
        }

        return requests;
    }

    public static JsonObject VictorOps(Telling telling)
    {
        string type = telling.Text("message_type");
        var body = new JsonObject
        {
            ["entity_display_name"] = telling.Text("entity_display_name"),
            ["entity_id"] = telling.KeyHash,
            ["message_type"] = !telling.Notification.IsFiring ? "RECOVERY" : VictorOpsTypes.Contains(type) ? type : "CRITICAL",
            ["monitoring_tool"] = telling.Text("monitoring_tool"),
            ["state_message"] = Telling.Cut(telling.Text("state_message"), 20480),
        };
        foreach ((string name, JsonNode? value) in telling.Settings["custom_fields"] as JsonObject ?? [])
        {
            body[name] = telling.Expand(value);
        }

        return body;
    }

    public static IEnumerable<(string Name, string Value)> Pushover(Telling telling)
    {
        static string Seconds(JsonObject settings, string field) => ((long)(GoDurations.Parse(Of(settings, field)) ?? TimeSpan.Zero).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string message = Telling.Cut(telling.Flag("html") ? telling.Html("message") : telling.Text("message"), 1024).Trim();
        yield return ("token", telling.Expand(telling.Secret("token")));
        yield return ("user", telling.Expand(telling.Secret("user_key")));
        yield return ("title", Telling.Cut(telling.Text("title"), 250));
        if (telling.Flag("html"))
        {
            yield return ("html", "1");
        }

        if (telling.Flag("monospace"))
        {
            yield return ("monospace", "1");
        }

        yield return ("message", message.Length > 0 ? message : "(no details)");
        yield return ("url", Telling.Cut(telling.Text("url"), 512));
        yield return ("url_title", telling.Text("url_title"));
        yield return ("priority", telling.Text("priority"));
        yield return ("retry", Seconds(telling.Settings, "retry"));
        yield return ("expire", Seconds(telling.Settings, "expire"));
        yield return ("device", telling.Text("device"));
        yield return ("sound", telling.Text("sound"));
        if (Seconds(telling.Settings, "ttl") is var ttl && ttl != "0")
        {
            yield return ("ttl", ttl);
        }
    }

    private static JsonObject Details(Telling telling)
        => new((telling.Settings["details"] as JsonObject ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Webhook.Custom(pair.Value, telling.Expand))));

    // PagerDuty takes no more than this.
    private static JsonObject Fitting(JsonObject body, JsonObject holder, string details)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(body.ToJsonString(AlertJson.Readable)) > MostEvent)
        {
            holder[details] = new JsonObject { ["error"] = "Custom details have been removed because the original event exceeds the maximum size of 512KB" };
        }

        return body;
    }

    private static IEnumerable<JsonNode> Responders(Telling telling, JsonObject responder)
    {
        var shown = new JsonObject();
        foreach (string field in (string[])["id", "name", "username"])
        {
            ChatMessages.Some(shown, field, telling.Expand(responder[field]));
        }

        string type = telling.Expand(responder["type"]);
        if (shown.Count == 0 && type.Length == 0)
        {
            return [];
        }

        if (type == "teams")
        {
            return Of(shown, "name").Trim().Split(',', StringSplitOptions.RemoveEmptyEntries).Select(team => (JsonNode)new JsonObject { ["name"] = team, ["type"] = "team" });
        }

        shown["type"] = type;
        return [shown];
    }

    private static void Split(JsonObject body, string field, string text)
    {
        JsonNode[] parts = [.. text.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries).Select(part => (JsonNode)part)];
        if (parts.Length > 0)
        {
            body[field] = new JsonArray(parts);
        }
    }

    private static void Listed(Telling telling, JsonObject body, string field, string needed, string[] parts)
    {
        JsonNode[] items = [.. (telling.Settings[field] as JsonArray ?? []).OfType<JsonObject>()
            .Select(item => new JsonObject(parts.Select(part => KeyValuePair.Create(part, (JsonNode?)telling.Expand(item[part])))))
            .Where(item => Of(item, needed).Length > 0)];
        if (items.Length > 0)
        {
            body[field] = new JsonArray(items);
        }
    }
}

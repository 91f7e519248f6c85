using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.Telemetry.Rules;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Alerting;

/// <summary>Alertmanager's API, version 2, with acknowledgements and explanations besides; and PagerDuty's events coming in.</summary>
public sealed class AlertEndpoints(AlertManager manager)
{
    private const int MostBody = 10 << 20;

    /// <summary>Maps the endpoints below <c>/api/v2</c> and <c>/v2/enqueue</c>.</summary>
    public void MapTo(TelemetryRoutes routes)
    {
        Map(routes, "/api/v2/status", "GET", _ => Task.FromResult<JsonNode?>(Status()));
        Map(routes, "/api/v2/receivers", "GET", _ => Task.FromResult<JsonNode?>(new JsonArray([.. manager.Config.Receivers.Keys.Select(name => (JsonNode)new JsonObject { ["name"] = name })])));
        Map(routes, "/api/v2/alerts", "GET", context => Task.FromResult<JsonNode?>(Alerts(AlertFilter.Of(context.Request.Query))));
        Map(routes, "/api/v2/alerts", "POST", PostAlertsAsync);
        Map(routes, "/api/v2/alerts/groups", "GET", context => Task.FromResult<JsonNode?>(Groups(AlertFilter.Of(context.Request.Query))));
        Map(routes, "/api/v2/silences", "GET", context => Task.FromResult<JsonNode?>(Silences(AlertFilter.Of(context.Request.Query))));
        Map(routes, "/api/v2/silences", "POST", PostSilenceAsync);
        Map(routes, "/api/v2/silence/{id}", "GET", context => Task.FromResult<JsonNode?>(SilenceBook.ToJson(FindSilence(context), manager.Now)));
        Map(routes, "/api/v2/silence/{id}", "DELETE", DeleteSilenceAsync);
        Map(routes, "/api/v2/alert/{fingerprint}/explain", "GET", context => Task.FromResult<JsonNode?>(Explain(FindAlert(context))));
        Map(routes, "/api/v2/alert/{fingerprint}/acknowledge", "POST", AcknowledgeAsync);
        Map(routes, "/api/v2/alert/{fingerprint}/acknowledge", "DELETE", UnacknowledgeAsync);
        routes.Map("/v2/enqueue", ["POST"], new PagerDutyEvents(manager).HandleAsync);
    }

    private static void Map(TelemetryRoutes routes, string path, string method, Func<HttpContext, Task<JsonNode?>> handle)
        => routes.Map(path, [method], async context =>
        {
            try
            {
                JsonNode? answer = await handle(context);
                if (answer is not null)
                {
                    await WriteAsync(context, 200, answer);
                }
            }
            catch (KeyNotFoundException missing)
            {
                await WriteAsync(context, 404, JsonValue.Create(missing.Message));
            }
            catch (Exception bad) when (bad is FormatException or JsonException or InvalidOperationException or BadHttpRequestException)
            {
                await WriteAsync(context, 400, JsonValue.Create(bad.Message));
            }
        });

    internal static async Task WriteAsync(HttpContext context, int status, JsonNode? body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body?.ToJsonString(AlertJson.Readable) ?? "null", context.RequestAborted);
    }

    internal static async Task<JsonNode?> BodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MostBody)
        {
            throw new FormatException($"the body is longer than {MostBody} bytes");
        }

        return await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
    }

    private JsonObject Status() => new()
    {
        ["cluster"] = new JsonObject { ["peers"] = new JsonArray(), ["status"] = "disabled" },
        ["config"] = new JsonObject { ["original"] = manager.Config.Original },
        ["uptime"] = AlertJson.Time(manager.Started),
        ["versionInfo"] = new JsonObject
        {
            ["branch"] = "HEAD",
            ["buildDate"] = string.Empty,
            ["buildUser"] = "fairway",
            ["goVersion"] = string.Empty,
            ["revision"] = string.Empty,
            ["version"] = manager.Options.Version,
        },
    };

    private JsonArray Alerts(AlertFilter filter)
    {
        var answer = new JsonArray();
        foreach (ManagedAlert alert in manager.Alerts.Where(alert => !alert.IsResolved(manager.Now)).OrderBy(alert => alert.Fingerprint, StringComparer.Ordinal))
        {
            List<Route> routes = manager.Config.Root.Find(alert.Labels);
            if (Show(alert, routes, filter) is { } shown)
            {
                answer.Add((JsonNode)shown);
            }
        }

        return answer;
    }

    private JsonObject? Show(ManagedAlert alert, IReadOnlyList<Route> routes, AlertFilter filter)
    {
        (IReadOnlyList<string> inhibited, IReadOnlyList<string> silenced) = manager.Quiet(alert);
        List<string> muted = [.. routes.SelectMany(manager.MutedBy).Distinct(StringComparer.Ordinal)];
        bool quiet = inhibited.Count + silenced.Count + muted.Count > 0;
        bool chosen = AlertMatchers.Match(filter.Matchers, alert.Labels)
            && routes.Any(route => filter.TakesReceiver(route.Receiver))
            && (filter.Active || quiet) && (filter.Silenced || silenced.Count == 0) && (filter.Inhibited || inhibited.Count == 0) && (filter.Muted || muted.Count == 0);
        return !chosen ? null : new JsonObject
        {
            ["annotations"] = AlertJson.Of(alert.Annotations),
            ["endsAt"] = AlertJson.Time(alert.EndsAt),
            ["fingerprint"] = alert.Fingerprint,
            ["receivers"] = new JsonArray([.. routes.Select(route => route.Receiver).Distinct(StringComparer.Ordinal).Select(name => (JsonNode)new JsonObject { ["name"] = name })]),
            ["startsAt"] = AlertJson.Time(alert.StartsAt),
            ["status"] = new JsonObject
            {
                ["inhibitedBy"] = Texts(inhibited),
                ["mutedBy"] = Texts(muted),
                ["silencedBy"] = Texts(silenced),
                ["state"] = quiet ? "suppressed" : "active",
            },
            ["updatedAt"] = AlertJson.Time(alert.UpdatedAt),
            ["generatorURL"] = alert.GeneratorUrl,
            ["labels"] = AlertJson.Of(alert.Labels),
        };
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private JsonArray Groups(AlertFilter filter)
    {
        var answer = new JsonArray();
        foreach (AlertGroup group in manager.Groups.Where(group => filter.TakesReceiver(group.Route.Receiver)).OrderBy(group => group.Labels).ThenBy(group => group.Route.Receiver, StringComparer.Ordinal))
        {
            List<ManagedAlert> members;
            lock (group.Gate)
            {
                members = [.. group.Alerts.Values.Where(alert => !alert.IsResolved(manager.Now)).OrderBy(alert => alert.Labels)];
            }

            List<JsonObject> shown = [.. members.Select(alert => Show(alert, [group.Route], filter)).OfType<JsonObject>()];
            if (shown.Count > 0)
            {
                answer.Add((JsonNode)new JsonObject
                {
                    ["alerts"] = new JsonArray([.. shown]),
                    ["labels"] = AlertJson.Of(group.Labels),
                    ["receiver"] = new JsonObject { ["name"] = group.Route.Receiver },
                });
            }
        }

        return answer;
    }

    private async Task<JsonNode?> PostAlertsAsync(HttpContext context)
    {
        JsonArray alerts = await BodyAsync(context) as JsonArray ?? throw new FormatException("expected an array of alerts");
        DateTimeOffset now = manager.Now;
        TimeSpan patience = manager.Config.ResolveTimeout;
        var read = new List<ManagedAlert>();
        foreach (JsonObject node in alerts.Select(one => one as JsonObject ?? throw new FormatException("an alert has to be an object")))
        {
            Labels labels = AlertJson.Labels(node["labels"]);
            if (labels.Count == 0)
            {
                throw new FormatException("at least one label pair required");
            }

            DateTimeOffset? starts = Given(node, "startsAt");
            DateTimeOffset? ends = Given(node, "endsAt");
            DateTimeOffset start = starts ?? (ends is { } end && end < now ? end : now);
            if (ends < start)
            {
                throw new FormatException("start time must be before end time");
            }

            read.Add(new ManagedAlert(labels, AlertJson.Labels(node["annotations"]), start, ends ?? now + patience, now, AlertConfigReader.Text(node["generatorURL"])));
        }

        read.ForEach(manager.Put);
        return null;
    }

    private static DateTimeOffset? Given(JsonObject node, string field)
        => AlertConfigReader.Text(node[field]) is { Length: > 0 } text && !text.StartsWith("0001-01-01", StringComparison.Ordinal) ? AlertJson.Time(node, field) : null;

    private JsonArray Silences(AlertFilter filter)
    {
        DateTimeOffset now = manager.Now;
        string[] order = ["active", "pending", "expired"];
        IEnumerable<Silence> chosen = manager.Silences.All
            .Where(silence => filter.Matchers.All(wanted => silence.Matchers.Any(matcher => matcher.Name == wanted.Name && wanted.Matches(matcher.Value))))
            .OrderBy(silence => Array.IndexOf(order, silence.State(now)))
            .ThenBy(silence => silence.EndsAt);
        return new JsonArray([.. chosen.Select(silence => (JsonNode)SilenceBook.ToJson(silence, now))]);
    }

    private async Task<JsonNode?> PostSilenceAsync(HttpContext context)
    {
        JsonObject node = await BodyAsync(context) as JsonObject ?? throw new FormatException("expected a silence");
        string id = manager.Silences.Set(SilenceBook.FromJson(node));
        return new JsonObject { ["silenceID"] = id };
    }

    private Task<JsonNode?> DeleteSilenceAsync(HttpContext context)
    {
        string id = FindSilence(context).Id;
        manager.Silences.Expire(id);
        return Task.FromResult<JsonNode?>(null);
    }

    private Silence FindSilence(HttpContext context)
    {
        string id = (string)context.GetRouteValue("id")!;
        return manager.Silences.Find(id) ?? throw new KeyNotFoundException($"silence {id} not found");
    }

    private ManagedAlert FindAlert(HttpContext context)
    {
        string fingerprint = (string)context.GetRouteValue("fingerprint")!;
        return manager.Alerts.FirstOrDefault(alert => alert.Fingerprint == fingerprint) ?? throw new KeyNotFoundException($"there is no alert {fingerprint}");
    }

    private JsonObject Explain(ManagedAlert alert) => new()
    {
        ["fingerprint"] = alert.Fingerprint,
        ["labels"] = AlertJson.Of(alert.Labels),
        ["acknowledged"] = manager.Acknowledgement(alert.Fingerprint),
        ["routes"] = new JsonArray([.. manager.Explain(alert).Select(one => (JsonNode)new JsonObject
        {
            ["receiver"] = one.Receiver,
            ["route"] = one.Route,
            ["groupKey"] = one.GroupKey,
            ["state"] = one.State,
            ["reasons"] = Texts(one.Reasons),
            ["lastNotified"] = one.LastNotified is { } last ? AlertJson.Time(last) : null,
        })]),
    };

    private async Task<JsonNode?> AcknowledgeAsync(HttpContext context)
    {
        JsonObject body = await BodyAsync(context) as JsonObject ?? [];
        ManagedAlert alert = FindAlert(context);
        if (!manager.Acknowledge(alert.Fingerprint, AlertConfigReader.Text(body["by"]), AlertConfigReader.Text(body["comment"])))
        {
            throw new FormatException($"alert {alert.Fingerprint} has ended");
        }

        return manager.Acknowledgement(alert.Fingerprint);
    }

    private Task<JsonNode?> UnacknowledgeAsync(HttpContext context)
    {
        manager.Unacknowledge(FindAlert(context).Fingerprint);
        return Task.FromResult<JsonNode?>(null);
    }
}

/// <summary>Which alerts a request asks for.</summary>
internal sealed record AlertFilter(IReadOnlyList<LabelMatcher> Matchers, bool Active, bool Silenced, bool Inhibited, bool Muted, Re2Pattern? Receiver)
{
    /// <exception cref="FormatException">A parameter is not of its form.</exception>
    public static AlertFilter Of(IQueryCollection query)
    {
        bool Flag(string name) => query[name].ToString() switch
        {
            "" or "true" or "1" or "t" => true,
            "false" or "0" or "f" => false,
            string other => throw new FormatException($"{name} in query must be of type boolean: {GoText.Quote(other)}"),
        };
        string receiver = query["receiver"].ToString();
        return new AlertFilter(
            [.. query["filter"].SelectMany(text => AlertMatchers.Parse(text ?? string.Empty))],
            Flag("active"), Flag("silenced"), Flag("inhibited"), Flag("muted"), receiver.Length > 0 ? Re2Pattern.Anchored(receiver) : null);
    }

    public bool TakesReceiver(string name) => Receiver?.IsMatch(name) ?? true;
}

/// <summary>Takes PagerDuty's Events API v2: what other tools send there becomes alerts here.</summary>
internal sealed class PagerDutyEvents(AlertManager manager)
{
    public async Task HandleAsync(HttpContext context)
    {
        JsonObject? body;
        try
        {
            body = await AlertEndpoints.BodyAsync(context) as JsonObject;
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
            await AlertEndpoints.WriteAsync(context, 400, new JsonObject
            {
                ["status"] = "invalid event",
                ["message"] = "Event object is invalid",
                ["errors"] = new JsonArray([.. problems.Select(problem => (JsonNode)problem)]),
            });
            return;
        }

        key = key.Length > 0 ? key : Guid.NewGuid().ToString("N");
        Apply(action, key, summary, payload);
        await AlertEndpoints.WriteAsync(context, 202, new JsonObject { ["status"] = "success", ["message"] = "Event processed", ["dedup_key"] = key });
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

using System.Text.Json.Nodes;
using Fairway.PromQL;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Alerting;

/// <summary>Alertmanager's API, version 2, with acknowledgements and explanations besides; and PagerDuty's events coming in.</summary>
public sealed class AlertEndpoints(AlertManager manager)
{
    private readonly SilenceEndpoints silences = new(manager);

    /// <summary>Maps the endpoints below <c>/api/v2</c> and <c>/v2/enqueue</c>.</summary>
    public void MapTo(TelemetryRoutes routes)
    {
        Map(routes, "/api/v2/status", "GET", _ => Task.FromResult<JsonNode?>(Status()));
        Map(routes, "/api/v2/receivers", "GET", _ => Task.FromResult<JsonNode?>(new JsonArray([.. manager.Config.Receivers.Keys.Select(Named)])));
        Map(routes, "/api/v2/alerts", "GET", context => Task.FromResult<JsonNode?>(Alerts(AlertFilter.Of(context.Request.Query))));
        Map(routes, "/api/v2/alerts", "POST", PostAlertsAsync);
        Map(routes, "/api/v2/alerts/groups", "GET", context => Task.FromResult<JsonNode?>(Groups(AlertFilter.Of(context.Request.Query))));
        silences.MapTo(routes);
        Map(routes, "/api/v2/alert/{fingerprint}/explain", "GET", context => Task.FromResult<JsonNode?>(Explain(FindAlert(context))));
        Map(routes, "/api/v2/alert/{fingerprint}/acknowledge", "POST", AcknowledgeAsync);
        Map(routes, "/api/v2/alert/{fingerprint}/acknowledge", "DELETE", UnacknowledgeAsync);
        Map(routes, "/api/v2/notifications", "GET", context => Task.FromResult<JsonNode?>(manager.History(context.Request.Query["fingerprint"].ToString())));
        foreach ((string path, string allowed) in ((string, string)[])[("alerts", "POST,GET"), ("silences", "POST,GET"), ("status", "GET"), ("receivers", "GET"), ("alerts/groups", "GET"), ("silence/{id}", "DELETE,GET")])
        {
            string[] others = [.. ((string[])["GET", "POST", "PUT", "DELETE", "PATCH"]).Except(allowed.Split(','))];
            routes.Map("/api/v2/" + path, others, context => ApiBody.RefuseAsync(context, new ApiRefusal(405, 405, $"method {context.Request.Method} is not allowed, but [{allowed}] are")));
        }

        routes.Map("/api/v2/{**path}", ["GET", "POST", "PUT", "DELETE", "PATCH"], context => ApiBody.RefuseAsync(context, new ApiRefusal(404, 404, $"path /api/v2/{context.GetRouteValue("path")} was not found")));
        routes.Map("/v2/enqueue", ["POST"], new PagerDutyEvents(manager).HandleAsync);
    }

    internal static void Map(TelemetryRoutes routes, string path, string method, Func<HttpContext, Task<JsonNode?>> handle)
        => routes.Map(path, [method], async context =>
        {
            try
            {
                if (await handle(context) is { } answer)
                {
                    await ApiBody.WriteAsync(context, 200, answer);
                }
            }
            catch (ApiRefusal refusal)
            {
                await ApiBody.RefuseAsync(context, refusal);
            }
            catch (KeyNotFoundException missing)
            {
                await ApiBody.WriteAsync(context, 404, JsonValue.Create(missing.Message));
            }
            catch (FormatException bad)
            {
                await ApiBody.WriteAsync(context, 400, JsonValue.Create(bad.Message));
            }
        });

    private static JsonObject Named(string name) => new() { ["name"] = name };

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
            if (routes.Exists(route => filter.TakesReceiver(route.Receiver)) && Show(alert, routes, [], filter) is { } shown)
            {
                answer.Add((JsonNode)shown);
            }
        }

        return answer;
    }

    private JsonObject? Show(ManagedAlert alert, IReadOnlyList<Route> routes, IReadOnlyList<string> muted, AlertFilter filter)
    {
        if (!AlertMatchers.Match(filter.Matchers, alert.Labels))
        {
            return null;
        }

        (IReadOnlyList<string> inhibited, IReadOnlyList<string> silenced) = manager.Quiet(alert);
        bool quiet = inhibited.Count + silenced.Count > 0;
        if ((!filter.Active && !quiet) || (!filter.Silenced && silenced.Count > 0) || (!filter.Inhibited && inhibited.Count > 0))
        {
            return null;
        }

        var shown = new JsonObject
        {
            ["annotations"] = AlertJson.Of(alert.Annotations),
            ["endsAt"] = AlertJson.Time(alert.EndsAt),
            ["fingerprint"] = alert.Fingerprint,
            ["receivers"] = new JsonArray([.. routes.Select(route => (JsonNode)Named(route.Receiver))]),
            ["startsAt"] = AlertJson.Time(alert.StartsAt),
            ["status"] = new JsonObject
            {
                ["inhibitedBy"] = Texts(inhibited),
                ["mutedBy"] = Texts(muted),
                ["silencedBy"] = Texts(silenced),
                ["state"] = quiet ? "suppressed" : "active",
            },
            ["updatedAt"] = AlertJson.Time(alert.UpdatedAt),
        };
        if (alert.GeneratorUrl.Length > 0)
        {
            shown["generatorURL"] = alert.GeneratorUrl;
        }

        shown["labels"] = AlertJson.Of(alert.Labels);
        return shown;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private JsonArray Groups(AlertFilter filter)
    {
        var answer = new JsonArray();
        List<AlertGroup> groups = [.. manager.Groups.Where(group => filter.TakesReceiver(group.Route.Receiver))];
        groups.Sort((left, right) => AlertOrder.CompareLabels(left.Labels, right.Labels) is not 0 and int order ? order : string.CompareOrdinal(left.Route.Receiver, right.Route.Receiver));
        foreach (AlertGroup group in groups)
        {
            IReadOnlyList<string> muted = manager.MutedBy(group.Route);
            if (!filter.Muted && muted.Count > 0)
            {
                continue;
            }

            List<ManagedAlert> members;
            lock (group.Gate)
            {
                members = [.. group.Alerts.Values.Where(alert => !alert.IsResolved(manager.Now)).Order(AlertOrder.Instance)];
            }

            JsonObject[] shown = [.. members.Select(alert => Show(alert, manager.Config.Root.Find(alert.Labels), muted, filter)).OfType<JsonObject>()];
            if (shown.Length > 0)
            {
                answer.Add((JsonNode)new JsonObject
                {
                    ["alerts"] = new JsonArray(shown),
                    ["labels"] = AlertJson.Of(group.Labels),
                    ["receiver"] = Named(group.Route.Receiver),
                });
            }
        }

        return answer;
    }

    // Alerts that are good are taken although others of the request are not.
    private async Task<JsonNode?> PostAlertsAsync(HttpContext context)
    {
        JsonNode body = await ApiBody.ReadAsync(context, "alerts");
        JsonArray alerts = body as JsonArray ?? throw ApiBody.Unreadable("alerts", $"json: cannot unmarshal {ApiBody.Kind(body)} into Go value of type models.PostableAlerts");
        DateTimeOffset now = manager.Now;
        var read = new List<PostedAlert>();
        for (int i = 0; i < alerts.Count; i++)
        {
            read.Add(PostedAlert.Read(alerts[i], i));
        }

        var problems = new List<string>();
        foreach (PostedAlert posted in read)
        {
            (ManagedAlert alert, string? problem) = posted.At(now, manager.Config.ResolveTimeout);
            if (problem is null)
            {
                manager.Put(alert);
            }
            else
            {
                problems.Add(problem);
            }
        }

        return problems.Count == 0 ? null : throw new FormatException(string.Join('\n', problems));
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
        JsonObject body;
        try
        {
            body = await ApiBody.ReadAsync(context) as JsonObject ?? [];
        }
        catch (System.Text.Json.JsonException broken)
        {
            throw new FormatException($"the body is no JSON: {broken.Message}", broken);
        }

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

/// <summary>An alert as somebody sent it.</summary>
internal sealed record PostedAlert(Labels Labels, Labels Annotations, DateTimeOffset? StartsAt, DateTimeOffset? EndsAt, string GeneratorUrl)
{
    /// <exception cref="ApiRefusal">It is not of the form.</exception>
    public static PostedAlert Read(JsonNode? node, int index)
    {
        if (node is not JsonObject alert)
        {
            throw ApiBody.Unreadable("alerts", $"json: cannot unmarshal {ApiBody.Kind(node)} into Go value of type models.PostableAlert");
        }

        DateTimeOffset? starts = ApiBody.Time(alert["startsAt"], "alerts");
        DateTimeOffset? ends = ApiBody.Time(alert["endsAt"], "alerts");
        Labels labels = Pairs(alert["labels"], "Alert.labels");
        Labels annotations = Pairs(alert["annotations"], "PostableAlert.annotations");
        string url = AlertConfigReader.Text(alert["generatorURL"]);
        if (url.Length > 0 && (url.StartsWith(':') || url.Any(char.IsControl)))
        {
            throw new ApiRefusal(422, 601, $"{index}.generatorURL in body must be of type uri: {GoText.Quote(url)}");
        }

        return alert["labels"] is null ? throw ApiRefusal.Required($"{index}.labels") : new PostedAlert(labels, annotations, starts, ends, url);
    }

    /// <summary>The alert with its times settled, and what is wrong with it.</summary>
    public (ManagedAlert Alert, string? Problem) At(DateTimeOffset now, TimeSpan patience)
    {
        DateTimeOffset start = StartsAt ?? EndsAt ?? now;
        var alert = new ManagedAlert(Labels, Annotations, start, EndsAt ?? now + patience, now, GeneratorUrl) { IsTimeout = EndsAt is null };
        string? bad = Labels.Pairs.Concat(Annotations.Pairs).Select(pair => pair.Key).FirstOrDefault(name => !Names.IsLabelName(name));
        string? problem = EndsAt < start ? "start time must be before end time"
            : Labels.Count == 0 ? "at least one label pair required"
            : bad is not null ? $"invalid label set: invalid name {GoText.Quote(bad)}"
            : null;
        return (alert, problem);
    }

    private static Labels Pairs(JsonNode? node, string field)
    {
        if (node is not JsonObject map)
        {
            return node is null ? Labels.Empty : throw ApiBody.Unreadable("alerts", $"json: cannot unmarshal {ApiBody.Kind(node)} into Go struct field {field} of type models.LabelSet");
        }

        JsonNode? wrong = map.Select(pair => pair.Value).FirstOrDefault(value => value is not null && value.GetValueKind() != System.Text.Json.JsonValueKind.String);
        return wrong is null ? AlertJson.Labels(map) : throw ApiBody.Unreadable("alerts", $"json: cannot unmarshal {ApiBody.Kind(wrong)} into Go struct field {field} of type string");
    }
}

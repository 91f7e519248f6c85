using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Telemetry.Alerting;

/// <summary>Telling failed.</summary>
/// <param name="message">Why, without secrets.</param>
/// <param name="mayRetry">Whether trying again can help.</param>
internal sealed class NotifyException(string message, bool mayRetry) : Exception(message)
{
    public bool MayRetry => mayRetry;
}

/// <summary>Tells receivers: webhook (version 4), Slack-compatible webhook, PagerDuty Events v2, e-mail by SMTP.</summary>
internal sealed class Notifiers(HttpClient http)
{
    private const string PagerDutyUrl = "https://events.pagerduty.com/v2/enqueue";

    /// <exception cref="NotifyException">The receiver could not be told.</exception>
    public Task SendAsync(Integration integration, JsonObject global, Notification notification, NotificationTemplates templates, CancellationToken cancellation)
        => integration.Kind switch
        {
            "webhook" => WebhookAsync(integration.Settings, notification, cancellation),
            "slack" => SlackAsync(integration.Settings, global, notification, templates, cancellation),
            "pagerduty" => PagerDutyAsync(integration.Settings, global, notification, templates, cancellation),
            _ => EmailAsync(integration.Settings, global, notification, templates, cancellation),
        };

    private Task WebhookAsync(JsonObject settings, Notification notification, CancellationToken cancellation)
    {
        int most = int.TryParse(AlertConfigReader.Text(settings["max_alerts"]), NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit > 0 ? limit : int.MaxValue;
        return PostAsync(Secret(settings, "url"), Payload(notification, most), settings["http_config"] as JsonObject, cancellation);
    }

    /// <summary>The body of a webhook, version 4.</summary>
    public static JsonObject Payload(Notification notification, int mostAlerts)
    {
        var alerts = new JsonArray();
        foreach (ManagedAlert alert in notification.Alerts.Take(mostAlerts))
        {
            bool resolved = alert.IsResolved(notification.Now);
            alerts.Add(new JsonObject
            {
                ["status"] = resolved ? "resolved" : "firing",
                ["labels"] = AlertJson.Of(alert.Labels),
                ["annotations"] = AlertJson.Of(alert.Annotations),
                ["startsAt"] = AlertJson.Time(alert.StartsAt),
                ["endsAt"] = resolved ? AlertJson.Time(alert.EndsAt) : "0001-01-01T00:00:00Z",
                ["generatorURL"] = alert.GeneratorUrl,
                ["fingerprint"] = alert.Fingerprint,
            });
        }

        return new JsonObject
        {
            ["receiver"] = notification.Receiver,
            ["status"] = notification.Status,
            ["alerts"] = alerts,
            ["groupLabels"] = AlertJson.Of(notification.GroupLabels),
            ["commonLabels"] = AlertJson.Of(notification.CommonLabels),
            ["commonAnnotations"] = AlertJson.Of(notification.CommonAnnotations),
            ["externalURL"] = notification.ExternalUrl,
            ["version"] = "4",
            ["groupKey"] = notification.GroupKey,
            ["truncatedAlerts"] = Math.Max(0, notification.Alerts.Count - mostAlerts),
            ["notificationReason"] = notification.Reason,
        };
    }

    private Task SlackAsync(JsonObject settings, JsonObject global, Notification notification, NotificationTemplates templates, CancellationToken cancellation)
    {
        string Text(string field, string otherwise) => templates.Expand(AlertConfigReader.Text(settings[field]) is { Length: > 0 } own ? own : otherwise, notification);
        var attachment = new JsonObject
        {
            ["title"] = Text("title", "{{ template \"slack.default.title\" . }}"),
            ["title_link"] = Text("title_link", "{{ template \"slack.default.titlelink\" . }}"),
            ["pretext"] = Text("pretext", string.Empty),
            ["text"] = Text("text", "{{ template \"slack.default.text\" . }}"),
            ["fallback"] = Text("fallback", "{{ template \"slack.default.fallback\" . }}"),
            ["footer"] = Text("footer", "{{ template \"slack.default.footer\" . }}"),
            ["color"] = Text("color", "{{ if eq .Status \"firing\" }}danger{{ else }}good{{ end }}"),
            ["mrkdwn_in"] = new JsonArray("fallback", "pretext", "text"),
        };
        if (settings["fields"] is JsonArray fields)
        {
            attachment["fields"] = new JsonArray([.. fields.Select(field => (JsonNode)new JsonObject
            {
                ["title"] = templates.Expand(AlertConfigReader.Text(field!["title"]), notification),
                ["value"] = templates.Expand(AlertConfigReader.Text(field["value"]), notification),
                ["short"] = field["short"]?.GetValue<bool>() ?? false,
            })]);
        }

        var body = new JsonObject
        {
            ["channel"] = Text("channel", string.Empty),
            ["username"] = Text("username", "{{ template \"slack.default.username\" . }}"),
            ["icon_emoji"] = Text("icon_emoji", string.Empty),
            ["attachments"] = new JsonArray(attachment),
        };
        string url = Secret(settings, "api_url") is { Length: > 0 } own ? own : Secret(global, "slack_api_url");
        return PostAsync(url, body, settings["http_config"] as JsonObject, cancellation);
    }

    private Task PagerDutyAsync(JsonObject settings, JsonObject global, Notification notification, NotificationTemplates templates, CancellationToken cancellation)
    {
        string Text(string field, string otherwise) => templates.Expand(AlertConfigReader.Text(settings[field]) is { Length: > 0 } own ? own : otherwise, notification);
        string key = Secret(settings, "routing_key") is { Length: > 0 } routing ? routing : Secret(settings, "service_key");
        var details = new JsonObject
        {
            ["firing"] = templates.Expand("{{ template \"pagerduty.default.instances\" .Alerts.Firing }}", notification),
            ["resolved"] = templates.Expand("{{ template \"pagerduty.default.instances\" .Alerts.Resolved }}", notification),
            ["num_firing"] = templates.Expand("{{ .Alerts.Firing | len }}", notification),
            ["num_resolved"] = templates.Expand("{{ .Alerts.Resolved | len }}", notification),
        };
        foreach ((string name, JsonNode? value) in settings["details"] as JsonObject ?? [])
        {
            details[name] = templates.Expand(AlertConfigReader.Text(value), notification);
        }

        string summary = Text("description", "{{ template \"pagerduty.default.description\" . }}");
        var body = new JsonObject
        {
            ["routing_key"] = templates.Expand(key, notification),
            ["event_action"] = notification.IsFiring ? "trigger" : "resolve",
            ["dedup_key"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(notification.GroupKey))),
            ["client"] = Text("client", "{{ template \"pagerduty.default.client\" . }}"),
            ["client_url"] = Text("client_url", "{{ template \"pagerduty.default.clientURL\" . }}"),
            ["payload"] = new JsonObject
            {
                ["summary"] = summary.Length > 1024 ? summary[..1024] : summary,
                ["source"] = Text("source", "{{ template \"pagerduty.default.client\" . }}"),
                ["severity"] = Text("severity", "error"),
                ["class"] = Text("class", string.Empty),
                ["component"] = Text("component", string.Empty),
                ["group"] = Text("group", string.Empty),
                ["custom_details"] = details,
            },
        };
        string url = AlertConfigReader.Text(settings["url"]) is { Length: > 0 } own ? own
            : AlertConfigReader.Text(global["pagerduty_url"]) is { Length: > 0 } common ? common
            : PagerDutyUrl;
        return PostAsync(url, body, settings["http_config"] as JsonObject, cancellation);
    }

    private static async Task EmailAsync(JsonObject settings, JsonObject global, Notification notification, NotificationTemplates templates, CancellationToken cancellation)
    {
        string Setting(string field, string common) => AlertConfigReader.Text(settings[field]) is { Length: > 0 } own ? own : AlertConfigReader.Text(global[common]);
        string[] smarthost = Setting("smarthost", "smtp_smarthost").Split(':');
        string user = Setting("auth_username", "smtp_auth_username");
        bool tls = Setting("require_tls", "smtp_require_tls") is not "false";
        JsonObject headers = settings["headers"] as JsonObject ?? [];
        string subject = AlertConfigReader.Text(headers["Subject"] ?? headers["subject"]) is { Length: > 0 } own ? own : "{{ template \"email.default.subject\" . }}";
        try
        {
            using var client = new SmtpClient(smarthost[0], smarthost.Length > 1 ? int.Parse(smarthost[1], CultureInfo.InvariantCulture) : 25) { EnableSsl = tls };
            if (user.Length > 0)
            {
                client.Credentials = new NetworkCredential(user, Secret(settings, "auth_password") is { Length: > 0 } password ? password : Secret(global, "smtp_auth_password"));
            }

            using var message = new MailMessage
            {
                From = new MailAddress(templates.Expand(Setting("from", "smtp_from"), notification)),
                Subject = templates.Expand(subject, notification).ReplaceLineEndings(" "),
                Body = templates.Expand(AlertConfigReader.Text(settings["text"]) is { Length: > 0 } text ? text : "{{ template \"email.default.text\" . }}", notification),
            };
            foreach (string to in templates.Expand(AlertConfigReader.Text(settings["to"]), notification).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                message.To.Add(new MailAddress(to));
            }

            string html = AlertConfigReader.Text(settings["html"]) is { Length: > 0 } given ? given : "{{ template \"email.default.html\" . }}";
            message.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(templates.Expand(html, notification), Encoding.UTF8, "text/html"));
            await client.SendMailAsync(message, cancellation);
        }
        catch (Exception failed) when (failed is SmtpException or FormatException or ArgumentException or InvalidOperationException)
        {
            throw new NotifyException($"mail by {smarthost[0]}: {failed.Message}", failed is SmtpException);
        }
    }

    private async Task PostAsync(string url, JsonObject body, JsonObject? settings, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new NotifyException("the receiver's address is missing or no http(s) URL", mayRetry: false);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString(AlertJson.Readable))) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.UserAgent.ParseAdd("Alertmanager/0.28.1");
        Authorize(request, settings);
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, cancellation);
            if (!response.IsSuccessStatusCode)
            {
                bool retry = (int)response.StatusCode >= 500 || response.StatusCode == HttpStatusCode.TooManyRequests;
                throw new NotifyException($"{address.Host} answered {(int)response.StatusCode}", retry);
            }
        }
        catch (Exception failed) when (failed is HttpRequestException || (failed is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new NotifyException($"{address.Host} cannot be reached: {failed.Message}", mayRetry: true);
        }
    }

    private static void Authorize(HttpRequestMessage request, JsonObject? settings)
    {
        if (settings?["authorization"] is JsonObject authorization)
        {
            string type = AlertConfigReader.Text(authorization["type"]) is { Length: > 0 } own ? own : "Bearer";
            request.Headers.Authorization = new AuthenticationHeaderValue(type, Secret(authorization, "credentials"));
        }
        else if (settings?["basic_auth"] is JsonObject basic)
        {
            string pair = $"{AlertConfigReader.Text(basic["username"])}:{Secret(basic, "password")}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }
        else if (settings is not null && Secret(settings, "bearer_token") is { Length: > 0 } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    // A value, or the content of the file that the field with "_file" names.
    private static string Secret(JsonObject settings, string field)
    {
        string value = AlertConfigReader.Text(settings[field]);
        string file = AlertConfigReader.Text(settings[field + "_file"]);
        try
        {
            return value.Length > 0 ? value : file.Length > 0 ? File.ReadAllText(file).Trim() : string.Empty;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new NotifyException($"{field}_file cannot be read: {failed.Message}", mayRetry: false);
        }
    }
}

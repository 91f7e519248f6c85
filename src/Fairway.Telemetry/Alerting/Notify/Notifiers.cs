using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;

namespace Fairway.Telemetry.Alerting;

/// <summary>Telling failed.</summary>
/// <param name="message">Why, without secrets.</param>
/// <param name="mayRetry">Whether trying again can help.</param>
internal sealed class NotifyException(string message, bool mayRetry) : Exception(message)
{
    public bool MayRetry => mayRetry;
}

/// <summary>What a receiver is told with: its settings, the texts, the alerts.</summary>
internal sealed record Telling(Integration Integration, Notification Notification, NotificationTemplates Templates)
{
    public JsonObject Settings => Integration.Settings;

    /// <summary>A template of the settings, filled in.</summary>
    public string Text(string field) => Expand(Of(Settings, field));

    public string Html(string field) => Templates.ExpandHtml(Of(Settings, field), Notification);

    public string Expand(string text) => Templates.Expand(text, Notification);

    public string Expand(JsonNode? node) => Expand(AlertConfigReader.Text(node));

    public bool Flag(string field) => Of(Settings, field) == "true";

    /// <summary>A value, or the content of the file that the field with <c>_file</c> names.</summary>
    public string Secret(string field) => SecretText.Of(Settings, field);

    /// <summary>The group's key as others want it: a hash.</summary>
    public string KeyHash => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Notification.GroupKey)));

    /// <summary>At most some bytes of UTF-8, with a mark where something was cut off; characters stay whole.</summary>
    public static string CutBytes(string text, int most)
    {
        if (Encoding.UTF8.GetByteCount(text) <= most)
        {
            return text;
        }

        var kept = new StringBuilder();
        int bytes = 3;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > most)
            {
                break;
            }

            kept.Append(rune.ToString());
        }

        return kept.Append('…').ToString();
    }

    /// <summary>At most some characters, with a mark where something was cut off.</summary>
    public static string Cut(string text, int most)
    {
        int[] runes = [.. text.EnumerateRunes().Select(rune => rune.Value)];
        return runes.Length <= most ? text : string.Concat(runes.Take(most <= 3 ? most : most - 1).Select(char.ConvertFromUtf32)) + (most <= 3 ? string.Empty : "…");
    }
}

/// <summary>Secrets in settings or in files that settings name.</summary>
internal static class SecretText
{
    /// <exception cref="NotifyException">The file cannot be read.</exception>
    public static string Of(JsonObject? settings, string field)
    {
        string value = Config.ClientShapes.Of(settings, field);
        string file = Config.ClientShapes.Of(settings, field + "_file");
        try
        {
            return value.Length > 0 ? value : file.Length > 0 ? File.ReadAllText(file).Trim() : string.Empty;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new NotifyException($"{field}_file cannot be read: {failed.Message}", mayRetry: false);
        }
    }
}

/// <summary>Tells receivers of every kind that Alertmanager knows and that speaks HTTP or SMTP.</summary>
internal sealed class Notifiers(HttpClients clients)
{
    private const string PagerDutyOneUrl = "https://events.pagerduty.com/generic/2010-04-15/create_event.json";
    private const string PushoverUrl = "https://api.pushover.net/1/messages.json";

    /// <exception cref="NotifyException">The receiver could not be told.</exception>
    public Task SendAsync(Telling telling, CancellationToken cancellation) => telling.Integration.Kind switch
    {
        "webhook" => WebhookAsync(telling, cancellation),
        "slack" => PostAsync(telling, telling.Secret("api_url"), ChatMessages.Slack(telling), cancellation, judge: Verdicts.Slack),
        "pagerduty" => PagerDutyAsync(telling, cancellation),
        "opsgenie" => OpsGenieAsync(telling, cancellation),
        "victorops" => PostAsync(telling, $"{Of(telling.Settings, "api_url")}{telling.Secret("api_key")}/{telling.Text("routing_key")}", PagingMessages.VictorOps(telling), cancellation),
        "pushover" => PushoverAsync(telling, cancellation),
        "incidentio" => IncidentioAsync(telling, cancellation),
        "telegram" => PostAsync(telling, $"{Of(telling.Settings, "api_url").TrimEnd('/')}/bot{telling.Secret("bot_token")}/sendMessage", ChatMessages.Telegram(telling), cancellation, judge: Verdicts.Telegram),
        "discord" => PostAsync(telling, telling.Secret("webhook_url"), ChatMessages.Discord(telling), cancellation),
        "msteams" => PostAsync(telling, telling.Secret("webhook_url"), ChatMessages.Teams(telling), cancellation),
        "msteamsv2" => PostAsync(telling, telling.Secret("webhook_url"), ChatMessages.TeamsCard(telling), cancellation),
        "webex" => PostAsync(telling, Of(telling.Settings, "api_url"), ChatMessages.Webex(telling), cancellation),
        "wechat" => WeChatAsync(telling, cancellation),
        "mattermost" => PostAsync(telling, telling.Secret("webhook_url"), MattermostMessage.Of(telling), cancellation),
        "rocketchat" => RocketChatAsync(telling, cancellation),
        "email" => EmailAsync(telling, cancellation),
        _ => throw new NotifyException($"receivers of the kind {telling.Integration.Kind} cannot be told by this server", mayRetry: false),
    };

    private static int MostAlerts(Telling telling)
        => long.TryParse(Of(telling.Settings, "max_alerts"), NumberStyles.None, CultureInfo.InvariantCulture, out long limit) && limit > 0 ? (int)Math.Min(limit, int.MaxValue) : int.MaxValue;

    private async Task WebhookAsync(Telling telling, CancellationToken cancellation)
    {
        // Templates see the alerts that are sent, too.
        int most = MostAlerts(telling);
        Telling shown = telling with { Notification = telling.Notification with { Alerts = [.. telling.Notification.Alerts.Take(most)] } };
        JsonNode body = telling.Settings["payload"] is { } custom
            ? Webhook.Custom(custom, shown.Expand)!
            : Webhook.Payload(telling.Notification, most, "4");
        string url = shown.Expand(telling.Secret("url"));
        await PostAsync(telling, url.Length > 0 ? url : throw new NotifyException("webhook URL is empty after templating", mayRetry: false), body, cancellation);
    }

    private async Task PagerDutyAsync(Telling telling, CancellationToken cancellation)
    {
        // A service key speaks the first version of the events API, which says 403 where the second says 429.
        bool first = telling.Secret("service_key").Length > 0;
        await PostAsync(
            telling, first ? PagerDutyOneUrl : Of(telling.Settings, "url"), first ? PagingMessages.PagerDutyOne(telling) : PagingMessages.PagerDuty(telling), cancellation, retryOn: first ? 403 : 429);
    }

    private async Task IncidentioAsync(Telling telling, CancellationToken cancellation)
    {
        const int largest = 512 * 1024;
        JsonObject body = Webhook.Payload(telling.Notification, MostAlerts(telling), "1");
        if (body.ToJsonString().Length > largest && body["alerts"] is JsonArray { Count: > 1 } alerts)
        {
            // One alert is enough for an incident; a body that is too large is none.
            body["alerts"] = new JsonArray(alerts[0]!.DeepClone());
        }

        string token = telling.Secret("alert_source_token");
        await PostAsync(telling, telling.Secret("url"), body, cancellation, retryOn: 429, headers: token.Length > 0 ? [("Authorization", $"Bearer {token}")] : []);
    }

    private async Task WeChatAsync(Telling telling, CancellationToken cancellation)
    {
        string url = Of(telling.Settings, "api_url");
        string query = $"corpid={Escaped(telling.Text("corp_id"))}&corpsecret={Escaped(telling.Expand(telling.Secret("api_secret")))}";
        HttpAnswer granted = await clients.SendAsync(telling.Settings, HttpMethod.Get, $"{url}gettoken?{query}", null, [], 0, cancellation);
        string token = AlertConfigReader.Text(Verdicts.Object(granted)["access_token"]);
        if (token.Length == 0)
        {
            throw new NotifyException($"invalid APISecret for CorpID: {Of(telling.Settings, "corp_id")}", mayRetry: false);
        }

        await PostAsync(telling, $"{url}message/send?access_token={Escaped(token)}", ChatMessages.WeChat(telling), cancellation, judge: Verdicts.WeChat);
    }

    private static string Escaped(string text) => System.Net.WebUtility.UrlEncode(text);

    private async Task OpsGenieAsync(Telling telling, CancellationToken cancellation)
    {
        string key = telling.Expand(telling.Secret("api_key"));
        foreach ((HttpMethod method, string url, JsonObject body) in PagingMessages.OpsGenie(telling))
        {
            await clients.SendAsync(telling.Settings, method, url, body, [("Authorization", $"GenieKey {key}")], 429, cancellation);
        }
    }

    private async Task PushoverAsync(Telling telling, CancellationToken cancellation)
    {
        string query = string.Join('&', PagingMessages.Pushover(telling).OrderBy(pair => pair.Name, StringComparer.Ordinal).Select(pair => $"{pair.Name}={System.Net.WebUtility.UrlEncode(pair.Value)}"));
        await clients.SendAsync(telling.Settings, HttpMethod.Post, $"{PushoverUrl}?{query}", null, [], 0, cancellation);
    }

    private Task RocketChatAsync(Telling telling, CancellationToken cancellation)
    {
        string url = Of(telling.Settings, "api_url").TrimEnd('/') + "/api/v1/chat.postMessage";
        return PostAsync(
            telling, url, ChatMessages.RocketChat(telling), cancellation, headers: [("X-User-Id", telling.Secret("token_id")), ("X-Auth-Token", telling.Secret("token"))], judge: Verdicts.RocketChat);
    }

    private static Task EmailAsync(Telling telling, CancellationToken cancellation) => SmtpMessage.SendAsync(telling, cancellation);

    private async Task PostAsync(
        Telling telling, string url, JsonNode body, CancellationToken cancellation, int retryOn = 0, IReadOnlyList<(string Name, string Value)>? headers = null, Action<HttpAnswer>? judge = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (Config.GoDurations.Parse(Of(telling.Settings, "timeout")) is { Ticks: > 0 } timeout)
        {
            limit.CancelAfter(timeout);
        }

        try
        {
            HttpAnswer answer = await clients.SendAsync(telling.Settings, HttpMethod.Post, url, body, headers ?? [], retryOn, limit.Token);
            judge?.Invoke(answer);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NotifyException($"configured {telling.Integration.Kind} timeout reached ({Of(telling.Settings, "timeout")})", mayRetry: true);
        }
    }
}

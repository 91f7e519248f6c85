using System.Globalization;
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
    public string KeyHash => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Notification.GroupKey)));

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
    private const string PushoverUrl = "https://api.pushover.net/1/messages.json";

    /// <exception cref="NotifyException">The receiver could not be told.</exception>
    public Task SendAsync(Telling telling, CancellationToken cancellation) => telling.Integration.Kind switch
    {
        "webhook" => WebhookAsync(telling, cancellation),
        "slack" => PostAsync(telling, telling.Secret("api_url"), ChatMessages.Slack(telling), cancellation, slack: true),
        "pagerduty" => PostAsync(telling, Of(telling.Settings, "url"), PagingMessages.PagerDuty(telling), cancellation, retryTooMany: true),
        "opsgenie" => OpsGenieAsync(telling, cancellation),
        "victorops" => PostAsync(telling, $"{Of(telling.Settings, "api_url")}{telling.Secret("api_key")}/{telling.Text("routing_key")}", PagingMessages.VictorOps(telling), cancellation),
        "pushover" => PushoverAsync(telling, cancellation),
        "telegram" => PostAsync(telling, $"{Of(telling.Settings, "api_url").TrimEnd('/')}/bot{telling.Secret("bot_token")}/sendMessage", ChatMessages.Telegram(telling), cancellation, retryTooMany: true),
        "discord" => PostAsync(telling, telling.Secret("webhook_url"), ChatMessages.Discord(telling), cancellation, retryTooMany: true),
        "msteams" => PostAsync(telling, telling.Secret("webhook_url"), ChatMessages.Teams(telling), cancellation, retryTooMany: true),
        "msteamsv2" => PostAsync(telling, telling.Secret("webhook_url"), ChatMessages.TeamsCard(telling), cancellation, retryTooMany: true),
        "webex" => PostAsync(telling, Of(telling.Settings, "api_url"), ChatMessages.Webex(telling), cancellation, retryTooMany: true),
        "mattermost" => PostAsync(telling, telling.Secret("webhook_url"), ChatMessages.Mattermost(telling), cancellation, retryTooMany: true),
        "rocketchat" => RocketChatAsync(telling, cancellation),
        "email" => EmailAsync(telling, cancellation),
        _ => throw new NotifyException($"receivers of the kind {telling.Integration.Kind} cannot be told by this server", mayRetry: false),
    };

    private async Task WebhookAsync(Telling telling, CancellationToken cancellation)
    {
        long most = long.TryParse(Of(telling.Settings, "max_alerts"), NumberStyles.None, CultureInfo.InvariantCulture, out long limit) && limit > 0 ? limit : int.MaxValue;
        JsonNode body = telling.Settings["payload"] is { } custom
            ? Webhook.Custom(custom, telling.Expand)!
            : Webhook.Payload(telling.Notification, (int)Math.Min(most, int.MaxValue));
        string url = telling.Expand(telling.Secret("url"));
        await PostAsync(telling, url, body, cancellation, retryTooMany: true);
    }

    private async Task OpsGenieAsync(Telling telling, CancellationToken cancellation)
    {
        string key = telling.Expand(telling.Secret("api_key"));
        foreach ((HttpMethod method, string url, JsonObject body) in PagingMessages.OpsGenie(telling))
        {
            await clients.SendAsync(telling.Settings, method, url, body, [("Authorization", $"GenieKey {key}")], retryTooMany: true, cancellation);
        }
    }

    private async Task PushoverAsync(Telling telling, CancellationToken cancellation)
    {
        string query = string.Join('&', PagingMessages.Pushover(telling).OrderBy(pair => pair.Name, StringComparer.Ordinal).Select(pair => $"{pair.Name}={System.Net.WebUtility.UrlEncode(pair.Value)}"));
        await clients.SendAsync(telling.Settings, HttpMethod.Post, $"{PushoverUrl}?{query}", null, [], retryTooMany: true, cancellation);
    }

    private async Task RocketChatAsync(Telling telling, CancellationToken cancellation)
    {
        string url = Of(telling.Settings, "api_url").TrimEnd('/') + "/api/v1/chat.postMessage";
        await clients.SendAsync(telling.Settings, HttpMethod.Post, url, ChatMessages.RocketChat(telling), [("X-User-Id", telling.Secret("token_id")), ("X-Auth-Token", telling.Secret("token"))], retryTooMany: true, cancellation);
    }

    private static Task EmailAsync(Telling telling, CancellationToken cancellation) => SmtpMessage.SendAsync(telling, cancellation);

    private async Task PostAsync(Telling telling, string url, JsonNode body, CancellationToken cancellation, bool retryTooMany = false, bool slack = false)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (Config.GoDurations.Parse(Of(telling.Settings, "timeout")) is { Ticks: > 0 } timeout)
        {
            limit.CancelAfter(timeout);
        }

        string answer;
        try
        {
            answer = await clients.SendAsync(telling.Settings, HttpMethod.Post, url, body, [], retryTooMany || slack, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NotifyException($"configured {telling.Integration.Kind} timeout reached ({Of(telling.Settings, "timeout")})", mayRetry: true);
        }

        // Slack says no with 200, too.
        if (slack && answer.StartsWith('{') && JsonNode.Parse(answer) is JsonObject said && said["ok"]?.GetValue<bool>() == false)
        {
            throw new NotifyException($"error response from Slack: {AlertConfigReader.Text(said["error"])}", mayRetry: false);
        }
    }
}

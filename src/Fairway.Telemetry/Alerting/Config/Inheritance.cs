using System.Text.Json.Nodes;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;

namespace Fairway.Telemetry.Alerting.Config;

/// <summary>What a way of telling takes from the global settings, and what is missing then.</summary>
internal static class Inheritance
{
    /// <exception cref="GoYaml.YamlTextException">Neither says what is needed.</exception>
    public static void Apply(string kind, JsonObject node, JsonObject global)
    {
        if (kind != "email")
        {
            node["http_config"] ??= global["http_config"]?.DeepClone();
        }

        switch (kind)
        {
            case "email":
                Email(node, global);
                break;
            case "slack":
                Slack(node, global);
                break;
            case "pagerduty":
                Take(node, "url", global, "pagerduty_url", "no global PagerDuty URL set");
                break;
            case "opsgenie":
                Take(node, "api_url", global, "opsgenie_api_url", "no global OpsGenie URL set");
                EndWithSlash(node);
                TakeSecret(node, "api_key", global, "opsgenie_api_key", "no global OpsGenie API Key set either inline or in a file");
                break;
            case "wechat":
                Take(node, "api_url", global, "wechat_api_url", "no global Wechat URL set");
                TakeSecret(node, "api_secret", global, "wechat_api_secret", "no global Wechat Api Secret set either inline or in a file");
                Take(node, "corp_id", global, "wechat_api_corp_id", "no global Wechat CorpID set");
                EndWithSlash(node);
                break;
            case "victorops":
                Take(node, "api_url", global, "victorops_api_url", "no global VictorOps URL set");
                EndWithSlash(node);
                TakeSecret(node, "api_key", global, "victorops_api_key", "no global VictorOps API Key set");
                break;
            case "telegram":
                Take(node, "api_url", global, "telegram_api_url", "no global Telegram URL set");
                TakeSecret(node, "bot_token", global, "telegram_bot_token", "missing bot_token or bot_token_file on telegram_config");
                break;
            case "webex":
                Take(node, "api_url", global, "webex_api_url", "no global Webex URL set");
                break;
            case "jira":
                Take(node, "api_url", global, "jira_api_url", "no global Jira Cloud URL set");
                break;
            case "rocketchat":
                Take(node, "api_url", global, "rocketchat_api_url", "no global Rocketchat URL set");
                TakeSecret(node, "token_id", global, "rocketchat_token_id", "no global Rocketchat TokenID set either inline or in a file");
                TakeSecret(node, "token", global, "rocketchat_token", "no global Rocketchat Token set either inline or in a file");
                break;
            case "mattermost":
                TakeSecret(node, "webhook_url", global, "mattermost_webhook_url", "missing webhook_url or webhook_url_file on mattermost_config");
                break;
        }
    }

    private static void Email(JsonObject node, JsonObject global)
    {
        node["tls_config"] ??= global["smtp_tls_config"]?.DeepClone();
        Take(node, "smarthost", global, "smtp_smarthost", "no global SMTP smarthost set");
        Take(node, "from", global, "smtp_from", "no global SMTP from set");
        foreach (string field in (string[])["hello", "auth_username", "auth_identity", "require_tls", "force_implicit_tls"])
        {
            Take(node, field, global, "smtp_" + field, null);
        }

        TakeSecret(node, "auth_password", global, "smtp_auth_password", null);
        TakeSecret(node, "auth_secret", global, "smtp_auth_secret", null);
    }

    private static void Slack(JsonObject node, JsonObject global)
    {
        Take(node, "app_url", global, "slack_app_url", "no global Slack App URL set");
        var http = (JsonObject)node["http_config"]!;
        if (http["authorization"] is null && !Has(node, "api_url"))
        {
            TakeSecret(node, "app_token", global, "slack_app_token", null);
        }

        TakeSecret(node, "api_url", global, "slack_api_url", null);
        bool token = Has(node, "app_token") || Has(node, "app_token_file");
        Require(token || Has(node, "api_url") || Has(node, "api_url_file"), "no Slack API URL nor App token set either inline or in a file");
        if (token)
        {
            Require(http["authorization"] is null, "http authorization can't be set when using Slack App tokens");
            http["authorization"] = new JsonObject { ["type"] = "Bearer", ["credentials"] = node["app_token"]?.DeepClone(), ["credentials_file"] = node["app_token_file"]?.DeepClone() };
            node["api_url"] = node["app_url"]?.DeepClone();
        }
    }

    private static void Take(JsonObject node, string field, JsonObject global, string common, string? missing)
    {
        if (!Has(node, field))
        {
            node[field] = global[common]?.DeepClone();
        }

        Require(missing is null || Has(node, field), missing ?? string.Empty);
    }

    private static void TakeSecret(JsonObject node, string field, JsonObject global, string common, string? missing)
    {
        if (!Has(node, field) && !Has(node, field + "_file"))
        {
            node[field] = global[common]?.DeepClone();
            node[field + "_file"] = global[common + "_file"]?.DeepClone();
        }

        Require(missing is null || Has(node, field) || Has(node, field + "_file"), missing ?? string.Empty);
    }

    private static void EndWithSlash(JsonObject node)
    {
        string url = Of(node, "api_url");
        node["api_url"] = url.EndsWith('/') ? url : url + "/";
    }
}

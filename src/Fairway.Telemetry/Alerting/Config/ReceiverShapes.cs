using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fairway.PromQL;
using Fairway.Telemetry.GoYaml;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;

namespace Fairway.Telemetry.Alerting.Config;

/// <summary>The ways of telling people, with the fields, defaults and refusals of Alertmanager's configuration reference.</summary>
internal static partial class ReceiverShapes
{
    private static readonly YamlField HttpConfig = new("http_config", Http);

    private static readonly YamlShape AttachmentField = YamlShape.Struct(TypeName, [Text("title"), Text("value"), Flag("short")], field =>
    {
        Require(Has(field, "title"), "missing title in Slack field configuration");
        Require(Has(field, "value"), "missing value in Slack field configuration");
    });

    private static readonly YamlShape SlackAction = YamlShape.Struct(TypeName,
    [
        Text("type"), Text("text"), Text("url"), Text("style"), Text("name"), Text("value"),
        new("confirm", YamlShape.Struct(TypeName, [Text("text"), Text("title"), Text("ok_text"), Text("dismiss_text")], confirm => Require(Has(confirm, "text"), "missing text in Slack confirmation configuration"))),
    ], CheckSlackAction);

    /// <summary>Lists of a receiver by field, in the order in which they are told.</summary>
    public static IReadOnlyList<(string Field, string Kind, YamlShape Shape)> All { get; } =
    [
        ("discord_configs", "discord", Notifier(true,
            [HttpConfig, new("webhook_url", SecretUrl), Text("webhook_url_file"), Text("content"), Template("title", "discord"), Template("message", "discord"), Text("username"), Text("avatar_url")],
            node => One(node, "webhook_url", "webhook_url_file"))),
        ("email_configs", "email", Email()),
        ("incidentio_configs", "incidentio", Notifier(true,
            [HttpConfig, new("url", Url, Always: true), Text("url_file", always: true), Secret("alert_source_token"), Text("alert_source_token_file"), new("max_alerts", YamlShape.Int, 0, Always: true), new("timeout", GoDuration, "0s", Always: true)],
            CheckIncidentio)),
        ("pagerduty_configs", "pagerduty", PagerDuty()),
        ("slack_configs", "slack", Slack()),
        ("webhook_configs", "webhook", Notifier(true,
            [HttpConfig, new("url", TemplateUrl), Text("url_file", string.Empty, always: true), new("max_alerts", YamlShape.Int, 0, Always: true), new("timeout", GoDuration, "0s", Always: true), new("payload", YamlShape.Any)],
            node =>
            {
                Require(Has(node, "url") || Has(node, "url_file"), "one of url or url_file must be configured");
                OneAtMost(node, "url", "url_file");
            })),
        ("opsgenie_configs", "opsgenie", OpsGenie()),
        ("wechat_configs", "wechat", Notifier(false,
            [
                HttpConfig, Secret("api_secret"), Text("api_secret_file"), Text("corp_id"), Template("message", "wechat"), new("api_url", Url), Template("to_user", "wechat"), Template("to_party", "wechat"),
                Template("to_tag", "wechat"), Template("agent_id", "wechat"), Text("message_type", "text"),
            ],
            node =>
            {
                Require(Of(node, "message_type") is "text" or "markdown", $"weChat message type {GoText.Quote(Of(node, "message_type"))} does not match valid options ^(text|markdown)$");
                OneAtMost(node, "api_secret", "api_secret_file");
            })),
        ("pushover_configs", "pushover", Pushover()),
        ("victorops_configs", "victorops", VictorOps()),
        ("sns_configs", "sns", Notifier(true,
            [
                HttpConfig, Text("api_url"), new("sigv4", YamlShape.Struct("sigv4.plain", [Text("region"), Text("access_key"), Secret("secret_key"), Text("profile"), Text("role_arn"), Text("external_id"), Flag("use_fips_sts_endpoint")], node => Require(Has(node, "access_key") == Has(node, "secret_key"), "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config")), new JsonObject(), Always: true),
                Text("topic_arn"), Text("phone_number"), Text("target_arn"), Template("subject", "sns"), Template("message", "sns"), new("attributes", YamlShape.TextMap), Flag("use_aws_http_client"),
            ],
            node => Require(!(Has(node, "target_arn") ^ Has(node, "topic_arn") ^ !Has(node, "phone_number")), "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config"))),
        ("telegram_configs", "telegram", Telegram()),
        ("webex_configs", "webex", Notifier(true,
            [HttpConfig, new("api_url", Url), Template("message", "webex"), Text("room_id", string.Empty, always: true)],
            node =>
            {
                Require(Has(node, "room_id"), "missing room_id on webex_config");
                Require(node["http_config"] is JsonObject { } http && http["authorization"] is JsonObject, "missing webex_configs.http_config.authorization");
            })),
        ("msteams_configs", "msteams", Notifier(true,
            [HttpConfig, new("webhook_url", SecretUrl), Text("webhook_url_file"), Template("title", "msteams"), Template("summary", "msteams"), Template("text", "msteams")],
            node => One(node, "webhook_url", "webhook_url_file"))),
        ("msteamsv2_configs", "msteamsv2", Notifier(true,
            [HttpConfig, new("webhook_url", SecretUrl), Text("webhook_url_file"), Template("title", "msteamsv2"), Template("text", "msteamsv2")],
            node => One(node, "webhook_url", "webhook_url_file"))),
        ("jira_configs", "jira", Jira()),
        ("rocketchat_configs", "rocketchat", RocketChat()),
        ("mattermost_configs", "mattermost", Mattermost()),
    ];

    private static YamlField Template(string name, string kind) => Text(name, $"{{{{ template \"{kind}.default.{name.Replace("_", name is "to_user" or "to_party" or "to_tag" or "agent_id" ? "_" : string.Empty, StringComparison.Ordinal)}\" . }}}}");

    private static YamlShape Notifier(bool sendResolved, IReadOnlyList<YamlField> fields, Action<JsonObject>? check = null)
        => YamlShape.Struct(TypeName, [Flag("send_resolved", sendResolved, always: true), .. fields], check);

    private static YamlShape Email() => Notifier(false,
    [
        Text("to"), Text("from"), Text("hello"), new("smarthost", YamlShape.Checked(HostPort)), Text("auth_username"), Secret("auth_password"), Text("auth_password_file"), Secret("auth_secret"),
        Text("auth_secret_file"), Text("auth_identity"), new("headers", YamlShape.TextMap), Template("html", "email"), Text("text"), Flag("require_tls"), new("tls_config", Tls), Flag("force_implicit_tls"),
        new("threading", YamlShape.Struct("config.ThreadingConfig", [Flag("enabled"), Text("thread_by_date")])),
    ], CheckEmail);

    /// <summary>An address with a port.</summary>
    public static string? HostPort(string text)
    {
        int colon = text.LastIndexOf(':');
        return text.Length == 0 ? null
            : colon < 0 ? $"address {text}: missing port in address"
            : text.AsSpan(0, colon).Contains(':') && !text.StartsWith('[') ? $"address {text}: too many colons in address"
            : colon == text.Length - 1 ? $"address {GoText.Quote(text)}: port cannot be empty"
            : null;
    }

    private static void CheckEmail(JsonObject node)
    {
        Require(Has(node, "to"), "missing to address in email config");
        var headers = new JsonObject();
        foreach ((string name, JsonNode? value) in node["headers"] as JsonObject ?? [])
        {
            string canonical = string.Join('-', name.Split('-').Select(part => part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..].ToLowerInvariant()));
            Require(!headers.ContainsKey(canonical), $"duplicate header {GoText.Quote(canonical)} in email config");
            headers[canonical] = value?.DeepClone();
        }

        node["headers"] = headers;
        if (node["threading"] is JsonObject threading && Of(threading, "enabled") == "true")
        {
            Require(!headers.ContainsKey("References"), "conflicting configuration: threading.enabled conflicts with custom References header");
            Require(!headers.ContainsKey("In-Reply-To"), "conflicting configuration: threading.enabled conflicts with custom In-Reply-To header");
            Require(Of(threading, "thread_by_date") is "none" or "daily", "threading.thread_by_date must be either 'none' or 'daily'");
        }
    }

    private static YamlShape PagerDuty() => Notifier(true,
    [
        HttpConfig, Secret("service_key"), Text("service_key_file"), Secret("routing_key"), Text("routing_key_file"), new("url", Url), Template("client", "pagerduty"),
        Text("client_url", "{{ template \"pagerduty.default.clientURL\" . }}"), Text("description", "{{ template \"pagerduty.default.description\" .}}"), new("details", YamlShape.Map(YamlShape.Any)),
        new("images", YamlShape.List(YamlShape.Struct("config.PagerdutyImage", [Text("src"), Text("alt"), Text("href")]))), new("links", YamlShape.List(YamlShape.Struct("config.PagerdutyLink", [Text("href"), Text("text")]))),
        Text("source"), Text("severity", "error"), Text("class"), Text("component"), Text("group"), new("timeout", GoDuration, "0s", Always: true),
    ], node =>
    {
        Require(Has(node, "routing_key") || Has(node, "service_key") || Has(node, "routing_key_file") || Has(node, "service_key_file"), "missing service or routing key in PagerDuty config");
        OneAtMost(node, "routing_key", "routing_key_file");
        OneAtMost(node, "service_key", "service_key_file");
        if (!Has(node, "source"))
        {
            node["source"] = node["client"]?.DeepClone();
        }

        JsonObject details = node["details"] as JsonObject ?? [];
        details.TryAdd("firing", "{{ .Alerts.Firing | toJson }}");
        details.TryAdd("resolved", "{{ .Alerts.Resolved | toJson }}");
        details.TryAdd("num_firing", "{{ .Alerts.Firing | len }}");
        details.TryAdd("num_resolved", "{{ .Alerts.Resolved | len }}");
        node["details"] = details.Parent is null ? details : node["details"];
    });

    private static YamlShape Slack() => Notifier(false,
    [
        HttpConfig, new("api_url", SecretUrl), Text("api_url_file"), Secret("app_token"), Text("app_token_file"), new("app_url", Url), Text("channel"), Template("username", "slack"), Template("color", "slack"),
        Template("title", "slack"), Template("title_link", "slack"), Template("pretext", "slack"), Template("text", "slack"), Text("message_text"), new("fields", YamlShape.List(AttachmentField)),
        Flag("short_fields", false, always: true), Template("footer", "slack"), Template("fallback", "slack"), Template("callback_id", "slack"), Template("icon_emoji", "slack"), Template("icon_url", "slack"),
        Text("image_url"), Text("thumb_url"), Flag("link_names", false, always: true), new("mrkdwn_in", YamlShape.Texts), new("actions", YamlShape.List(SlackAction)), Flag("update_message", false),
        new("timeout", GoDuration, "0s"),
    ], node =>
    {
        OneAtMost(node, "api_url", "api_url_file");
        OneAtMost(node, "app_token", "app_token_file");
        Require(!(Has(node, "api_url") || Has(node, "api_url_file")) || !(Has(node, "app_token") || Has(node, "app_token_file")), "at most one of api_url/api_url_file & app_token/app_token_file must be configured");
        Require(Of(node, "update_message") != "true" || Of(node, "api_url") == "https://slack.com/api/chat.postMessage", "update_message can only be used with bot tokens. api_url must be set to https://slack.com/api/chat.postMessage");
    });

    private static void CheckSlackAction(JsonObject action)
    {
        Require(Has(action, "type"), "missing type in Slack action configuration");
        Require(Has(action, "text"), "missing text in Slack action configuration");
        Require(Has(action, "url") || Has(action, "name"), "missing name or url in Slack action configuration");
        foreach (string field in Has(action, "url") ? (string[])["name", "value", "confirm"] : ["url"])
        {
            action[field] = null;
        }
    }

    private static YamlShape OpsGenie() => Notifier(true,
    [
        HttpConfig, Secret("api_key"), Text("api_key_file"), new("api_url", Url), Template("message", "opsgenie"), Template("description", "opsgenie"), Template("source", "opsgenie"), new("details", YamlShape.TextMap),
        Text("entity"), new("responders", YamlShape.List(YamlShape.Struct("config.OpsGenieConfigResponder", [Text("id"), Text("name"), Text("username"), Text("type")]))), Text("actions"), Text("tags"), Text("note"),
        Text("priority"), Flag("update_alerts"),
    ], node =>
    {
        OneAtMost(node, "api_key", "api_key_file");
        foreach (JsonObject responder in (node["responders"] as JsonArray ?? []).OfType<JsonObject>())
        {
            string shown = $"{{{Of(responder, "id")} {Of(responder, "name")} {Of(responder, "username")} {Of(responder, "type")}}}";
            Require(Has(responder, "id") || Has(responder, "username") || Has(responder, "name"), $"opsGenieConfig responder {shown} has to have at least one of id, username or name specified");
            string type = Of(responder, "type");
            Require(type.Contains("{{", StringComparison.Ordinal) || ResponderType().IsMatch(type.ToLowerInvariant()), $"opsGenieConfig responder {shown.ToLowerInvariant()} type does not match valid options ^(team|teams|user|escalation|schedule)$");
        }
    });

    private static YamlShape Pushover() => Notifier(true,
    [
        HttpConfig, Secret("user_key"), Text("user_key_file"), Secret("token"), Text("token_file"), Template("title", "pushover"), Template("message", "pushover"), Template("url", "pushover"), Text("url_title"),
        Text("device"), Text("sound"), Text("priority", "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}"), new("retry", GoDuration, "1m0s"), new("expire", GoDuration, "1h0m0s"), new("ttl", GoDuration),
        Flag("html"), Flag("monospace"),
    ], node =>
    {
        One(node, "user_key", "user_key_file");
        One(node, "token", "token_file");
        Require(Of(node, "html") != "true" || Of(node, "monospace") != "true", "at most one of monospace & html must be configured");
    });

    private static YamlShape VictorOps() => Notifier(true,
    [
        HttpConfig, Secret("api_key"), Text("api_key_file"), new("api_url", Url, Always: true), Text("routing_key", string.Empty, always: true), Text("message_type", "CRITICAL", always: true),
        Text("state_message", "{{ template \"victorops.default.state_message\" . }}", always: true), Text("entity_display_name", "{{ template \"victorops.default.entity_display_name\" . }}", always: true),
        Text("monitoring_tool", "{{ template \"victorops.default.monitoring_tool\" . }}", always: true), new("custom_fields", YamlShape.TextMap),
    ], node =>
    {
        Require(Has(node, "routing_key"), "missing Routing key in VictorOps config");
        OneAtMost(node, "api_key", "api_key_file");
        foreach (string reserved in (string[])["routing_key", "message_type", "state_message", "entity_display_name", "monitoring_tool", "entity_id", "entity_state"])
        {
            Require((node["custom_fields"] as JsonObject)?.ContainsKey(reserved) != true, $"victorOps config contains custom field {reserved} which cannot be used as it conflicts with the fixed/static fields");
        }
    });

    private static YamlShape Telegram() => Notifier(true,
    [
        HttpConfig, new("api_url", Url, Always: true), Secret("bot_token"), Text("bot_token_file"), new("chat_id", YamlShape.Int), Text("chat_id_file"), new("message_thread_id", YamlShape.Int), Template("message", "telegram"),
        Flag("disable_notifications"), Text("parse_mode", "HTML"),
    ], node =>
    {
        OneAtMost(node, "bot_token", "bot_token_file");
        bool chat = Of(node, "chat_id") is not ("" or "0");
        Require(chat || Has(node, "chat_id_file"), "missing chat_id or chat_id_file on telegram_config");
        Require(!chat || !Has(node, "chat_id_file"), "at most one of chat_id & chat_id_file must be configured");
        Require(Of(node, "parse_mode") is "" or "Markdown" or "MarkdownV2" or "HTML", "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string");
    });

    private static void CheckIncidentio(JsonObject node)
    {
        One(node, "url", "url_file");
        OneAtMost(node, "alert_source_token", "alert_source_token_file");
        bool token = Has(node, "alert_source_token") || Has(node, "alert_source_token_file");
        var authorization = (node["http_config"] as JsonObject)?["authorization"] as JsonObject;
        Require(authorization is null || !token, "cannot specify alert_source_token or alert_source_token_file when using http_config.authorization");
        Require(node["http_config"] is null || authorization is not null || token, "at least one of alert_source_token, alert_source_token_file or http_config.authorization must be configured");
    }

    private static YamlShape Jira() => Notifier(true,
    [
        HttpConfig, new("api_url", Url), Text("api_type", "auto"), Text("project"), new("summary", YamlShape.Any, "{{ template \"jira.default.summary\" . }}"), new("description", YamlShape.Any, "{{ template \"jira.default.description\" . }}"),
        new("labels", YamlShape.Texts), Template("priority", "jira"), Text("issue_type"), Text("reopen_transition"), Text("resolve_transition"), Text("wont_fix_resolution"), new("reopen_duration", Duration),
        new("fields", YamlShape.Map(YamlShape.Any)),
    ], node =>
    {
        Require(Has(node, "project"), "missing project in jira_config");
        Require(Has(node, "issue_type"), "missing issue_type in jira_config");
        Require(Of(node, "api_type") is "auto" or "cloud" or "datacenter", "unknown api_type on jira_config, must be auto, cloud or datacenter");
    });

    private static YamlShape RocketChat() => Notifier(false,
    [
        HttpConfig, new("api_url", Url), Secret("token_id"), Text("token_id_file"), Secret("token"), Text("token_file"), Text("channel"), Text("color", "{{ if eq .Status \"firing\" }}red{{ else }}green{{ end }}"),
        Template("title", "rocketchat"), Template("title_link", "rocketchat"), Template("text", "rocketchat"), new("fields", YamlShape.List(YamlShape.Struct("rocketchat.RocketchatAttachmentField", [Flag("short"), Text("title"), Text("value")]))),
        Flag("short_fields", false, always: true), Template("emoji", "rocketchat"), Template("icon_url", "rocketchat"), Text("image_url"), Text("thumb_url"), Flag("link_names", false, always: true),
        new("actions", YamlShape.List(YamlShape.Struct("rocketchat.RocketchatAttachmentAction", [Text("type"), Text("text"), Text("url"), Text("image_url"), Flag("is_webview"), Text("webview_height_ratio"), Text("msg"), Flag("msg_in_chat_window"), Text("msg_processing_type")]))),
    ], node =>
    {
        OneAtMost(node, "token", "token_file");
        OneAtMost(node, "token_id", "token_id_file");
    });

    private static YamlShape MattermostAttachment() => YamlShape.Struct("mattermost.MattermostAttachment",
    [
        Text("fallback"), Text("color"), Text("pretext"), Text("text"), Text("author_name"), Text("author_link"), Text("author_icon"), Text("title"), Text("title_link"), new("fields", YamlShape.List(AttachmentField)),
        Text("thumb_url"), Text("footer"), Text("footer_icon"), Text("image_url"),
    ]);

    private static YamlShape Mattermost() => Notifier(true,
    [
        HttpConfig, new("webhook_url", SecretUrl), Text("webhook_url_file"), Text("channel"), Template("username", "mattermost"), Template("text", "mattermost"), Template("fallback", "mattermost"), Template("color", "mattermost"),
        Text("pretext"), Text("author_name"), Text("author_link"), Text("author_icon"), Template("title", "mattermost"), Template("title_link", "mattermost"), new("fields", YamlShape.List(AttachmentField)), Text("thumb_url"),
        Text("footer"), Text("footer_icon"), Text("image_url"), Text("icon_url"), Text("icon_emoji"), new("attachments", YamlShape.List(MattermostAttachment())), Text("type"),
        new("props", YamlShape.Struct("mattermost.MattermostProps", [Text("card")])), new("priority", YamlShape.Struct("mattermost.MattermostPriority", [Text("priority"), Flag("requested_ack"), Flag("persistent_notifications")])),
    ], node => OneAtMost(node, "webhook_url", "webhook_url_file"));

    [GeneratedRegex("^(team|teams|user|escalation|schedule)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ResponderType();
}

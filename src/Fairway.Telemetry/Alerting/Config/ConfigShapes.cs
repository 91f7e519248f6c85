using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fairway.PromQL;
using Fairway.Telemetry.GoYaml;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;

namespace Fairway.Telemetry.Alerting.Config;

/// <summary>The whole of an Alertmanager configuration: global settings, routes, inhibition, receivers, times.</summary>
internal static partial class ConfigShapes
{
    public static readonly YamlShape Global = YamlShape.Struct(TypeName,
    [
        new("resolve_timeout", Duration, "5m", Always: true), new("http_config", Http, DefaultHttp), new("jira_api_url", Url), Text("smtp_from"), Text("smtp_hello", "localhost"),
        new("smtp_smarthost", YamlShape.Checked(ReceiverShapes.HostPort)), Text("smtp_auth_username"), Secret("smtp_auth_password"), Text("smtp_auth_password_file"), Secret("smtp_auth_secret"),
        Text("smtp_auth_secret_file"), Text("smtp_auth_identity"), Flag("smtp_require_tls", true, always: true), new("smtp_tls_config", Tls), Flag("smtp_force_implicit_tls"), new("slack_api_url", SecretUrl),
        Text("slack_api_url_file"), Secret("slack_app_token"), Text("slack_app_token_file"), new("slack_app_url", Url, "https://slack.com/api/chat.postMessage"),
        new("pagerduty_url", Url, "https://events.pagerduty.com/v2/enqueue"), new("opsgenie_api_url", Url, "https://api.opsgenie.com/"), Secret("opsgenie_api_key"), Text("opsgenie_api_key_file"),
        new("wechat_api_url", Url, "https://qyapi.weixin.qq.com/cgi-bin/"), Secret("wechat_api_secret"), Text("wechat_api_secret_file"), Text("wechat_api_corp_id"),
        new("victorops_api_url", Url, "https://alert.victorops.com/integrations/generic/20131114/alert/"), Secret("victorops_api_key"), Text("victorops_api_key_file"),
        new("telegram_api_url", Url, "https://api.telegram.org"), Secret("telegram_bot_token"), Text("telegram_bot_token_file"), new("webex_api_url", Url, "https://webexapis.com/v1/messages"),
        new("rocketchat_api_url", Url, "https://open.rocket.chat/"), Secret("rocketchat_token"), Text("rocketchat_token_file"), Secret("rocketchat_token_id"), Text("rocketchat_token_id_file"),
        new("mattermost_webhook_url", SecretUrl), Text("mattermost_webhook_url_file"),
    ]);

    private static readonly YamlShape Patterns = new PatternMap();

    private static readonly YamlShape Matchers = YamlShape.List(YamlShape.Checked(MatcherProblem));

    public static readonly YamlShape Route = new RouteShape();

    private static readonly YamlShape Inhibition = YamlShape.Struct(TypeName,
    [
        Text("name"), new("source_match", YamlShape.TextMap), new("source_match_re", Patterns), new("source_matchers", Matchers), new("target_match", YamlShape.TextMap),
        new("target_match_re", Patterns), new("target_matchers", Matchers), new("equal", YamlShape.Texts),
    ], rule =>
    {
        Sort(rule, "source_matchers");
        Sort(rule, "target_matchers");
        CheckNames(rule["source_match"]);
        CheckNames(rule["target_match"]);
        foreach (string label in AlertConfigReader.Texts(rule["equal"]))
        {
            Require(Names.IsLabelName(label), $"invalid label name {GoText.Quote(label)} in equal list");
        }
    });

    public static readonly YamlShape Receiver = YamlShape.Struct(TypeName,
    [
        Text("name", string.Empty, always: true), new("labels", YamlShape.TextMap), .. ReceiverShapes.All.Select(one => new YamlField(one.Field, YamlShape.List(one.Shape))),
    ], receiver => Require(Has(receiver, "name"), "missing name in receiver"));

    public static readonly YamlShape Root = YamlShape.Struct(TypeName,
    [
        new("global", Global), new("route", Route), new("inhibit_rules", YamlShape.List(Inhibition)), new("receivers", YamlShape.List(Receiver)), new("templates", YamlShape.Texts, Always: true),
        new("mute_time_intervals", YamlShape.List(Interval("mute time interval"))), new("time_intervals", YamlShape.List(Interval("time interval"))), new("tracing", YamlShape.Any), new("event_recorder", YamlShape.Any),
    ]);

    private static YamlShape Interval(string what) => YamlShape.Struct(TypeName,
        [Text("name", string.Empty, always: true), new("time_intervals", YamlShape.List(TimeInterval.Shape), Always: true)],
        node => Require(Has(node, "name"), $"missing name in {what}"));

    private static string? MatcherProblem(string text)
    {
        try
        {
            AlertMatchers.Parse(text);
            return null;
        }
        catch (FormatException broken)
        {
            return broken.Message;
        }
    }

    private static void CheckNames(JsonNode? map)
    {
        foreach (string name in (map as JsonObject ?? []).Select(pair => pair.Key))
        {
            Require(LabelName().IsMatch(name), $"invalid label name {GoText.Quote(name)}");
        }
    }

    private static void Sort(JsonObject node, string field)
    {
        if (node[field] is JsonArray { Count: > 0 } matchers)
        {
            node[field] = new JsonArray([.. AlertMatchers.Sorted(AlertConfigReader.Texts(matchers).SelectMany(AlertMatchers.Parse)).Select(matcher => (JsonNode)AlertMatchers.Show(matcher))]);
        }
    }

    private static void CheckRoute(JsonObject route)
    {
        Sort(route, "matchers");
        CheckNames(route["match"]);
        foreach (string label in (route["labels"] as JsonObject ?? []).Select(pair => pair.Key))
        {
            Require(Names.IsLabelName(label), $"invalid label name {GoText.Quote(label)} in route labels");
        }

        List<string> groupBy = AlertConfigReader.Texts(route["group_by"]);
        foreach (string label in groupBy)
        {
            Require(Names.IsLabelName(label), $"invalid label name {GoText.Quote(label)} in group_by list");
        }

        Require(groupBy.Count <= 1 || groupBy.TrueForAll(label => label != "...") || groupBy.TrueForAll(label => label == "..."), "cannot have wildcard group_by (`...`) and other labels at the same time");
        string? twice = groupBy.Where(label => label != "...").GroupBy(label => label, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1)?.Key;
        Require(twice is null, $"duplicated label {GoText.Quote(twice ?? string.Empty)} in group_by");
        foreach (string field in (string[])["group_interval", "repeat_interval"])
        {
            Require(!Has(route, field) || GoDurations.Of(route[field], TimeSpan.Zero) > TimeSpan.Zero, $"{field} cannot be zero");
        }
    }

    // Routes hold routes.
    private sealed class RouteShape() : YamlShape(TypeName)
    {
        private StructShape? inner;

        public override YamlShape Unfolded => Inner;

        private StructShape Inner => inner ??= (StructShape)Struct(TypeName,
        [
            ClientShapes.Text("receiver"), new("group_by", Texts), new("match", TextMap), new("match_re", Patterns), new("matchers", Matchers), new("mute_time_intervals", Texts), new("active_time_intervals", Texts),
            ClientShapes.Flag("continue", false, always: true), new("routes", List(this)), new("group_wait", Duration), new("group_interval", Duration), new("repeat_interval", Duration), new("labels", TextMap),
        ], CheckRoute);

        public override JsonNode? Read(YamlTree node, YamlProblems problems) => Inner.Read(node, problems);
    }

    private sealed class PatternMap() : YamlShape("map[string]common.Regexp")
    {
        public override YamlShape Unfolded => TextMap;

        public override JsonNode? Read(YamlTree node, YamlProblems problems)
        {
            JsonNode? map = TextMap.Read(node, problems);
            foreach ((string name, JsonNode? value) in map as JsonObject ?? [])
            {
                string pattern = AlertConfigReader.Text(value);
                try
                {
                    Re2Pattern.Anchored(pattern);
                }
                catch (Exception broken) when (broken is PromQLException or FormatException)
                {
                    throw new YamlTextException(AlertMatchers.PatternProblem(broken, pattern));
                }

                Require(LabelName().IsMatch(name), $"invalid label name {GoText.Quote(name)}");
                Require(node[name] is not { IsNull: true }, $"invalid regexp value for {GoText.Quote(name)}");
            }

            return map;
        }
    }

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LabelName();
}

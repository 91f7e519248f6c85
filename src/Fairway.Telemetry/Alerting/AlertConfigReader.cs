using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.Telemetry.Alerting.Config;
using Fairway.Telemetry.GoYaml;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Alerting;

/// <summary>Reads configuration files of Alertmanager: every field of its reference is taken or refused with its words.</summary>
internal static class AlertConfigReader
{
    // The configuration that is in force when none is given: everything is grouped and kept, nobody is told.
    public const string Default = "route:\n  receiver: default\n  group_by: [alertname]\nreceivers:\n  - name: default\n";

    private static readonly (string One, string Other)[] GlobalPairs =
    [
        ("slack_app_token", "slack_app_token_file"), ("slack_api_url", "slack_api_url_file"), ("opsgenie_api_key", "opsgenie_api_key_file"), ("victorops_api_key", "victorops_api_key_file"),
        ("telegram_bot_token", "telegram_bot_token_file"), ("smtp_auth_password", "smtp_auth_password_file"), ("rocketchat_token", "rocketchat_token_file"),
        ("rocketchat_token_id", "rocketchat_token_id_file"), ("smtp_auth_secret", "smtp_auth_secret_file"), ("wechat_api_secret", "wechat_api_secret_file"),
        ("mattermost_webhook_url", "mattermost_webhook_url_file"),
    ];

    /// <exception cref="AlertConfigException">It is no such file, or names what is not there.</exception>
    public static AlertConfig Read(string text, string name)
    {
        try
        {
            return Read(text);
        }
        catch (Exception broken) when (broken is FormatException or YamlTextException or PromQLException)
        {
            throw new AlertConfigException($"{name}: {broken.Message}");
        }
    }

    public static string Text(JsonNode? node) => node switch
    {
        null => string.Empty,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => node.ToJsonString(),
    };

    public static List<string> Texts(JsonNode? node) => node is JsonArray array ? [.. array.Select(Text)] : [];

    private static AlertConfig Read(string text)
    {
        JsonObject root = ConfigShapes.Root.Read(YamlTree.Read(text, out _)) as JsonObject ?? throw new YamlTextException("no route provided in config");
        root["global"] ??= ConfigShapes.Global.Read(new YamlTree(YamlKind.Mapping, 0, 0), new YamlProblems(newer: false));
        var global = (JsonObject)root["global"]!;
        foreach ((string one, string other) in GlobalPairs)
        {
            OneAtMost(global, one, other);
        }

        Require(
            !(Has(global, "slack_app_token") || Has(global, "slack_app_token_file")) || !(Has(global, "slack_api_url") || Has(global, "slack_api_url_file")) || Of(global, "slack_api_url") == Of(global, "slack_app_url"),
            "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured");
        OrderedDictionary<string, Receiver> receivers = Receivers(root, global);
        JsonObject route = root["route"] as JsonObject ?? throw new YamlTextException("no routes provided");
        Require(Has(route, "receiver"), "root route must specify a default receiver");
        Require(route["match"] is not JsonObject { Count: > 0 } && route["match_re"] is not JsonObject { Count: > 0 } && route["matchers"] is not JsonArray { Count: > 0 }, "root route must not have any matchers");
        Require(route["mute_time_intervals"] is not JsonArray { Count: > 0 }, "root route must not have any mute time intervals");
        Require(route["active_time_intervals"] is not JsonArray { Count: > 0 }, "root route must not have any active time intervals");
        CheckReceivers(route, receivers);
        Dictionary<string, IReadOnlyList<TimeInterval>> intervals = Intervals(root);
        CheckIntervals(route, intervals);
        Require(Of(route, "continue") != "true", "cannot have continue in root route");
        var start = new Route(
            string.Empty, string.Empty, [], false, [], false, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5), TimeSpan.FromHours(4), [], [], []);
        return new AlertConfig(
            ReadRoute(route, start, string.Empty), receivers, [.. Objects(root["inhibit_rules"]).Select(Inhibit)], intervals, Texts(root["templates"]), global,
            YamlShapeWriter.Write(ConfigShapes.Root, root))
        {
            ResolveTimeout = GoDurations.Of(global["resolve_timeout"], TimeSpan.FromMinutes(5)),
        };
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    private static Route ReadRoute(JsonObject node, Route parent, string id)
    {
        IReadOnlyList<LabelMatcher> matchers = Matchers(node, "match", "match_re", "matchers");
        List<string>? groupBy = node["group_by"] is JsonArray ? Texts(node["group_by"]) : null;
        string key = (id.Length == 0 ? string.Empty : parent.Key + "/") + AlertMatchers.Show(matchers);
        var route = new Route(
            key,
            Of(node, "receiver") is { Length: > 0 } own ? own : parent.Receiver,
            matchers,
            Of(node, "continue") == "true",
            groupBy?.Where(label => label != "...").Order(StringComparer.Ordinal).ToList() ?? parent.GroupBy,
            groupBy?.Contains("...") ?? parent.GroupByAll,
            GoDurations.Of(node["group_wait"], parent.GroupWait),
            GoDurations.Of(node["group_interval"], parent.GroupInterval),
            GoDurations.Of(node["repeat_interval"], parent.RepeatInterval),
            Texts(node["mute_time_intervals"]),
            Texts(node["active_time_intervals"]),
            []);
        route = route with { Id = id };
        return route with { Routes = [.. Objects(node["routes"]).Select((child, index) => ReadRoute(child, route, string.Create(CultureInfo.InvariantCulture, $"{id}/{index}")))] };
    }

    private static IReadOnlyList<LabelMatcher> Matchers(JsonObject node, string equal, string pattern, string list)
        => AlertMatchers.Sorted(
        [
            .. (node[equal] as JsonObject ?? []).Select(pair => AlertMatchers.Make(MatchType.Equal, pair.Key, Text(pair.Value))),
            .. (node[pattern] as JsonObject ?? []).Select(pair => AlertMatchers.Make(MatchType.Regexp, pair.Key, $"^(?:{Text(pair.Value)})$")),
            .. Texts(node[list]).SelectMany(AlertMatchers.Parse),
        ]);

    private static InhibitRule Inhibit(JsonObject node) => new(
        Matchers(node, "source_match", "source_match_re", "source_matchers"),
        Matchers(node, "target_match", "target_match_re", "target_matchers"),
        Texts(node["equal"]));

    private static OrderedDictionary<string, Receiver> Receivers(JsonObject root, JsonObject global)
    {
        var receivers = new OrderedDictionary<string, Receiver>(StringComparer.Ordinal);
        foreach (JsonObject node in Objects(root["receivers"]))
        {
            string name = Of(node, "name");
            Require(!receivers.ContainsKey(name), $"notification config name {GoText.Quote(name)} is not unique");
            var integrations = new List<Integration>();
            foreach ((string field, string kind, YamlShape _) in ReceiverShapes.All)
            {
                JsonArray list = node[field] as JsonArray ?? [];
                for (int index = 0; index < list.Count; index++)
                {
                    JsonObject settings = list[index] as JsonObject ?? throw new YamlTextException($"missing {kind} config");
                    Inheritance.Apply(kind, settings, global);
                    integrations.Add(new Integration(kind, index, Of(settings, "send_resolved") == "true", settings));
                }
            }

            receivers.Add(name, new Receiver(name, integrations));
        }

        return receivers;
    }

    private static Dictionary<string, IReadOnlyList<TimeInterval>> Intervals(JsonObject root)
    {
        var intervals = new Dictionary<string, IReadOnlyList<TimeInterval>>(StringComparer.Ordinal);
        foreach ((string field, string what) in ((string, string)[])[("mute_time_intervals", "mute time interval"), ("time_intervals", "time interval")])
        {
            foreach (JsonObject node in Objects(root[field]))
            {
                string name = Of(node, "name");
                Require(intervals.TryAdd(name, [.. Objects(node["time_intervals"]).Select(one => new TimeInterval(one))]), $"{what} {GoText.Quote(name)} is not unique");
            }
        }

        return intervals;
    }

    // Deepest first, as the original does, so that the same one of several mistakes is named.
    private static void CheckReceivers(JsonObject route, OrderedDictionary<string, Receiver> receivers)
    {
        foreach (JsonObject child in Objects(route["routes"]))
        {
            CheckReceivers(child, receivers);
        }

        string receiver = Of(route, "receiver");
        Require(receiver.Length == 0 || receivers.ContainsKey(receiver), $"undefined receiver {GoText.Quote(receiver)} used in route");
    }

    private static void CheckIntervals(JsonObject route, Dictionary<string, IReadOnlyList<TimeInterval>> intervals)
    {
        foreach (JsonObject child in Objects(route["routes"]))
        {
            CheckIntervals(child, intervals);
        }

        string? missing = Texts(route["active_time_intervals"]).Concat(Texts(route["mute_time_intervals"])).FirstOrDefault(name => !intervals.ContainsKey(name));
        Require(missing is null, $"undefined time interval {GoText.Quote(missing ?? string.Empty)} used in route");
    }
}

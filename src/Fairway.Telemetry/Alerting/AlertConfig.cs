using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Resources.Yaml;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Alerting;

/// <summary>Where alerts go: a configuration of Alertmanager.</summary>
internal sealed record AlertConfig(
    Route Root,
    IReadOnlyDictionary<string, Receiver> Receivers,
    IReadOnlyList<InhibitRule> Inhibitions,
    IReadOnlyDictionary<string, IReadOnlyList<TimeInterval>> Intervals,
    IReadOnlyList<string> TemplateFiles,
    JsonObject Global,
    string Original);

/// <summary>A node of the routing tree, settings inherited.</summary>
internal sealed record Route(
    string Key,
    string Receiver,
    IReadOnlyList<LabelMatcher> Matchers,
    bool Continue,
    IReadOnlyList<string> GroupBy,
    bool GroupByAll,
    TimeSpan GroupWait,
    TimeSpan GroupInterval,
    TimeSpan RepeatInterval,
    IReadOnlyList<string> Mute,
    IReadOnlyList<string> Active,
    IReadOnlyList<Route> Routes)
{
    /// <summary>The deepest routes that take an alert, in order.</summary>
    public List<Route> Find(Labels labels)
    {
        if (!AlertMatchers.Match(Matchers, labels))
        {
            return [];
        }

        var found = new List<Route>();
        foreach (Route child in Routes)
        {
            List<Route> below = child.Find(labels);
            found.AddRange(below);
            if (below.Count > 0 && !child.Continue)
            {
                break;
            }
        }

        return found.Count > 0 ? found : [this];
    }
}

/// <summary>Someone who is told: a name with ways of telling.</summary>
internal sealed record Receiver(string Name, IReadOnlyList<Integration> Integrations);

/// <summary>One way of telling.</summary>
/// <param name="Kind">webhook, email, slack or pagerduty.</param>
/// <param name="Index">Position among those of its kind.</param>
/// <param name="SendResolved">Whether ends are told, too.</param>
/// <param name="Settings">As configured.</param>
internal sealed record Integration(string Kind, int Index, bool SendResolved, JsonObject Settings);

/// <summary>Alerts that keep others quiet.</summary>
internal sealed record InhibitRule(IReadOnlyList<LabelMatcher> Sources, IReadOnlyList<LabelMatcher> Targets, IReadOnlyList<string> Equal);

/// <summary>A configuration that cannot be used; the message names the place.</summary>
public sealed class AlertConfigException(string message) : Exception(message);

/// <summary>Reads configuration files of Alertmanager.</summary>
internal static class AlertConfigReader
{
    // The configuration that is in force when none is given: everything is grouped and kept, nobody is told.
    public const string Default = "route:\n  receiver: default\n  group_by: [alertname]\nreceivers:\n  - name: default\n";

    private static readonly (string Field, string Kind, bool SendResolved)[] Kinds =
    [
        ("webhook_configs", "webhook", true), ("email_configs", "email", false), ("slack_configs", "slack", false), ("pagerduty_configs", "pagerduty", true),
    ];

    private static readonly string[] Known = ["global", "templates", "route", "inhibit_rules", "receivers", "mute_time_intervals", "time_intervals", "tracing"];

    /// <exception cref="AlertConfigException">It is no such file, or names what is not there.</exception>
    public static AlertConfig Read(string text, string name)
    {
        try
        {
            JsonObject root = YamlReader.Read(text, name, YamlOptions.Default with { OldBooleans = false }).FirstOrDefault()?.Node as JsonObject
                ?? throw new FormatException("no route provided in config");
            if (root.Select(field => field.Key).FirstOrDefault(field => !Known.Contains(field, StringComparer.Ordinal)) is { } unknown)
            {
                throw new FormatException($"field {unknown} not found in type config.plain; expected one of {string.Join(", ", Known)}");
            }

            JsonObject routeNode = root["route"] as JsonObject ?? throw new FormatException("no route provided in config");
            Dictionary<string, Receiver> receivers = Receivers(root);
            Dictionary<string, IReadOnlyList<TimeInterval>> intervals = Intervals(root);
            var start = new Route(
                string.Empty, string.Empty, [], false, [], false, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5), TimeSpan.FromHours(4), [], [], []);
            Route route = ReadRoute(routeNode, start, isRoot: true);
            Check(route, receivers, intervals);
            return new AlertConfig(
                route, receivers, [.. (root["inhibit_rules"] as JsonArray ?? []).Select(rule => Inhibit(rule!.AsObject()))], intervals,
                Texts(root["templates"]), (root["global"] as JsonObject)?.DeepClone().AsObject() ?? [], text);
        }
        catch (Exception broken) when (broken is FormatException or YamlException or InvalidOperationException or PromQLException)
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

    private static Route ReadRoute(JsonObject node, Route parent, bool isRoot)
    {
        List<LabelMatcher> matchers = Matchers(node, "match", "match_re", "matchers");
        if (isRoot && (matchers.Count > 0 || node["continue"] is not null))
        {
            throw new FormatException(matchers.Count > 0 ? "root route must not have any matchers" : "cannot have continue in root route");
        }

        string receiver = Text(node["receiver"]) is { Length: > 0 } own ? own : parent.Receiver;
        if (receiver.Length == 0)
        {
            throw new FormatException("root route must specify a default receiver");
        }

        List<string>? groupBy = node["group_by"] is JsonArray ? Texts(node["group_by"]) : null;
        string key = (isRoot ? string.Empty : parent.Key + "/") + AlertMatchers.Show(matchers);
        var route = new Route(
            key,
            receiver,
            matchers,
            node["continue"]?.GetValue<bool>() ?? false,
            groupBy?.Where(label => label != "...").Order(StringComparer.Ordinal).ToList() ?? parent.GroupBy,
            groupBy?.Contains("...") ?? parent.GroupByAll,
            Duration(node["group_wait"], parent.GroupWait, mayBeZero: true),
            Duration(node["group_interval"], parent.GroupInterval, mayBeZero: false),
            Duration(node["repeat_interval"], parent.RepeatInterval, mayBeZero: false),
            Texts(node["mute_time_intervals"]),
            Texts(node["active_time_intervals"]),
            []);
        return route with { Routes = [.. (node["routes"] as JsonArray ?? []).Select(child => ReadRoute(child!.AsObject(), route, isRoot: false))] };
    }

    private static List<LabelMatcher> Matchers(JsonObject node, string equal, string pattern, string list)
    {
        var matchers = new List<LabelMatcher>();
        foreach ((string name, JsonNode? value) in (node[equal] as JsonObject ?? []).OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            matchers.Add(new LabelMatcher(MatchType.Equal, name, Text(value)));
        }

        foreach ((string name, JsonNode? value) in (node[pattern] as JsonObject ?? []).OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            matchers.Add(new LabelMatcher(MatchType.Regexp, name, Text(value)));
        }

        matchers.AddRange(Texts(node[list]).SelectMany(AlertMatchers.Parse));
        return [.. matchers.OrderBy(matcher => matcher.Name, StringComparer.Ordinal).ThenBy(matcher => matcher.Value, StringComparer.Ordinal)];
    }

    private static InhibitRule Inhibit(JsonObject node) => new(
        Matchers(node, "source_match", "source_match_re", "source_matchers"),
        Matchers(node, "target_match", "target_match_re", "target_matchers"),
        Texts(node["equal"]));

    private static TimeSpan Duration(JsonNode? node, TimeSpan otherwise, bool mayBeZero)
    {
        if (Text(node) is not { Length: > 0 } text)
        {
            return otherwise;
        }

        TimeSpan duration = Durations.Parse(text);
        return duration > TimeSpan.Zero || mayBeZero ? duration : throw new FormatException("group_interval and repeat_interval cannot be zero");
    }

    private static Dictionary<string, Receiver> Receivers(JsonObject root)
    {
        var receivers = new Dictionary<string, Receiver>(StringComparer.Ordinal);
        foreach (JsonObject node in (root["receivers"] as JsonArray ?? []).Select(one => one!.AsObject()))
        {
            string name = Text(node["name"]);
            var integrations = new List<Integration>();
            foreach ((string field, string kind, bool resolved) in Kinds)
            {
                int index = 0;
                foreach (JsonObject settings in (node[field] as JsonArray ?? []).Select(one => one!.AsObject()))
                {
                    integrations.Add(new Integration(kind, index++, settings["send_resolved"]?.GetValue<bool>() ?? resolved, settings.DeepClone().AsObject()));
                }
            }

            string? other = node.Select(field => field.Key).FirstOrDefault(field => field != "name" && !Array.Exists(Kinds, kind => kind.Field == field));
            if (other is not null)
            {
                throw new FormatException($"receiver {GoText.Quote(name)}: {other} is not served; there are {string.Join(", ", Kinds.Select(kind => kind.Field))}");
            }

            if (name.Length == 0 || !receivers.TryAdd(name, new Receiver(name, integrations)))
            {
                throw new FormatException(name.Length == 0 ? "missing name in receiver" : $"notification config name {GoText.Quote(name)} is not unique");
            }
        }

        return receivers;
    }

    private static Dictionary<string, IReadOnlyList<TimeInterval>> Intervals(JsonObject root)
    {
        var intervals = new Dictionary<string, IReadOnlyList<TimeInterval>>(StringComparer.Ordinal);
        foreach (JsonObject node in (root["time_intervals"] as JsonArray ?? []).Concat(root["mute_time_intervals"] as JsonArray ?? []).Select(one => one!.AsObject()))
        {
            string name = Text(node["name"]);
            if (name.Length == 0 || !intervals.TryAdd(name, [.. (node["time_intervals"] as JsonArray ?? []).Select(one => new TimeInterval(one!.AsObject()))]))
            {
                throw new FormatException(name.Length == 0 ? "missing name in time interval" : $"time interval {GoText.Quote(name)} is not unique");
            }
        }

        return intervals;
    }

    private static void Check(Route route, Dictionary<string, Receiver> receivers, Dictionary<string, IReadOnlyList<TimeInterval>> intervals)
    {
        if (!receivers.ContainsKey(route.Receiver))
        {
            throw new FormatException($"undefined receiver {GoText.Quote(route.Receiver)} used in route");
        }

        if (route.Mute.Concat(route.Active).FirstOrDefault(name => !intervals.ContainsKey(name)) is { } missing)
        {
            throw new FormatException($"undefined time interval {GoText.Quote(missing)} used in route");
        }

        foreach (Route child in route.Routes)
        {
            Check(child, receivers, intervals);
        }
    }
}

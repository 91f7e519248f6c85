using System.Globalization;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.Prometheus;
using Fairway.Telemetry.Templates;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Rules;

/// <summary><c>/api/v1/rules</c> and <c>/api/v1/alerts</c> in Prometheus' shapes.</summary>
public sealed class RuleEndpoints(RuleBook book)
{
    /// <summary>Answers <c>alerts</c>.</summary>
    public Task AlertsAsync(HttpContext context) => ApiJson.AnswerAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("alerts");
        foreach (Alert alert in book.ActiveAlerts)
        {
            Alert(json, alert);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Answers <c>rules</c>.</summary>
    public async Task RulesAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        var filter = RuleFilter.Of(request);
        List<(RuleGroup Group, List<ActiveRule> Rules)> chosen =
        [
            .. book.Groups.Where(filter.Takes)
                .Select(group => (group, rules: group.Rules.Where(filter.Takes).ToList()))
                .Where(one => one.rules.Count > 0 || filter.IsOpen),
        ];
        string? next = null;
        if (filter.GroupLimit > 0)
        {
            chosen.Sort((left, right) => string.CompareOrdinal(left.Group.Key, right.Group.Key));
            int start = filter.Token.Length == 0 ? 0 : chosen.FindIndex(one => one.Group.Token == filter.Token);
            if (start < 0)
            {
                throw ApiException.BadData("invalid group_next_token. were rule groups changed?");
            }

            chosen = chosen[start..];
            next = chosen.Count > filter.GroupLimit ? chosen[filter.GroupLimit].Group.Token : null;
            chosen = [.. chosen.Take(filter.GroupLimit)];
        }

        await ApiJson.AnswerAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("groups");
            foreach ((RuleGroup group, List<ActiveRule> rules) in chosen)
            {
                Group(json, group, rules, filter.WithAlerts);
            }

            json.WriteEndArray();
            if (next is not null)
            {
                json.WriteString("groupNextToken", next);
            }

            json.WriteEndObject();
        });
    }

    private static void Group(Utf8JsonWriter json, RuleGroup group, List<ActiveRule> rules, bool withAlerts)
    {
        json.WriteStartObject();
        json.WriteString("name", group.Spec.Name);
        json.WriteString("file", group.File);
        json.WriteStartArray("rules");
        foreach (ActiveRule rule in rules)
        {
            Rule(json, rule, withAlerts);
        }

        json.WriteEndArray();
        json.WriteNumber("interval", group.Interval.TotalSeconds);
        json.WriteNumber("limit", group.Spec.Limit);
        json.WriteNumber("evaluationTime", group.EvaluationTime.TotalSeconds);
        json.WriteString("lastEvaluation", Time(group.LastEvaluation));
        json.WriteEndObject();
    }

    private static void Rule(Utf8JsonWriter json, ActiveRule rule, bool withAlerts)
    {
        json.WriteStartObject();
        if (rule is AlertingRule alerting)
        {
            json.WriteString("state", rule.LastEvaluation is null ? "unknown" : alerting.State.ToString().ToLowerInvariant());
        }

        json.WriteString("name", rule.Spec.Name);
        json.WriteString("query", rule.Spec.Query);
        if (rule is AlertingRule alerts)
        {
            json.WriteNumber("duration", rule.Spec.For.TotalSeconds);
            json.WriteNumber("keepFiringFor", rule.Spec.KeepFiringFor.TotalSeconds);
            Texts(json, "labels", rule.Spec.Labels);
            Texts(json, "annotations", rule.Spec.Annotations);
            json.WriteStartArray("alerts");
            foreach (Alert alert in withAlerts ? alerts.Alerts.Where(one => one.State != AlertState.Inactive) : [])
            {
                Alert(json, alert);
            }

            json.WriteEndArray();
        }
        else if (rule.Spec.Labels.Count > 0)
        {
            Texts(json, "labels", rule.Spec.Labels);
        }

        json.WriteString("health", rule.Health);
        if (rule.LastError is { } error)
        {
            json.WriteString("lastError", error);
        }

        json.WriteNumber("evaluationTime", rule.EvaluationTime.TotalSeconds);
        json.WriteString("lastEvaluation", Time(rule.LastEvaluation));
        json.WriteString("type", rule is AlertingRule ? "alerting" : "recording");
        json.WriteEndObject();
    }

    private static void Alert(Utf8JsonWriter json, Alert alert)
    {
        json.WriteStartObject();
        json.WritePropertyName("labels");
        ApiJson.Labels(json, alert.Labels);
        json.WritePropertyName("annotations");
        ApiJson.Labels(json, alert.Annotations);
        json.WriteString("state", alert.State.ToString().ToLowerInvariant());
        json.WriteString("activeAt", Time(alert.ActiveAt));
        if (alert.KeepFiringSince is { } since)
        {
            json.WriteString("keepFiringSince", Time(since));
        }

        json.WriteString("value", GoFormat.Scientific(alert.Value));
        json.WriteEndObject();
    }

    private static string Time(long? milliseconds)
        => milliseconds is { } known ? ApiJson.GoTime(DateTimeOffset.FromUnixTimeMilliseconds(known)) : "0001-01-01T00:00:00Z";

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> texts)
    {
        json.WriteStartObject(name);
        foreach ((string key, string value) in texts.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}

/// <summary>Which rules a request asks for.</summary>
internal sealed record RuleFilter(
    string Type,
    IReadOnlyList<string> Names,
    IReadOnlyList<string> Groups,
    IReadOnlyList<string> Files,
    IReadOnlyList<IReadOnlyList<LabelMatcher>> Matches,
    bool WithAlerts,
    int GroupLimit,
    string Token)
{
    /// <summary>Whether nothing is left out, so that groups without rules show as well.</summary>
    public bool IsOpen => Type.Length == 0 && Names.Count == 0 && Matches.Count == 0;

    /// <exception cref="ApiException">A parameter is not of its form.</exception>
    public static RuleFilter Of(ApiRequest request)
    {
        string type = request["type"].ToLowerInvariant();
        if (type is not ("" or "alert" or "record"))
        {
            throw ApiException.Parameter("type", $"not supported value {GoText.Quote(type)}");
        }

        string exclude = request["exclude_alerts"];
        if (exclude.Length > 0 && !(exclude.ToLowerInvariant() is "true" or "false" or "1" or "0" or "t" or "f"))
        {
            throw ApiException.Parameter("exclude_alerts", $"error parsing exclude_alerts: {exclude}");
        }

        string limitText = request["group_limit"];
        int limit = 0;
        if (limitText.Length > 0 && (!int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit == 0))
        {
            throw ApiException.Parameter("group_limit", "group_limit needs to be a valid number and greater than 0");
        }

        if (request["group_next_token"].Length > 0 && limit == 0)
        {
            throw ApiException.Parameter("group_limit", "group_limit needs to be present in order to paginate over the groups");
        }

        return new RuleFilter(
            type,
            request.All("rule_name[]"),
            request.All("rule_group[]"),
            request.All("file[]"),
            request.Matchers(),
            exclude.ToLowerInvariant() is not ("true" or "1" or "t"),
            limit,
            request["group_next_token"]);
    }

    public bool Takes(RuleGroup group) => (Groups.Count == 0 || Groups.Contains(group.Spec.Name)) && (Files.Count == 0 || Files.Contains(group.File));

    public bool Takes(ActiveRule rule)
        => (Type.Length == 0 || (Type == "alert") == rule.Spec.IsAlert)
            && (Names.Count == 0 || Names.Contains(rule.Spec.Name))
            && (Matches.Count == 0 || Matches.Any(set => set.All(matcher => matcher.Matches(rule.Spec.Labels.GetValueOrDefault(matcher.Name) ?? string.Empty))));
}

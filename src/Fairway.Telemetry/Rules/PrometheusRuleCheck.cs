using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Resources.Schemas;
using Names = Fairway.PromQL.Names;

namespace Fairway.Telemetry.Rules;

/// <summary>
/// Judges a PrometheusRule when it is written: whatever the reader of rule files would refuse, each with the path of its field and
/// the words of Prometheus. Linear in the object's size; no I/O.
/// </summary>
public static class PrometheusRuleCheck
{
    /// <summary>Adds everything that is wrong with the object's rules.</summary>
    /// <param name="target">The whole object.</param>
    /// <param name="options">What expressions may use.</param>
    /// <param name="errors">Takes the errors.</param>
    public static void Judge(JsonObject target, ParserOptions options, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(errors);
        var names = new HashSet<string>(StringComparer.Ordinal);
        int number = 0;
        foreach (JsonNode? one in target["spec"]?["groups"] as JsonArray ?? [])
        {
            string path = $"spec.groups[{number++}]";
            if (one is not JsonObject group)
            {
                continue;
            }

            string name = Text(group, "name");
            if (!names.Add(name))
            {
                errors.Invalid($"{path}.name", name, $"groupname: \"{name}\" is repeated in the same object");
            }

            Duration(group, "interval", path, errors);
            Duration(group, "query_offset", path, errors);
            Labels(group, path, errors);
            int position = 0;
            foreach (JsonNode? rule in group["rules"] as JsonArray ?? [])
            {
                string at = $"{path}.rules[{position++}]";
                if (rule is JsonObject members)
                {
                    Rule(members, at, options, errors);
                }
            }
        }
    }

    private static void Rule(JsonObject rule, string path, ParserOptions options, FieldErrors errors)
    {
        string record = Text(rule, "record");
        string alert = Text(rule, "alert");
        if ((record.Length > 0) == (alert.Length > 0))
        {
            errors.InvalidOmitted(path, record.Length > 0 ? "only one of 'record' and 'alert' must be set" : "one of 'record' or 'alert' must be set");
        }

        Query(rule, path, options, errors);
        bool holds = Duration(rule, "for", path, errors);
        bool keeps = Duration(rule, "keep_firing_for", path, errors);
        Labels(rule, path, errors);
        foreach ((string name, string text) in Map(rule, "annotations").Where(one => !Names.IsLabelName(one.Name)))
        {
            errors.Invalid($"{path}.annotations", name, $"invalid annotation name: {name}");
        }

        if (record.Length > 0)
        {
            Recording(rule, record, (holds, keeps), path, errors);
        }

        if (alert.Length > 0)
        {
            Templates(rule, "labels", alert, path, errors);
            Templates(rule, "annotations", alert, path, errors);
        }
    }

    private static void Query(JsonObject rule, string path, ParserOptions options, FieldErrors errors)
    {
        string query = Text(rule, "expr");
        if (query.Length == 0)
        {
            errors.Invalid($"{path}.expr", query, "field 'expr' must be set in rule");
            return;
        }

        try
        {
            PromQLParser.Parse(query, options);
        }
        catch (PromQLException broken)
        {
            errors.Invalid($"{path}.expr", query, $"could not parse expression: {broken.Message}");
        }
    }

    private static void Recording(JsonObject rule, string record, (bool For, bool KeepFiring) durations, string path, FieldErrors errors)
    {
        foreach ((string field, bool present) in (ReadOnlySpan<(string, bool)>)
            [("annotations", Map(rule, "annotations").Any()), ("for", durations.For), ("keep_firing_for", durations.KeepFiring)])
        {
            if (present)
            {
                errors.Invalid($"{path}.{field}", rule[field], $"invalid field '{field}' in recording rule");
            }
        }

        if (!Names.IsLabelName(record))
        {
            errors.Invalid($"{path}.record", record, $"invalid recording rule name: {record}");
        }
        else if (record.Contains('{', StringComparison.Ordinal) || record.Contains('}', StringComparison.Ordinal))
        {
            errors.Invalid($"{path}.record", record, $"braces present in the recording rule name; should it be in expr?: {record}");
        }
    }

    private static void Labels(JsonObject owner, string path, FieldErrors errors)
    {
        foreach ((string name, _) in Map(owner, "labels").Where(one => !Names.IsLabelName(one.Name) || one.Name == Fairway.PromQL.Labels.MetricName))
        {
            errors.Invalid($"{path}.labels", name, $"invalid label name: {name}");
        }
    }

    private static void Templates(JsonObject rule, string member, string alert, string path, FieldErrors errors)
    {
        foreach ((string name, string text) in Map(rule, member))
        {
            if (RuleTemplates.Check(text) is { } problem)
            {
                errors.Invalid($"{path}.{member}[{name}]", text, $"template: __alert_{alert}:{problem}");
            }
        }
    }

    /// <summary>Whether the duration is there, is one, and is not zero.</summary>
    private static bool Duration(JsonObject owner, string member, string path, FieldErrors errors)
    {
        if (owner[member] is not JsonValue value || !value.TryGetValue(out string? text))
        {
            return false;
        }

        if (RuleDuration.Problem(text) is { } problem)
        {
            errors.Invalid($"{path}.{member}", text, problem);
            return false;
        }

        return Durations.Parse(text) != TimeSpan.Zero;
    }

    private static string Text(JsonObject owner, string member) => owner[member] is JsonValue value ? value.ToString() : "";

    private static IEnumerable<(string Name, string Text)> Map(JsonObject owner, string member)
        => (owner[member] as JsonObject ?? []).Select(one => (one.Key, one.Value?.ToString() ?? ""));
}

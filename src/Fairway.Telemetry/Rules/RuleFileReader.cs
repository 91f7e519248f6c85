using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.GoYaml;

namespace Fairway.Telemetry.Rules;

/// <summary>Reads rule files of Prometheus: strictly, with promtool's words and places.</summary>
public static class RuleFileReader
{
    private static readonly YamlShape DurationText = YamlShape.Checked(RuleDuration.Problem);

    private static readonly YamlShape Rule = YamlShape.Struct("rulefmt.Rule",
    [
        new("record", YamlShape.Text), new("alert", YamlShape.Text), new("expr", YamlShape.Text), new("for", DurationText), new("keep_firing_for", DurationText),
        new("labels", YamlShape.TextMap), new("annotations", YamlShape.TextMap),
    ]);

    private static readonly YamlShape Group = YamlShape.Struct("rulefmt.RuleGroup",
    [
        new("name", YamlShape.Text), new("interval", DurationText), new("query_offset", DurationText), new("limit", YamlShape.Int), new("rules", YamlShape.List(Rule)), new("labels", YamlShape.TextMap),
    ]);

    private static readonly YamlShape Root = YamlShape.Struct("rulefmt.RuleGroups", [new("groups", YamlShape.List(Group))]);

    /// <summary>Reads the text of a file.</summary>
    /// <exception cref="RuleFileException">It is no rule file; all problems are named.</exception>
    public static RuleFile Read(string text, string name, ParserOptions options)
    {
        var problems = new List<string>();
        RuleFile file = Read(text, name, options, problems, ignoreUnknown: false);
        return problems.Count == 0 ? file : throw new RuleFileException(problems);
    }

    /// <summary>Reads the text of a file, collecting what is wrong.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="options">What expressions may use.</param>
    /// <param name="problems">Takes every problem, each begun with the file's name.</param>
    /// <param name="ignoreUnknown">Whether unknown fields pass.</param>
    public static RuleFile Read(string text, string name, ParserOptions options, List<string> problems, bool ignoreUnknown)
    {
        var found = new YamlProblems(newer: true);
        YamlTree? root = null;
        try
        {
            root = YamlTree.Read(text, out _);
            if (root is not null)
            {
                Root.Read(root, found);
            }
        }
        catch (YamlTextException broken)
        {
            // Such a file is read twice there, once for the values and once for the places, and fails twice.
            problems.AddRange([$"{name}: {broken.Message}", $"{name}: {broken.Message}"]);
            return new RuleFile(name, []);
        }

        if (found.Count > 0 && (!ignoreUnknown || found.HasMoreThanUnknown))
        {
            problems.Add($"{name}: {found}");
            return new RuleFile(name, []);
        }

        var reader = new RuleReader(name, options, problems);
        return reader.File(root);
    }

    /// <summary>Reads rules that are a tree already, such as the <c>spec</c> of a PrometheusRule.</summary>
    /// <exception cref="RuleFileException">They are no rules; all problems are named.</exception>
    public static RuleFile Read(JsonObject root, string name, ParserOptions options) => Read(root.ToJsonString(), name, options);
}

/// <summary>Durations of rules.</summary>
internal static class RuleDuration
{
    public static string? Problem(string text)
    {
        try
        {
            Durations.Parse(text);
            return null;
        }
        catch (FormatException broken)
        {
            return broken.Message;
        }
    }

    public static TimeSpan? Of(YamlTree? node) => node is null || node.IsNull ? null : Durations.Parse(node.Text);
}

/// <summary>Checks rules and turns them into their records.</summary>
internal sealed class RuleReader(string file, ParserOptions options, List<string> problems)
{
    private static readonly YamlTree Nowhere = new(YamlKind.Scalar, 0, 0) { IsPlain = true };

    public RuleFile File(YamlTree? root)
    {
        var groups = new List<RuleGroupSpec>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (YamlTree group in root?["groups"]?.Items ?? [])
        {
            string name = Text(group["name"]);
            if (name.Length == 0)
            {
                problems.Add($"{file}: {group.Line}:{group.Column}: Groupname must not be empty");
            }

            if (!names.Add(name))
            {
                problems.Add($"{file}: {group.Line}:{group.Column}: groupname: \"{name}\" is repeated in the same file");
            }

            groups.Add(Group(group, name));
        }

        return new RuleFile(file, groups);
    }

    private RuleGroupSpec Group(YamlTree group, string name)
    {
        Dictionary<string, string> common = Map(group["labels"]);
        foreach (string label in common.Keys.Where(label => !IsLabelName(label)))
        {
            problems.Add($"{file}: invalid label name: {label}");
        }

        var rules = new List<RuleSpec>();
        int number = 0;
        foreach (YamlTree rule in group["rules"]?.Items ?? [])
        {
            if (Rule(rule, common, name, ++number) is { } read)
            {
                rules.Add(read);
            }
        }

        int limit = group["limit"] is { IsNull: false } most ? (int)Math.Clamp(YamlForms.Number(most.Text) ?? 0, int.MinValue, int.MaxValue) : 0;
        return new RuleGroupSpec(name, RuleDuration.Of(group["interval"]), RuleDuration.Of(group["query_offset"]), limit, rules);
    }

    private RuleSpec? Rule(YamlTree rule, Dictionary<string, string> common, string group, int number)
    {
        string record = Text(rule["record"]);
        string alert = Text(rule["alert"]);
        string name = alert.Length > 0 ? alert : record;
        int before = problems.Count;
        void Refuse(string problem, params YamlTree?[] places)
        {
            string where = string.Concat(places.Select(place => place ?? Nowhere).Select(place => $"{place.Line}:{place.Column}: "));
            problems.Add($"{file}: {where}group {GoText.Quote(group)}, rule {number}, {GoText.Quote(name)}: {problem}");
        }

        if (record.Length > 0 && alert.Length > 0)
        {
            Refuse("only one of 'record' and 'alert' must be set", rule["record"], rule["alert"]);
        }

        if (record.Length == 0 && alert.Length == 0)
        {
            Refuse("one of 'record' or 'alert' must be set", rule["record"], rule["alert"]);
        }

        Expression? expression = Query(rule["expr"], Refuse);
        Dictionary<string, string> labels = Map(rule["labels"]);
        Dictionary<string, string> annotations = Map(rule["annotations"]);
        TimeSpan hold = RuleDuration.Of(rule["for"]) ?? TimeSpan.Zero;
        TimeSpan keep = RuleDuration.Of(rule["keep_firing_for"]) ?? TimeSpan.Zero;
        if (record.Length > 0)
        {
            Recording(record, annotations, hold, keep, problem => Refuse(problem, rule["record"]));
        }

        foreach (string label in labels.Keys.Where(label => !IsLabelName(label)))
        {
            Refuse($"invalid label name: {label}");
        }

        foreach (string annotation in annotations.Keys.Where(annotation => !Names.IsLabelName(annotation)))
        {
            Refuse($"invalid annotation name: {annotation}");
        }

        if (alert.Length > 0)
        {
            foreach ((string kind, string field, string text) in labels.Select(one => ("label", one.Key, one.Value)).Concat(annotations.Select(one => ("annotation", one.Key, one.Value))))
            {
                if (RuleTemplates.Check(text) is { } problem)
                {
                    Refuse($"{kind} {GoText.Quote(field)}: template: __alert_{alert}:{problem}");
                }
            }
        }

        var all = new Dictionary<string, string>(common, StringComparer.Ordinal);
        foreach ((string label, string value) in labels)
        {
            all[label] = value;
        }

        return expression is null || problems.Count > before
            ? null
            : new RuleSpec(name, alert.Length > 0, expression.ToString(), expression, hold, keep, all, annotations);
    }

    private static void Recording(string record, Dictionary<string, string> annotations, TimeSpan hold, TimeSpan keep, Action<string> refuse)
    {
        if (annotations.Count > 0)
        {
            refuse("invalid field 'annotations' in recording rule");
        }

        if (hold != TimeSpan.Zero)
        {
            refuse("invalid field 'for' in recording rule");
        }

        if (keep != TimeSpan.Zero)
        {
            refuse("invalid field 'keep_firing_for' in recording rule");
        }

        if (!Names.IsLabelName(record))
        {
            refuse($"invalid recording rule name: {record}");
        }

        if (record.Contains('{', StringComparison.Ordinal) || record.Contains('}', StringComparison.Ordinal))
        {
            refuse($"braces present in the recording rule name; should it be in expr?: {record}");
        }
    }

    private Expression? Query(YamlTree? node, Action<string, YamlTree?[]> refuse)
    {
        string query = Text(node);
        if (query.Length == 0)
        {
            refuse("field 'expr' must be set in rule", [node]);
            return null;
        }

        try
        {
            return PromQLParser.Parse(query, options);
        }
        catch (PromQLException broken)
        {
            refuse($"could not parse expression: {broken.Message}", [node]);
            return null;
        }
    }

    private static bool IsLabelName(string name) => Names.IsLabelName(name) && name != Labels.MetricName;

    private static string Text(YamlTree? node) => node is null || node.IsNull ? string.Empty : node.Text;

    private static Dictionary<string, string> Map(YamlTree? node)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((YamlTree key, YamlTree value) in node?.Pairs ?? [])
        {
            map[key.Text] = Text(value);
        }

        return map;
    }
}

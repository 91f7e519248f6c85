using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Resources.Yaml;

namespace Fairway.Telemetry.Rules;

/// <summary>Rules as written: a file, a resource, or text made by the program.</summary>
/// <param name="Name">Where they come from; the API's <c>file</c>.</param>
/// <param name="Groups">Groups in the order written.</param>
public sealed record RuleFile(string Name, IReadOnlyList<RuleGroupSpec> Groups);

/// <summary>Rules that are evaluated one after the other.</summary>
/// <param name="Name">Unique in its file.</param>
/// <param name="Interval">Time between evaluations; null for the default.</param>
/// <param name="QueryOffset">How far back it looks; null for none.</param>
/// <param name="Limit">Most alerts or series a rule may yield; 0 for any number.</param>
/// <param name="Rules">The rules.</param>
public sealed record RuleGroupSpec(string Name, TimeSpan? Interval, TimeSpan? QueryOffset, int Limit, IReadOnlyList<RuleSpec> Rules);

/// <summary>A recording or alerting rule.</summary>
/// <param name="Name">The recorded metric's or the alert's name.</param>
/// <param name="IsAlert">Whether it alerts.</param>
/// <param name="Query">The expression.</param>
/// <param name="Expression">The expression, parsed.</param>
/// <param name="For">How long an alert has to last before it fires.</param>
/// <param name="KeepFiringFor">How long an alert goes on firing after its expression has stopped to hold.</param>
/// <param name="Labels">Labels to add or, when empty, to remove; templates for alerts.</param>
/// <param name="Annotations">Texts of an alert; templates.</param>
public sealed record RuleSpec(
    string Name,
    bool IsAlert,
    string Query,
    Expression Expression,
    TimeSpan For,
    TimeSpan KeepFiringFor,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations);

/// <summary>Rules that cannot be read, with every problem found.</summary>
public sealed class RuleFileException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    /// <summary>What is wrong, each naming its place.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}

/// <summary>Reads rule files of Prometheus. Unknown fields are errors, as there.</summary>
public static class RuleFileReader
{
    private static readonly string[] GroupFields = ["name", "interval", "query_offset", "limit", "rules", "labels"];
    private static readonly string[] RuleFields = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];

    /// <summary>Reads the text of a file.</summary>
    /// <exception cref="RuleFileException">It is no rule file; all problems are named.</exception>
    public static RuleFile Read(string text, string name, ParserOptions options)
    {
        JsonObject? root;
        try
        {
            IReadOnlyList<YamlDocument> documents = YamlReader.Read(text, name, YamlOptions.Default with { OldBooleans = false });
            root = documents.Select(document => document.Node).OfType<JsonObject>().FirstOrDefault();
        }
        catch (YamlException broken)
        {
            throw new RuleFileException([broken.Message]);
        }

        return Read(root ?? [], name, options);
    }

    /// <summary>Reads rules that are a tree already, such as the <c>spec</c> of a PrometheusRule.</summary>
    /// <exception cref="RuleFileException">They are no rules; all problems are named.</exception>
    public static RuleFile Read(JsonObject root, string name, ParserOptions options)
    {
        var reader = new Reader(name, options);
        RuleFile file = reader.File(root);
        return reader.Problems.Count == 0 ? file : throw new RuleFileException(reader.Problems);
    }

    private sealed class Reader(string file, ParserOptions options)
    {
        public List<string> Problems { get; } = [];

        public RuleFile File(JsonObject root)
        {
            Unknown(root, ["groups"], "rule file");
            var groups = new List<RuleGroupSpec>();
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonNode? node in root["groups"] as JsonArray ?? [])
            {
                if (node is not JsonObject group)
                {
                    Problems.Add($"{file}: a group has to be an object");
                    continue;
                }

                string name = Text(group["name"]);
                if (name.Length == 0)
                {
                    Problems.Add($"{file}: Groupname must not be empty");
                }
                else if (!names.Add(name))
                {
                    Problems.Add($"{file}: groupname: {GoText.Quote(name)} is repeated in the same file");
                }

                groups.Add(Group(group, name));
            }

            return new RuleFile(file, groups);
        }

        private RuleGroupSpec Group(JsonObject group, string name)
        {
            string where = $"group {GoText.Quote(name)}";
            Unknown(group, GroupFields, where);
            Dictionary<string, string> common = Map(group["labels"], where + ", labels");
            var rules = new List<RuleSpec>();
            int number = 0;
            foreach (JsonNode? node in group["rules"] as JsonArray ?? [])
            {
                number++;
                if (node is JsonObject rule && Rule(rule, common, where, number) is { } read)
                {
                    rules.Add(read);
                }
            }

            int limit = int.TryParse(Text(group["limit"]), NumberStyles.None, CultureInfo.InvariantCulture, out int most) ? most : 0;
            return new RuleGroupSpec(name, Duration(group["interval"], where + ", interval"), Duration(group["query_offset"], where + ", query_offset"), limit, rules);
        }

        private RuleSpec? Rule(JsonObject rule, Dictionary<string, string> common, string group, int number)
        {
            string record = Text(rule["record"]);
            string alert = Text(rule["alert"]);
            string where = $"{group}, rule {number}, {GoText.Quote(alert.Length > 0 ? alert : record)}";
            int before = Problems.Count;
            Unknown(rule, RuleFields, where);
            Require(record.Length == 0 || alert.Length == 0, where, "only one of 'record' and 'alert' must be set");
            Require(record.Length > 0 || alert.Length > 0, where, "one of 'record' or 'alert' must be set");
            Dictionary<string, string> labels = new(common, StringComparer.Ordinal);
            foreach ((string name, string value) in Map(rule["labels"], where + ", labels"))
            {
                labels[name] = value;
                Require(Names.IsLabelName(name) && name != Labels.MetricName, where, $"invalid label name: {name}");
            }

            Dictionary<string, string> annotations = Map(rule["annotations"], where + ", annotations");
            TimeSpan hold = Duration(rule["for"], where + ", for") ?? TimeSpan.Zero;
            TimeSpan keep = Duration(rule["keep_firing_for"], where + ", keep_firing_for") ?? TimeSpan.Zero;
            if (record.Length > 0)
            {
                Require(annotations.Count == 0, where, "invalid field 'annotations' in recording rule");
                Require(hold == TimeSpan.Zero, where, "invalid field 'for' in recording rule");
                Require(keep == TimeSpan.Zero, where, "invalid field 'keep_firing_for' in recording rule");
                Require(Names.IsLabelName(record), where, $"invalid recording rule name: {record}");
                Require(!record.Contains('{', StringComparison.Ordinal), where, $"braces present in the recording rule name; should it be in expr?: {record}");
            }
            else
            {
                foreach ((string kind, string name, string text) in labels.Select(one => ("label", one.Key, one.Value)).Concat(annotations.Select(one => ("annotation", one.Key, one.Value))))
                {
                    string? problem = RuleTemplates.Check(text);
                    Require(problem is null, where, $"{kind} {GoText.Quote(name)}: template: __alert_{alert}: {problem}");
                }
            }

            Expression? expression = Query(Text(rule["expr"]), where);
            return expression is null || Problems.Count > before
                ? null
                : new RuleSpec(alert.Length > 0 ? alert : record, alert.Length > 0, expression.ToString(), expression, hold, keep, labels, annotations);
        }

        private Expression? Query(string query, string where)
        {
            if (query.Trim().Length == 0)
            {
                Require(false, where, "field 'expr' must be set in rule");
                return null;
            }

            try
            {
                return PromQLParser.Parse(query, options);
            }
            catch (PromQLException broken)
            {
                Require(false, where, $"could not parse expression: {broken.Message}");
                return null;
            }
        }

        private void Require(bool holds, string where, string problem)
        {
            if (!holds)
            {
                Problems.Add($"{file}: {where}: {problem}");
            }
        }

        private void Unknown(JsonObject node, string[] known, string where)
        {
            foreach (string field in node.Select(one => one.Key).Where(field => !known.Contains(field, StringComparer.Ordinal)))
            {
                Problems.Add($"{file}: {where}: field {field} not found; expected one of {string.Join(", ", known)}");
            }
        }

        private TimeSpan? Duration(JsonNode? node, string where)
        {
            string text = Text(node);
            if (text.Length == 0)
            {
                return null;
            }

            try
            {
                return Durations.Parse(text);
            }
            catch (FormatException broken)
            {
                Problems.Add($"{file}: {where}: {broken.Message}");
                return null;
            }
        }

        private Dictionary<string, string> Map(JsonNode? node, string where)
        {
            var map = new Dictionary<string, string>(StringComparer.Ordinal);
            if (node is JsonObject fields)
            {
                foreach ((string name, JsonNode? value) in fields)
                {
                    map[name] = Text(value);
                }
            }
            else if (node is not null)
            {
                Problems.Add($"{file}: {where}: expected names with texts");
            }

            return map;
        }

        internal static string Text(JsonNode? node) => node switch
        {
            null => string.Empty,
            JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
            _ => node.ToJsonString(),
        };
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Resources.Yaml;

namespace Fairway.Telemetry.Rules;

/// <summary>
/// Runs unit tests of rules in promtool's file format: series are made up, rules evaluated over their time, and what alerts and queries
/// yield is compared.
/// </summary>
public sealed class RuleUnitTests(ParserOptions options, TimeProvider time)
{
    /// <summary>Runs a test file.</summary>
    /// <returns>What failed, in promtool's form; empty when all is as expected.</returns>
    /// <exception cref="RuleFileException">The tests or their rules cannot be read.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(string path, CancellationToken cancellation)
    {
        JsonObject root = Load(path);
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        List<RuleFile> files = [];
        foreach (string pattern in Texts(root["rule_files"]))
        {
            string full = Path.IsPathRooted(pattern) ? pattern : Path.Combine(directory, pattern);
            string name = Path.GetFileName(full);
            string[] found = name.Contains('*', StringComparison.Ordinal) ? Directory.GetFiles(Path.GetDirectoryName(full)!, name) : [full];
            foreach (string file in found)
            {
                files.Add(File.Exists(file) ? RuleFileReader.Read(await File.ReadAllTextAsync(file, cancellation), file, options) : throw new RuleFileException([$"open {file}: no such file"]));
            }
        }

        List<RuleGroupSpec> groups = Ordered(files, Texts(root["group_eval_order"]));
        long interval = Duration(root["evaluation_interval"], 60_000);
        bool fuzzy = root["fuzzy_compare"]?.GetValue<bool>() ?? false;
        var failures = new List<string>();
        foreach (JsonNode? test in root["tests"] as JsonArray ?? [])
        {
            failures.AddRange(await new Run(test!.AsObject(), groups, interval, fuzzy, options, time).ExecuteAsync(cancellation));
        }

        return failures;
    }

    private static JsonObject Load(string path)
    {
        try
        {
            return YamlReader.Read(File.ReadAllText(path), path, YamlOptions.Default with { OldBooleans = false }).FirstOrDefault()?.Node as JsonObject
                ?? throw new RuleFileException([$"{path}: no tests"]);
        }
        catch (Exception broken) when (broken is YamlException or IOException)
        {
            throw new RuleFileException([broken.Message]);
        }
    }

    private static List<RuleGroupSpec> Ordered(List<RuleFile> files, List<string> order)
    {
        List<RuleGroupSpec> groups = [.. files.SelectMany(file => file.Groups)];
        return [.. groups.OrderBy(group => order.IndexOf(group.Name) is >= 0 and int at ? at : int.MaxValue)];
    }

    private static List<string> Texts(JsonNode? node) => node is JsonArray array ? [.. array.Select(one => one!.GetValue<string>())] : [];

    private static string Text(JsonNode? node) => node switch
    {
        null => string.Empty,
        JsonValue value when value.TryGetValue(out string? text) => text,
        _ => node.ToJsonString(),
    };

    private static long Duration(JsonNode? node, long otherwise) => Text(node) is { Length: > 0 } text ? (long)Durations.Parse(text).TotalMilliseconds : otherwise;

    private static Labels LabelsOf(JsonNode? node)
        => Labels.From((node as JsonObject ?? []).Select(one => KeyValuePair.Create(one.Key, Text(one.Value))));

    private sealed class Run(JsonObject test, List<RuleGroupSpec> groups, long interval, bool fuzzy, ParserOptions options, TimeProvider time)
    {
        private readonly MemorySource source = new();
        private readonly List<string> failures = [];
        private readonly string name = Text(test["name"]) is { Length: > 0 } given ? $"    name: {given},\n" : string.Empty;

        public async Task<List<string>> ExecuteAsync(CancellationToken cancellation)
        {
            LoadSeries();
            var engine = new PromQLEngine(new EngineOptions { Parser = options, MaxSamples = 10_000_000 }, time);
            var external = LabelsOf(test["external_labels"]).Pairs.ToDictionary(StringComparer.Ordinal);
            var context = new RuleContext(engine, source, Append, static _ => { }, external, Text(test["external_url"]));
            List<RuleGroup> active = [.. groups.Select(group => new RuleGroup("test", group, TimeSpan.FromMilliseconds(interval), restore: false))];
            JsonArray alertTests = test["alert_rule_test"] as JsonArray ?? [];
            JsonArray queryTests = test["promql_expr_test"] as JsonArray ?? [];
            long last = alertTests.Concat(queryTests).Select(one => Duration(one!["eval_time"], 0)).DefaultIfEmpty(0).Max();
            var pending = alertTests.Select(one => one!.AsObject()).OrderBy(one => Duration(one["eval_time"], 0)).ToList();
            for (long at = 0; at <= last; at += interval)
            {
                foreach (RuleGroup group in active)
                {
                    await group.EvaluateAsync(context, at, TimeSpan.FromMinutes(1), time, cancellation);
                    failures.AddRange(group.Rules.Where(rule => rule.LastError is not null).Select(rule => $"    rule: {rule.Spec.Name}, time: {Durations.Format(TimeSpan.FromMilliseconds(at))}, err: {rule.LastError}"));
                }

                if (failures.Count > 0)
                {
                    return failures;
                }

                while (pending.Count > 0 && Duration(pending[0]["eval_time"], 0) < at + interval)
                {
                    CheckAlerts(pending[0], active);
                    pending.RemoveAt(0);
                }
            }

            foreach (JsonNode? query in queryTests)
            {
                CheckQuery(query!.AsObject(), context, cancellation);
            }

            return failures;
        }

        private ValueTask Append(IReadOnlyList<Sample> samples, CancellationToken cancellation)
        {
            foreach (Sample sample in samples)
            {
                if (sample.Histogram is { } histogram)
                {
                    source.Add(sample.Labels, sample.Time, histogram);
                }
                else
                {
                    source.Add(sample.Labels, sample.Time, sample.Value);
                }
            }

            return ValueTask.CompletedTask;
        }

        private void LoadSeries()
        {
            long step = Duration(test["interval"], interval);
            foreach (JsonNode? series in test["input_series"] as JsonArray ?? [])
            {
                (Labels labels, IReadOnlyList<NotedValue> values) = SeriesNotation.Parse($"{Text(series!["series"])} {Text(series["values"])}");
                for (int i = 0; i < values.Count; i++)
                {
                    if (values[i].Histogram is { } histogram)
                    {
                        source.Add(labels, i * step, histogram);
                    }
                    else if (!values[i].IsOmitted)
                    {
                        source.Add(labels, i * step, values[i].Value);
                    }
                }
            }
        }

        private void CheckAlerts(JsonObject expected, List<RuleGroup> active)
        {
            string alert = Text(expected["alertname"]);
            List<string> wanted =
            [
                .. (expected["exp_alerts"] as JsonArray ?? []).Select(one => Show(LabelsOf(one!["exp_labels"]).With("alertname", alert), LabelsOf(one["exp_annotations"]))).Order(StringComparer.Ordinal),
            ];
            List<string> actual =
            [
                .. active.SelectMany(group => group.Rules).OfType<AlertingRule>().Where(rule => rule.Spec.Name == alert).SelectMany(rule => rule.Alerts)
                    .Where(one => one.State == AlertState.Firing).Select(one => Show(one.Labels, one.Annotations)).Order(StringComparer.Ordinal),
            ];
            if (!wanted.SequenceEqual(actual, StringComparer.Ordinal))
            {
                failures.Add($"{name}    alertname: {alert}, time: {Text(expected["eval_time"])}, \n        exp:{List(wanted)}, \n        got:{List(actual)}");
            }
        }

        private static string Show(Labels labels, Labels annotations) => $"Labels:{labels}\n              Annotations:{annotations}";

        private static string List(List<string> alerts)
        {
            if (alerts.Count == 0)
            {
                return "[]";
            }

            var text = new StringBuilder("[");
            for (int i = 0; i < alerts.Count; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n            {i}:\n              {alerts[i]}\n");
            }

            return text.Append("            ]").ToString();
        }

        private void CheckQuery(JsonObject expected, RuleContext context, CancellationToken cancellation)
        {
            string query = Text(expected["expr"]);
            string at = Text(expected["eval_time"]);
            string place = $"{name}    expr: {GoText.Quote(query)}, time: {at},";
            try
            {
                List<(Labels Labels, NotedValue Value)> wanted = [.. (expected["exp_samples"] as JsonArray ?? []).Select(ExpectedSample)];
                List<Sample> actual = [.. context.Query(query, Duration(expected["eval_time"], 0), cancellation)];
                wanted.Sort((left, right) => left.Labels.CompareTo(right.Labels));
                actual.Sort((left, right) => left.Labels.CompareTo(right.Labels));
                bool same = wanted.Count == actual.Count && wanted.Zip(actual).All(pair => Same(pair.First.Labels, pair.First.Value, pair.Second));
                if (!same)
                {
                    string exp = string.Join(", ", wanted.Select(one => Sample(one.Labels, one.Value.Value, one.Value.Histogram)));
                    string got = string.Join(", ", actual.Select(one => Sample(one.Labels, one.Value, one.Histogram)));
                    failures.Add($"{place}\n        exp: {(exp.Length > 0 ? exp : "nil")}\n        got: {(got.Length > 0 ? got : "nil")}");
                }
            }
            catch (PromQLException broken)
            {
                failures.Add($"{place} err: {broken.Message}");
            }
        }

        private static (Labels Labels, NotedValue Value) ExpectedSample(JsonNode? node)
        {
            Labels labels = PromQLParser.ParseMetric(Text(node!["labels"]));
            string histogram = Text(node["histogram"]);
            if (histogram.Length > 0)
            {
                return (labels, SeriesNotation.ParseValues(histogram)[0]);
            }

            string value = Text(node["value"]);
            return (labels, value.Length == 0 ? new NotedValue(0, null, false, false) : SeriesNotation.ParseValues(value)[0]);
        }

        private bool Same(Labels labels, NotedValue wanted, Sample actual)
        {
            if (labels != actual.Labels || wanted.Histogram is null != actual.Histogram is null)
            {
                return false;
            }

            return wanted.Histogram is { } histogram ? histogram.Compacted().Equals(actual.Histogram!.Compacted()) : Close(wanted.Value, actual.Value);
        }

        private bool Close(double wanted, double actual)
            => wanted == actual || (double.IsNaN(wanted) && double.IsNaN(actual))
                || (fuzzy && Math.Abs(BitConverter.DoubleToInt64Bits(wanted) - BitConverter.DoubleToInt64Bits(actual)) <= 1);

        private static string Sample(Labels labels, double value, FloatHistogram? histogram)
            => $"{labels} {histogram?.ToString() ?? (double.IsFinite(value) ? Templates.GoFormat.Scientific(value).ToUpperInvariant() : GoText.FormatPlain(value))}";
    }
}

using System.Globalization;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.GoYaml;

namespace Fairway.Telemetry.Rules;

/// <summary>A file of rule tests, in promtool's format.</summary>
internal sealed record RuleTestFile(IReadOnlyList<string> RuleFiles, TimeSpan Interval, IReadOnlyList<string> Order, bool IsFuzzy, IReadOnlyList<RuleTest> Tests)
{
    private static readonly YamlShape DurationText = YamlShape.Checked(RuleDuration.Problem);

    private static readonly YamlShape AlertShape = YamlShape.Struct("main.alert", [new("exp_labels", YamlShape.TextMap), new("exp_annotations", YamlShape.TextMap)]);

    private static readonly YamlShape AlertTest = YamlShape.Struct(
        "main.alertTestCase", [new("eval_time", DurationText), new("alertname", YamlShape.Text), new("exp_alerts", YamlShape.List(AlertShape))]);

    private static readonly YamlShape SampleShape = YamlShape.Struct("main.sample", [new("labels", YamlShape.Text), new("value", YamlShape.Float), new("histogram", YamlShape.Text)]);

    private static readonly YamlShape QueryTest = YamlShape.Struct(
        "main.promqlTestCase", [new("expr", YamlShape.Text), new("eval_time", DurationText), new("exp_samples", YamlShape.List(SampleShape))]);

    private static readonly YamlShape TestShape = YamlShape.Struct("main.testGroup",
    [
        new("interval", DurationText), new("input_series", YamlShape.List(YamlShape.Struct("main.series", [new("series", YamlShape.Text), new("values", YamlShape.Text)]))),
        new("alert_rule_test", YamlShape.List(AlertTest)), new("promql_expr_test", YamlShape.List(QueryTest)), new("external_labels", YamlShape.TextMap),
        new("external_url", YamlShape.Text), new("name", YamlShape.Text), new("start_timestamp", YamlShape.Checked(text => Start(text) is null ? $"cannot parse {GoText.Quote(text)} to a valid timestamp" : null)),
    ]);

    private static readonly YamlShape Root = YamlShape.Struct("main.unitTestFile",
    [
        new("rule_files", YamlShape.Texts), new("evaluation_interval", DurationText), new("group_eval_order", YamlShape.Texts), new("tests", YamlShape.List(TestShape)), new("fuzzy_compare", YamlShape.Flag),
    ]);

    /// <exception cref="RuleFileException">It is no such file.</exception>
    public static RuleTestFile Read(string text)
    {
        YamlTree? root;
        try
        {
            root = YamlTree.Read(text, out _);
            Root.Read(root);
        }
        catch (YamlTextException broken)
        {
            throw new RuleFileException([broken.Message]);
        }

        TimeSpan interval = RuleDuration.Of(root?["evaluation_interval"]) is { Ticks: > 0 } own ? own : TimeSpan.FromMinutes(1);
        List<string> order = Texts(root?["group_eval_order"]);
        if (order.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } repeated)
        {
            throw new RuleFileException([$"group name repeated in evaluation order: {repeated.Key}"]);
        }

        return new RuleTestFile(
            Texts(root?["rule_files"]), interval, order, root?["fuzzy_compare"] is { } fuzzy && YamlForms.Boolean(fuzzy.Text) == true,
            [.. (root?["tests"]?.Items ?? []).Select(test => RuleTest.Of(test, interval))]);
    }

    /// <summary>A time as RFC 3339 or seconds since 1970, in milliseconds; null when it is neither.</summary>
    public static long? Start(string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) ? (long)Math.Round(seconds * 1000)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time.ToUnixTimeMilliseconds()
            : null;

    public static List<string> Texts(YamlTree? node) => [.. (node?.Items ?? []).Select(Text)];

    public static string Text(YamlTree? node) => node is null || node.IsNull ? string.Empty : node.Text;

    public static Labels LabelsOf(YamlTree? node) => Labels.From((node?.Pairs ?? []).Select(pair => KeyValuePair.Create(pair.Key.Text, Text(pair.Value))));

    public static double Number(YamlTree? node)
    {
        string text = Text(node).Replace("_", string.Empty, StringComparison.Ordinal).ToLowerInvariant();
        return text switch
        {
            "" => 0,
            ".nan" => double.NaN,
            ".inf" or "+.inf" => double.PositiveInfinity,
            "-.inf" => double.NegativeInfinity,
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : YamlForms.Number(text) ?? 0,
        };
    }
}

/// <summary>One test: series, and what alerts and queries have to give.</summary>
internal sealed record RuleTest(
    string Name,
    TimeSpan Interval,
    IReadOnlyList<(string Series, string Values)> Series,
    IReadOnlyList<RuleTest.AlertCase> Alerts,
    IReadOnlyList<RuleTest.QueryCase> Queries,
    Labels ExternalLabels,
    string ExternalUrl,
    long Start)
{
    public static RuleTest Of(YamlTree node, TimeSpan interval) => new(
        RuleTestFile.Text(node["name"]),
        RuleDuration.Of(node["interval"]) is { Ticks: > 0 } own ? own : interval,
        [.. (node["input_series"]?.Items ?? []).Select(one => (RuleTestFile.Text(one["series"]), RuleTestFile.Text(one["values"])))],
        [.. (node["alert_rule_test"]?.Items ?? []).Select(AlertCase.Of)],
        [.. (node["promql_expr_test"]?.Items ?? []).Select(QueryCase.Of)],
        RuleTestFile.LabelsOf(node["external_labels"]),
        RuleTestFile.Text(node["external_url"]),
        node["start_timestamp"] is { IsNull: false } start ? RuleTestFile.Start(start.Text) ?? 0 : 0);

    /// <summary>Alerts of a name that have to fire at a time.</summary>
    internal sealed record AlertCase(TimeSpan At, string Alert, IReadOnlyList<(Labels Labels, Labels Annotations)> Expected)
    {
        public static AlertCase Of(YamlTree node)
        {
            string alert = RuleTestFile.Text(node["alertname"]);
            return new AlertCase(
                RuleDuration.Of(node["eval_time"]) ?? TimeSpan.Zero, alert,
                [.. (node["exp_alerts"]?.Items ?? []).Select(one => (RuleTestFile.LabelsOf(one["exp_labels"]).With("alertname", alert), RuleTestFile.LabelsOf(one["exp_annotations"])))]);
        }
    }

    /// <summary>Samples that a query has to give at a time.</summary>
    internal sealed record QueryCase(TimeSpan At, string Query, IReadOnlyList<(string Labels, double Value, string Histogram)> Expected)
    {
        public static QueryCase Of(YamlTree node) => new(
            RuleDuration.Of(node["eval_time"]) ?? TimeSpan.Zero, RuleTestFile.Text(node["expr"]),
            [.. (node["exp_samples"]?.Items ?? []).Select(one => (RuleTestFile.Text(one["labels"]), RuleTestFile.Number(one["value"]), RuleTestFile.Text(one["histogram"])))]);
    }
}

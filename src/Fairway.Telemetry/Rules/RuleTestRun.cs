using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.Templates;

namespace Fairway.Telemetry.Rules;

/// <summary>One test being run.</summary>
internal sealed class RuleTestRun(RuleTest test, List<RuleGroupSpec> groups, TimeSpan interval, bool fuzzy, ParserOptions options, TimeProvider time)
{
    private readonly MemorySource source = new();
    private readonly List<string> failures = [];
    private readonly string name = test.Name.Length > 0 ? $"    name: {test.Name},\n" : string.Empty;

    public async Task<IReadOnlyList<string>> ExecuteAsync(CancellationToken cancellation)
    {
        if (LoadSeries() is { } problem)
        {
            return [problem];
        }

        if (test.Alerts.FirstOrDefault(one => one.Alert.Length == 0) is { } nameless)
        {
            return [$"an item under alert_rule_test misses required attribute alertname at eval_time {Durations.Format(nameless.At)}{(test.Name.Length > 0 ? $" (in TestGroup {test.Name})" : string.Empty)}"];
        }

        var engine = new PromQLEngine(new EngineOptions { Parser = options, MaxSamples = 10_000_000, DefaultSubqueryStep = interval }, time);
        var context = new RuleContext(engine, source, Append, static _ => { }, test.ExternalLabels.Pairs.ToDictionary(StringComparer.Ordinal), test.ExternalUrl);
        List<RuleGroup> active = [.. groups.Select(group => new RuleGroup("test", group, interval, restore: false))];
        long step = (long)interval.TotalMilliseconds;
        long last = test.Start + (long)test.Alerts.Select(one => one.At).Concat(test.Queries.Select(one => one.At)).DefaultIfEmpty().Max().TotalMilliseconds;
        var pending = new Queue<RuleTest.AlertCase>(test.Alerts.OrderBy(one => one.At));
        for (long at = test.Start; at <= last; at += step)
        {
            foreach (RuleGroup group in active)
            {
                await group.EvaluateAsync(context, at, TimeSpan.FromMinutes(1), time, cancellation);
                failures.AddRange(group.Rules.Where(rule => rule.LastError is not null)
                    .Select(rule => $"    rule: {rule.Spec.Name}, time: {GoFormat.Duration(TimeSpan.FromMilliseconds(at))}, err: {rule.LastError}"));
            }

            if (active.Exists(group => group.Rules.Any(rule => rule.LastError is not null)))
            {
                return failures;
            }

            while (pending.Count > 0 && test.Start + pending.Peek().At.TotalMilliseconds < at + step)
            {
                CheckAlerts(pending.Dequeue(), active);
            }
        }

        foreach (RuleTest.QueryCase query in test.Queries)
        {
            CheckQuery(query, context, cancellation);
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

    private string? LoadSeries()
    {
        long step = (long)test.Interval.TotalMilliseconds;
        for (int number = 0; number < test.Series.Count; number++)
        {
            string text = $"{test.Series[number].Series} {test.Series[number].Values}";
            try
            {
                (Labels labels, IReadOnlyList<NotedValue> values) = SeriesNotation.Parse(text);
                for (int i = 0; i < values.Count; i++)
                {
                    if (values[i].Histogram is { } histogram)
                    {
                        source.Add(labels, test.Start + (i * step), histogram);
                    }
                    else if (!values[i].IsOmitted)
                    {
                        source.Add(labels, test.Start + (i * step), values[i].Value);
                    }
                }
            }
            catch (PromQLException broken)
            {
                return broken.Message;
            }
        }

        return null;
    }

    private void CheckAlerts(RuleTest.AlertCase expected, List<RuleGroup> active)
    {
        List<(Labels Labels, Labels Annotations)> wanted = Sorted(expected.Expected);
        List<(Labels Labels, Labels Annotations)> actual = Sorted(active.SelectMany(group => group.Rules).OfType<AlertingRule>()
            .Where(rule => rule.Spec.Name == expected.Alert)
            .SelectMany(rule => rule.Alerts)
            .Where(one => one.State == AlertState.Firing)
            .Select(one => (one.Labels, one.Annotations)));
        if (!wanted.SequenceEqual(actual))
        {
            failures.Add($"{name}    alertname: {expected.Alert}, time: {Durations.Format(expected.At)}, \n        exp:{List(wanted)}, \n        got:{List(actual)}");
        }
    }

    private static List<(Labels Labels, Labels Annotations)> Sorted(IEnumerable<(Labels Labels, Labels Annotations)> alerts)
        => [.. alerts.OrderBy(one => one.Labels).ThenBy(one => one.Annotations)];

    private static string List(List<(Labels Labels, Labels Annotations)> alerts)
    {
        if (alerts.Count == 0)
        {
            return "[]";
        }

        const string indent = "            ";
        IEnumerable<string> items = alerts.Select((one, i) => $"{indent}{i}:\n{indent}  Labels:{one.Labels}\n{indent}  Annotations:{one.Annotations}");
        return $"[\n{string.Join(",\n", items)}\n{indent}]";
    }

    private void CheckQuery(RuleTest.QueryCase expected, RuleContext context, CancellationToken cancellation)
    {
        string place = $"    expr: {GoText.Quote(expected.Query)}, time: {Durations.Format(expected.At)},";
        try
        {
            IReadOnlyList<Sample> got = context.Query(expected.Query, test.Start + (long)expected.At.TotalMilliseconds, cancellation);
            List<(Labels Labels, double Value, string Histogram)> actual = [.. got.Select(one => (one.Labels, one.Value, HistogramNotation.Of(one.Histogram))).OrderBy(one => one.Labels)];
            var wanted = new List<(Labels Labels, double Value, string Histogram)>();
            foreach ((string labels, double value, string histogram) in expected.Expected)
            {
                wanted.Add(Expect(labels, value, histogram));
            }

            wanted.Sort((left, right) => left.Labels.CompareTo(right.Labels));
            bool same = wanted.Count == actual.Count && wanted.Zip(actual).All(pair
                => pair.First.Labels == pair.Second.Labels && pair.First.Histogram == pair.Second.Histogram && Close(pair.First.Value, pair.Second.Value));
            if (!same)
            {
                failures.Add($"{place}\n        exp: {Show(wanted)}\n        got: {Show(actual)}");
            }
        }
        catch (PromQLException broken)
        {
            failures.Add($"{place} err: {broken.Message}");
        }
    }

    /// <exception cref="PromQLException">Labels or histogram are not of their notation.</exception>
    private static (Labels Labels, double Value, string Histogram) Expect(string labels, double value, string histogram)
    {
        try
        {
            Labels parsed = PromQLParser.ParseMetric(labels);
            if (histogram.Length == 0)
            {
                return (parsed, value, string.Empty);
            }

            IReadOnlyList<NotedValue> values = SeriesNotation.ParseValues(histogram);
            return values is [{ Histogram: { } noted }]
                ? (parsed, value, HistogramNotation.Of(noted))
                : throw new PromQLException(QueryErrorKind.BadData, values.Count == 1 ? $"expected histogram, got {GoText.FormatPlain(values[0].Value)}" : $"expected 1 value, got {values.Count}");
        }
        catch (PromQLException broken)
        {
            throw new PromQLException(QueryErrorKind.BadData, $"labels {GoText.Quote(labels)}: {broken.Message}", broken);
        }
    }

    // Not a number equals nothing, not even itself.
    private bool Close(double wanted, double actual) => wanted == actual || (fuzzy && (Math.BitIncrement(wanted) == actual || Math.BitDecrement(wanted) == actual));

    private static string Show(List<(Labels Labels, double Value, string Histogram)> samples)
        => samples.Count == 0 ? "nil" : string.Join(", ", samples.Select(one => $"{one.Labels} {(one.Histogram.Length > 0 ? one.Histogram : Exponential(one.Value))}"));

    private static string Exponential(double value) => double.IsFinite(value) ? GoFormat.Scientific(value).ToUpperInvariant() : GoText.FormatPlain(value);
}

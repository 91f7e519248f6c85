using System.Text.RegularExpressions;
using Fairway.PromQL.Evaluation;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Functions;

/// <summary><c>info</c>: adds the labels of info metrics (by default <c>target_info</c>) that have the same job and instance.</summary>
internal sealed class InfoFunction(Evaluator evaluator, CallExpression call)
{
    private static readonly string[] Identifying = ["instance", "job"];
    private readonly List<LabelMatcher> dataMatchers = [];
    private readonly List<LabelMatcher> nameMatchers = [];

    public List<Column> Evaluate()
    {
        List<Column> input = evaluator.Vector(call.Arguments[0]);
        if (call.Arguments.Count > 1)
        {
            var selector = (VectorSelector)StepInvariance.Unwrap(call.Arguments[1]);
            nameMatchers.AddRange(selector.Matchers.Where(matcher => matcher.Name == Labels.MetricName));
            dataMatchers.AddRange(selector.Matchers.Where(matcher => matcher.Name != Labels.MetricName));
        }

        if (nameMatchers.Count == 0)
        {
            nameMatchers.Add(new LabelMatcher(MatchType.Equal, Labels.MetricName, "target_info"));
        }
        else if (nameMatchers.TrueForAll(matcher => matcher.Type is MatchType.NotEqual or MatchType.NotRegexp))
        {
            nameMatchers.Insert(0, new LabelMatcher(MatchType.Regexp, Labels.MetricName, ".+_info"));
        }

        // Info metrics themselves stay as they are.
        HashSet<Labels> ignored = [.. input.Select(column => column.Labels).Where(labels => nameMatchers.TrueForAll(matcher => matcher.Matches(labels.Name)))];
        List<Column> info = Fetch(input.Where(column => !ignored.Contains(column.Labels)).ToList());
        return Combine(input, info, ignored);
    }

    private List<Column> Fetch(List<Column> input)
    {
        var matchers = new List<LabelMatcher>();
        foreach (string label in Identifying)
        {
            string[] values = [.. input.Select(column => column.Labels[label]).Where(value => value.Length > 0).Distinct(StringComparer.Ordinal)];
            if (values.Length > 0)
            {
                matchers.Add(new LabelMatcher(MatchType.Regexp, label, string.Join('|', values.Select(Quote))));
            }
        }

        if (matchers.Count == 0)
        {
            return [];
        }

        (AtModifier? at, DurationValue offset) = Time(call.Arguments[0]);
        var selector = new VectorSelector(string.Empty, [.. matchers, .. dataMatchers, .. nameMatchers], call.Span) { At = at, Offset = offset };
        return new SelectorReader(evaluator).OriginTimes(selector);
    }

    private static string Quote(string text) => Regex.Replace(text, @"[\\.+*?()|\[\]{}^$]", @"\$&", RegexOptions.None, TimeSpan.FromSeconds(1));

    // The info series are read at the time of the first selector in the argument.
    private static (AtModifier? At, DurationValue Offset) Time(Expression node)
    {
        switch (node)
        {
            case VectorSelector selector:
                return (selector.At, selector.Offset);
            case SubqueryExpression subquery:
                (AtModifier? at, DurationValue offset) = Time(subquery.Inner);
                return at is not null ? (at, offset) : (subquery.At, new DurationValue(offset.Milliseconds + subquery.Offset.Milliseconds, offset.Formula));
            default:
                foreach (Expression child in node.Children)
                {
                    if (Time(child) is var found && (found.At is not null || !found.Offset.IsZero))
                    {
                        return found;
                    }
                }

                return (null, DurationValue.Zero);
        }
    }

    private List<Column> Combine(List<Column> input, List<Column> info, HashSet<Labels> ignored)
    {
        ILookup<Labels, Column> byIdentity = info.ToLookup(column => column.Labels.Keep(Identifying));
        var results = new Dictionary<Labels, Column>();
        foreach (Column column in input)
        {
            List<Column> candidates = ignored.Contains(column.Labels) ? [] : [.. byIdentity[column.Labels.Keep(Identifying)]];
            for (int i = 0; i < evaluator.Steps; i++)
            {
                if (!column.Has(i))
                {
                    continue;
                }

                Labels? labels = ignored.Contains(column.Labels) ? column.Labels : Enriched(column.Labels, Newest(candidates, i));
                if (labels is null)
                {
                    continue;
                }

                if (!results.TryGetValue(labels, out Column? result))
                {
                    results.Add(labels, result = new Column(labels, evaluator.Steps));
                }

                if (result.Has(i))
                {
                    throw Column.Duplicate();
                }

                result.Copy(i, column);
            }
        }

        return [.. results.Values];
    }

    // For each info metric, the series whose sample is the newest.
    private static List<Labels> Newest(List<Column> candidates, int step)
    {
        var newest = new Dictionary<string, Column>(StringComparer.Ordinal);
        foreach (Column candidate in candidates)
        {
            if (!candidate.Has(step))
            {
                continue;
            }

            if (candidate.HistogramAt(step) is not null)
            {
                throw PromQLException.Execution("info sample should be float");
            }

            string name = candidate.Labels.Name;
            if (newest.TryGetValue(name, out Column? other) && other.Values[step] == candidate.Values[step])
            {
                throw PromQLException.Execution(
                    $"found duplicate series for info metric: existing {other.Labels} @ {(long)other.Values[step]}, new {candidate.Labels} @ {(long)candidate.Values[step]}");
            }

            if (other is null || other.Values[step] < candidate.Values[step])
            {
                newest[name] = candidate;
            }
        }

        return [.. newest.Values.Select(column => column.Labels)];
    }

    private Labels? Enriched(Labels labels, List<Labels> infos)
    {
        if (infos.Count == 0)
        {
            return dataMatchers.TrueForAll(matcher => matcher.MatchesEmpty) ? labels : null;
        }

        var added = new LabelsBuilder();
        foreach ((string name, string value) in infos.SelectMany(info => info.Pairs))
        {
            if (name == Labels.MetricName || (dataMatchers.Count > 0 && !dataMatchers.Exists(matcher => matcher.Name == name)))
            {
                continue;
            }

            if (added[name] is { Length: > 0 } before && before != value)
            {
                throw PromQLException.Execution($"conflicting label: {name}");
            }

            if (!labels.Has(name))
            {
                added.Set(name, value);
            }
        }

        var enriched = new LabelsBuilder(labels);
        foreach ((string name, string value) in added.ToLabels().Pairs)
        {
            enriched.Set(name, value);
        }

        return enriched.ToLabels();
    }
}

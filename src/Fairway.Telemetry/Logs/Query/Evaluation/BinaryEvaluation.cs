using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Syntax;

namespace Fairway.Telemetry.Logs.Query.Evaluation;

/// <summary>Operators between series, and between series and a number. Pure.</summary>
internal static class BinaryEvaluation
{
    public static List<NumberSeries> WithNumber(LogQuery.Binary binary, List<NumberSeries> series, double number, bool numberIsLeft)
    {
        bool compares = NumberOperators.IsComparison(binary.Operator);
        return [.. series.Select(one => new NumberSeries(one.Labels, [.. one.Values.Select(Merge)])).Where(one => Array.Exists(one.Values, value => value is not null))];

        double? Merge(double? value)
        {
            if (value is not { } present)
            {
                return null;
            }

            (double left, double right) = numberIsLeft ? (number, present) : (present, number);
            return !compares ? NumberOperators.Compute(binary.Operator, left, right)
                : binary.Matching.Bool ? NumberOperators.Reduce(binary.Operator, left, right)
                : NumberOperators.Compare(binary.Operator, left, right) ? present : null;
        }
    }

    /// <exception cref="LogQueryException">Series do not find each other one to one.</exception>
    public static List<NumberSeries> Of(LogQuery.Binary binary, List<NumberSeries> left, List<NumberSeries> right, int count)
    {
        List<(Labels Key, NumberSeries Series)> leftKeys = Keys(binary.Matching, left);
        List<(Labels Key, NumberSeries Series)> rightKeys = Keys(binary.Matching, right);
        var results = new SeriesBuilder(count);
        for (int index = 0; index < count; index++)
        {
            List<(Labels Key, NumberSeries Series)> lefts = leftKeys.FindAll(one => one.Series.Values[index] is not null);
            List<(Labels Key, NumberSeries Series)> rights = rightKeys.FindAll(one => one.Series.Values[index] is not null);
            switch (binary.Operator)
            {
                case "and" or "unless":
                    HashSet<Labels> other = [.. rights.Select(one => one.Key)];
                    results.AddAll(lefts.Where(one => other.Contains(one.Key) == (binary.Operator == "and")), index);
                    break;
                case "or":
                    HashSet<Labels> own = [.. lefts.Select(one => one.Key)];
                    results.AddAll(lefts, index);
                    results.AddAll(rights.Where(one => !own.Contains(one.Key)), index);
                    break;
                default:
                    Matched(binary, lefts, rights, index, results);
                    break;
            }
        }

        return results.Series;
    }

    private static List<(Labels Key, NumberSeries Series)> Keys(Matching matching, List<NumberSeries> series)
    {
        string[] names = [.. (matching.Labels ?? []).Order(StringComparer.Ordinal)];
        return [.. series.Select(one => (matching.On ? VectorEvaluation.Filled(one.Labels).Keep(names) : VectorEvaluation.Filled(one.Labels).Drop(names), one))];
    }

    private static void Matched(
        LogQuery.Binary binary, List<(Labels Key, NumberSeries Series)> lefts, List<(Labels Key, NumberSeries Series)> rights, int index, SeriesBuilder results)
    {
        Matching matching = binary.Matching;
        bool swapped = matching.Group == "group_right";
        (lefts, rights) = swapped ? (rights, lefts) : (lefts, rights);
        var ones = new Dictionary<Labels, NumberSeries>();
        foreach ((Labels key, NumberSeries series) in rights)
        {
            if (!ones.TryAdd(key, series))
            {
                throw new LogQueryException(
                    $"found duplicate series on the {(swapped ? "left" : "right")} hand-side;many-to-many matching not allowed: matching labels must be unique on one side")
                { Status = 500 };
            }
        }

        var matched = new HashSet<(Labels, Labels?)>();
        foreach ((Labels key, NumberSeries series) in lefts)
        {
            if (!ones.TryGetValue(key, out NumberSeries? one))
            {
                continue;
            }

            Labels labels = Result(series.Labels, one.Labels, matching);
            if (!matched.Add((key, matching.Group.Length == 0 ? null : labels)))
            {
                throw new LogQueryException(matching.Group.Length == 0
                    ? "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                    : "multiple matches for labels: grouping labels must ensure unique matches")
                { Status = 500 };
            }

            (double left, double right) = swapped ? (one.Values[index]!.Value, series.Values[index]!.Value) : (series.Values[index]!.Value, one.Values[index]!.Value);
            double? value = !NumberOperators.IsComparison(binary.Operator) ? NumberOperators.Compute(binary.Operator, left, right)
                : matching.Bool ? NumberOperators.Reduce(binary.Operator, left, right)
                : NumberOperators.Compare(binary.Operator, left, right) ? left : null;
            if (value is not null)
            {
                results.Add(labels, index, value.Value);
            }
        }
    }

    private static Labels Result(Labels many, Labels one, Matching matching)
    {
        Labels labels = VectorEvaluation.Filled(many);
        if (matching.Group.Length == 0)
        {
            string[] names = [.. (matching.Labels ?? []).Order(StringComparer.Ordinal)];
            labels = matching.On ? labels.Keep(names) : labels.Drop(names);
        }

        foreach (string name in matching.Include ?? [])
        {
            labels = labels.With(name, one[name]);
        }

        return labels;
    }

    /// <summary>Puts series together step by step; the same labels from two series at one step stay two.</summary>
    private sealed class SeriesBuilder(int count)
    {
        private readonly Dictionary<Labels, double?[]> _values = [];

        public List<NumberSeries> Series { get; } = [];

        public void AddAll(IEnumerable<(Labels Key, NumberSeries Series)> all, int index)
        {
            foreach ((_, NumberSeries series) in all)
            {
                Add(series.Labels, index, series.Values[index]!.Value);
            }
        }

        public void Add(Labels labels, int index, double value)
        {
            if (!_values.TryGetValue(labels, out double?[]? values) || values[index] is not null)
            {
                _values[labels] = values = new double?[count];
                Series.Add(new NumberSeries(labels, values));
            }

            values[index] = value;
        }
    }
}

using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>Aggregations that choose series instead of reducing them: <c>topk</c>, <c>bottomk</c>, <c>limitk</c>, <c>limit_ratio</c>.</summary>
internal sealed class Selection(AggregateExpression node, double[] parameter, Annotations notes, int steps, bool isInstant, int inputs)
{
    private readonly bool isTop = node.Operation == "topk";

    public List<Column> Evaluate(List<List<Column>> groups)
    {
        if (!CheckParameter())
        {
            return [];
        }

        return isInstant ? Instant(groups) : OverTime(groups);
    }

    private bool CheckParameter()
    {
        if (node.Operation == "limit_ratio")
        {
            if (Array.TrueForAll(parameter, ratio => ratio == 0))
            {
                return false;
            }

            if (Array.Exists(parameter, double.IsNaN))
            {
                throw PromQLException.Execution("Ratio value is NaN");
            }

            if (parameter.Max() > 1)
            {
                notes.Warn(Notes.BadRatio(parameter.Max(), 1), node.Parameter!.Span);
            }

            if (parameter.Min() < -1)
            {
                notes.Warn(Notes.BadRatio(parameter.Min(), -1), node.Parameter!.Span);
            }

            return true;
        }

        double[] numbers = [.. parameter.Where(k => !double.IsNaN(k))];
        if (numbers.Length == 0 ? false : numbers.Max() < 1)
        {
            return false;
        }

        if (numbers.Length < parameter.Length)
        {
            throw PromQLException.Execution("Parameter value is NaN");
        }

        return parameter.Min() <= long.MinValue
            ? throw PromQLException.Execution($"Scalar value {GoText.FormatGeneral(parameter.Min())} underflows int64")
            : parameter.Max() >= long.MaxValue
            ? throw PromQLException.Execution($"Scalar value {GoText.FormatGeneral(parameter.Max())} overflows int64")
            : true;
    }

    private List<Column> Instant(List<List<Column>> groups)
    {
        var results = new List<Column>();
        foreach (List<Column> group in groups)
        {
            results.AddRange(Choose(group, 0));
        }

        return results;
    }

    private List<Column> OverTime(List<List<Column>> groups)
    {
        var chosen = new Dictionary<Column, Column>();
        foreach (List<Column> group in groups)
        {
            for (int i = 0; i < steps; i++)
            {
                foreach (Column column in Choose(group, i))
                {
                    if (!chosen.TryGetValue(column, out Column? result))
                    {
                        chosen.Add(column, result = new Column(column.Labels, steps));
                    }

                    result.Copy(i, column);
                }
            }
        }

        return [.. chosen.Values];
    }

    private IEnumerable<Column> Choose(List<Column> group, int step)
    {
        IEnumerable<Column> present = group.Where(column => column.Has(step));
        if (node.Operation == "limit_ratio")
        {
            double ratio = Math.Clamp(parameter[step], -1, 1);
            return ratio == 0 ? [] : present.Where(column => RatioSample.Takes(ratio, column.Labels));
        }

        long k = Math.Min((long)parameter[step], inputs);
        if (k < 1)
        {
            return [];
        }

        if (node.Operation == "limitk")
        {
            return present.Take((int)k);
        }

        var floats = new List<Column>();
        foreach (Column column in present)
        {
            if (column.HistogramAt(step) is null)
            {
                floats.Add(column);
            }
            else
            {
                notes.Info(Notes.IgnoredInAggregation(node.Operation), node.Span);
            }
        }

        // NaN is last whichever way; equal values keep their order.
        IOrderedEnumerable<Column> numbersFirst = floats.OrderBy(column => double.IsNaN(column.Values[step]));
        return (isTop ? numbersFirst.ThenByDescending(column => column.Values[step]) : numbersFirst.ThenBy(column => column.Values[step])).Take((int)k);
    }
}

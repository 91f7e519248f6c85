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

        return Best(floats, step, (int)Math.Min(k, floats.Count));
    }

    /// <summary>
    /// The best values first. Which of equal ones are kept, and in which order, is decided by a binary heap with the worst on top, in
    /// the steps of Go's <c>container/heap</c>: so ties fall as they do in Prometheus.
    /// </summary>
    private List<Column> Best(List<Column> floats, int step, int k)
    {
        var heap = new List<Column>(k);
        foreach (Column column in floats)
        {
            if (heap.Count < k)
            {
                heap.Add(column);
                Up(heap, step);
            }
            else if (k > 0 && IsWorse(heap[0].Values[step], column.Values[step]))
            {
                heap[0] = column;
                Down(heap, step);
            }
        }

        // Small results stay in the heap's order where they are equal, as the original's sort leaves them.
        IOrderedEnumerable<Column> numbersFirst = heap.OrderBy(column => double.IsNaN(column.Values[step]));
        return [.. isTop ? numbersFirst.ThenByDescending(column => column.Values[step]) : numbersFirst.ThenBy(column => column.Values[step])];
    }

    /// <summary>Whether a newcomer takes the place of what is kept.</summary>
    private bool IsWorse(double kept, double newcomer)
        => (isTop ? kept < newcomer : kept > newcomer) || (double.IsNaN(kept) && !double.IsNaN(newcomer));

    private bool Less(List<Column> heap, int one, int other, int step)
    {
        double first = heap[one].Values[step];
        double second = heap[other].Values[step];
        return double.IsNaN(first) || (isTop ? first < second : first > second);
    }

    private void Up(List<Column> heap, int step)
    {
        for (int at = heap.Count - 1; at > 0;)
        {
            int parent = (at - 1) / 2;
            if (!Less(heap, at, parent, step))
            {
                return;
            }

            (heap[at], heap[parent]) = (heap[parent], heap[at]);
            at = parent;
        }
    }

    private void Down(List<Column> heap, int step)
    {
        for (int at = 0; ;)
        {
            int child = (2 * at) + 1;
            if (child >= heap.Count)
            {
                return;
            }

            if (child + 1 < heap.Count && Less(heap, child + 1, child, step))
            {
                child++;
            }

            if (!Less(heap, child, at, step))
            {
                return;
            }

            (heap[at], heap[child]) = (heap[child], heap[at]);
            at = child;
        }
    }
}

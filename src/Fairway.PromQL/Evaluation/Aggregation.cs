using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>Aggregations over a vector. Groups are formed once; each is then reduced at all steps.</summary>
internal sealed class Aggregation(Evaluator evaluator, AggregateExpression node)
{
    private readonly Annotations notes = evaluator.Context.Notes;
    private readonly int steps = evaluator.Steps;
    private readonly string[] grouping = [.. node.Grouping.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public List<Column> Evaluate()
    {
        Expression operand = StepInvariance.Unwrap(node.Operand);
        if (node.Operation == "count_values")
        {
            return CountValues();
        }

        double[]? parameter = node.Parameter is null ? null : evaluator.Scalar(node.Parameter);
        List<Column> input = evaluator.Vector(operand, new SelectHints(node.Operation, grouping, !node.Without));
        List<(Labels Labels, List<Column> Columns)> groups = Groups(input);
        if (node.Operation is "topk" or "bottomk" or "limitk" or "limit_ratio")
        {
            return new Selection(node, parameter!, notes, steps, evaluator.IsInstant, input.Count).Evaluate([.. groups.Select(group => group.Columns)]);
        }

        if (node.Operation == "quantile")
        {
            WarnAboutQuantile(parameter!);
        }

        var results = new List<Column>(groups.Count);
        foreach ((Labels labels, List<Column> columns) in groups)
        {
            evaluator.Context.Cancellation.ThrowIfCancellationRequested();
            var result = new Column(labels, steps);
            Reduce(columns, parameter, result);
            results.Add(result);
        }

        results.RemoveAll(column => column.CountCells() == 0);
        return results;
    }

    private List<(Labels Labels, List<Column> Columns)> Groups(List<Column> input)
    {
        var index = new Dictionary<Labels, int>();
        var groups = new List<(Labels Labels, List<Column> Columns)>();
        foreach (Column column in input)
        {
            Labels labels = GroupLabels(column.Labels);
            if (!index.TryGetValue(labels, out int at))
            {
                at = groups.Count;
                index.Add(labels, at);
                groups.Add((labels, []));
            }

            groups[at].Columns.Add(column);
        }

        return groups;
    }

    private Labels GroupLabels(Labels labels)
        => node.Without ? labels.Drop(grouping).WithoutName() : grouping.Length == 0 ? Labels.Empty : labels.Keep(grouping);

    private void Reduce(List<Column> columns, double[]? parameter, Column result)
    {
        switch (node.Operation)
        {
            case "sum" or "avg":
                new SumOrAverage(node, notes).Reduce(columns, result);
                break;
            case "count" or "group":
                CountOrGroup(columns, result);
                break;
            case "min" or "max":
                Extreme(columns, result, isMax: node.Operation == "max");
                break;
            case "stddev" or "stdvar":
                Spread(columns, result, isDeviation: node.Operation == "stddev");
                break;
            default:
                Quantile(columns, parameter!, result);
                break;
        }
    }

    private void CountOrGroup(List<Column> columns, Column result)
    {
        foreach (Column column in columns)
        {
            for (int i = 0; i < steps; i++)
            {
                if (column.Has(i))
                {
                    result.Values[i] = node.Operation == "group" || !result.Has(i) ? 1 : result.Values[i] + 1;
                }
            }
        }
    }

    private void Extreme(List<Column> columns, Column result, bool isMax)
    {
        foreach (Column column in columns)
        {
            for (int i = 0; i < steps; i++)
            {
                if (!IsFloat(column, i))
                {
                    continue;
                }

                double value = column.Values[i];
                double best = result.Values[i];
                if (!result.Has(i) || double.IsNaN(best) || (isMax ? best < value : best > value))
                {
                    result.Values[i] = value;
                }
            }
        }
    }

    private void Spread(List<Column> columns, Column result, bool isDeviation)
    {
        double[] means = new double[steps];
        int[] counts = new int[steps];
        foreach (Column column in columns)
        {
            for (int i = 0; i < steps; i++)
            {
                if (!IsFloat(column, i))
                {
                    continue;
                }

                double value = column.Values[i];
                if (++counts[i] == 1)
                {
                    means[i] = value;
                    result.Values[i] = double.IsFinite(value) ? 0 : double.NaN;
                    continue;
                }

                double difference = value - means[i];
                means[i] += difference / counts[i];
                result.Values[i] += difference * (value - means[i]);
            }
        }

        for (int i = 0; i < steps; i++)
        {
            if (counts[i] > 0)
            {
                double variance = result.Values[i] / counts[i];
                result.Values[i] = isDeviation ? Math.Sqrt(variance) : variance;
            }
        }
    }

    private void Quantile(List<Column> columns, double[] parameter, Column result)
    {
        var values = new List<double>(columns.Count);
        for (int i = 0; i < steps; i++)
        {
            values.Clear();
            foreach (Column column in columns)
            {
                if (IsFloat(column, i))
                {
                    values.Add(column.Values[i]);
                }
            }

            if (values.Count > 0)
            {
                result.Values[i] = Statistics.Quantile(parameter[i], values);
            }
        }
    }

    // Whether a cell holds a float; a histogram is noted as ignored.
    private bool IsFloat(Column column, int step)
    {
        if (!column.Has(step))
        {
            return false;
        }

        if (column.HistogramAt(step) is null)
        {
            return true;
        }

        notes.Info(Notes.IgnoredInAggregation(node.Operation), node.Operand.Span);
        return false;
    }

    private void WarnAboutQuantile(double[] parameter)
    {
        foreach (double bad in parameter.Where(q => double.IsNaN(q) || q is < 0 or > 1).Distinct())
        {
            notes.Warn(Notes.BadQuantile(bad), node.Parameter!.Span);
        }
    }

    private List<Column> CountValues()
    {
        string label = evaluator.Text(node.Parameter!);
        if (!Names.IsLabelName(label))
        {
            throw PromQLException.Execution($"invalid label name {GoText.Quote(label)}");
        }

        string[] kept = [.. grouping.Append(label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var counts = new Dictionary<Labels, Column>();
        foreach (Column column in evaluator.Vector(node.Operand))
        {
            for (int i = 0; i < steps; i++)
            {
                if (!column.Has(i))
                {
                    continue;
                }

                string text = column.HistogramAt(i)?.ToString() ?? GoText.FormatPlain(column.Values[i]);
                Labels labelled = column.Labels.With(label, text);
                Labels labels = node.Without ? labelled.Drop(grouping).WithoutName() : labelled.Keep(kept);
                if (!counts.TryGetValue(labels, out Column? result))
                {
                    counts.Add(labels, result = new Column(labels, steps));
                }

                result.Values[i] = result.Has(i) ? result.Values[i] + 1 : 1;
            }
        }

        return [.. counts.Values];
    }
}

/// <summary>Measures of lists of numbers.</summary>
internal static class Statistics
{
    /// <summary>The quantile with linear interpolation between ranks. The list is sorted in place; NaN counts as lowest.</summary>
    public static double Quantile(double q, List<double> values)
    {
        if (values.Count == 0 || double.IsNaN(q))
        {
            return double.NaN;
        }

        if (q is < 0 or > 1)
        {
            return q < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        values.Sort();
        double rank = q * (values.Count - 1);
        int lower = (int)Math.Max(0, Math.Floor(rank));
        int upper = Math.Min(values.Count - 1, lower + 1);
        double weight = rank - Math.Floor(rank);
        return (values[lower] * (1 - weight)) + (values[upper] * weight);
    }
}

using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>Binary operators with at least one vector.</summary>
internal sealed class BinaryEvaluation(Evaluator evaluator, BinaryExpression node)
{
    private readonly BinaryOperator op = node.Operator;
    private readonly Annotations notes = evaluator.Context.Notes;

    public List<Column> Evaluate()
    {
        bool leftIsVector = node.Left.Type == ValueType.Vector;
        bool rightIsVector = node.Right.Type == ValueType.Vector;
        if (leftIsVector && rightIsVector)
        {
            List<Column> left = evaluator.Vector(node.Left);
            List<Column> right = evaluator.Vector(node.Right);
            List<Column> result = op.IsSet()
                ? new SetOperation(node.Matching!, op, evaluator.Steps).Evaluate(left, right)
                : new VectorJoin(node, notes, evaluator.Steps).Evaluate(left, right);
            return Column.Merge(result);
        }

        return leftIsVector
            ? WithScalar(evaluator.Vector(node.Left), evaluator.Scalar(node.Right), scalarIsLeft: false)
            : WithScalar(evaluator.Vector(node.Right), evaluator.Scalar(node.Left), scalarIsLeft: true);
    }

    private List<Column> WithScalar(List<Column> vector, double[] scalar, bool scalarIsLeft)
    {
        bool comparison = op.IsComparison();
        bool dropName = node.ReturnBool || !(comparison || op is BinaryOperator.TrimLower or BinaryOperator.TrimUpper);
        var results = new List<Column>(vector.Count);
        foreach (Column column in vector)
        {
            var result = new Column(dropName ? column.Labels.WithoutMetadata() : column.Labels, evaluator.Steps);
            for (int i = 0; i < evaluator.Steps; i++)
            {
                if (!column.Has(i))
                {
                    continue;
                }

                double value = column.Values[i];
                FloatHistogram? histogram = column.HistogramAt(i);
                if (!comparison && histogram is null && op is not (BinaryOperator.TrimLower or BinaryOperator.TrimUpper))
                {
                    result.Values[i] = scalarIsLeft ? SampleMath.Arithmetic(op, scalar[i], value) : SampleMath.Arithmetic(op, value, scalar[i]);
                    continue;
                }

                SampleResult one = scalarIsLeft
                    ? SampleMath.Samples(op, scalar[i], null, value, histogram, notes, node.Span)
                    : SampleMath.Samples(op, value, histogram, scalar[i], null, notes, node.Span);
                Put(result, i, one, comparison ? value : one.Value, comparison ? histogram : one.Histogram);
            }

            results.Add(result);
        }

        return Column.Merge(results);
    }

    private void Put(Column result, int step, SampleResult one, double value, FloatHistogram? histogram)
    {
        if (!one.IsValid)
        {
            return;
        }

        if (node.ReturnBool)
        {
            result.Set(step, one.Keep ? 1 : 0, null);
        }
        else if (one.Keep)
        {
            result.Set(step, value, histogram);
        }
    }
}

/// <summary>Groups series of two vectors by the labels that have to agree.</summary>
internal sealed class MatchGroups
{
    private readonly Func<Labels, Labels> key;

    public MatchGroups(VectorMatching matching)
    {
        string[] names = [.. matching.Labels.Concat(matching.On ? [] : [Labels.MetricName]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        key = matching.On ? labels => labels.Keep(names) : labels => labels.Drop(names);
    }

    /// <summary>Groups in the order of first appearance.</summary>
    public List<(List<Column> Left, List<Column> Right, Labels Key)> Of(List<Column> left, List<Column> right)
    {
        var groups = new List<(List<Column> Left, List<Column> Right, Labels Key)>();
        var index = new Dictionary<Labels, int>();
        foreach (Column column in left)
        {
            Find(column).Left.Add(column);
        }

        foreach (Column column in right)
        {
            Find(column).Right.Add(column);
        }

        return groups;

        (List<Column> Left, List<Column> Right, Labels Key) Find(Column column)
        {
            Labels labels = key(column.Labels);
            if (!index.TryGetValue(labels, out int at))
            {
                at = groups.Count;
                index.Add(labels, at);
                groups.Add(([], [], labels));
            }

            return groups[at];
        }
    }
}

/// <summary><c>and</c>, <c>or</c>, <c>unless</c>.</summary>
internal sealed class SetOperation(VectorMatching matching, BinaryOperator op, int steps)
{
    public List<Column> Evaluate(List<Column> left, List<Column> right)
    {
        var results = new List<Column>(left.Count);
        var added = new List<Column>();
        foreach ((List<Column> ours, List<Column> theirs, _) in new MatchGroups(matching).Of(left, right))
        {
            if (op == BinaryOperator.Or)
            {
                results.AddRange(ours);
                added.AddRange(theirs.Select(column => Masked(column, Present(ours), wanted: false)));
            }
            else
            {
                bool[] present = Present(theirs);
                results.AddRange(ours.Select(column => Masked(column, present, wanted: op == BinaryOperator.And)));
            }
        }

        return [.. results, .. added];
    }

    private bool[] Present(List<Column> columns)
    {
        bool[] present = new bool[steps];
        foreach (Column column in columns)
        {
            for (int i = 0; i < steps; i++)
            {
                present[i] |= column.Has(i);
            }
        }

        return present;
    }

    private Column Masked(Column column, bool[] mask, bool wanted)
    {
        var result = new Column(column.Labels, steps);
        for (int i = 0; i < steps; i++)
        {
            if (mask[i] == wanted && column.Has(i))
            {
                result.Copy(i, column);
            }
        }

        return result;
    }
}

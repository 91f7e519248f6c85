using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>
/// Arithmetic and comparisons between two vectors: one-to-one, or many-to-one with the side that has one named explicitly. Below,
/// "one" is the side that must be unique (the right one, unless <c>group_right</c>), "many" the other.
/// </summary>
internal sealed class VectorJoin
{
    private readonly BinaryExpression node;
    private readonly Annotations notes;
    private readonly int steps;
    private readonly VectorMatching matching;
    private readonly bool swapped;
    private readonly string[] matchingLabels;
    private readonly List<Column> results = [];

    // Results by labels, so that pairs which change over time go on in one column.
    private readonly Dictionary<Labels, Column> byLabels = [];

    public VectorJoin(BinaryExpression node, Annotations notes, int steps)
    {
        this.node = node;
        this.notes = notes;
        this.steps = steps;
        matching = node.Matching!;
        swapped = matching.Cardinality == MatchCardinality.OneToMany;
        matchingLabels = [.. matching.Labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    public List<Column> Evaluate(List<Column> left, List<Column> right)
    {
        (List<Column> many, List<Column> one) = swapped ? (right, left) : (left, right);
        (double? fillMany, double? fillOne) = (matching.FillLeft, matching.FillRight);
        bool fills = (fillMany ?? fillOne) is not null;
        Lazy<bool[]> anyMany = new(() => AnyPresent(many));
        foreach ((List<Column> ours, List<Column> theirs, Labels _) in new MatchGroups(matching).Of(many, one))
        {
            Column?[] unique = Unique(theirs, fills, anyMany);
            bool[] matched = new bool[steps];
            var taken = new Dictionary<(int Step, Labels Labels), bool>();
            byLabels.Clear();
            foreach (Column ourColumn in ours)
            {
                Join(ourColumn, unique, fillOne, matched, taken);
            }

            if (fillMany is { } fill)
            {
                foreach (Column theirColumn in theirs)
                {
                    FillMissing(theirColumn, fill, matched);
                }
            }
        }

        return results;
    }

    private void Join(Column many, Column?[] unique, double? fillOne, bool[] matched, Dictionary<(int Step, Labels Labels), bool> taken)
    {
        Column? lastOne = null;
        Column? result = null;
        Column? filler = null;
        for (int i = 0; i < steps; i++)
        {
            if (!many.Has(i))
            {
                continue;
            }

            Column? one = unique[i];
            if (one is null)
            {
                if (fillOne is not { } fill)
                {
                    continue;
                }

                filler ??= Filler(many.Labels, fill);
                one = filler;
            }

            if (!ReferenceEquals(one, lastOne))
            {
                result = ResultColumn(many.Labels, one.Labels);
                lastOne = one;
            }

            // A pair that a comparison drops does not count, unless what is missing is filled in.
            bool? kept = Apply(result!, i, many, one);
            if (kept == true || (kept == false && (matching.FillLeft ?? matching.FillRight) is not null))
            {
                Claim(i, result!.Labels, matched, taken);
            }
        }
    }

    private void FillMissing(Column one, double fill, bool[] matched)
    {
        Column many = Filler(one.Labels, fill);
        Column? result = null;
        for (int i = 0; i < steps; i++)
        {
            if (one.Has(i) && !matched[i])
            {
                result ??= ResultColumn(many.Labels, one.Labels);
                Apply(result, i, many, one);
            }
        }
    }

    private Column Filler(Labels labels, double value)
    {
        Labels matched = matching.On
            ? labels.Keep(matchingLabels)
            : labels.Drop([.. matchingLabels.Append(Labels.MetricName).Order(StringComparer.Ordinal)]);
        var column = new Column(matched, steps);
        Array.Fill(column.Values, value);
        return column;
    }

    // Null when the operator is not defined for the samples, false when a comparison drops them.
    private bool? Apply(Column result, int step, Column many, Column one)
    {
        (Column left, Column right) = swapped ? (one, many) : (many, one);
        FloatHistogram? leftHistogram = left.HistogramAt(step);
        FloatHistogram? rightHistogram = right.HistogramAt(step);
        SampleResult outcome = SampleMath.Samples(
            node.Operator, left.Values[step], leftHistogram, right.Values[step], rightHistogram, notes, node.Span);
        if (!outcome.IsValid)
        {
            return null;
        }

        if (node.ReturnBool)
        {
            Put(result, step, outcome.Keep ? 1 : 0, null);
        }
        else if (outcome.Keep)
        {
            Put(result, step, outcome.Value, outcome.Histogram);
        }

        return node.ReturnBool || outcome.Keep;
    }

    private void Put(Column result, int step, double value, FloatHistogram? histogram)
    {
        if (result.Has(step))
        {
            throw matching.Cardinality == MatchCardinality.OneToOne ? ManyToOne() : NotUnique();
        }

        result.Set(step, value, histogram);
    }

    private void Claim(int step, Labels labels, bool[] matched, Dictionary<(int Step, Labels Labels), bool> taken)
    {
        if (matching.Cardinality == MatchCardinality.OneToOne)
        {
            if (matched[step])
            {
                throw ManyToOne();
            }
        }
        else if (matched[step] && !taken.TryAdd((step, labels), true))
        {
            throw NotUnique();
        }
        else if (!matched[step])
        {
            taken[(step, labels)] = true;
        }

        matched[step] = true;
    }

    private static PromQLException ManyToOne()
        => PromQLException.Execution("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");

    private static PromQLException NotUnique()
        => PromQLException.Execution("multiple matches for labels: grouping labels must ensure unique matches");

    private Column ResultColumn(Labels many, Labels one)
    {
        Labels labels = ResultLabels(many, one);
        if (!byLabels.TryGetValue(labels, out Column? column))
        {
            column = new Column(labels, steps);
            byLabels.Add(labels, column);
            results.Add(column);
        }

        return column;
    }

    private Labels ResultLabels(Labels many, Labels one)
    {
        bool keepsName = node.Operator.IsComparison() || node.Operator is BinaryOperator.TrimLower or BinaryOperator.TrimUpper;
        Labels labels = node.ReturnBool || !keepsName ? many.WithoutMetadata() : many;
        if (matching.Cardinality == MatchCardinality.OneToOne)
        {
            labels = matching.On ? labels.Keep(matchingLabels) : labels.Drop(matchingLabels);
        }

        foreach (string include in matching.Include)
        {
            labels = labels.With(include, one[include]);
        }

        return labels;
    }

    private Column?[] Unique(List<Column> columns, bool fills, Lazy<bool[]> anyMany)
    {
        var unique = new Column?[steps];
        foreach (Column column in columns)
        {
            for (int i = 0; i < steps; i++)
            {
                if (!column.Has(i))
                {
                    continue;
                }

                if (unique[i] is { } first && (fills || anyMany.Value[i]))
                {
                    throw NotOne(first.Labels, column.Labels);
                }

                unique[i] = column;
            }
        }

        return unique;
    }

    private PromQLException NotOne(Labels first, Labels second)
    {
        string[] both = [.. ((string[])[first.ToString(), second.ToString()]).Order(StringComparer.Ordinal)];
        Labels group = matching.On
            ? first.Keep(matchingLabels)
            : first.Drop([.. matchingLabels.Append(Labels.MetricName).Order(StringComparer.Ordinal)]);
        return PromQLException.Execution(
            $"found duplicate series for the match group {group} on the {(swapped ? "left" : "right")} hand-side of the operation:"
            + $" [{both[0]}, {both[1]}];many-to-many matching not allowed: matching labels must be unique on one side");
    }

    private bool[] AnyPresent(List<Column> columns)
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
}

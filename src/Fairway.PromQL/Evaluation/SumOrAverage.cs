using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>
/// <c>sum</c> and <c>avg</c> with compensated summation. An average is the sum divided; where the sum would overflow it goes on as a
/// running mean. Floats and histograms do not mix: such cells stay empty, with a warning.
/// </summary>
internal sealed class SumOrAverage(AggregateExpression node, Annotations notes)
{
    private readonly bool isAverage = node.Operation == "avg";

    public void Reduce(List<Column> columns, Column result)
    {
        int steps = result.Values.Length;
        if (columns.TrueForAll(column => column.Histograms is null))
        {
            Floats(columns, result, steps);
            return;
        }

        for (int i = 0; i < steps; i++)
        {
            Cell(columns, result, i);
        }
    }

    private void Floats(List<Column> columns, Column result, int steps)
    {
        double[] lost = new double[steps];
        int[] counts = new int[steps];
        bool[]? running = null;
        foreach (Column column in columns)
        {
            double[] values = column.Values;
            for (int i = 0; i < steps; i++)
            {
                if (!StaleMarker.Is(values[i]))
                {
                    AddFloat(values[i], ref result.Values[i], ref lost[i], ref counts[i], i, ref running, steps);
                }
            }
        }

        for (int i = 0; i < steps; i++)
        {
            if (counts[i] > 0)
            {
                bool divide = isAverage && !(running?[i] ?? false);
                result.Values[i] = divide ? (result.Values[i] / counts[i]) + (lost[i] / counts[i]) : result.Values[i] + lost[i];
            }
        }
    }

    private void AddFloat(double value, ref double sum, ref double lost, ref int count, int step, ref bool[]? running, int steps)
    {
        if (++count == 1)
        {
            sum = value;
            return;
        }

        if (!isAverage)
        {
            Kahan.Add(value, ref sum, ref lost);
            return;
        }

        if (running is null || !running[step])
        {
            double newSum = sum;
            double newLost = lost;
            Kahan.Add(value, ref newSum, ref newLost);
            if (!double.IsInfinity(newSum))
            {
                (sum, lost) = (newSum, newLost);
                return;
            }

            (running ??= new bool[steps])[step] = true;
            sum /= count - 1;
            lost /= count - 1;
        }

        double share = (count - 1.0) / count;
        sum *= share;
        lost *= share;
        Kahan.Add(value / count, ref sum, ref lost);
    }

    private void Cell(List<Column> columns, Column result, int step)
    {
        double sum = 0;
        double lost = 0;
        int count = 0;
        bool[]? running = null;
        bool hasFloat = false;
        List<FloatHistogram>? histograms = null;
        foreach (Column column in columns)
        {
            if (!column.Has(step))
            {
                continue;
            }

            if (column.HistogramAt(step) is { } histogram)
            {
                (histograms ??= []).Add(histogram);
                continue;
            }

            hasFloat = true;
            AddFloat(column.Values[step], ref sum, ref lost, ref count, 0, ref running, 1);
        }

        if (histograms is null)
        {
            if (hasFloat)
            {
                result.Set(step, isAverage && running is null ? (sum / count) + (lost / count) : sum + lost, null);
            }

            return;
        }

        if (hasFloat)
        {
            notes.Warn(Notes.MixedInAggregation, node.Operand.Span);
            return;
        }

        HistogramTotal total = HistogramTotal.Of(histograms, isAverage);
        total.Note(notes, node.Operand.Span, () => columns.Find(column => column.Has(step))?.Labels.Name ?? string.Empty);
        if (total.Value is { } value)
        {
            result.Set(step, 0, value.Compacted());
        }
    }
}

/// <summary>The sum or mean of histograms, with what there is to say about it.</summary>
/// <param name="Value">Null when exponential and custom layouts meet.</param>
/// <param name="HintsCollide">Some were marked as reset, others as not reset.</param>
/// <param name="BoundsReconciled">Custom layouts differed.</param>
internal sealed record HistogramTotal(FloatHistogram? Value, bool HintsCollide, bool BoundsReconciled)
{
    public static HistogramTotal Of(IReadOnlyList<FloatHistogram> histograms, bool isAverage)
    {
        bool reset = histograms.Any(one => one.Hint == CounterResetHint.Reset);
        bool collide = reset && histograms.Any(one => one.Hint == CounterResetHint.NotReset);
        bool reconciled = false;
        var sum = new CompensatedHistogram(histograms[0]);
        bool running = false;
        for (int i = 1; i < histograms.Count; i++)
        {
            double count = i + 1;
            CompensatedHistogram? next;
            if (!running)
            {
                next = sum.Plus(histograms[i], out bool changed);
                reconciled |= changed;
                if (next is null)
                {
                    return new(null, collide, reconciled);
                }

                if (!isAverage || !next.HasOverflow)
                {
                    sum = next;
                    continue;
                }

                running = true;
                sum = sum.Divided(count - 1);
            }

            next = sum.Scaled((count - 1) / count).Plus(HistogramMath.Divide(histograms[i], count), out bool also);
            reconciled |= also;
            if (next is null)
            {
                return new(null, collide, reconciled);
            }

            sum = next;
        }

        if (isAverage && !running)
        {
            sum = sum.Divided(histograms.Count);
        }

        return new(sum.Total, collide, reconciled);
    }

    public void Note(Annotations notes, TextSpan span, Func<string> metric)
    {
        if (Value is null)
        {
            notes.Warn(Notes.MixedSchemas(metric()), span);
        }

        if (HintsCollide)
        {
            notes.Warn(Notes.HintsCollide("aggregation"), span);
        }

        if (BoundsReconciled)
        {
            notes.Info(Notes.BoundsReconciled("aggregation"), span);
        }
    }
}

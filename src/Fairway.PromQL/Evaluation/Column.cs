namespace Fairway.PromQL.Evaluation;

/// <summary>
/// One series of an intermediate result, with a cell for each step. A cell is empty when its value has the bits of the staleness
/// marker, which no computation can yield.
/// </summary>
internal sealed class Column
{
    public Column(Labels labels, int steps)
    {
        Labels = labels;
        Values = new double[steps];
        Array.Fill(Values, StaleMarker.Value);
    }

    private Column(Labels labels, double[] values, FloatHistogram?[]? histograms)
    {
        Labels = labels;
        Values = values;
        Histograms = histograms;
    }

    public Labels Labels { get; }

    public double[] Values { get; }

    public FloatHistogram?[]? Histograms { get; private set; }

    public bool Has(int step) => !StaleMarker.Is(Values[step]);

    public FloatHistogram? HistogramAt(int step) => Histograms?[step];

    public void Set(int step, double value, FloatHistogram? histogram)
    {
        if (histogram is null)
        {
            Values[step] = value;
        }
        else
        {
            // The value only says that the cell is not empty.
            Values[step] = 0;
            (Histograms ??= new FloatHistogram?[Values.Length])[step] = histogram;
        }
    }

    public void Copy(int step, Column from) => Set(step, from.Values[step], from.HistogramAt(step));

    /// <summary>The same cells under other labels. The arrays are shared.</summary>
    public Column Relabelled(Labels labels) => ReferenceEquals(labels, Labels) ? this : new Column(labels, Values, Histograms);

    public int CountCells()
    {
        int count = 0;
        foreach (double value in Values)
        {
            count += StaleMarker.Is(value) ? 0 : 1;
        }

        return count;
    }

    /// <summary>
    /// Brings columns with equal labels together, which happens after names are dropped. Two values at one step cannot be: the
    /// query fails, as Prometheus does.
    /// </summary>
    public static List<Column> Merge(List<Column> columns)
    {
        if (columns.Count < 2)
        {
            return columns;
        }

        var byLabels = new Dictionary<Labels, int>(columns.Count);
        List<Column>? merged = null;
        for (int i = 0; i < columns.Count; i++)
        {
            Column column = columns[i];
            if (byLabels.TryGetValue(column.Labels, out int first))
            {
                merged ??= [.. columns.Take(i)];
                merged[first] = Join(merged[first], column);
            }
            else
            {
                byLabels.Add(column.Labels, merged?.Count ?? i);
                merged?.Add(column);
            }
        }

        return merged ?? columns;
    }

    public static PromQLException Duplicate() => PromQLException.Execution("vector cannot contain metrics with the same labelset");

    private static Column Join(Column left, Column right)
    {
        var joined = new Column(left.Labels, left.Values.Length);
        for (int step = 0; step < left.Values.Length; step++)
        {
            bool hasLeft = left.Has(step);
            bool hasRight = right.Has(step);
            if (hasLeft && hasRight)
            {
                throw Duplicate();
            }

            if (hasLeft || hasRight)
            {
                joined.Copy(step, hasLeft ? left : right);
            }
        }

        return joined;
    }
}

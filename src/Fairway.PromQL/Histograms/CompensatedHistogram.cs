namespace Fairway.PromQL;

/// <summary>
/// A running sum of histograms that carries along what rounding loses in every field. Immutable: adding gives a new one.
/// </summary>
internal sealed class CompensatedHistogram
{
    private FloatHistogram value;
    private double lostCount;
    private double lostSum;
    private double lostZero;
    private double[] lostPositive;
    private double[] lostNegative;

    public CompensatedHistogram(FloatHistogram first)
    {
        value = first;
        lostPositive = new double[first.Positive.Length];
        lostNegative = new double[first.Negative.Length];
    }

    private CompensatedHistogram(CompensatedHistogram other)
    {
        value = other.value;
        (lostCount, lostSum, lostZero) = (other.lostCount, other.lostSum, other.lostZero);
        (lostPositive, lostNegative) = (other.lostPositive, other.lostNegative);
    }

    /// <summary>Whether some field has grown beyond what a double holds.</summary>
    public bool HasOverflow
        => double.IsInfinity(value.ZeroCount) || double.IsInfinity(value.Count) || double.IsInfinity(value.Sum)
            || value.Positive.Counts.Any(double.IsInfinity) || value.Negative.Counts.Any(double.IsInfinity)
            || value.CustomBounds.Any(double.IsInfinity);

    /// <summary>The sum with what rounding lost added again.</summary>
    public FloatHistogram Total => value.Copy(
        zero: value.ZeroCount + lostZero,
        count: value.Count + lostCount,
        sum: value.Sum + lostSum,
        positive: new BucketSet(value.Positive.Indexes, [.. value.Positive.Counts.Zip(lostPositive, (count, lost) => count + lost)]),
        negative: new BucketSet(value.Negative.Indexes, [.. value.Negative.Counts.Zip(lostNegative, (count, lost) => count + lost)]));

    /// <summary>Everything multiplied.</summary>
    public CompensatedHistogram Scaled(double factor) => Scale(HistogramMath.Multiply(value, factor), lost => lost * factor);

    /// <summary>Everything divided.</summary>
    public CompensatedHistogram Divided(double divisor) => Scale(HistogramMath.Divide(value, divisor), lost => lost / divisor);

    private CompensatedHistogram Scale(FloatHistogram scaled, Func<double, double> scale) => new(this)
    {
        value = scaled,
        lostCount = scale(lostCount),
        lostSum = scale(lostSum),
        lostZero = scale(lostZero),
        lostPositive = [.. lostPositive.Take(scaled.Positive.Length).Select(scale)],
        lostNegative = [.. lostNegative.Take(scaled.Negative.Length).Select(scale)],
    };

    /// <summary>The sum with one more; null when exponential and custom layouts meet.</summary>
    public CompensatedHistogram? Plus(FloatHistogram other, out bool boundsReconciled)
    {
        boundsReconciled = false;
        if (value.IsCustom != other.IsCustom)
        {
            return null;
        }

        var sum = new CompensatedHistogram(this);
        double count = value.Count;
        double total = value.Sum;
        Kahan.Add(other.Count, ref count, ref sum.lostCount);
        Kahan.Add(other.Sum, ref total, ref sum.lostSum);
        CounterResetHint hint = HistogramMath.CombineHints(value.Hint, other.Hint).Hint;
        if (value.IsCustom)
        {
            boundsReconciled = sum.PlusCustom(other);
        }
        else
        {
            sum.PlusExponential(other);
        }

        sum.value = sum.value.Copy(hint: hint, count: count, sum: total);
        return sum;
    }

    private bool PlusCustom(FloatHistogram other)
    {
        var mine = new CompensatedBuckets(value.Positive, lostPositive);
        CompensatedBuckets added = CompensatedBuckets.Exact(other.Positive);
        double[] bounds = value.CustomBounds;
        bool reconcile = !bounds.AsSpan().SequenceEqual(other.CustomBounds);
        if (reconcile)
        {
            bounds = BucketMath.SharedBounds(value.CustomBounds, other.CustomBounds);
            mine = BucketMath.WithBounds(mine, value.CustomBounds, bounds);
            added = BucketMath.WithBounds(added, other.CustomBounds, bounds);
        }

        CompensatedBuckets combined = BucketMath.Add(mine, added, FloatHistogram.CustomSchema, 0);
        value = value.Copy(positive: combined.Set, bounds: bounds);
        lostPositive = combined.Lost;
        return reconcile;
    }

    private void PlusExponential(FloatHistogram other)
    {
        FloatHistogram before = value;
        if (value.ZeroThreshold != other.ZeroThreshold)
        {
            // Rare: what rounding lost is settled first, because buckets move into the zero bucket.
            (before, other) = ZeroBuckets.Reconcile(Total, other);
            lostZero = 0;
            lostPositive = new double[before.Positive.Length];
            lostNegative = new double[before.Negative.Length];
        }

        int schema = Math.Min(before.Schema, other.Schema);
        double zero = before.ZeroCount;
        Kahan.Add(other.ZeroCount, ref zero, ref lostZero);
        CompensatedBuckets Side(BucketSet mine, double[] lost, BucketSet added) => BucketMath.Add(
            BucketMath.Coarser(new CompensatedBuckets(mine, lost), before.Schema, schema),
            BucketMath.Coarser(CompensatedBuckets.Exact(added), other.Schema, schema),
            schema,
            before.ZeroThreshold);
        CompensatedBuckets positive = Side(before.Positive, lostPositive, other.Positive);
        CompensatedBuckets negative = Side(before.Negative, lostNegative, other.Negative);
        value = before.Copy(schema: schema, zero: zero, positive: positive.Set, negative: negative.Set);
        (lostPositive, lostNegative) = (positive.Lost, negative.Lost);
    }
}

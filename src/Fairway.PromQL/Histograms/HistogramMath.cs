namespace Fairway.PromQL;

/// <summary>What an operation on two histograms met on the way.</summary>
/// <param name="Result">The result; null when exponential and custom layouts meet.</param>
/// <param name="HintsCollide">One was marked as reset, the other as not reset.</param>
/// <param name="BoundsReconciled">Two custom layouts with different bounds were brought to the bounds they share.</param>
internal readonly record struct HistogramOutcome(FloatHistogram? Result, bool HintsCollide, bool BoundsReconciled);

/// <summary>Arithmetic on native histograms. Histograms are never changed; every result is new.</summary>
internal static class HistogramMath
{
    public static FloatHistogram Multiply(FloatHistogram histogram, double factor)
        => histogram.Copy(
            hint: factor < 0 ? CounterResetHint.Gauge : histogram.Hint,
            zero: histogram.ZeroCount * factor,
            count: histogram.Count * factor,
            sum: histogram.Sum * factor,
            positive: histogram.Positive.Scaled(count => count * factor),
            negative: histogram.Negative.Scaled(count => count * factor));

    public static FloatHistogram Divide(FloatHistogram histogram, double divisor)
        => histogram.Copy(
            hint: divisor < 0 ? CounterResetHint.Gauge : histogram.Hint,
            zero: histogram.ZeroCount / divisor,
            count: histogram.Count / divisor,
            sum: histogram.Sum / divisor,
            positive: divisor == 0 ? BucketSet.None : histogram.Positive.Scaled(count => count / divisor),
            negative: divisor == 0 ? BucketSet.None : histogram.Negative.Scaled(count => count / divisor));

    public static HistogramOutcome Add(FloatHistogram left, FloatHistogram right) => Combine(left, right, subtract: false);

    public static HistogramOutcome Subtract(FloatHistogram left, FloatHistogram right) => Combine(left, right, subtract: true);

    /// <summary>The same in a layout that is coarser or equal.</summary>
    public static FloatHistogram ToSchema(FloatHistogram histogram, int schema)
        => histogram.Schema == schema
            ? histogram
            : histogram.Copy(
                hint: CounterResetHint.Unknown,
                schema: schema,
                positive: BucketMath.Coarser(histogram.Positive, histogram.Schema, schema),
                negative: BucketMath.Coarser(histogram.Negative, histogram.Schema, schema));

    public static (CounterResetHint Hint, bool Collide) CombineHints(CounterResetHint left, CounterResetHint right)
    {
        if (left == right)
        {
            return (left, false);
        }

        if (left == CounterResetHint.Gauge || right == CounterResetHint.Gauge)
        {
            return (CounterResetHint.Gauge, false);
        }

        return (CounterResetHint.Unknown, left != CounterResetHint.Unknown && right != CounterResetHint.Unknown);
    }

    private static HistogramOutcome Combine(FloatHistogram left, FloatHistogram right, bool subtract)
    {
        if (left.IsCustom != right.IsCustom)
        {
            return default;
        }

        (CounterResetHint hint, bool collide) = CombineHints(left.Hint, right.Hint);
        double sign = subtract ? -1 : 1;
        double count = left.Count + (sign * right.Count);
        double sum = left.Sum + (sign * right.Sum);
        if (left.IsCustom)
        {
            return CombineCustom(left, right, subtract) is var (set, bounds, reconciled)
                ? new(left.Copy(hint: hint, count: count, sum: sum, positive: set, bounds: bounds), collide, reconciled)
                : default;
        }

        (FloatHistogram first, FloatHistogram second) = ZeroBuckets.Reconcile(left, right);
        int schema = Math.Min(first.Schema, second.Schema);
        BucketSet Side(BucketSet one, BucketSet other) => BucketMath.Add(
            BucketMath.Coarser(one, first.Schema, schema),
            BucketMath.Coarser(other, second.Schema, schema),
            subtract,
            schema,
            first.ZeroThreshold);
        FloatHistogram combined = first.Copy(
            hint: hint,
            schema: schema,
            zero: first.ZeroCount + (sign * second.ZeroCount),
            count: count,
            sum: sum,
            positive: Side(first.Positive, second.Positive),
            negative: Side(first.Negative, second.Negative));
        return new(combined, collide, false);
    }

    private static (BucketSet Set, double[] Bounds, bool Reconciled) CombineCustom(FloatHistogram left, FloatHistogram right, bool subtract)
    {
        if (left.CustomBounds.AsSpan().SequenceEqual(right.CustomBounds))
        {
            return (BucketMath.Add(left.Positive, right.Positive, subtract, FloatHistogram.CustomSchema, 0), left.CustomBounds, false);
        }

        double[] bounds = BucketMath.SharedBounds(left.CustomBounds, right.CustomBounds);
        BucketSet first = Flat(BucketMath.WithBounds(CompensatedBuckets.Exact(left.Positive), left.CustomBounds, bounds));
        BucketSet second = Flat(BucketMath.WithBounds(CompensatedBuckets.Exact(right.Positive), right.CustomBounds, bounds));
        return (BucketMath.Add(first, second, subtract, FloatHistogram.CustomSchema, 0), bounds, true);
    }

    private static BucketSet Flat(CompensatedBuckets set)
        => new(set.Set.Indexes, [.. set.Set.Counts.Zip(set.Lost, (count, lost) => count + lost)]);
}

/// <summary>Finds a zero bucket that is wide enough for two histograms and cuts through no populated bucket of either.</summary>
internal static class ZeroBuckets
{
    /// <summary>Both histograms with one zero threshold, buckets inside of it emptied into the zero bucket.</summary>
    public static (FloatHistogram Left, FloatHistogram Right) Reconcile(FloatHistogram left, FloatHistogram right)
    {
        while (left.ZeroThreshold != right.ZeroThreshold)
        {
            if (left.ZeroThreshold > right.ZeroThreshold)
            {
                right = Widen(right, left.ZeroThreshold);
            }
            else
            {
                left = Widen(left, right.ZeroThreshold);
            }
        }

        return (left, right);
    }

    /// <summary>The zero count at a larger threshold, and the threshold that is possible (it may have to grow further).</summary>
    public static (double Count, double Threshold) At(FloatHistogram histogram, double threshold)
    {
        while (true)
        {
            double count = histogram.ZeroCount;
            double lost = 0;
            if (threshold == histogram.ZeroThreshold)
            {
                return (count, threshold);
            }

            for (int i = 0; i < histogram.Positive.Length; i++)
            {
                HistogramBucket bucket = histogram.PositiveAt(i);
                if (bucket.Lower >= threshold)
                {
                    break;
                }

                Kahan.Add(bucket.Count, ref count, ref lost);
                if (bucket.Upper > threshold)
                {
                    threshold = bucket.Count != 0 ? bucket.Upper : threshold;
                    break;
                }
            }

            if (Negative(histogram, ref threshold, ref count))
            {
                return (count, threshold);
            }
        }
    }

    // False when the threshold grew, which makes the count of the positive side wrong.
    private static bool Negative(FloatHistogram histogram, ref double threshold, ref double count)
    {
        double lost = 0;
        for (int i = 0; i < histogram.Negative.Length; i++)
        {
            HistogramBucket bucket = histogram.NegativeAt(i);
            if (bucket.Upper <= -threshold)
            {
                break;
            }

            Kahan.Add(bucket.Count, ref count, ref lost);
            if (bucket.Lower < -threshold)
            {
                if (bucket.Count != 0)
                {
                    threshold = -bucket.Lower;
                    return false;
                }

                break;
            }
        }

        return true;
    }

    private static FloatHistogram Widen(FloatHistogram histogram, double threshold)
    {
        (double count, double possible) = At(histogram, threshold);
        return histogram.Copy(
            threshold: possible,
            zero: count,
            positive: Outside(histogram.Positive, i => histogram.PositiveAt(i).Lower < possible),
            negative: Outside(histogram.Negative, i => histogram.NegativeAt(i).Upper > -possible));
    }

    private static BucketSet Outside(BucketSet set, Func<int, bool> inside)
    {
        int skip = 0;
        while (skip < set.Length && inside(skip))
        {
            skip++;
        }

        return new BucketSet(set.Indexes[skip..], set.Counts[skip..]).Compacted();
    }
}

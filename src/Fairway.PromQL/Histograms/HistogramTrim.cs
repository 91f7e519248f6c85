namespace Fairway.PromQL;

/// <summary>
/// What of a histogram lies below (<c>&lt;/</c>) or above (<c>&gt;/</c>) a value. The bucket that the value cuts is interpolated;
/// the sum is estimated anew from the middles of the buckets.
/// </summary>
internal static class HistogramTrim
{
    public static FloatHistogram Trim(FloatHistogram histogram, double at, bool keepBelow)
    {
        double count = 0;
        double sum = 0;
        bool trimmed = false;
        bool hasPositive = false;
        bool hasNegative = false;
        BucketSet Side(BucketSet set, Func<int, HistogramBucket> bucketAt, bool isPositive, ref bool has)
        {
            double[] counts = (double[])set.Counts.Clone();
            for (int i = 0; i < set.Length; i++)
            {
                HistogramBucket bucket = bucketAt(i);
                if (bucket.Count == 0)
                {
                    continue;
                }

                has = true;
                (double kept, double middle) = Part(bucket, at, keepBelow, isPositive, histogram.IsCustom);
                count += kept;
                sum += middle * kept;
                trimmed |= kept != bucket.Count;
                counts[i] = kept;
            }

            return new BucketSet(set.Indexes, counts);
        }

        BucketSet positive = Side(histogram.Positive, histogram.PositiveAt, true, ref hasPositive);
        BucketSet negative = Side(histogram.Negative, histogram.NegativeAt, false, ref hasNegative);
        double zero = histogram.ZeroCount;
        if (zero > 0)
        {
            (double kept, double middle) = Zero(histogram.ZeroBucket, at, hasNegative, hasPositive, keepBelow);
            trimmed |= kept != zero;
            zero = kept;
            count += kept;
            sum += middle * kept;
        }

        return trimmed ? histogram.Copy(zero: zero, count: count, sum: sum, positive: positive, negative: negative).Compacted() : histogram;
    }

    private static (double Kept, double Middle) Part(HistogramBucket bucket, double at, bool keepBelow, bool isPositive, bool linear)
    {
        bool whole = keepBelow ? bucket.Upper <= at : bucket.Lower >= at;
        if (whole)
        {
            return (bucket.Count, Middle(bucket.Lower, bucket.Upper, isPositive, linear));
        }

        bool cut = keepBelow ? bucket.Lower < at : bucket.Upper > at;
        if (!cut)
        {
            return (0, 0);
        }

        if (double.IsNegativeInfinity(bucket.Lower) || double.IsPositiveInfinity(bucket.Upper))
        {
            return Endless(bucket, at, keepBelow);
        }

        double below = at <= bucket.Lower ? 0 : at >= bucket.Upper ? bucket.Count : bucket.Count * bucket.FractionBelow(at, linear);
        return keepBelow
            ? (below, Middle(bucket.Lower, at, isPositive, linear))
            : (bucket.Count - below, Middle(at, bucket.Upper, isPositive, linear));
    }

    // How values lie in a bucket without end is unknown: it is kept or dropped as a whole, except where the lower end can count as 0.
    private static (double Kept, double Middle) Endless(HistogramBucket bucket, double at, bool keepBelow)
    {
        static double Finite(double x) => double.IsInfinity(x) ? 0 : x;
        if (double.IsNegativeInfinity(bucket.Lower))
        {
            bool finiteTop = !double.IsPositiveInfinity(bucket.Upper);
            if (keepBelow)
            {
                return at >= bucket.Upper ? (bucket.Count, 0)
                    : at > 0 && bucket.Upper > 0 && finiteTop ? (bucket.Count * at / bucket.Upper, at / 2)
                    : bucket.Upper <= 0 ? (bucket.Count, at)
                    : (0, Finite(bucket.Upper));
            }

            return at <= bucket.Lower ? (bucket.Count, 0)
                : at >= 0 && bucket.Upper > at && finiteTop ? (bucket.Count * (1 - (at / bucket.Upper)), (at + bucket.Upper) / 2)
                : (0, Finite(bucket.Upper));
        }

        return !keepBelow && at >= bucket.Lower ? (bucket.Count, at) : (0, Finite(bucket.Lower));
    }

    private static (double Kept, double Middle) Zero(HistogramBucket zero, double at, bool hasNegative, bool hasPositive, bool keepBelow)
    {
        double lower = hasPositive && !hasNegative ? 0 : zero.Lower;
        double upper = hasNegative && !hasPositive ? 0 : zero.Upper;
        double middle = (lower + upper) / 2;
        if (at <= lower)
        {
            return keepBelow ? (0, 0) : (zero.Count, middle);
        }

        if (at >= upper)
        {
            return keepBelow ? (zero.Count, middle) : (0, 0);
        }

        return keepBelow
            ? (zero.Count * ((at - lower) / (upper - lower)), (lower + at) / 2)
            : (zero.Count * ((upper - at) / (upper - lower)), (at + upper) / 2);
    }

    private static double Middle(double lower, double upper, bool isPositive, bool linear)
    {
        if (double.IsInfinity(lower))
        {
            return double.IsInfinity(upper) ? 0 : upper > 0 ? upper / 2 : upper;
        }

        if (double.IsInfinity(upper))
        {
            return lower;
        }

        if (linear)
        {
            return (lower + upper) / 2;
        }

        double geometric = Math.Sqrt(Math.Abs(lower * upper));
        return isPositive ? geometric : -geometric;
    }
}

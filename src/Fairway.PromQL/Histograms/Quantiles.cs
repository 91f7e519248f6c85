namespace Fairway.PromQL;

/// <summary>What a quantile or fraction of a native histogram met on the way: observations that are not numbers.</summary>
internal enum NotANumber
{
    None,
    ResultIsNaN,
    ResultIsSkewed,
    Excluded,
}

/// <summary>Quantiles and fractions of native histograms, interpolated exponentially, or linearly in zero and custom buckets.</summary>
internal static class NativeQuantiles
{
    public static (double Value, NotANumber Note) Quantile(double q, FloatHistogram histogram)
    {
        if (q < 0)
        {
            return (double.NegativeInfinity, NotANumber.None);
        }

        if (q > 1)
        {
            return (double.PositiveInfinity, NotANumber.None);
        }

        if (histogram.Count == 0 || double.IsNaN(q))
        {
            return (double.NaN, NotANumber.None);
        }

        // Observations that are not numbers are in no bucket; counting from below then keeps the error on one side.
        bool hasNaN = double.IsNaN(histogram.Sum);
        bool upwards = hasNaN || q < 0.5;
        List<HistogramBucket> buckets = [.. histogram.Buckets()];
        if (!upwards)
        {
            buckets.Reverse();
        }

        double rank = (upwards ? q : 1 - q) * histogram.Count;
        double count = 0;
        HistogramBucket bucket = default;
        int at = 0;
        for (; at < buckets.Count; at++)
        {
            bucket = buckets[at];
            count += bucket.Count;
            if (bucket.Count != 0 && count >= rank)
            {
                break;
            }
        }

        if (histogram.IsCustom)
        {
            if (double.IsNegativeInfinity(bucket.Lower))
            {
                if (bucket.Upper <= 0)
                {
                    return (bucket.Upper, NotANumber.None);
                }

                bucket = bucket with { Lower = 0 };
            }
            else if (double.IsPositiveInfinity(bucket.Upper))
            {
                return (bucket.Lower, NotANumber.None);
            }
        }
        else if (bucket.Lower < 0 && bucket.Upper > 0)
        {
            bucket = OneSided(histogram, bucket);
        }

        count = Math.Min(count, histogram.Count);
        if (count < rank)
        {
            return hasNaN ? (double.NaN, NotANumber.ResultIsNaN) : (bucket.Upper, NotANumber.None);
        }

        rank = upwards ? rank - (count - bucket.Count) : count - rank;
        NotANumber note = NotANumber.None;
        if (hasNaN && count + buckets.Skip(at + 1).Sum(rest => rest.Count) < histogram.Count)
        {
            note = NotANumber.ResultIsSkewed;
        }

        return (Interpolate(histogram, bucket, rank / bucket.Count), note);
    }

    public static (double Value, NotANumber Note) Fraction(double lower, double upper, FloatHistogram histogram)
    {
        if (histogram.Count == 0 || double.IsNaN(lower) || double.IsNaN(upper))
        {
            return (double.NaN, NotANumber.None);
        }

        if (lower >= upper)
        {
            return (0, NotANumber.None);
        }

        double rank = 0;
        double? lowerRank = null;
        double? upperRank = null;
        double all = 0;
        foreach (HistogramBucket listed in histogram.Buckets())
        {
            all += listed.Count;
            if (lowerRank is not null && upperRank is not null)
            {
                continue;
            }

            bool isZero = listed.Lower <= 0 && listed.Upper >= 0;
            HistogramBucket bucket = isZero ? OneSided(histogram, listed) : listed;
            bool linear = histogram.IsCustom || isZero;
            lowerRank ??= Rank(bucket, lower, rank, linear);
            upperRank ??= Rank(bucket, upper, rank, linear);
            rank += bucket.Count;
        }

        NotANumber note = NotANumber.None;
        double count = histogram.Count;
        if (double.IsNaN(histogram.Sum))
        {
            note = all < histogram.Count ? NotANumber.Excluded : note;
            count = all;
        }

        double from = lowerRank is { } low && !(low > count) ? low : count;
        double to = upperRank is { } high && !(high > count) ? high : count;
        return ((to - from) / histogram.Count, note);
    }

    private static double? Rank(HistogramBucket bucket, double value, double rank, bool linear)
    {
        if (bucket.Lower >= value)
        {
            return rank;
        }

        if (bucket.Upper <= value)
        {
            return null;
        }

        return linear && double.IsNegativeInfinity(bucket.Lower) ? bucket.Count : rank + (bucket.Count * bucket.FractionBelow(value, linear));
    }

    // When all other buckets are of one sign, the observations in the zero bucket are taken to be of that sign, too.
    private static HistogramBucket OneSided(FloatHistogram histogram, HistogramBucket zero)
        => histogram.Negative.Length == 0 && histogram.Positive.Length > 0 ? zero with { Lower = 0 }
            : histogram.Positive.Length == 0 && histogram.Negative.Length > 0 ? zero with { Upper = 0 }
            : zero;

    private static double Interpolate(FloatHistogram histogram, HistogramBucket bucket, double fraction)
    {
        if (histogram.IsCustom || (bucket.Lower <= 0 && bucket.Upper >= 0))
        {
            return bucket.Lower + ((bucket.Upper - bucket.Lower) * fraction);
        }

        double logLower = Math.Log2(Math.Abs(bucket.Lower));
        double logUpper = Math.Log2(Math.Abs(bucket.Upper));
        return bucket.Lower > 0
            ? Math.Pow(2, logLower + ((logUpper - logLower) * fraction))
            : -Math.Pow(2, logUpper + ((logLower - logUpper) * (1 - fraction)));
    }
}

/// <summary>A bucket of a classic histogram: an upper bound and how many observations lie at or below.</summary>
internal record struct ClassicBucket(double UpperBound, double Count);

/// <summary>What had to be mended before a quantile of a classic histogram could be found.</summary>
internal readonly record struct Mended(double MinBucket, double MaxBucket, double MaxDifference);

/// <summary>Quantiles and fractions of classic histograms. The lists given are sorted and mended in place.</summary>
internal static class ClassicQuantiles
{
    // Differences of this relative size come from rounding and are no decrease.
    private const double Tolerance = 1e-12;

    public static (double Value, Mended? Mended) Quantile(double q, List<ClassicBucket> buckets)
    {
        if (double.IsNaN(q))
        {
            return (double.NaN, null);
        }

        if (q is < 0 or > 1)
        {
            return (q < 0 ? double.NegativeInfinity : double.PositiveInfinity, null);
        }

        if (!Prepare(buckets))
        {
            return (double.NaN, null);
        }

        Mended? mended = ForceMonotonic(buckets);
        double observations = buckets[^1].Count;
        if (buckets.Count < 2 || observations == 0)
        {
            return (double.NaN, mended);
        }

        double rank = q * observations;
        int found = 0;
        while (found < buckets.Count - 1 && !(buckets[found].Count >= rank))
        {
            found++;
        }

        if (found == buckets.Count - 1)
        {
            return (buckets[^2].UpperBound, mended);
        }

        if (found == 0 && buckets[0].UpperBound <= 0)
        {
            return (buckets[0].UpperBound, mended);
        }

        double start = found > 0 ? buckets[found - 1].UpperBound : 0;
        double below = found > 0 ? buckets[found - 1].Count : 0;
        double share = (rank - below) / (buckets[found].Count - below);
        return (start + ((buckets[found].UpperBound - start) * share), mended);
    }

    public static double Fraction(double lower, double upper, List<ClassicBucket> buckets)
    {
        if (!Prepare(buckets))
        {
            return double.NaN;
        }

        double count = buckets[^1].Count;
        if (count == 0 || double.IsNaN(lower) || double.IsNaN(upper))
        {
            return double.NaN;
        }

        if (lower >= upper)
        {
            return 0;
        }

        double bottom = buckets[0].UpperBound <= 0 ? double.NegativeInfinity : 0;
        double rank = 0;
        double? lowerRank = null;
        double? upperRank = null;
        foreach (ClassicBucket bucket in buckets)
        {
            lowerRank ??= Rank(lower, bottom, rank, bucket);
            upperRank ??= Rank(upper, bottom, rank, bucket);
            rank = bucket.Count;
            bottom = bucket.UpperBound;
        }

        double from = lowerRank is { } low && !(low > count) ? low : count;
        double to = upperRank is { } high && !(high > count) ? high : count;
        return (to - from) / count;
    }

    private static double? Rank(double value, double bottom, double rank, ClassicBucket bucket)
    {
        if (bottom >= value)
        {
            return rank;
        }

        if (bucket.UpperBound <= value)
        {
            return null;
        }

        return double.IsNegativeInfinity(bottom)
            ? bucket.Count
            : rank + ((bucket.Count - rank) * (value - bottom) / (bucket.UpperBound - bottom));
    }

    // Sorts, merges equal bounds; false when the bucket for everything is missing.
    private static bool Prepare(List<ClassicBucket> buckets)
    {
        buckets.Sort((left, right) => left.UpperBound.CompareTo(right.UpperBound));
        if (!double.IsPositiveInfinity(buckets[^1].UpperBound))
        {
            return false;
        }

        int kept = 0;
        for (int i = 1; i < buckets.Count; i++)
        {
            if (buckets[i].UpperBound == buckets[kept].UpperBound)
            {
                buckets[kept] = buckets[kept] with { Count = buckets[kept].Count + buckets[i].Count };
            }
            else
            {
                buckets[++kept] = buckets[i];
            }
        }

        buckets.RemoveRange(kept + 1, buckets.Count - kept - 1);
        return true;
    }

    private static Mended? ForceMonotonic(List<ClassicBucket> buckets)
    {
        Mended? mended = null;
        double previous = buckets[0].Count;
        for (int i = 1; i < buckets.Count; i++)
        {
            double current = buckets[i].Count;
            if (current == previous)
            {
                continue;
            }

            if (AlmostEqual(previous, current))
            {
                buckets[i] = buckets[i] with { Count = previous };
            }
            else if (current < previous)
            {
                buckets[i] = buckets[i] with { Count = previous };
                Mended so = mended ?? new(double.PositiveInfinity, double.NegativeInfinity, 0);
                double bound = buckets[i].UpperBound;
                mended = new(Math.Min(so.MinBucket, bound), Math.Max(so.MaxBucket, bound), Math.Max(so.MaxDifference, previous - current));
            }
            else
            {
                previous = current;
            }
        }

        return mended;
    }

    internal static bool AlmostEqual(double left, double right, double tolerance = Tolerance)
    {
        if (StaleMarker.Is(left) || StaleMarker.Is(right))
        {
            return StaleMarker.Is(left) && StaleMarker.Is(right);
        }

        if (double.IsNaN(left) && double.IsNaN(right))
        {
            return true;
        }

        if (left == right)
        {
            return true;
        }

        double size = Math.Abs(left) + Math.Abs(right);
        double difference = Math.Abs(left - right);
        return left == 0 || right == 0 || size < 2.2250738585072014E-308
            ? difference < tolerance * 2.2250738585072014E-308
            : difference / Math.Min(size, double.MaxValue) < tolerance;
    }
}

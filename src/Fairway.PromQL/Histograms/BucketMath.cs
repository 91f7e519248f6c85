namespace Fairway.PromQL;

/// <summary>Buckets of one sign with, in parallel, what rounding lost of their counts.</summary>
internal readonly record struct CompensatedBuckets(BucketSet Set, double[] Lost)
{
    public static CompensatedBuckets Exact(BucketSet set) => new(set, new double[set.Length]);
}

/// <summary>Arithmetic on bucket sets. All results are new.</summary>
internal static class BucketMath
{
    /// <summary>The index of the coarser layout's bucket that holds a bucket.</summary>
    public static int CoarserIndex(int index, int schema, int target) => ((index - 1) >> (schema - target)) + 1;

    /// <summary>The same counts in a coarser layout.</summary>
    public static BucketSet Coarser(BucketSet set, int schema, int target)
    {
        if (schema == target || set.Length == 0)
        {
            return set;
        }

        var indexes = new List<int>(set.Length);
        var counts = new List<double>(set.Length);
        for (int i = 0; i < set.Length; i++)
        {
            int index = CoarserIndex(set.Indexes[i], schema, target);
            if (indexes.Count > 0 && indexes[^1] == index)
            {
                counts[^1] += set.Counts[i];
            }
            else
            {
                indexes.Add(index);
                counts.Add(set.Counts[i]);
            }
        }

        return new BucketSet([.. indexes], [.. counts]);
    }

    /// <summary>The same in a coarser layout, with what rounding lost.</summary>
    public static CompensatedBuckets Coarser(CompensatedBuckets set, int schema, int target)
    {
        if (schema == target || set.Set.Length == 0)
        {
            return set;
        }

        var indexes = new List<int>();
        var counts = new List<double>();
        var lost = new List<double>();
        for (int i = 0; i < set.Set.Length; i++)
        {
            int index = CoarserIndex(set.Set.Indexes[i], schema, target);
            if (indexes.Count > 0 && indexes[^1] == index)
            {
                double count = counts[^1];
                double rest = lost[^1];
                Kahan.Add(set.Set.Counts[i], ref count, ref rest);
                Kahan.Add(set.Lost[i], ref count, ref rest);
                (counts[^1], lost[^1]) = (count, rest);
            }
            else
            {
                indexes.Add(index);
                counts.Add(set.Set.Counts[i]);
                lost.Add(set.Lost[i]);
            }
        }

        return new CompensatedBuckets(new BucketSet([.. indexes], [.. counts]), [.. lost]);
    }

    /// <summary>
    /// Adds (or subtracts) buckets of the same layout. Buckets of the second that lie within the zero bucket are left out, because
    /// the zero bucket has them already.
    /// </summary>
    public static BucketSet Add(BucketSet left, BucketSet right, bool subtract, int schema, double threshold)
    {
        int skip = WithinZero(right, schema, threshold);
        if (right.Length == skip)
        {
            return left;
        }

        int[] indexes = new int[left.Length + right.Length - skip];
        double[] counts = new double[indexes.Length];
        int length = 0;
        for (int i = 0, j = skip; i < left.Length || j < right.Length; length++)
        {
            bool takeLeft = j >= right.Length || (i < left.Length && left.Indexes[i] <= right.Indexes[j]);
            bool takeRight = i >= left.Length || (j < right.Length && right.Indexes[j] <= left.Indexes[i]);
            indexes[length] = takeLeft ? left.Indexes[i] : right.Indexes[j];
            counts[length] = takeLeft ? left.Counts[i++] : 0;
            if (takeRight)
            {
                double other = right.Counts[j++];
                counts[length] += subtract ? -other : other;
            }
        }

        return new BucketSet(indexes[..length], counts[..length]);
    }

    /// <summary>Adds buckets of the same layout and keeps what rounding lost.</summary>
    public static CompensatedBuckets Add(CompensatedBuckets left, CompensatedBuckets right, int schema, double threshold)
    {
        int skip = WithinZero(right.Set, schema, threshold);
        int[] indexes = new int[left.Set.Length + right.Set.Length - skip];
        double[] counts = new double[indexes.Length];
        double[] lost = new double[indexes.Length];
        int length = 0;
        for (int i = 0, j = skip; i < left.Set.Length || j < right.Set.Length; length++)
        {
            bool takeLeft = j >= right.Set.Length || (i < left.Set.Length && left.Set.Indexes[i] <= right.Set.Indexes[j]);
            bool takeRight = i >= left.Set.Length || (j < right.Set.Length && right.Set.Indexes[j] <= left.Set.Indexes[i]);
            indexes[length] = takeLeft ? left.Set.Indexes[i] : right.Set.Indexes[j];
            if (takeLeft)
            {
                (counts[length], lost[length]) = (left.Set.Counts[i], left.Lost[i]);
                i++;
            }

            if (takeRight && takeLeft)
            {
                Kahan.Add(right.Set.Counts[j], ref counts[length], ref lost[length]);
                Kahan.Add(right.Lost[j], ref counts[length], ref lost[length]);
                j++;
            }
            else if (takeRight)
            {
                (counts[length], lost[length]) = (right.Set.Counts[j], right.Lost[j]);
                j++;
            }
        }

        return new CompensatedBuckets(new BucketSet(indexes[..length], counts[..length]), lost[..length]);
    }

    /// <summary>Bounds that both layouts have.</summary>
    public static double[] SharedBounds(double[] left, double[] right)
    {
        var shared = new List<double>();
        for (int i = 0, j = 0; i < left.Length && j < right.Length;)
        {
            if (left[i] == right[j])
            {
                shared.Add(left[i++]);
                j++;
            }
            else if (left[i] < right[j])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return [.. shared];
    }

    /// <summary>The counts of a custom layout in a layout with a part of its bounds.</summary>
    public static CompensatedBuckets WithBounds(CompensatedBuckets set, double[] bounds, double[] target)
    {
        double[] counts = new double[target.Length + 1];
        double[] lost = new double[target.Length + 1];
        bool[] used = new bool[target.Length + 1];
        for (int i = 0, at = 0; i < set.Set.Length; i++)
        {
            int index = set.Set.Indexes[i];
            int into = target.Length;
            if (index < bounds.Length)
            {
                while (at < target.Length && target[at] < bounds[index])
                {
                    at++;
                }

                into = at;
            }

            used[into] = true;
            Kahan.Add(set.Set.Counts[i], ref counts[into], ref lost[into]);
            Kahan.Add(set.Lost[i], ref counts[into], ref lost[into]);
        }

        int[] indexes = [.. Enumerable.Range(0, used.Length).Where(i => used[i])];
        return new CompensatedBuckets(
            new BucketSet(indexes, [.. indexes.Select(i => counts[i])]), [.. indexes.Select(i => lost[i])]);
    }

    private static int WithinZero(BucketSet set, int schema, double threshold)
    {
        int skip = 0;
        while (schema != FloatHistogram.CustomSchema && skip < set.Length && ExponentialBounds.Upper(set.Indexes[skip], schema) <= threshold)
        {
            skip++;
        }

        return skip;
    }
}

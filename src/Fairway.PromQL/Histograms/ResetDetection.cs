namespace Fairway.PromQL;

/// <summary>
/// Finds out whether a histogram's counters started anew since an earlier one: some count went down, a populated bucket vanished,
/// the layout became finer, or the zero bucket narrower.
/// </summary>
internal static class ResetDetection
{
    public static bool IsReset(FloatHistogram current, FloatHistogram previous)
    {
        switch (current.Hint)
        {
            case CounterResetHint.Reset:
                return true;
            case CounterResetHint.NotReset:
                return false;
        }

        if (current.Count < previous.Count)
        {
            return true;
        }

        if (current.IsCustom)
        {
            if (!previous.IsCustom)
            {
                return true;
            }

            if (!current.CustomBounds.AsSpan().SequenceEqual(previous.CustomBounds))
            {
                return AnySharedBucketShrank(current, previous);
            }
        }

        if (current.Schema > previous.Schema || current.ZeroThreshold < previous.ZeroThreshold)
        {
            return true;
        }

        if (previous.IsCustom && !current.IsCustom)
        {
            return true;
        }

        (double zeroBefore, double threshold) = ZeroBuckets.At(previous, current.ZeroThreshold);
        return threshold != current.ZeroThreshold || current.ZeroCount < zeroBefore
            || AnyShrank(current, current.Positive, previous.Schema, previous.Positive)
            || AnyShrank(current, current.Negative, previous.Schema, previous.Negative);
    }

    private static bool AnyShrank(FloatHistogram current, BucketSet now, int schemaBefore, BucketSet before)
    {
        BucketSet coarser = current.IsCustom ? before : BucketMath.Coarser(before, schemaBefore, current.Schema);
        for (int i = 0, j = 0; i < coarser.Length; i++)
        {
            int index = coarser.Indexes[i];
            if (!current.IsCustom && ExponentialBounds.Upper(index, current.Schema) <= current.ZeroThreshold)
            {
                continue;
            }

            while (j < now.Length && now.Indexes[j] < index)
            {
                j++;
            }

            double count = j < now.Length && now.Indexes[j] == index ? now.Counts[j] : 0;
            if (count < coarser.Counts[i])
            {
                return true;
            }
        }

        return false;
    }

    private static bool AnySharedBucketShrank(FloatHistogram current, FloatHistogram previous)
    {
        double[] bounds = BucketMath.SharedBounds(current.CustomBounds, previous.CustomBounds);
        BucketSet now = BucketMath.WithBounds(CompensatedBuckets.Exact(current.Positive), current.CustomBounds, bounds).Set;
        BucketSet before = BucketMath.WithBounds(CompensatedBuckets.Exact(previous.Positive), previous.CustomBounds, bounds).Set;
        return AnyShrank(current, now, FloatHistogram.CustomSchema, before);
    }
}

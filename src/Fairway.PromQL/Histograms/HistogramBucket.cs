namespace Fairway.PromQL;

/// <summary>One bucket with its bounds.</summary>
/// <param name="Lower">Lower bound.</param>
/// <param name="Upper">Upper bound.</param>
/// <param name="LowerInclusive">Whether the lower bound belongs to the bucket.</param>
/// <param name="UpperInclusive">Whether the upper bound belongs to the bucket.</param>
/// <param name="Count">Observations in it.</param>
/// <param name="Index">Position in the layout; without meaning for the zero bucket.</param>
public readonly record struct HistogramBucket(double Lower, double Upper, bool LowerInclusive, bool UpperInclusive, double Count, int Index)
{
    /// <summary>The API's code for which bounds are inclusive: 0 upper only, 1 lower only, 2 none, 3 both.</summary>
    public int BoundaryRule => (LowerInclusive, UpperInclusive) switch
    {
        (true, true) => 3,
        (false, false) => 2,
        (true, false) => 1,
        _ => 0,
    };

    /// <summary>As in <c>(0.5,1]:3</c>.</summary>
    public override string ToString()
        => $"{(LowerInclusive ? '[' : '(')}{GoText.FormatGeneral(Lower)},{GoText.FormatGeneral(Upper)}{(UpperInclusive ? ']' : ')')}:{GoText.FormatGeneral(Count)}";

    /// <summary>Which part of the bucket lies below a value strictly inside finite bounds.</summary>
    internal double FractionBelow(double value, bool linear)
    {
        if (linear)
        {
            return (value - Lower) / (Upper - Lower);
        }

        // Exponential bounds are evenly spaced on a logarithmic scale; negative buckets are mirrored.
        double logLower = Math.Log2(Math.Abs(Lower));
        double logUpper = Math.Log2(Math.Abs(Upper));
        double logValue = Math.Log2(Math.Abs(value));
        return value > 0 ? (logValue - logLower) / (logUpper - logLower) : 1 - ((logValue - logUpper) / (logLower - logUpper));
    }
}

/// <summary>What is known about whether a histogram's counters started anew before it.</summary>
public enum CounterResetHint
{
    /// <summary>Has to be found out by comparing.</summary>
    Unknown,

    /// <summary>Starts anew.</summary>
    Reset,

    /// <summary>Continues the one before.</summary>
    NotReset,

    /// <summary>Not a counter.</summary>
    Gauge,
}

/// <summary>
/// The buckets of one sign: indexes in rising order with a count each. Never changed once made; empty buckets may be listed.
/// </summary>
public sealed class BucketSet
{
    /// <summary>No buckets.</summary>
    public static readonly BucketSet None = new([], []);

    /// <summary>Takes over two arrays of equal length, indexes strictly rising.</summary>
    public BucketSet(int[] indexes, double[] counts)
    {
        if (indexes.Length != counts.Length)
        {
            throw new ArgumentException($"{indexes.Length} indexes for {counts.Length} counts", nameof(counts));
        }

        Indexes = indexes;
        Counts = counts;
    }

    /// <summary>Positions in the layout.</summary>
    public int[] Indexes { get; }

    /// <summary>Observations in each.</summary>
    public double[] Counts { get; }

    /// <summary>How many buckets are listed.</summary>
    public int Length => Indexes.Length;

    /// <summary>Makes the set from spans (gap before, length) with absolute counts, the form of the wire formats.</summary>
    /// <exception cref="ArgumentException">The spans do not describe as many buckets as there are counts.</exception>
    public static BucketSet FromSpans(ReadOnlySpan<(int Offset, uint Length)> spans, ReadOnlySpan<double> counts)
    {
        int[] indexes = new int[counts.Length];
        int filled = 0;
        int index = 0;
        foreach ((int offset, uint length) in spans)
        {
            index += offset;
            if (length > (uint)(counts.Length - filled))
            {
                throw new ArgumentException($"the spans describe more than the {counts.Length} buckets given", nameof(spans));
            }

            for (uint i = 0; i < length; i++)
            {
                indexes[filled++] = index++;
            }
        }

        if (filled != counts.Length)
        {
            throw new ArgumentException($"the spans describe {filled} buckets, {counts.Length} are given", nameof(spans));
        }

        return filled == 0 ? None : new BucketSet(indexes, counts.ToArray());
    }

    /// <summary>The spans that describe the layout.</summary>
    public IReadOnlyList<(int Offset, uint Length)> Spans()
    {
        var spans = new List<(int Offset, uint Length)>();
        int next = 0;
        foreach (int index in Indexes)
        {
            if (spans.Count > 0 && index == next)
            {
                spans[^1] = (spans[^1].Offset, spans[^1].Length + 1);
            }
            else
            {
                spans.Add((index - next, 1));
            }

            next = index + 1;
        }

        return spans;
    }

    internal BucketSet Scaled(Func<double, double> scale)
    {
        double[] counts = new double[Counts.Length];
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = scale(Counts[i]);
        }

        return new BucketSet(Indexes, counts);
    }

    internal BucketSet Compacted()
    {
        int kept = Counts.Count(count => count != 0);
        if (kept == Counts.Length)
        {
            return this;
        }

        int[] indexes = new int[kept];
        double[] counts = new double[kept];
        int at = 0;
        for (int i = 0; i < Counts.Length; i++)
        {
            if (Counts[i] != 0)
            {
                indexes[at] = Indexes[i];
                counts[at++] = Counts[i];
            }
        }

        return new BucketSet(indexes, counts);
    }

    internal bool SameAs(BucketSet other)
    {
        if (!Indexes.AsSpan().SequenceEqual(other.Indexes))
        {
            return false;
        }

        for (int i = 0; i < Counts.Length; i++)
        {
            if (BitConverter.DoubleToInt64Bits(Counts[i]) != BitConverter.DoubleToInt64Bits(other.Counts[i]))
            {
                return false;
            }
        }

        return true;
    }
}

using System.Text;

namespace Fairway.PromQL;

/// <summary>
/// A native histogram with float counts. Exponential layouts have schemas -4 to 8 (each bucket 2^(2^-schema) times as wide as the one
/// before); the schema <see cref="CustomSchema"/> has bounds of its own (<see cref="CustomBounds"/>) and no zero or negative
/// buckets. Never changed once made: shared freely between store and engine.
/// </summary>
public sealed class FloatHistogram : IEquatable<FloatHistogram>
{
    /// <summary>The schema of histograms with custom bounds.</summary>
    public const int CustomSchema = -53;

    /// <summary>What is known about counter resets.</summary>
    public CounterResetHint Hint { get; init; }

    /// <summary>Layout.</summary>
    public int Schema { get; init; }

    /// <summary>Half the width of the zero bucket.</summary>
    public double ZeroThreshold { get; init; }

    /// <summary>Observations in the zero bucket.</summary>
    public double ZeroCount { get; init; }

    /// <summary>All observations.</summary>
    public double Count { get; init; }

    /// <summary>Sum of the observed values; <see cref="StaleMarker.Value"/> when the histogram marks the end of a series.</summary>
    public double Sum { get; init; }

    /// <summary>Buckets of positive observations; of custom layouts, all buckets (index = position in the bounds).</summary>
    public BucketSet Positive { get; init; } = BucketSet.None;

    /// <summary>Buckets of negative observations.</summary>
    public BucketSet Negative { get; init; } = BucketSet.None;

    /// <summary>Upper bounds of a custom layout, rising, without the last one (+Inf).</summary>
    public double[] CustomBounds { get; init; } = [];

    /// <summary>Whether the layout has custom bounds.</summary>
    public bool IsCustom => Schema == CustomSchema;

    /// <summary>Whether the histogram marks the end of a series.</summary>
    public bool IsStale => StaleMarker.Is(Sum);

    internal HistogramBucket ZeroBucket => new(-ZeroThreshold, ZeroThreshold, true, true, ZeroCount, 0);

    /// <summary>A histogram that marks the end of a series.</summary>
    public static FloatHistogram Stale { get; } = new() { Sum = StaleMarker.Value };

    internal FloatHistogram WithHint(CounterResetHint hint) => hint == Hint ? this : Copy(hint: hint);

    internal FloatHistogram Copy(
        CounterResetHint? hint = null,
        int? schema = null,
        double? threshold = null,
        double? zero = null,
        double? count = null,
        double? sum = null,
        BucketSet? positive = null,
        BucketSet? negative = null,
        double[]? bounds = null) => new()
        {
            Hint = hint ?? Hint,
            Schema = schema ?? Schema,
            ZeroThreshold = threshold ?? ZeroThreshold,
            ZeroCount = zero ?? ZeroCount,
            Count = count ?? Count,
            Sum = sum ?? Sum,
            Positive = positive ?? Positive,
            Negative = negative ?? Negative,
            CustomBounds = bounds ?? CustomBounds,
        };

    /// <summary>The bound at an index of a positive bucket.</summary>
    internal double Bound(int index)
    {
        if (!IsCustom)
        {
            return ExponentialBounds.Upper(index, Schema);
        }

        return index < 0 ? double.NegativeInfinity : index < CustomBounds.Length ? CustomBounds[index] : double.PositiveInfinity;
    }

    internal HistogramBucket PositiveAt(int position)
    {
        int index = Positive.Indexes[position];
        double lower = Bound(index - 1);
        double upper = Bound(index);
        return IsCustom
            ? new(lower, upper, index == 0, true, Positive.Counts[position], index)
            : new(lower, upper, lower < 0, upper > 0, Positive.Counts[position], index);
    }

    internal HistogramBucket NegativeAt(int position)
    {
        int index = Negative.Indexes[position];
        double lower = -Bound(index);
        double upper = -Bound(index - 1);
        return new(lower, upper, lower < 0, upper > 0, Negative.Counts[position], index);
    }

    /// <summary>
    /// All listed buckets from the lowest to the highest, the zero bucket among them when it has observations. A bucket that the
    /// zero bucket overlaps is cut at the threshold.
    /// </summary>
    public IEnumerable<HistogramBucket> Buckets()
    {
        for (int i = Negative.Length - 1; i >= 0; i--)
        {
            HistogramBucket bucket = NegativeAt(i);
            yield return bucket.Upper < 0 && bucket.Upper > -ZeroThreshold ? bucket with { Upper = -ZeroThreshold } : bucket;
        }

        if (ZeroCount > 0)
        {
            yield return ZeroBucket;
        }

        for (int i = 0; i < Positive.Length; i++)
        {
            HistogramBucket bucket = PositiveAt(i);
            yield return bucket.Lower > 0 && bucket.Lower < ZeroThreshold ? bucket with { Lower = ZeroThreshold } : bucket;
        }
    }

    /// <summary>Whether its counters started anew since an earlier histogram of the same series.</summary>
    public bool IsResetSince(FloatHistogram earlier) => ResetDetection.IsReset(this, earlier);

    /// <summary>The same without buckets that are listed and empty.</summary>
    public FloatHistogram Compacted()
    {
        BucketSet positive = Positive.Compacted();
        BucketSet negative = Negative.Compacted();
        return ReferenceEquals(positive, Positive) && ReferenceEquals(negative, Negative) ? this : Copy(positive: positive, negative: negative);
    }

    /// <summary>Equal layout and equal bits of every count; the hint does not count.</summary>
    public bool Equals(FloatHistogram? other)
        => other is not null && Schema == other.Schema && Same(Count, other.Count) && Same(Sum, other.Sum)
            && ZeroThreshold == other.ZeroThreshold && Same(ZeroCount, other.ZeroCount)
            && (!IsCustom || CustomBounds.AsSpan().SequenceEqual(other.CustomBounds))
            && Positive.SameAs(other.Positive) && Negative.SameAs(other.Negative);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FloatHistogram);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Schema, Count, Sum, ZeroCount, Positive.Length, Negative.Length);

    /// <summary>As in <c>{count:3, sum:7, (1,2]:3}</c>; only buckets with observations.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{{count:{GoText.FormatGeneral(Count)}, sum:{GoText.FormatGeneral(Sum)}");
        for (int i = Negative.Length - 1; i >= 0; i--)
        {
            Append(text, NegativeAt(i));
        }

        if (!IsCustom)
        {
            Append(text, ZeroBucket);
        }

        for (int i = 0; i < Positive.Length; i++)
        {
            Append(text, PositiveAt(i));
        }

        return text.Append('}').ToString();
    }

    private static void Append(StringBuilder text, HistogramBucket bucket)
    {
        if (bucket.Count != 0)
        {
            text.Append(", ").Append(bucket.ToString());
        }
    }

    private static bool Same(double left, double right) => BitConverter.DoubleToInt64Bits(left) == BitConverter.DoubleToInt64Bits(right);
}

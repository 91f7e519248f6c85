using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Metrics.Chunks;

/// <summary>
/// A chunk of native histograms. The layout (schema, bounds, bucket indexes) is written when it changes; counts are differences
/// to the histogram before, as whole numbers where they are whole. A quiet histogram of 20 buckets takes about 35 bytes.
/// </summary>
internal sealed class HistogramChunk
{
    [Flags]
    private enum Marks : byte
    {
        None = 0,
        SameLayout = 1,
        Stale = 2,
        Whole = 4,
    }

    private readonly RecordWriter _out = new();
    private FloatHistogram? _before;
    private long _delta;

    public int Count { get; private set; }

    public long First { get; private set; }

    public long Last { get; private set; }

    public FloatHistogram? LastHistogram { get; private set; }

    public ReadOnlySpan<byte> Data => _out.Written;

    /// <summary>Appends a histogram later than all before it.</summary>
    public void Append(long timestamp, FloatHistogram histogram)
    {
        if (Count == 0)
        {
            First = timestamp;
            _out.Signed(timestamp);
        }
        else
        {
            long delta = timestamp - Last;
            _out.Signed(delta - _delta);
            _delta = delta;
        }

        Put(_out, histogram, histogram.IsStale ? null : _before);
        if (!histogram.IsStale)
        {
            _before = histogram;
        }

        Last = timestamp;
        LastHistogram = histogram;
        Count++;
    }

    public static void Decode(ReadOnlySpan<byte> data, int count, DecodedSamples into)
    {
        var reader = new RecordReader(data);
        long time = 0;
        long delta = 0;
        FloatHistogram? before = null;
        try
        {
            for (int index = 0; index < count; index++)
            {
                long change = reader.Signed();
                if (index == 0)
                {
                    time = change;
                }
                else
                {
                    delta += change;
                    time += delta;
                }

                FloatHistogram histogram = Get(ref reader, before);
                before = histogram.IsStale ? before : histogram;
                into.Add(time, histogram);
            }
        }
        catch (InvalidDataException damaged)
        {
            throw new ChunkException($"a chunk of histograms is damaged: {damaged.Message}");
        }
    }

    /// <summary>Writes a histogram, as a difference to one before where there is one of the same layout.</summary>
    public static void Put(RecordWriter into, FloatHistogram histogram, FloatHistogram? before)
    {
        if (histogram.IsStale)
        {
            into.Byte((byte)Marks.Stale);
            return;
        }

        bool same = before is not null && SameLayout(histogram, before);
        bool whole = IsWhole(histogram);
        into.Byte((byte)((same ? Marks.SameLayout : Marks.None) | (whole ? Marks.Whole : Marks.None)));
        if (!same)
        {
            before = null;
            PutLayout(into, histogram);
        }

        into.Double(histogram.Sum);
        PutCount(into, histogram.Count, before?.Count ?? 0, whole);
        PutCount(into, histogram.ZeroCount, before?.ZeroCount ?? 0, whole);
        PutCounts(into, histogram.Positive.Counts, before?.Positive.Counts, whole);
        PutCounts(into, histogram.Negative.Counts, before?.Negative.Counts, whole);
    }

    public static FloatHistogram Get(ref RecordReader reader, FloatHistogram? before)
    {
        var marks = (Marks)reader.Byte();
        if (marks.HasFlag(Marks.Stale))
        {
            return FloatHistogram.Stale;
        }

        bool same = marks.HasFlag(Marks.SameLayout);
        if (same && before is null)
        {
            throw new InvalidDataException("a histogram refers to one that is not there");
        }

        FloatHistogram layout = same ? before! : GetLayout(ref reader);
        FloatHistogram? last = same ? before : null;
        bool whole = marks.HasFlag(Marks.Whole);
        double sum = reader.Double();
        double count = GetCount(ref reader, last?.Count ?? 0, whole);
        double zero = GetCount(ref reader, last?.ZeroCount ?? 0, whole);
        double[] positive = GetCounts(ref reader, layout.Positive.Length, last?.Positive.Counts, whole);
        double[] negative = GetCounts(ref reader, layout.Negative.Length, last?.Negative.Counts, whole);
        return new FloatHistogram
        {
            Hint = layout.Hint,
            Schema = layout.Schema,
            ZeroThreshold = layout.ZeroThreshold,
            CustomBounds = layout.CustomBounds,
            Sum = sum,
            Count = count,
            ZeroCount = zero,
            Positive = positive.Length == 0 ? BucketSet.None : new BucketSet(layout.Positive.Indexes, positive),
            Negative = negative.Length == 0 ? BucketSet.None : new BucketSet(layout.Negative.Indexes, negative),
        };
    }

    private static bool SameLayout(FloatHistogram one, FloatHistogram other)
        => one.Schema == other.Schema
            && one.Hint == other.Hint
            && one.ZeroThreshold.Equals(other.ZeroThreshold)
            && one.Positive.Indexes.AsSpan().SequenceEqual(other.Positive.Indexes)
            && one.Negative.Indexes.AsSpan().SequenceEqual(other.Negative.Indexes)
            && one.CustomBounds.AsSpan().SequenceEqual(other.CustomBounds);

    private static void PutLayout(RecordWriter into, FloatHistogram histogram)
    {
        into.Signed(histogram.Schema);
        into.Byte((byte)histogram.Hint);
        into.Double(histogram.ZeroThreshold);
        PutIndexes(into, histogram.Positive.Indexes);
        PutIndexes(into, histogram.Negative.Indexes);
        into.Varint((ulong)histogram.CustomBounds.Length);
        foreach (double bound in histogram.CustomBounds)
        {
            into.Double(bound);
        }
    }

    private static FloatHistogram GetLayout(ref RecordReader reader)
    {
        int schema = (int)reader.Signed();
        var hint = (CounterResetHint)reader.Byte();
        double threshold = reader.Double();
        int[] positive = GetIndexes(ref reader);
        int[] negative = GetIndexes(ref reader);
        double[] bounds = new double[reader.Count()];
        for (int index = 0; index < bounds.Length; index++)
        {
            bounds[index] = reader.Double();
        }

        return new FloatHistogram
        {
            Schema = schema,
            Hint = hint,
            ZeroThreshold = threshold,
            Positive = new BucketSet(positive, new double[positive.Length]),
            Negative = new BucketSet(negative, new double[negative.Length]),
            CustomBounds = bounds,
        };
    }

    private static void PutIndexes(RecordWriter into, int[] indexes)
    {
        into.Varint((ulong)indexes.Length);
        int last = 0;
        foreach (int index in indexes)
        {
            into.Signed(index - last);
            last = index;
        }
    }

    private static int[] GetIndexes(ref RecordReader reader)
    {
        int[] indexes = new int[reader.Count()];
        int last = 0;
        for (int at = 0; at < indexes.Length; at++)
        {
            last += (int)reader.Signed();
            indexes[at] = last;
        }

        return indexes;
    }

    private static bool IsWhole(FloatHistogram histogram)
        => IsWhole(histogram.Count) && IsWhole(histogram.ZeroCount) && histogram.Positive.Counts.All(IsWhole) && histogram.Negative.Counts.All(IsWhole);

    private static bool IsWhole(double value) => Math.Abs(value) < 1L << 52 && value == Math.Truncate(value) && (value != 0 || !double.IsNegative(value));

    /// <summary>Whole counts as a difference where the one before was whole too, which the reader sees by its value.</summary>
    private static void PutCount(RecordWriter into, double value, double before, bool whole)
    {
        if (whole)
        {
            into.Signed((long)value - (IsWhole(before) ? (long)before : 0));
        }
        else
        {
            into.Double(value);
        }
    }

    private static double GetCount(ref RecordReader reader, double before, bool whole)
        => whole ? reader.Signed() + (IsWhole(before) ? (long)before : 0) : reader.Double();

    private static void PutCounts(RecordWriter into, double[] counts, double[]? before, bool whole)
    {
        for (int index = 0; index < counts.Length; index++)
        {
            PutCount(into, counts[index], before?[index] ?? 0, whole);
        }
    }

    private static double[] GetCounts(ref RecordReader reader, int length, double[]? before, bool whole)
    {
        double[] counts = new double[length];
        for (int index = 0; index < length; index++)
        {
            counts[index] = GetCount(ref reader, before?[index] ?? 0, whole);
        }

        return counts;
    }
}

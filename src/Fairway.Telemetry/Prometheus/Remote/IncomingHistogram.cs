using Fairway.PromQL;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Prometheus.Remote;

/// <summary>The histogram message of remote write 1.0 and 2.0, which is the same in both.</summary>
internal static class IncomingHistogram
{
    private const int HighestSchema = 8;
    private const int LowestSchema = -4;
    private const int MostSchema = 52;
    private const int MostBuckets = 10_000;

    /// <summary>Reads one message.</summary>
    /// <exception cref="ProtoException">The bytes are no such message.</exception>
    /// <exception cref="FormatException">It says something impossible; the message says what.</exception>
    public static FloatHistogram Read(ReadOnlySpan<byte> data, out long time)
    {
        var reader = new ProtoReader(data);
        double count = 0;
        double zero = 0;
        double sum = 0;
        double threshold = 0;
        int schema = 0;
        int hint = 0;
        bool whole = true;
        var negativeSpans = new List<(int Offset, uint Length)>();
        var positiveSpans = new List<(int Offset, uint Length)>();
        var negativeDeltas = new List<ulong>();
        var positiveDeltas = new List<ulong>();
        var negativeCounts = new List<double>();
        var positiveCounts = new List<double>();
        var bounds = new List<double>();
        time = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: count = reader.UInt64(); break;
                case 2: count = reader.Double(); whole = false; break;
                case 3: sum = reader.Double(); break;
                case 4: schema = reader.SInt32(); break;
                case 5: threshold = reader.Double(); break;
                case 6: zero = reader.UInt64(); break;
                case 7: zero = reader.Double(); break;
                case 8: negativeSpans.Add(Span(reader.Bytes())); break;
                case 9: reader.Varints(negativeDeltas); break;
                case 10: reader.Doubles(negativeCounts); break;
                case 11: positiveSpans.Add(Span(reader.Bytes())); break;
                case 12: reader.Varints(positiveDeltas); break;
                case 13: reader.Doubles(positiveCounts); break;
                case 14: hint = reader.Int32(); break;
                case 15: time = reader.Int64(); break;
                case 16: reader.Doubles(bounds); break;
                default: reader.Skip(); break;
            }
        }

        if (StaleMarker.Is(sum))
        {
            return FloatHistogram.Stale;
        }

        var histogram = new FloatHistogram
        {
            Hint = hint == 3 ? CounterResetHint.Gauge : CounterResetHint.Unknown,
            Schema = schema,
            ZeroThreshold = threshold,
            ZeroCount = zero,
            Count = count,
            Sum = sum,
            Positive = Buckets("positive", positiveSpans, whole ? Absolute(positiveDeltas) : positiveCounts),
            Negative = Buckets("negative", negativeSpans, whole ? Absolute(negativeDeltas) : negativeCounts),
            CustomBounds = [.. bounds],
        };
        Check(histogram, whole);
        return histogram.Schema > HighestSchema ? Reduced(histogram) : histogram;
    }

    private static void Check(FloatHistogram histogram, bool whole)
    {
        if (histogram.IsCustom)
        {
            CheckCustom(histogram);
        }
        else if (histogram.Schema is < LowestSchema or > MostSchema)
        {
            throw new FormatException($"histogram has an invalid schema, got schema {histogram.Schema}");
        }
        else if (histogram.CustomBounds.Length > 0)
        {
            throw new FormatException("histogram with exponential schema must not have custom bounds");
        }

        if (histogram.ZeroCount < 0 || histogram.Count < 0)
        {
            throw new FormatException("histogram has a negative observation count");
        }

        double observed = histogram.ZeroCount + histogram.Positive.Counts.Sum() + histogram.Negative.Counts.Sum();
        if (histogram.Positive.Counts.Concat(histogram.Negative.Counts).Any(one => one < 0))
        {
            throw new FormatException("histogram has a bucket whose observation count is negative");
        }

        // A NaN counts as an observation that is in no bucket, so that there may be more observations than buckets hold, never fewer.
        if (whole && (double.IsNaN(histogram.Sum) ? observed > histogram.Count : !observed.Equals(histogram.Count)))
        {
            throw new FormatException(
                $"{GoText.FormatPlain(observed)} observations found in buckets, but the Count field is {GoText.FormatPlain(histogram.Count)}: histogram's observation count should equal the number of observations found in the buckets");
        }
    }

    private static void CheckCustom(FloatHistogram histogram)
    {
        if (histogram.Negative.Length > 0 || histogram.ZeroCount != 0 || histogram.ZeroThreshold != 0)
        {
            throw new FormatException("custom buckets: must not have negative or zero buckets");
        }

        for (int index = 0; index < histogram.CustomBounds.Length; index++)
        {
            if (double.IsNaN(histogram.CustomBounds[index]) || (index > 0 && histogram.CustomBounds[index] <= histogram.CustomBounds[index - 1]))
            {
                throw new FormatException("histogram custom bounds must be in strictly increasing order");
            }
        }

        if (histogram.Positive.Indexes.Any(index => index < 0 || index > histogram.CustomBounds.Length))
        {
            throw new FormatException("histogram custom bounds are too few for the buckets");
        }
    }

    /// <summary>Finer layouts than a store keeps become the finest it does: neighbouring buckets are added up.</summary>
    private static FloatHistogram Reduced(FloatHistogram histogram)
    {
        int shift = histogram.Schema - HighestSchema;
        return new FloatHistogram
        {
            Hint = histogram.Hint,
            Schema = HighestSchema,
            ZeroThreshold = histogram.ZeroThreshold,
            ZeroCount = histogram.ZeroCount,
            Count = histogram.Count,
            Sum = histogram.Sum,
            Positive = Merge(histogram.Positive, shift),
            Negative = Merge(histogram.Negative, shift),
        };
    }

    private static BucketSet Merge(BucketSet buckets, int shift)
    {
        var merged = new SortedDictionary<int, double>();
        for (int at = 0; at < buckets.Length; at++)
        {
            int index = ((buckets.Indexes[at] - 1) >> shift) + 1;
            merged[index] = merged.GetValueOrDefault(index) + buckets.Counts[at];
        }

        return new BucketSet([.. merged.Keys], [.. merged.Values]);
    }

    private static (int Offset, uint Length) Span(ReadOnlySpan<byte> data)
    {
        var reader = new ProtoReader(data);
        int offset = 0;
        uint length = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: offset = reader.SInt32(); break;
                case 2: length = reader.UInt32(); break;
                default: reader.Skip(); break;
            }
        }

        return (offset, length);
    }

    private static List<double> Absolute(List<ulong> deltas)
    {
        var counts = new List<double>(deltas.Count);
        long count = 0;
        foreach (ulong delta in deltas)
        {
            counts.Add(count += ProtoReader.ZigZag(delta));
        }

        return counts;
    }

    private static BucketSet Buckets(string side, List<(int Offset, uint Length)> spans, List<double> counts)
    {
        long needed = spans.Sum(span => (long)span.Length);
        if (needed != counts.Count)
        {
            throw new FormatException($"{side} side: spans need {needed} buckets, have {counts.Count} buckets: histogram spans specify different number of buckets than provided");
        }

        if (spans.Skip(1).Any(span => span.Offset < 0))
        {
            throw new FormatException($"{side} side: span number 2 with offset {spans.Skip(1).First(span => span.Offset < 0).Offset}: histogram has a span whose offset is negative");
        }

        return needed switch
        {
            0 => BucketSet.None,
            > MostBuckets => throw new FormatException($"{side} side: {needed} buckets, the limit is {MostBuckets}"),
            _ => BucketSet.FromSpans([.. spans], [.. counts]),
        };
    }
}

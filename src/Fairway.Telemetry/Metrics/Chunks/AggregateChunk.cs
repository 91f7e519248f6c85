using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Metrics.Chunks;

/// <summary>What is wanted of samples that were put together.</summary>
internal enum AggregateView
{
    /// <summary>Values over time: for selectors as they stand, and for functions of single samples.</summary>
    Points,

    /// <summary>The least value of each interval.</summary>
    Least,

    /// <summary>The greatest value of each interval.</summary>
    Greatest,

    /// <summary>As many samples as there were, with the same sum, least and greatest value.</summary>
    Spread,
}

/// <summary>The samples of an interval put together. Times in milliseconds.</summary>
internal readonly record struct Aggregate(long FirstTime, double First, long LastTime, double Last, long Count, double Sum, double Min, double Max);

/// <summary>
/// A chunk of aggregates of a gauge: what minimum, maximum, sum, count and average over time need to be right, and the first and the
/// last sample. Each column is packed like the values of an ordinary chunk.
/// </summary>
internal static class AggregateChunk
{
    public const int MostIntervals = 240;

    /// <summary>Selectors look back five minutes: points of one interval are never further apart.</summary>
    private const long MostGap = 4 * 60_000;

    public static byte[] Encode(ReadOnlySpan<Aggregate> intervals)
    {
        int count = intervals.Length;
        long[] firstTimes = new long[count];
        long[] lastTimes = new long[count];
        long[] numbers = new long[count];
        double[][] columns = [new double[count], new double[count], new double[count], new double[count], new double[count], new double[count]];
        for (int index = 0; index < count; index++)
        {
            Aggregate one = intervals[index];
            (firstTimes[index], lastTimes[index], numbers[index]) = (one.FirstTime, one.LastTime, index);
            (columns[0][index], columns[1][index], columns[2][index]) = (one.First, one.Last, one.Count);
            (columns[3][index], columns[4][index], columns[5][index]) = (one.Sum, one.Min, one.Max);
        }

        var chunk = new RecordWriter();
        chunk.Varint((ulong)count);
        for (int column = 0; column < columns.Length; column++)
        {
            chunk.Bytes(PackedFloats.Encode(column switch { 0 => firstTimes, 1 => lastTimes, _ => numbers }, columns[column]));
        }

        return chunk.Written.ToArray();
    }

    /// <summary>The aggregates themselves.</summary>
    /// <exception cref="ChunkException">The bytes are no such chunk.</exception>
    public static Aggregate[] Decode(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new RecordReader(data);
            int count = reader.Count();
            if (count > MostIntervals)
            {
                throw new ChunkException($"a chunk has {count} intervals, more than {MostIntervals}");
            }

            long[][] times = new long[6][];
            double[][] columns = new double[6][];
            for (int column = 0; column < columns.Length; column++)
            {
                times[column] = new long[count];
                columns[column] = new double[count];
                PackedFloats.Decode(reader.Bytes(), count, times[column], columns[column]);
            }

            var intervals = new Aggregate[count];
            for (int index = 0; index < count; index++)
            {
                intervals[index] = new Aggregate(
                    times[0][index], columns[0][index], times[1][index], columns[1][index], (long)columns[2][index], columns[3][index], columns[4][index], columns[5][index]);
            }

            return intervals;
        }
        catch (InvalidDataException damaged)
        {
            throw new ChunkException($"a chunk of aggregates is damaged: {damaged.Message}");
        }
    }

    /// <summary>Appends samples that answer as the original ones did, for the kind of question that is asked.</summary>
    public static void Decode(ReadOnlySpan<byte> data, AggregateView view, DecodedSamples into)
    {
        foreach (Aggregate one in Decode(data))
        {
            switch (view)
            {
                case AggregateView.Least:
                    into.Add(one.LastTime, one.Min);
                    break;
                case AggregateView.Greatest:
                    into.Add(one.LastTime, one.Max);
                    break;
                case AggregateView.Spread:
                    Spread(one, into);
                    break;
                default:
                    Points(one, into);
                    break;
            }
        }
    }

    private static void Points(Aggregate one, DecodedSamples into)
    {
        if (one.FirstTime == one.LastTime)
        {
            into.Add(one.LastTime, one.Last);
            return;
        }

        into.Add(one.FirstTime, one.First);
        double average = one.Sum / one.Count;
        for (long time = one.FirstTime + MostGap; time < one.LastTime; time += MostGap)
        {
            into.Add(time, average);
        }

        into.Add(one.LastTime, one.Last);
    }

    /// <summary>The least, the greatest, and the others all alike, evenly over the interval.</summary>
    private static void Spread(Aggregate one, DecodedSamples into)
    {
        if (one.Count <= 2)
        {
            if (one.Count == 2)
            {
                into.Add(one.FirstTime, one.First);
            }

            into.Add(one.LastTime, one.Last);
            return;
        }

        double other = (one.Sum - one.Min - one.Max) / (one.Count - 2);
        double every = (double)(one.LastTime - one.FirstTime) / (one.Count - 1);
        for (long index = 0; index < one.Count; index++)
        {
            into.Add(
                index == one.Count - 1 ? one.LastTime : one.FirstTime + (long)(index * every),
                index == 0 ? one.Min : index == one.Count - 1 ? one.Max : other);
        }
    }
}

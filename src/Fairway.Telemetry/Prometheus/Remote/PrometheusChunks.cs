using System.Buffers.Binary;
using System.Numerics;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;

namespace Fairway.Telemetry.Prometheus.Remote;

/// <summary>A chunk in the encoding of Prometheus' own store.</summary>
/// <param name="Encoding">1 for floats, 3 for float histograms: the numbers of <c>prometheus.Chunk.Encoding</c>.</param>
/// <param name="MinTime">Of its first sample.</param>
/// <param name="MaxTime">Of its last sample.</param>
/// <param name="Data">The chunk.</param>
internal readonly record struct PrometheusChunk(int Encoding, long MinTime, long MaxTime, byte[] Data);

/// <summary>
/// Samples as the chunks that streamed remote read carries: the format of Prometheus' <c>tsdb/chunkenc</c>, at most 120 samples
/// each. A histogram of another layout begins a new chunk. O(samples).
/// </summary>
internal static class PrometheusChunks
{
    private const int MostSamples = 120;
    private const int Floats = 1;
    private const int FloatHistograms = 3;
    private const byte GaugeType = 0b1100_0000;

    public static IEnumerable<PrometheusChunk> Encode(SampleBuffer samples)
    {
        for (int start = 0; start < samples.Count;)
        {
            int end = End(samples, start);
            yield return samples.HistogramAt(start) is null ? FloatChunk(samples, start, end) : HistogramChunk(samples, start, end);
            start = end;
        }
    }

    private static int End(SampleBuffer samples, int start)
    {
        FloatHistogram? first = samples.HistogramAt(start);
        int end = start + 1;
        while (end < samples.Count && end - start < MostSamples)
        {
            FloatHistogram? next = samples.HistogramAt(end);
            if (first is null ? next is not null : next is null || !SameLayout(first, next))
            {
                break;
            }

            end++;
        }

        return end;
    }

    private static PrometheusChunk FloatChunk(SampleBuffer samples, int start, int end)
    {
        var bits = new BitWriter(64);
        bits.Write((ulong)(end - start), 16);
        var value = new XorValue();
        long delta = 0;
        for (int index = start; index < end; index++)
        {
            long time = samples.Times[index];
            if (index == start)
            {
                Varint(ref bits, (ulong)((time << 1) ^ (time >> 63)));
                value.First(ref bits, samples.Values[index]);
                continue;
            }

            long now = time - samples.Times[index - 1];
            if (index == start + 1)
            {
                Varint(ref bits, (ulong)now);
            }
            else
            {
                DeltaOfDelta(ref bits, now - delta);
            }

            delta = now;
            value.Next(ref bits, samples.Values[index]);
        }

        return new PrometheusChunk(Floats, samples.Times[start], samples.Times[end - 1], bits.Written.ToArray());
    }

    private static PrometheusChunk HistogramChunk(SampleBuffer samples, int start, int end)
    {
        FloatHistogram first = samples.HistogramAt(start)!;
        var bits = new BitWriter(256);
        bits.Write((ulong)(end - start), 16);
        bits.Write(first.Hint == CounterResetHint.Gauge ? GaugeType : 0UL, 8);
        Layout(ref bits, first);
        XorValue[] values = [.. Numbers(first).Select(_ => new XorValue())];
        long last = 0;
        long delta = 0;
        for (int index = start; index < end; index++)
        {
            long time = samples.Times[index];
            VarbitInt(ref bits, index == start ? time : time - last - delta);
            delta = index == start ? 0 : time - last;
            last = time;
            int at = 0;
            foreach (double number in Numbers(samples.HistogramAt(index)!))
            {
                if (index == start)
                {
                    values[at++].First(ref bits, number);
                }
                else
                {
                    values[at++].Next(ref bits, number);
                }
            }
        }

        return new PrometheusChunk(FloatHistograms, samples.Times[start], samples.Times[end - 1], bits.Written.ToArray());
    }

    /// <summary>Count, zero bucket, sum and all buckets, in the order of the format.</summary>
    private static IEnumerable<double> Numbers(FloatHistogram histogram)
    {
        if (histogram.IsStale)
        {
            return [0, 0, StaleMarker.Value];
        }

        return [histogram.Count, histogram.ZeroCount, histogram.Sum, .. histogram.Positive.Counts, .. histogram.Negative.Counts];
    }

    private static void Layout(ref BitWriter bits, FloatHistogram histogram)
    {
        bool stale = histogram.IsStale;
        ZeroThreshold(ref bits, stale ? 0 : histogram.ZeroThreshold);
        VarbitInt(ref bits, stale ? 0 : histogram.Schema);
        Spans(ref bits, stale ? BucketSet.None : histogram.Positive);
        Spans(ref bits, stale ? BucketSet.None : histogram.Negative);
        if (!stale && histogram.Schema == -53)
        {
            VarbitUint(ref bits, (ulong)histogram.CustomBounds.Length);
            foreach (double bound in histogram.CustomBounds)
            {
                bits.Bit(false);
                bits.Write(BitConverter.DoubleToUInt64Bits(bound), 64);
            }
        }
    }

    private static void Spans(ref BitWriter bits, BucketSet buckets)
    {
        (int Offset, uint Length)[] spans = [.. buckets.Spans()];
        VarbitUint(ref bits, (ulong)spans.Length);
        foreach ((int offset, uint length) in spans)
        {
            VarbitUint(ref bits, length);
            VarbitInt(ref bits, offset);
        }
    }

    private static void ZeroThreshold(ref BitWriter bits, double threshold)
    {
        if (threshold == 0)
        {
            bits.Write(0, 8);
            return;
        }

        // Powers of two from 2^-243 to 2^10 take their exponent plus 244; 0.5 * 2^n is a power of two too.
        ulong raw = BitConverter.DoubleToUInt64Bits(threshold);
        int exponent = (int)(raw >> 52) - 1022;
        if ((raw & 0xFFFFFFFFFFFFF) == 0 && exponent is >= -242 and <= 11)
        {
            bits.Write((ulong)(exponent + 243), 8);
            return;
        }

        bits.Write(255, 8);
        bits.Write(raw, 64);
    }

    private static bool SameLayout(FloatHistogram one, FloatHistogram other)
        => one.IsStale == other.IsStale
            && (one.IsStale || (one.Schema == other.Schema
                && (one.Hint == CounterResetHint.Gauge) == (other.Hint == CounterResetHint.Gauge)
                && one.ZeroThreshold.Equals(other.ZeroThreshold)
                && one.Positive.Indexes.AsSpan().SequenceEqual(other.Positive.Indexes)
                && one.Negative.Indexes.AsSpan().SequenceEqual(other.Negative.Indexes)
                && one.CustomBounds.AsSpan().SequenceEqual(other.CustomBounds)));

    private static void Varint(ref BitWriter bits, ulong value)
    {
        while (value >= 0x80)
        {
            bits.Write((value & 0x7F) | 0x80, 8);
            value >>= 7;
        }

        bits.Write(value, 8);
    }

    private static void DeltaOfDelta(ref BitWriter bits, long change)
    {
        if (change == 0)
        {
            bits.Write(0, 1);
        }
        else if (Fits(change, 14))
        {
            bits.Write(0b10, 2);
            bits.Write((ulong)change, 14);
        }
        else if (Fits(change, 17))
        {
            bits.Write(0b110, 3);
            bits.Write((ulong)change, 17);
        }
        else if (Fits(change, 20))
        {
            bits.Write(0b1110, 4);
            bits.Write((ulong)change, 20);
        }
        else
        {
            bits.Write(0b1111, 4);
            bits.Write((ulong)change, 64);
        }
    }

    private static readonly int[] VarbitWidths = [3, 6, 9, 12, 18, 25, 56];

    private static void VarbitInt(ref BitWriter bits, long value)
    {
        if (value == 0)
        {
            bits.Write(0, 1);
            return;
        }

        int step = Array.FindIndex(VarbitWidths, width => Fits(value, width));
        Varbit(ref bits, (ulong)value, step);
    }

    private static void VarbitUint(ref BitWriter bits, ulong value)
    {
        if (value == 0)
        {
            bits.Write(0, 1);
            return;
        }

        int step = Array.FindIndex(VarbitWidths, width => 64 - BitOperations.LeadingZeroCount(value) <= width);
        Varbit(ref bits, value, step);
    }

    /// <summary>A one for the step and each before it, a zero, then the number in the step's width; eight ones and 64 bits beyond the last.</summary>
    private static void Varbit(ref BitWriter bits, ulong value, int step)
    {
        if (step < 0)
        {
            bits.Write(0xFF, 8);
            bits.Write(value, 64);
            return;
        }

        bits.Write((1UL << (step + 2)) - 2, step + 2);
        bits.Write(value, VarbitWidths[step]);
    }

    private static bool Fits(long value, int bits) => -((1L << (bits - 1)) - 1) <= value && value <= 1L << (bits - 1);

    /// <summary>A number whose changes are written as exclusive-or.</summary>
    private sealed class XorValue
    {
        private ulong _last;
        private int _leading = 255;
        private int _trailing;

        public void First(ref BitWriter bits, double value)
        {
            _last = BitConverter.DoubleToUInt64Bits(value);
            bits.Write(_last, 64);
        }

        public void Next(ref BitWriter bits, double value)
        {
            ulong now = BitConverter.DoubleToUInt64Bits(value);
            ulong change = now ^ _last;
            _last = now;
            if (change == 0)
            {
                bits.Write(0, 1);
                return;
            }

            int leading = Math.Min(31, BitOperations.LeadingZeroCount(change));
            int trailing = BitOperations.TrailingZeroCount(change);
            if (_leading != 255 && leading >= _leading && trailing >= _trailing)
            {
                bits.Write(0b10, 2);
                bits.Write(change >> _trailing, 64 - _leading - _trailing);
                return;
            }

            (_leading, _trailing) = (leading, trailing);
            int width = 64 - leading - trailing;
            bits.Write(0b11, 2);
            bits.Write((ulong)leading, 5);
            bits.Write((ulong)(width & 63), 6);
            bits.Write(change >> trailing, width);
        }
    }
}

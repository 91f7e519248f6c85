using System.Numerics;

namespace Fairway.Telemetry.Metrics.Chunks;

/// <summary>
/// A sealed chunk of floats. The values take the shortest of four forms: one constant; whole numbers as differences or as the
/// change of their differences (counters, gauges of bytes); decimal fractions scaled to whole numbers where that is exactly
/// reversible (12.34 as 1234); else exclusive-or. Numbers go into bit classes whose widths are chosen for each chunk. Encoding is
/// O(samples), a few passes over at most 120; decoding is one pass.
/// </summary>
internal static class PackedFloats
{
    private const int ScaleLimit = 6;
    private static readonly double[] Powers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
    private const double Exact = 1L << 52;

    private enum Form
    {
        Constant = 0,
        Deltas = 1,
        Changes = 2,
        Xor = 3,
    }

    /// <summary>Packs samples in rising order of time.</summary>
    public static byte[] Encode(ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        var bits = new BitWriter(16 + times.Length);
        PutTimes(ref bits, times);
        PutValues(ref bits, values);
        return bits.Written.ToArray();
    }

    /// <summary>Writes the samples to the start of two spans.</summary>
    /// <exception cref="ChunkException">The bytes are no such chunk.</exception>
    public static void Decode(ReadOnlySpan<byte> data, int count, Span<long> times, Span<double> values)
    {
        if (count == 0)
        {
            return;
        }

        var bits = new BitReader(data);
        GetTimes(ref bits, count, times);
        GetValues(ref bits, count, values);
    }

    private static void PutTimes(ref BitWriter bits, ReadOnlySpan<long> times)
    {
        PutVarint(ref bits, Zig(times[0]));
        if (times.Length == 1)
        {
            return;
        }

        PutVarint(ref bits, (ulong)(times[1] - times[0]));
        Span<long> changes = times.Length <= 512 ? stackalloc long[times.Length - 2] : new long[times.Length - 2];
        for (int index = 2; index < times.Length; index++)
        {
            changes[index - 2] = times[index] - (2 * times[index - 1]) + times[index - 2];
        }

        PutNumbers(ref bits, changes, BestWidth(changes, out _));
    }

    private static void GetTimes(ref BitReader bits, int count, Span<long> times)
    {
        long time = Zag(GetVarint(ref bits));
        times[0] = time;
        if (count == 1)
        {
            return;
        }

        long delta = (long)GetVarint(ref bits);
        time += delta;
        times[1] = time;
        int width = (int)bits.Read(6);
        for (int index = 2; index < count; index++)
        {
            delta += GetNumber(ref bits, width);
            time += delta;
            times[index] = time;
        }
    }

    private static void PutValues(ref BitWriter bits, ReadOnlySpan<double> values)
    {
        if (AllSame(values))
        {
            bits.Write((ulong)Form.Constant, 2);
            bits.Write(BitConverter.DoubleToUInt64Bits(values[0]), 64);
            return;
        }

        Span<long> whole = values.Length <= 512 ? stackalloc long[values.Length] : new long[values.Length];
        int scale = Scale(values, whole);
        if (scale < 0)
        {
            PutXor(ref bits, values);
            return;
        }

        Span<long> deltas = values.Length <= 512 ? stackalloc long[values.Length - 1] : new long[values.Length - 1];
        Span<long> changes = values.Length <= 512 ? stackalloc long[values.Length - 1] : new long[values.Length - 1];
        for (int index = 1; index < values.Length; index++)
        {
            deltas[index - 1] = whole[index] - whole[index - 1];
            changes[index - 1] = index == 1 ? deltas[0] : deltas[index - 1] - deltas[index - 2];
        }

        int deltaWidth = BestWidth(deltas, out long deltaCost);
        int changeWidth = BestWidth(changes, out long changeCost);
        if (Math.Min(deltaCost, changeCost) > XorCost(values))
        {
            PutXor(ref bits, values);
            return;
        }

        bool byDelta = deltaCost <= changeCost;
        bits.Write((ulong)(byDelta ? Form.Deltas : Form.Changes), 2);
        bits.Write((ulong)scale, 3);
        PutVarint(ref bits, Zig(whole[0]));
        PutNumbers(ref bits, byDelta ? deltas : changes, byDelta ? deltaWidth : changeWidth);
    }

    private static void GetValues(ref BitReader bits, int count, Span<double> values)
    {
        var form = (Form)bits.Read(2);
        switch (form)
        {
            case Form.Constant:
                double same = BitConverter.UInt64BitsToDouble(bits.Read(64));
                values[..count].Fill(same);
                break;
            case Form.Xor:
                GetXor(ref bits, count, values);
                break;
            default:
                GetWhole(ref bits, count, values, form == Form.Changes);
                break;
        }
    }

    private static void GetWhole(ref BitReader bits, int count, Span<double> values, bool byChange)
    {
        int scale = (int)bits.Read(3);
        double divisor = scale <= ScaleLimit ? Powers[scale] : throw new ChunkException($"a chunk has scale {scale}");
        long whole = Zag(GetVarint(ref bits));
        values[0] = whole / divisor;
        int width = (int)bits.Read(6);
        long delta = 0;
        for (int index = 1; index < count; index++)
        {
            long number = GetNumber(ref bits, width);
            delta = byChange ? delta + number : number;
            whole += delta;
            values[index] = scale == 0 ? whole : whole / divisor;
        }
    }

    private static bool AllSame(ReadOnlySpan<double> values)
    {
        ulong first = BitConverter.DoubleToUInt64Bits(values[0]);
        foreach (double value in values)
        {
            if (BitConverter.DoubleToUInt64Bits(value) != first)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The fewest decimals after which all values are whole, or -1; negative zero, NaN and infinities have none.</summary>
    private static int Scale(ReadOnlySpan<double> values, Span<long> whole)
    {
        int scale = 0;
        for (int index = 0; index < values.Length; index++)
        {
            double value = values[index];
            while (true)
            {
                double scaled = value * Powers[scale];
                double rounded = Math.Round(scaled);
                if (!(Math.Abs(rounded) < Exact))
                {
                    return -1;
                }

                // Bit for bit, so that also the sign of zero must come back.
                if (BitConverter.DoubleToInt64Bits((long)rounded / Powers[scale]) == BitConverter.DoubleToInt64Bits(value))
                {
                    whole[index] = (long)rounded;
                    break;
                }

                if (++scale > ScaleLimit)
                {
                    return -1;
                }

                index = 0;
                value = values[0];
            }
        }

        return scale;
    }

    private static void PutXor(ref BitWriter bits, ReadOnlySpan<double> values)
    {
        bits.Write((ulong)Form.Xor, 2);
        ulong last = BitConverter.DoubleToUInt64Bits(values[0]);
        bits.Write(last, 64);
        int leading = 255;
        int trailing = 0;
        foreach (double value in values[1..])
        {
            ulong now = BitConverter.DoubleToUInt64Bits(value);
            ulong change = now ^ last;
            last = now;
            if (change == 0)
            {
                bits.Write(0, 1);
                continue;
            }

            int leads = Math.Min(31, BitOperations.LeadingZeroCount(change));
            int trails = BitOperations.TrailingZeroCount(change);
            // A wider old window is kept while it wastes less than a new one costs to describe.
            if (leading != 255 && leads >= leading && trails >= trailing && leads - leading + trails - trailing < 11)
            {
                bits.Write(0b10, 2);
                bits.Write(change >> trailing, 64 - leading - trailing);
                continue;
            }

            (leading, trailing) = (leads, trails);
            int width = 64 - leads - trails;
            bits.Write(0b11, 2);
            bits.Write((ulong)leads, 5);
            bits.Write((ulong)(width & 63), 6);
            bits.Write(change >> trails, width);
        }
    }

    private static void GetXor(ref BitReader bits, int count, Span<double> values)
    {
        ulong value = bits.Read(64);
        values[0] = BitConverter.UInt64BitsToDouble(value);
        int leading = 0;
        int trailing = 0;
        for (int index = 1; index < count; index++)
        {
            if (bits.Bit())
            {
                if (bits.Bit())
                {
                    leading = (int)bits.Read(5);
                    int width = (int)bits.Read(6);
                    trailing = 64 - leading - (width == 0 ? 64 : width);
                    if (trailing < 0)
                    {
                        throw new ChunkException("a chunk's value is wider than 64 bits");
                    }
                }

                value ^= bits.Read(64 - leading - trailing) << trailing;
            }

            values[index] = BitConverter.UInt64BitsToDouble(value);
        }
    }

    /// <summary>About what the exclusive-or form takes; near enough to choose by.</summary>
    private static long XorCost(ReadOnlySpan<double> values)
    {
        long cost = 0;
        for (int index = 1; index < values.Length; index++)
        {
            ulong change = BitConverter.DoubleToUInt64Bits(values[index]) ^ BitConverter.DoubleToUInt64Bits(values[index - 1]);
            cost += change == 0 ? 1 : 6 + 64 - Math.Min(31, BitOperations.LeadingZeroCount(change)) - BitOperations.TrailingZeroCount(change);
        }

        return cost;
    }

    /// <summary>Widths of the classes 10, 110 and 1110 for a first width; 0 is the number zero and 1111 holds 64 bits.</summary>
    private static int Wider(int width, int step) => Math.Min(63, step == 1 ? width + 4 : (width * 2) + 10);

    /// <summary>The first width with which the numbers take the fewest bits.</summary>
    private static int BestWidth(ReadOnlySpan<long> numbers, out long cost)
    {
        Span<int> lengths = stackalloc int[65];
        foreach (long number in numbers)
        {
            lengths[64 - BitOperations.LeadingZeroCount(Zig(number))]++;
        }

        cost = long.MaxValue;
        int best = 1;
        for (int width = 1; width <= 40; width++)
        {
            long total = lengths[0];
            for (int length = 1; length <= 64; length++)
            {
                total += lengths[length] * (long)(length <= width ? 2 + width
                    : length <= Wider(width, 1) ? 3 + Wider(width, 1)
                    : length <= Wider(width, 2) ? 4 + Wider(width, 2)
                    : 4 + 64);
            }

            if (total < cost)
            {
                cost = total;
                best = width;
            }
        }

        return best;
    }

    private static void PutNumbers(ref BitWriter bits, ReadOnlySpan<long> numbers, int width)
    {
        bits.Write((ulong)width, 6);
        foreach (long number in numbers)
        {
            ulong zig = Zig(number);
            int length = 64 - BitOperations.LeadingZeroCount(zig);
            if (length == 0)
            {
                bits.Write(0, 1);
            }
            else if (length <= width)
            {
                bits.Write(0b10, 2);
                bits.Write(zig, width);
            }
            else if (length <= Wider(width, 1))
            {
                bits.Write(0b110, 3);
                bits.Write(zig, Wider(width, 1));
            }
            else if (length <= Wider(width, 2))
            {
                bits.Write(0b1110, 4);
                bits.Write(zig, Wider(width, 2));
            }
            else
            {
                bits.Write(0b1111, 4);
                bits.Write(zig, 64);
            }
        }
    }

    private static long GetNumber(ref BitReader bits, int width) => bits.Ones(4) switch
    {
        0 => 0,
        1 => Zag(bits.Read(width)),
        2 => Zag(bits.Read(Wider(width, 1))),
        3 => Zag(bits.Read(Wider(width, 2))),
        _ => Zag(bits.Read(64)),
    };

    private static void PutVarint(ref BitWriter bits, ulong value)
    {
        while (value >= 0x80)
        {
            bits.Write((value & 0x7F) | 0x80, 8);
            value >>= 7;
        }

        bits.Write(value, 8);
    }

    private static ulong GetVarint(ref BitReader bits)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            ulong one = bits.Read(8);
            value |= (one & 0x7F) << shift;
            if (one < 0x80)
            {
                return value;
            }
        }

        throw new ChunkException("a chunk's number does not end");
    }

    private static ulong Zig(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static long Zag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}

using System.Numerics;

namespace Fairway.Telemetry.Metrics.Chunks;

/// <summary>
/// The chunk that a series appends to: timestamps as the change of their distance, values as the exclusive-or with the one
/// before (the encoding of Facebook's Gorilla paper with the bit classes of Prometheus). O(1) an append, about 1 to 3 bytes a
/// sample; sealed chunks are packed tighter (<see cref="PackedFloats"/>). A reader may decode while one thread appends: it takes
/// <see cref="Count"/> and the buffer under the series' lock.
/// </summary>
internal sealed class OpenFloatChunk
{
    private BitWriter _out = new(32);
    private long _delta;
    private int _leading = 255;
    private int _trailing;

    public int Count { get; private set; }

    public long First { get; private set; }

    public long Last { get; private set; }

    public double LastValue { get; private set; }

    /// <summary>Bytes held, for the accounts of memory.</summary>
    public int Capacity => _out.Capacity;

    public ReadOnlySpan<byte> Data => _out.Written;

    /// <summary>Appends a sample later than all before it.</summary>
    public void Append(long timestamp, double value)
    {
        if (Count == 0)
        {
            First = timestamp;
            _out.Write((ulong)timestamp, 64);
            _out.Write(BitConverter.DoubleToUInt64Bits(value), 64);
        }
        else
        {
            long delta = timestamp - Last;
            PutTime(delta - _delta);
            _delta = delta;
            PutValue(value);
        }

        Last = timestamp;
        LastValue = value;
        Count++;
    }

    /// <summary>Takes a chunk up where another run left it: one pass over its bits, nothing is encoded anew.</summary>
    /// <exception cref="ChunkException">The bytes are no such chunk.</exception>
    public static OpenFloatChunk Load(ReadOnlySpan<byte> data, int count)
    {
        var chunk = new OpenFloatChunk();
        var bits = new BitReader(data);
        long time = (long)bits.Read(64);
        ulong value = bits.Read(64);
        chunk.First = time;
        for (int index = 1; index < count; index++)
        {
            chunk._delta += Time(ref bits);
            time += chunk._delta;
            if (!bits.Bit())
            {
                continue;
            }

            if (bits.Bit())
            {
                chunk._leading = (int)bits.Read(5);
                int width = (int)bits.Read(6);
                chunk._trailing = 64 - chunk._leading - (width == 0 ? 64 : width);
            }

            value ^= bits.Read(64 - chunk._leading - chunk._trailing) << chunk._trailing;
        }

        (chunk.Count, chunk.Last, chunk.LastValue) = (count, time, BitConverter.UInt64BitsToDouble(value));
        chunk._out = new BitWriter(data.ToArray(), bits.Position);
        return chunk;
    }

    /// <summary>Writes the samples to the start of two spans.</summary>
    public static void Decode(ReadOnlySpan<byte> data, int count, Span<long> times, Span<double> values)
    {
        if (count == 0)
        {
            return;
        }

        var bits = new BitReader(data);
        long time = (long)bits.Read(64);
        ulong value = bits.Read(64);
        times[0] = time;
        values[0] = BitConverter.UInt64BitsToDouble(value);
        long delta = 0;
        int leading = 0;
        int trailing = 0;
        for (int index = 1; index < count; index++)
        {
            delta += Time(ref bits);
            time += delta;
            if (bits.Bit())
            {
                if (bits.Bit())
                {
                    leading = (int)bits.Read(5);
                    int width = (int)bits.Read(6);
                    trailing = 64 - leading - (width == 0 ? 64 : width);
                }

                value ^= bits.Read(64 - leading - trailing) << trailing;
            }

            times[index] = time;
            values[index] = BitConverter.UInt64BitsToDouble(value);
        }
    }

    private void PutTime(long change)
    {
        switch (change)
        {
            case 0:
                _out.Write(0, 1);
                break;
            case >= -8191 and <= 8192:
                _out.Write(0b10, 2);
                _out.Write((ulong)change, 14);
                break;
            case >= -65535 and <= 65536:
                _out.Write(0b110, 3);
                _out.Write((ulong)change, 17);
                break;
            case >= -524287 and <= 524288:
                _out.Write(0b1110, 4);
                _out.Write((ulong)change, 20);
                break;
            default:
                _out.Write(0b1111, 4);
                _out.Write((ulong)change, 64);
                break;
        }
    }

    internal static long Time(ref BitReader bits) => bits.Ones(4) switch
    {
        0 => 0,
        1 => Signed(bits.Read(14), 14),
        2 => Signed(bits.Read(17), 17),
        3 => Signed(bits.Read(20), 20),
        _ => (long)bits.Read(64),
    };

    /// <summary>The classes hold one more positive number than negative ones.</summary>
    private static long Signed(ulong value, int bits) => value > 1UL << (bits - 1) ? (long)value - (1L << bits) : (long)value;

    private void PutValue(double value)
    {
        ulong change = BitConverter.DoubleToUInt64Bits(value) ^ BitConverter.DoubleToUInt64Bits(LastValue);
        if (change == 0)
        {
            _out.Write(0, 1);
            return;
        }

        int leading = Math.Min(31, BitOperations.LeadingZeroCount(change));
        int trailing = BitOperations.TrailingZeroCount(change);
        if (_leading != 255 && leading >= _leading && trailing >= _trailing)
        {
            _out.Write(0b10, 2);
            _out.Write(change >> _trailing, 64 - _leading - _trailing);
            return;
        }

        _leading = leading;
        _trailing = trailing;
        int width = 64 - leading - trailing;
        _out.Write(0b11, 2);
        _out.Write((ulong)leading, 5);
        _out.Write((ulong)(width & 63), 6);
        _out.Write(change >> trailing, width);
    }
}

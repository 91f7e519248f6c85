namespace Fairway.Telemetry.Metrics.Chunks;

/// <summary>Appends bits to a buffer that grows; most significant bit first.</summary>
internal struct BitWriter
{
    private byte[] _buffer;
    private int _bits;

    public BitWriter(int capacity) => _buffer = new byte[capacity];

    /// <summary>Continues after <paramref name="bits"/> bits of an earlier writer's buffer.</summary>
    public BitWriter(byte[] buffer, int bits)
    {
        _buffer = buffer;
        _bits = bits;
    }

    public readonly int BitCount => _bits;

    public readonly int ByteCount => (_bits + 7) / 8;

    public readonly int Capacity => _buffer.Length;

    public readonly byte[] Buffer => _buffer;

    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, ByteCount);

    /// <summary>Appends the low <paramref name="count"/> bits of a value; at most 64.</summary>
    public void Write(ulong value, int count)
    {
        if (((_bits + count + 7) / 8) > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(16, Math.Max(_buffer.Length * 3 / 2, ((_bits + count + 7) / 8) + 8)));
        }

        // First what is free in the last byte, then whole bytes, then the rest on the left of a byte.
        value = count == 64 ? value : value & ((1UL << count) - 1);
        int free = 8 - (_bits & 7);
        int at = _bits >> 3;
        _bits += count;
        if (count <= free)
        {
            _buffer[at] |= (byte)(value << (free - count));
            return;
        }

        count -= free;
        _buffer[at++] |= (byte)(value >> count);
        while (count >= 8)
        {
            count -= 8;
            _buffer[at++] = (byte)(value >> count);
        }

        if (count > 0)
        {
            _buffer[at] = (byte)(value << (8 - count));
        }
    }

    public void Bit(bool one) => Write(one ? 1UL : 0UL, 1);
}

/// <summary>Reads what <see cref="BitWriter"/> wrote; past the end it throws.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _next;
    private ulong _held;
    private int _count;

    /// <summary>How many bits were read.</summary>
    public readonly int Position => (_next * 8) - _count;

    /// <exception cref="ChunkException">Fewer bits are left.</exception>
    public ulong Read(int count)
    {
        if (count <= _count)
        {
            _count -= count;
            return (_held >> _count) & Mask(count);
        }

        return Refill(count);
    }

    public bool Bit() => Read(1) != 0;

    /// <summary>How many ones come before the next zero, at most <paramref name="most"/>; the zero is consumed, after the most there is none.</summary>
    public int Ones(int most)
    {
        int ones = 0;
        while (ones < most && Bit())
        {
            ones++;
        }

        return ones;
    }

    private ulong Refill(int count)
    {
        int missing = count - _count;
        ulong high = _held & Mask(_count);
        _held = 0;
        _count = 0;
        int left = _data.Length - _next;
        if (left >= 8)
        {
            _held = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(_data[_next..]);
            _next += 8;
            _count = 64;
        }
        else
        {
            for (; left > 0; left--)
            {
                _held = (_held << 8) | _data[_next++];
                _count += 8;
            }
        }

        if (missing > _count)
        {
            throw new ChunkException("a chunk ends within a sample");
        }

        _count -= missing;
        ulong low = _count == 64 ? 0 : (_held >> _count) & Mask(missing);
        return missing == 64 ? low : (high << missing) | low;
    }

    private static ulong Mask(int count) => count >= 64 ? ulong.MaxValue : (1UL << count) - 1;
}

/// <summary>Bytes that are no chunk: the block that holds them is damaged.</summary>
public sealed class ChunkException(string message) : Exception(message);

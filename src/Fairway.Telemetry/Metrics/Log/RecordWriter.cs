using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Fairway.Telemetry.Metrics.Log;

/// <summary>Writes the fields of the store's own records: varints, fixed numbers, texts.</summary>
internal sealed class RecordWriter
{
    private readonly ArrayBufferWriter<byte> _out = new(1024);

    public int Length => _out.WrittenCount;

    public ReadOnlySpan<byte> Written => _out.WrittenSpan;

    public ReadOnlyMemory<byte> Memory => _out.WrittenMemory;

    public void Clear() => _out.ResetWrittenCount();

    public void Byte(byte value)
    {
        _out.GetSpan(1)[0] = value;
        _out.Advance(1);
    }

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_out.GetSpan(4), value);
        _out.Advance(4);
    }

    public void Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_out.GetSpan(8), value);
        _out.Advance(8);
    }

    public void Varint(ulong value)
    {
        Span<byte> into = _out.GetSpan(10);
        int at = 0;
        while (value >= 0x80)
        {
            into[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        into[at++] = (byte)value;
        _out.Advance(at);
    }

    public void Signed(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    public void Text(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Varint((ulong)length);
        Encoding.UTF8.GetBytes(value, _out.GetSpan(Math.Max(length, 1)));
        _out.Advance(length);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Varint((ulong)value.Length);
        _out.Write(value);
    }

    public void Raw(ReadOnlySpan<byte> value) => _out.Write(value);
}

/// <summary>Reads what <see cref="RecordWriter"/> wrote.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _at;

    public readonly bool AtEnd => _at >= _data.Length;

    public readonly int Position => _at;

    public byte Byte() => _at < _data.Length ? _data[_at++] : throw Short();

    public uint UInt32()
    {
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        return value;
    }

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte one = Byte();
            value |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number does not end");
    }

    public int Count()
    {
        ulong value = Varint();
        return value <= (ulong)_data.Length ? (int)value : throw Short();
    }

    public long Signed()
    {
        ulong value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public ReadOnlySpan<byte> Bytes()
    {
        ulong length = Varint();
        return length <= (ulong)(_data.Length - _at) ? Take((int)length) : throw Short();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _data.Length - _at)
        {
            throw Short();
        }

        ReadOnlySpan<byte> taken = _data.Slice(_at, count);
        _at += count;
        return taken;
    }

    private static InvalidDataException Short() => new("a record ends too early");
}

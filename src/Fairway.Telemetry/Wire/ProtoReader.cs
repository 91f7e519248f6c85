using System.Buffers.Binary;
using System.Text;

namespace Fairway.Telemetry.Wire;

/// <summary>The wire types of protocol buffers that are in use.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>Bytes that are no protocol buffer of the expected kind.</summary>
public sealed class ProtoException(string message) : Exception(message);

/// <summary>
/// Walks over one protocol-buffers message without copying it: call <see cref="Next"/>, then the read that fits, or
/// <see cref="Skip"/>. Nested messages are readers over <see cref="Bytes"/>. Unknown fields are skipped; whatever does not fit in
/// the buffer is a <see cref="ProtoException"/>. Allocates only for strings.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> data)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _data = data;
    private int _at;

    /// <summary>The number of the field just entered.</summary>
    public int Field { get; private set; }

    public WireType Type { get; private set; }

    /// <summary>A message of a name (1) and a value (2), the form in which several protocols write labels.</summary>
    /// <exception cref="ProtoException">It is malformed.</exception>
    public static (string Name, string Value) Pair(ReadOnlySpan<byte> data)
    {
        string name = "";
        string value = "";
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = reader.String(); break;
                case 2: value = reader.String(); break;
                default: reader.Skip(); break;
            }
        }

        return (name, value);
    }

    /// <summary>Moves to the next field; false at the end.</summary>
    public bool Next()
    {
        if (_at >= _data.Length)
        {
            return false;
        }

        ulong tag = Varint();
        Field = (int)(tag >> 3);
        Type = (WireType)(tag & 7);
        if (tag >> 3 is 0 or > 0x1FFFFFFF)
        {
            throw new ProtoException($"malformed protobuf: field number {tag >> 3} at offset {_at}");
        }

        return true;
    }

    public void Skip()
    {
        switch (Type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.Bytes:
                Bytes();
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            case (WireType)3:
                SkipGroup(Field, 0);
                break;
            default:
                throw new ProtoException($"malformed protobuf: wire type {(int)Type} of field {Field}");
        }
    }

    public ReadOnlySpan<byte> Bytes()
    {
        if (Type != WireType.Bytes)
        {
            throw Mismatch("bytes");
        }

        ulong length = Varint();
        if (length > (ulong)(_data.Length - _at))
        {
            throw new ProtoException($"malformed protobuf: field {Field} says {length} bytes and {_data.Length - _at} are left");
        }

        return Take((int)length);
    }

    /// <exception cref="ProtoException">No UTF-8.</exception>
    public string String()
    {
        ReadOnlySpan<byte> bytes = Bytes();
        try
        {
            return bytes.IsEmpty ? "" : Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new ProtoException($"malformed protobuf: string field {Field} is no UTF-8");
        }
    }

    public ulong UInt64()
    {
        if (Type != WireType.Varint)
        {
            throw Mismatch("a varint");
        }

        return Varint();
    }

    public long Int64() => (long)UInt64();

    public int Int32() => (int)UInt64();

    public uint UInt32() => (uint)UInt64();

    public bool Bool() => UInt64() != 0;

    public long SInt64() => ZigZag(UInt64());

    public int SInt32() => (int)ZigZag(UInt64());

    public double Double()
    {
        if (Type != WireType.Fixed64)
        {
            throw Mismatch("a double");
        }

        return BinaryPrimitives.ReadDoubleLittleEndian(Take(8));
    }

    public ulong Fixed64()
    {
        if (Type != WireType.Fixed64)
        {
            throw Mismatch("eight bytes");
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
    }

    public uint Fixed32()
    {
        if (Type != WireType.Fixed32)
        {
            throw Mismatch("four bytes");
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
    }

    /// <summary>Adds the numbers of a repeated field, packed or not.</summary>
    public void Doubles(List<double> into)
    {
        if (Type != WireType.Bytes)
        {
            into.Add(Double());
            return;
        }

        ReadOnlySpan<byte> packed = Bytes();
        CheckPacked(packed, 8);
        for (int at = 0; at < packed.Length; at += 8)
        {
            into.Add(BinaryPrimitives.ReadDoubleLittleEndian(packed[at..]));
        }
    }

    /// <inheritdoc cref="Doubles"/>
    public void Fixed64s(List<ulong> into)
    {
        if (Type != WireType.Bytes)
        {
            into.Add(Fixed64());
            return;
        }

        ReadOnlySpan<byte> packed = Bytes();
        CheckPacked(packed, 8);
        for (int at = 0; at < packed.Length; at += 8)
        {
            into.Add(BinaryPrimitives.ReadUInt64LittleEndian(packed[at..]));
        }
    }

    /// <inheritdoc cref="Doubles"/>
    public void Varints(List<ulong> into)
    {
        if (Type != WireType.Bytes)
        {
            into.Add(UInt64());
            return;
        }

        var packed = new ProtoReader(Bytes());
        while (packed._at < packed._data.Length)
        {
            into.Add(packed.Varint());
        }
    }

    public static long ZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private void SkipGroup(int group, int depth)
    {
        if (depth > 32)
        {
            throw new ProtoException("malformed protobuf: groups nested too deep");
        }

        while (Next())
        {
            if (Type == (WireType)4)
            {
                if (Field != group)
                {
                    throw new ProtoException($"malformed protobuf: group {group} ends as {Field}");
                }

                return;
            }

            if (Type == (WireType)3)
            {
                SkipGroup(Field, depth + 1);
            }
            else
            {
                Skip();
            }
        }

        throw new ProtoException($"malformed protobuf: group {group} does not end");
    }

    private readonly void CheckPacked(ReadOnlySpan<byte> packed, int size)
    {
        if (packed.Length % size != 0)
        {
            throw new ProtoException($"malformed protobuf: packed field {Field} has {packed.Length} bytes, no multiple of {size}");
        }
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_at >= _data.Length)
            {
                throw new ProtoException("malformed protobuf: it ends within a number");
            }

            byte one = _data[_at++];
            value |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80)
            {
                return value;
            }
        }

        throw new ProtoException($"malformed protobuf: a number of more than ten bytes at offset {_at}");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _data.Length - _at)
        {
            throw new ProtoException($"malformed protobuf: it ends within field {Field}");
        }

        ReadOnlySpan<byte> taken = _data.Slice(_at, count);
        _at += count;
        return taken;
    }

    private readonly ProtoException Mismatch(string expected)
        => new($"malformed protobuf: field {Field} has wire type {(int)Type} where {expected} is expected");
}

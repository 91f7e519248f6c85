using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Fairway.Telemetry.Wire;

/// <summary>Writes a protocol-buffers message. Fields with their default value are the caller's to leave out.</summary>
internal sealed class ProtoWriter
{
    private readonly ArrayBufferWriter<byte> _out = new(256);

    public ReadOnlySpan<byte> Written => _out.WrittenSpan;

    public ReadOnlyMemory<byte> Memory => _out.WrittenMemory;

    public void Clear() => _out.ResetWrittenCount();

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, WireType.Bytes);
        Varint((ulong)value.Length);
        _out.Write(value);
    }

    public void String(int field, string value)
    {
        Tag(field, WireType.Bytes);
        int length = Encoding.UTF8.GetByteCount(value);
        Varint((ulong)length);
        Encoding.UTF8.GetBytes(value, _out.GetSpan(Math.Max(length, 1)));
        _out.Advance(length);
    }

    public void Message(int field, ProtoWriter nested) => Bytes(field, nested.Written);

    public void UInt64(int field, ulong value)
    {
        Tag(field, WireType.Varint);
        Varint(value);
    }

    public void Int64(int field, long value) => UInt64(field, (ulong)value);

    public void SInt64(int field, long value) => UInt64(field, (ulong)((value << 1) ^ (value >> 63)));

    public void Bool(int field, bool value) => UInt64(field, value ? 1UL : 0UL);

    public void Double(int field, double value)
    {
        Tag(field, WireType.Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(_out.GetSpan(8), value);
        _out.Advance(8);
    }

    public void Fixed64(int field, ulong value)
    {
        Tag(field, WireType.Fixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(_out.GetSpan(8), value);
        _out.Advance(8);
    }

    public void Fixed32(int field, uint value)
    {
        Tag(field, WireType.Fixed32);
        BinaryPrimitives.WriteUInt32LittleEndian(_out.GetSpan(4), value);
        _out.Advance(4);
    }

    /// <summary>A number without a tag, as packed lists hold them.</summary>
    public void Varint32(uint value) => Varint(value);

    private void Tag(int field, WireType type) => Varint(((ulong)field << 3) | (uint)type);

    private void Varint(ulong value)
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
}

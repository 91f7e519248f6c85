using System.Buffers.Binary;

namespace Fairway.Telemetry.Wire;

/// <summary>Bytes that are no Snappy block.</summary>
public sealed class SnappyException(string message) : Exception(message);

/// <summary>The block format of Snappy (a varint of the length, then literals and copies), as remote write, remote read and Loki's push use it.</summary>
internal static class Snappy
{
    private const int TableBits = 14;
    private const int BlockSize = 1 << 16;

    /// <summary>Decodes one block. O(length); nothing is allocated before the announced length is checked.</summary>
    /// <param name="data">The whole block.</param>
    /// <param name="limit">The most bytes that the result may have.</param>
    /// <exception cref="SnappyException">It is no block, or the result is over the limit.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> data, int limit)
    {
        int at = 0;
        ulong length = Length(data, ref at);
        if (length > (ulong)limit)
        {
            throw new SnappyException($"snappy: decoded block is too large: {length} bytes, the limit is {limit}");
        }

        // The longest possible run of copies gives 64 bytes for 3; a block that promises more is refused before memory is taken.
        if (length > ((ulong)(data.Length - at) * 64 / 2) + 64)
        {
            throw Corrupt();
        }

        byte[] result = new byte[length];
        int done = 0;
        while (at < data.Length)
        {
            byte tag = data[at++];
            if ((tag & 3) == 0)
            {
                int count = Literal(data, ref at, tag);
                if (count > data.Length - at || count > result.Length - done)
                {
                    throw Corrupt();
                }

                data.Slice(at, count).CopyTo(result.AsSpan(done));
                at += count;
                done += count;
                continue;
            }

            (int size, int offset) = Copy(data, ref at, tag);
            if (offset <= 0 || offset > done || size > result.Length - done)
            {
                throw Corrupt();
            }

            if (offset >= size)
            {
                result.AsSpan(done - offset, size).CopyTo(result.AsSpan(done));
                done += size;
            }
            else
            {
                for (int end = done + size; done < end; done++)
                {
                    result[done] = result[done - offset];
                }
            }
        }

        return done == result.Length ? result : throw Corrupt();
    }

    /// <summary>Encodes one block: greedy matching with a hash table of four-byte strings, as the format's authors describe it.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> data)
    {
        byte[] result = new byte[32 + data.Length + (data.Length / 6)];
        int done = 0;
        for (ulong length = (ulong)data.Length; ;)
        {
            if (length < 0x80)
            {
                result[done++] = (byte)length;
                break;
            }

            result[done++] = (byte)(length | 0x80);
            length >>= 7;
        }

        ushort[] table = new ushort[1 << TableBits];
        for (int start = 0; start < data.Length; start += BlockSize)
        {
            Array.Clear(table);
            done = Block(data.Slice(start, Math.Min(BlockSize, data.Length - start)), table, result, done);
        }

        return result[..done];
    }

    private static int Block(ReadOnlySpan<byte> data, ushort[] table, byte[] result, int done)
    {
        int literal = 0;
        int at = 1;
        while (at + 4 <= data.Length)
        {
            uint four = BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);
            ref ushort slot = ref table[(four * 0x1E35A7BD) >> (32 - TableBits)];
            int candidate = slot;
            slot = (ushort)at;
            if (candidate >= at || BinaryPrimitives.ReadUInt32LittleEndian(data[candidate..]) != four)
            {
                // Strides grow where nothing repeats, so that what cannot be compressed costs little.
                at += 1 + ((at - literal) >> 5);
                continue;
            }

            int size = 4 + data[(at + 4)..].CommonPrefixLength(data[(candidate + 4)..]);
            done = PutLiteral(data[literal..at], result, done);
            done = PutCopy(at - candidate, size, result, done);
            at += size;
            literal = at;
        }

        return PutLiteral(data[literal..], result, done);
    }

    private static int PutLiteral(ReadOnlySpan<byte> literal, byte[] result, int done)
    {
        if (literal.IsEmpty)
        {
            return done;
        }

        int count = literal.Length - 1;
        switch (count)
        {
            case < 60:
                result[done++] = (byte)(count << 2);
                break;
            case < 0x100:
                result[done++] = 60 << 2;
                result[done++] = (byte)count;
                break;
            default:
                result[done++] = 61 << 2;
                result[done++] = (byte)count;
                result[done++] = (byte)(count >> 8);
                break;
        }

        literal.CopyTo(result.AsSpan(done));
        return done + literal.Length;
    }

    private static int PutCopy(int offset, int size, byte[] result, int done)
    {
        while (size > 0)
        {
            // A rest of less than four bytes cannot stand alone in the short form, so the longest copies stop before it.
            int part = size > 67 ? 64 : size > 64 ? 60 : size;
            result[done++] = (byte)(((part - 1) << 2) | 2);
            result[done++] = (byte)offset;
            result[done++] = (byte)(offset >> 8);
            size -= part;
        }

        return done;
    }

    private static ulong Length(ReadOnlySpan<byte> data, ref int at)
    {
        ulong length = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            if (at >= data.Length)
            {
                throw Corrupt();
            }

            byte one = data[at++];
            length |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80)
            {
                return length <= uint.MaxValue ? length : throw Corrupt();
            }
        }

        throw Corrupt();
    }

    private static int Literal(ReadOnlySpan<byte> data, ref int at, byte tag)
    {
        int count = tag >> 2;
        if (count < 60)
        {
            return count + 1;
        }

        int bytes = count - 59;
        if (bytes > data.Length - at)
        {
            throw Corrupt();
        }

        uint value = 0;
        for (int index = 0; index < bytes; index++)
        {
            value |= (uint)data[at++] << (8 * index);
        }

        return value < int.MaxValue ? (int)value + 1 : throw Corrupt();
    }

    private static (int Size, int Offset) Copy(ReadOnlySpan<byte> data, ref int at, byte tag)
    {
        int bytes = (tag & 3) switch { 1 => 1, 2 => 2, _ => 4 };
        if (bytes > data.Length - at)
        {
            throw Corrupt();
        }

        switch (bytes)
        {
            case 1:
                return (4 + ((tag >> 2) & 7), ((tag & 0xE0) << 3) | data[at++]);
            case 2:
                at += 2;
                return ((tag >> 2) + 1, BinaryPrimitives.ReadUInt16LittleEndian(data[(at - 2)..]));
            default:
                at += 4;
                uint offset = BinaryPrimitives.ReadUInt32LittleEndian(data[(at - 4)..]);
                return ((tag >> 2) + 1, offset > int.MaxValue ? -1 : (int)offset);
        }
    }

    private static SnappyException Corrupt() => new("snappy: corrupt input");
}

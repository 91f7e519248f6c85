using System.Buffers;

namespace Fairway.Telemetry.Logs;

/// <summary>
/// A Bloom filter of the three-byte sequences of some lines: says of a text that it certainly does not occur. Any text of three
/// bytes or more can be asked, also within words, which is what the line filters of queries need. One sequence alone is answered
/// wrongly one time in nine; a text of ten bytes asks eight of them.
/// </summary>
internal static class TrigramFilter
{
    private const int Hashes = 2;
    private const int BitsEach = 5;
    private const int Least = 64;
    private const int All = 1 << 24;

    /// <summary>Makes the filter of a block. The cost is a step per byte.</summary>
    public static byte[] Of(ReadOnlySpan<byte> text)
    {
        // A set of all possible sequences, two megabytes that are emptied again by what was set.
        ulong[] set = ArrayPool<ulong>.Shared.Rent(All / 64);
        set.AsSpan(0, All / 64).Clear();
        uint[] seen = ArrayPool<uint>.Shared.Rent(Math.Max(1, text.Length));
        int count = 0;
        for (int at = 0; at + 3 <= text.Length; at++)
        {
            uint sequence = Sequence(text, at);
            ulong bit = 1UL << (int)(sequence & 63);
            ref ulong word = ref set[sequence >> 6];
            if ((word & bit) == 0)
            {
                word |= bit;
                seen[count++] = sequence;
            }
        }

        byte[] bits = new byte[Math.Max(Least, count * BitsEach / 8)];
        for (int index = 0; index < count; index++)
        {
            ulong hash = Mix(seen[index]);
            for (int time = 0; time < Hashes; time++)
            {
                (uint place, byte bit) = Place(bits.Length, hash, time);
                bits[place] |= bit;
            }
        }

        ArrayPool<ulong>.Shared.Return(set);
        ArrayPool<uint>.Shared.Return(seen);
        return bits;
    }

    /// <summary>False when the text certainly does not occur.</summary>
    public static bool MayContain(ReadOnlySpan<byte> bits, ReadOnlySpan<byte> text)
    {
        for (int at = 0; at + 3 <= text.Length; at++)
        {
            ulong hash = Mix(Sequence(text, at));
            for (int time = 0; time < Hashes; time++)
            {
                (uint place, byte bit) = Place(bits.Length, hash, time);
                if ((bits[(int)place] & bit) == 0)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static (uint Place, byte Bit) Place(int length, ulong hash, int time)
    {
        ulong bit = (uint)((hash & 0xFFFFFFFF) + ((ulong)time * (hash >> 32))) % ((ulong)length * 8);
        return ((uint)(bit >> 3), (byte)(1 << (int)(bit & 7)));
    }

    private static uint Sequence(ReadOnlySpan<byte> text, int at) => (uint)(text[at] | (text[at + 1] << 8) | (text[at + 2] << 16));

    private static ulong Mix(ulong value)
    {
        value = (value ^ 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 31)) * 0x94D049BB133111EB;
        return value ^ (value >> 29);
    }
}

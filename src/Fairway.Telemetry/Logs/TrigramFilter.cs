namespace Fairway.Telemetry.Logs;

/// <summary>
/// A Bloom filter of the three-byte sequences of some lines: says of a text that it certainly does not occur. Any text of three
/// bytes or more can be asked, also within words, which is what the line filters of queries need.
/// </summary>
internal sealed class TrigramFilter
{
    private const int Hashes = 3;
    private readonly byte[] _bits;

    public TrigramFilter(byte[] bits) => _bits = bits;

    /// <summary>Makes the filter of a block: about ten bits for each different sequence.</summary>
    public static TrigramFilter Of(ReadOnlySpan<byte> text)
    {
        var seen = new HashSet<uint>();
        for (int at = 0; at + 3 <= text.Length; at++)
        {
            seen.Add(Sequence(text, at));
        }

        var filter = new TrigramFilter(new byte[Math.Max(64, seen.Count * 10 / 8)]);
        foreach (uint sequence in seen)
        {
            filter.Set(sequence);
        }

        return filter;
    }

    public byte[] Bits => _bits;

    /// <summary>False when the text certainly does not occur.</summary>
    public bool MayContain(ReadOnlySpan<byte> text)
    {
        for (int at = 0; at + 3 <= text.Length; at++)
        {
            ulong hash = Mix(Sequence(text, at));
            for (int index = 0; index < Hashes; index++)
            {
                (uint place, byte bit) = Place(hash, index);
                if ((_bits[place] & bit) == 0)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private void Set(uint sequence)
    {
        ulong hash = Mix(sequence);
        for (int index = 0; index < Hashes; index++)
        {
            (uint place, byte bit) = Place(hash, index);
            _bits[place] |= bit;
        }
    }

    private (uint Place, byte Bit) Place(ulong hash, int index)
    {
        ulong bit = (uint)((hash & 0xFFFFFFFF) + ((ulong)index * (hash >> 32))) % ((ulong)_bits.Length * 8);
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

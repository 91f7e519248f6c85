using Fairway.Telemetry.Otlp;

namespace Fairway.Telemetry.Traces.Storage;

/// <summary>
/// What spans of a chunk have, as a Bloom filter: services, operations, attributes with their values. A search for equal values
/// passes over chunks that certainly lack one.
/// </summary>
internal static class TraceTerms
{
    private const int BitsEach = 10;
    private const int Hashes = 4;
    private const int LongestValue = 200;

    public static ulong Service(string name) => Hash("s\0" + name);

    public static ulong Operation(string name) => Hash("o\0" + name);

    public static ulong Attribute(string key, string value) => Hash($"a\0{key}\0{value}");

    /// <summary>Whether a value is short enough to be in filters.</summary>
    public static bool Indexed(string value) => value.Length <= LongestValue;

    /// <summary>The terms of a span.</summary>
    public static void Collect(SpanRecord span, HashSet<ulong> into)
    {
        into.Add(Service(span.Process.Service));
        into.Add(Operation(span.Name));
        foreach ((string key, object? value) in span.Attributes.Concat(span.Process.Attributes).Concat(span.Events.SelectMany(one => one.Attributes)))
        {
            string text = OtlpAttributes.Text(value);
            if (Indexed(text))
            {
                into.Add(Attribute(key, text));
            }
        }
    }

    public static byte[] Filter(HashSet<ulong> terms)
    {
        byte[] bits = new byte[Math.Max(8, terms.Count * BitsEach / 8)];
        foreach (ulong term in terms)
        {
            for (int time = 0; time < Hashes; time++)
            {
                ulong place = Place(term, time, bits.Length);
                bits[place >> 3] |= (byte)(1 << (int)(place & 7));
            }
        }

        return bits;
    }

    /// <summary>False when one of some terms is certainly not there.</summary>
    public static bool MayHave(ReadOnlySpan<byte> bits, IReadOnlyList<ulong> terms)
    {
        foreach (ulong term in terms)
        {
            for (int time = 0; time < Hashes; time++)
            {
                ulong place = Place(term, time, bits.Length);
                if ((bits[(int)(place >> 3)] & (1 << (int)(place & 7))) == 0)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static ulong Place(ulong term, int time, int length) => ((term & 0xFFFFFFFF) + ((ulong)time * (term >> 32 | 1))) % ((ulong)length * 8);

    /// <summary>FNV-1a with its bits mixed; the same in every process, since filters are on disk.</summary>
    private static ulong Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (char one in text)
        {
            hash = (hash ^ one) * 1099511628211;
        }

        hash ^= hash >> 33;
        hash *= 0xFF51AFD7ED558CCD;
        return hash ^ (hash >> 33);
    }
}

using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Fairway.PromQL.Evaluation;

/// <summary>
/// Chooses series by a hash of their labels, so that a choice is stable and the choices of r and -(1-r) make up the whole. The hash is
/// xxHash64 over the labels in the form Prometheus hashes them: each text with its length before it.
/// </summary>
internal static class RatioSample
{
    private const ulong Prime1 = 11400714785074694791;
    private const ulong Prime2 = 14029467366897019727;
    private const ulong Prime3 = 1609587929392839161;
    private const ulong Prime4 = 9650029242287828579;
    private const ulong Prime5 = 2870177450012600261;

    public static bool Takes(double ratio, Labels labels)
    {
        double offset = Hash(labels) / (double)ulong.MaxValue;
        return (ratio >= 0 && offset < ratio) || (ratio < 0 && offset >= 1 + ratio);
    }

    public static ulong Hash(Labels labels)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < labels.Count; i++)
        {
            Append(bytes, labels.NameAt(i));
            Append(bytes, labels.ValueAt(i));
        }

        return XxHash64([.. bytes]);
    }

    private static void Append(List<byte> bytes, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        if (utf8.Length < 255)
        {
            bytes.Add((byte)utf8.Length);
        }
        else
        {
            bytes.AddRange([255, (byte)utf8.Length, (byte)(utf8.Length >> 8), (byte)(utf8.Length >> 16)]);
        }

        bytes.AddRange(utf8);
    }

    private static ulong XxHash64(ReadOnlySpan<byte> data)
    {
        ulong length = (ulong)data.Length;
        ulong hash = Prime5;
        unchecked
        {
            if (data.Length >= 32)
            {
                ulong a = Prime1 + Prime2;
                ulong b = Prime2;
                ulong c = 0;
                ulong d = 0 - Prime1;
                for (; data.Length >= 32; data = data[32..])
                {
                    a = Round(a, BinaryPrimitives.ReadUInt64LittleEndian(data));
                    b = Round(b, BinaryPrimitives.ReadUInt64LittleEndian(data[8..]));
                    c = Round(c, BinaryPrimitives.ReadUInt64LittleEndian(data[16..]));
                    d = Round(d, BinaryPrimitives.ReadUInt64LittleEndian(data[24..]));
                }

                hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
                hash = Merge(Merge(Merge(Merge(hash, a), b), c), d);
            }

            hash += length;
            for (; data.Length >= 8; data = data[8..])
            {
                hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(data));
                hash = (BitOperations.RotateLeft(hash, 27) * Prime1) + Prime4;
            }

            if (data.Length >= 4)
            {
                hash ^= BinaryPrimitives.ReadUInt32LittleEndian(data) * Prime1;
                hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
                data = data[4..];
            }

            foreach (byte rest in data)
            {
                hash ^= rest * Prime5;
                hash = BitOperations.RotateLeft(hash, 11) * Prime1;
            }

            hash = (hash ^ (hash >> 33)) * Prime2;
            hash = (hash ^ (hash >> 29)) * Prime3;
            return hash ^ (hash >> 32);
        }
    }

    private static ulong Round(ulong accumulator, ulong input) => unchecked(BitOperations.RotateLeft(accumulator + (input * Prime2), 31) * Prime1);

    private static ulong Merge(ulong hash, ulong accumulator) => unchecked(((hash ^ Round(0, accumulator)) * Prime1) + Prime4);
}

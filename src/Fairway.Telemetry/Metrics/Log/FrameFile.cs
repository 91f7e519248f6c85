using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Telemetry.Metrics.Log;

/// <summary>
/// Frames in a file: length and CRC-32C (four bytes each, little-endian), then the payload. Reading streams through one buffer
/// and stops at the first frame that is not whole, so that a torn tail costs only itself.
/// </summary>
internal static class FrameFile
{
    public const int HeaderSize = 8;
    private const int MostFrame = 256 << 20;

    /// <summary>The frame's header for a payload.</summary>
    public static void WriteHeader(Span<byte> header, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Checksum(payload));
    }

    /// <summary>Gives every whole frame of a file in order and returns how many bytes they take; less than the file's length when the rest is damaged.</summary>
    public static long Read(string path, ReadFrame each, CancellationToken cancellation)
    {
        using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        long length = RandomAccess.GetLength(file);
        byte[] buffer = new byte[1 << 20];
        int start = 0;
        int end = 0;
        long at = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            int size = end - start >= HeaderSize ? (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(start)), int.MaxValue) : -1;
            if (size > MostFrame || size > length - at)
            {
                return at;
            }

            if (size < 0 || end - start < HeaderSize + size)
            {
                Make(ref buffer, ref start, ref end, HeaderSize + Math.Max(size, 0));
                int read = RandomAccess.Read(file, buffer.AsSpan(end), at + (end - start));
                if (read == 0)
                {
                    return at;
                }

                end += read;
                continue;
            }

            ReadOnlySpan<byte> payload = buffer.AsSpan(start + HeaderSize, size);
            if (Checksum(payload) != BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(start + 4)))
            {
                return at;
            }

            each(payload);
            start += HeaderSize + size;
            at += HeaderSize + size;
        }
    }

    public static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint crc = ~0u;
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (byte one in data)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return ~crc;
    }

    private static void Make(ref byte[] buffer, ref int start, ref int end, int needed)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (buffer.Length < needed + 1)
        {
            Array.Resize(ref buffer, needed + (64 << 10));
        }
    }
}

/// <summary>Takes one frame's payload, valid only during the call.</summary>
internal delegate void ReadFrame(ReadOnlySpan<byte> payload);

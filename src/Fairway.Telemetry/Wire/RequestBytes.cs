using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Wire;

/// <summary>Bodies of bounded size.</summary>
internal static class RequestBytes
{
    /// <summary>The whole body; null when it has more bytes than the limit.</summary>
    public static Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context, int limit) => ReadAsync(context.Request.Body, limit, context.RequestAborted);

    /// <summary>The whole body, unpacked when it is gzip; null when there are more bytes than the limit after unpacking.</summary>
    /// <exception cref="InvalidDataException">It is no gzip.</exception>
    public static async Task<ReadOnlyMemory<byte>?> ReadUnpackedAsync(HttpContext context, int limit)
    {
        if (context.Request.Headers.ContentEncoding.ToString() != "gzip")
        {
            return await ReadAsync(context, limit);
        }

        await using var unpacked = new GZipStream(context.Request.Body, CompressionMode.Decompress);
        return await ReadAsync(unpacked, limit, context.RequestAborted);
    }

    /// <inheritdoc cref="ReadUnpackedAsync"/>
    public static byte[]? Unpack(ReadOnlySpan<byte> packed, int limit)
    {
        using var source = new MemoryStream(packed.ToArray());
        using var unpacked = new GZipStream(source, CompressionMode.Decompress);
        var into = new ArrayBufferWriter<byte>(packed.Length * 4);
        for (int read; (read = unpacked.Read(into.GetSpan(4096))) > 0;)
        {
            into.Advance(read);
            if (into.WrittenCount > limit)
            {
                return null;
            }
        }

        return into.WrittenSpan.ToArray();
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(Stream body, int limit, CancellationToken cancellation)
    {
        var into = new ArrayBufferWriter<byte>(16 << 10);
        for (int read; (read = await body.ReadAsync(into.GetMemory(16 << 10), cancellation)) > 0;)
        {
            into.Advance(read);
            if (into.WrittenCount > limit)
            {
                return null;
            }
        }

        return into.WrittenMemory;
    }
}

/// <summary>An error as Go's servers say it: plain text and a line end.</summary>
internal static class PlainAnswer
{
    public static Task Async(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }
}

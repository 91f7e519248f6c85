using System.Buffers;

namespace Fairway.Gateway.Forwarding;

/// <summary>Copies as things arrive: each piece is passed on before the next is waited for.</summary>
internal static class StreamCopy
{
    private const int BufferSize = 32 * 1024;

    public static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, cancellation)) > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
                await to.FlushAsync(cancellation);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

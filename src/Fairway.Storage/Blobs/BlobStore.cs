using System.Buffers;
using System.Security.Cryptography;

namespace Fairway.Storage;

/// <summary>A stored blob.</summary>
/// <param name="Digest"><c>sha256:</c> and 64 lower-case hex digits.</param>
/// <param name="Size">In bytes.</param>
public readonly record struct BlobDescriptor(string Digest, long Size);

/// <summary>
/// Content-addressed files on disk: a blob is named by the SHA-256 of its content, never changes, and is stored once. A blob is
/// there wholly or not at all: it is written beside its place, flushed, and renamed into it. Safe for concurrent use.
/// </summary>
public sealed class BlobStore
{
    private const int BufferSize = 128 * 1024;

    private readonly string _blobs;
    private readonly string _incoming;

    /// <summary>Opens the store of a directory, and clears what an interrupted write left there.</summary>
    public BlobStore(string directory)
    {
        _blobs = Path.Combine(directory, "sha256");
        _incoming = Path.Combine(directory, "incoming");
        Directory.CreateDirectory(_blobs);
        Directory.CreateDirectory(_incoming);
        foreach (string leftover in Directory.GetFiles(_incoming))
        {
            File.Delete(leftover);
        }
    }

    /// <summary>Stores what a stream still holds; content that is there already is kept as it is.</summary>
    /// <returns>Completes when the blob is durable.</returns>
    public async Task<BlobDescriptor> WriteAsync(Stream content, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(content);
        string temporary = Path.Combine(_incoming, Path.GetRandomFileName());
        try
        {
            BlobDescriptor blob = await ReceiveAsync(content, temporary, cancellation);
            string place = PathOf(blob.Digest);
            if (!File.Exists(place))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                File.Move(temporary, place, overwrite: true);
                DurableFiles.SyncDirectory(Path.GetDirectoryName(place)!);
            }

            return blob;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Stores bytes.</summary>
    public async Task<BlobDescriptor> WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        return await WriteAsync(stream, cancellation);
    }

    /// <summary>Opens a blob for reading.</summary>
    /// <exception cref="FileNotFoundException">There is no such blob.</exception>
    public Stream Open(string digest)
    {
        string place = PathOf(digest);
        return File.Exists(place)
            ? new FileStream(place, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferSize, FileOptions.Asynchronous)
            : throw new FileNotFoundException($"There is no blob {digest}.");
    }

    /// <summary>The whole of a small blob.</summary>
    /// <exception cref="FileNotFoundException">There is no such blob.</exception>
    /// <exception cref="InvalidDataException">It is larger than <paramref name="limit"/> bytes.</exception>
    public async Task<byte[]> ReadAsync(string digest, CancellationToken cancellation, int limit = 16 * 1024 * 1024)
    {
        await using Stream stream = Open(digest);
        if (stream.Length > limit)
        {
            throw new InvalidDataException($"Blob {digest} has {stream.Length} bytes; at most {limit} are read here.");
        }

        byte[] content = new byte[stream.Length];
        await stream.ReadExactlyAsync(content, cancellation);
        return content;
    }

    public bool Contains(string digest) => Digests.IsValid(digest) && File.Exists(PathOf(digest));

    /// <summary>Size in bytes, or null when there is no such blob.</summary>
    public long? SizeOf(string digest) => Contains(digest) ? new FileInfo(PathOf(digest)).Length : null;

    /// <summary>Every blob.</summary>
    public IEnumerable<BlobDescriptor> All()
        => Directory.EnumerateFiles(_blobs, "*", SearchOption.AllDirectories)
            .Select(file => new BlobDescriptor("sha256:" + Path.GetFileName(file), new FileInfo(file).Length));

    /// <summary>Removes blobs that nobody reaches. Blobs younger than <paramref name="olderThan"/> stay: who wrote them may be about to name them.</summary>
    /// <returns>How many blobs and bytes were removed.</returns>
    public (int Blobs, long Bytes) Collect(IReadOnlySet<string> reachable, DateTimeOffset olderThan)
    {
        ArgumentNullException.ThrowIfNull(reachable);
        int removed = 0;
        long bytes = 0;
        foreach (BlobDescriptor blob in All())
        {
            string place = PathOf(blob.Digest);
            if (!reachable.Contains(blob.Digest) && File.GetLastWriteTimeUtc(place) < olderThan.UtcDateTime)
            {
                File.Delete(place);
                removed++;
                bytes += blob.Size;
            }
        }

        return (removed, bytes);
    }

    private string PathOf(string digest)
    {
        if (!Digests.IsValid(digest))
        {
            throw new ArgumentException($"\"{digest}\" is not a digest: sha256: and 64 lower-case hex digits were expected.", nameof(digest));
        }

        string hex = digest["sha256:".Length..];
        return Path.Combine(_blobs, hex[..2], hex);
    }

    private static async Task<BlobDescriptor> ReceiveAsync(Stream content, string path, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
            long size = 0;
            int read;
            while ((read = await content.ReadAsync(buffer, cancellation)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
                size += read;
            }

            file.Flush(flushToDisk: true);
            return new BlobDescriptor("sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset()), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>Names of content.</summary>
public static class Digests
{
    /// <summary>Whether a text is <c>sha256:</c> and 64 lower-case hex digits.</summary>
    public static bool IsValid(string? text)
        => text is { Length: 71 } && text.StartsWith("sha256:", StringComparison.Ordinal) && text.AsSpan(7).IndexOfAnyExcept("0123456789abcdef") < 0;

    public static string Of(ReadOnlySpan<byte> content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
}

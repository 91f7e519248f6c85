using System.Formats.Tar;
using System.IO.Compression;

namespace Fairway.Storage;

/// <summary>How much an archive may unpack to.</summary>
public sealed record UnpackLimits
{
    public static UnpackLimits Default { get; } = new();

    public int MaxEntries { get; init; } = 200_000;

    /// <summary>Bytes of the plain tar, headers included.</summary>
    public long MaxBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    public int MaxPathLength { get; init; } = 4096;
}

/// <summary>What was unpacked.</summary>
/// <param name="Entries">Entries read.</param>
/// <param name="Skipped">Devices and pipes, which are never made.</param>
public readonly record struct UnpackReport(int Entries, int Skipped);

/// <summary>
/// Unpacks the layers of images (tar or tar.gz) into a directory, and nothing outside it, whatever the archive says:
/// <list type="bullet">
/// <item>names with <c>..</c> are refused; a leading slash means the directory;</item>
/// <item>nothing is ever written through a symbolic link: a path that leads through one is refused, and a link in the place of an
/// entry is replaced, not followed;</item>
/// <item>absolute links mean the directory as their root and are rewritten so; links that climb out of it are refused;</item>
/// <item>hard links must name a plain file inside; a copy is made of it;</item>
/// <item>devices and pipes are skipped; setuid, setgid and sticky bits are dropped;</item>
/// <item>entries and bytes are limited.</item>
/// </list>
/// Whiteouts remove what lower layers brought.
/// </summary>
public static class LayerUnpacker
{
    /// <summary>Unpacks one layer over what is in the directory.</summary>
    /// <exception cref="InvalidDataException">The archive is broken, tries to leave the directory, or is too large; the message names the entry.</exception>
    public static async Task<UnpackReport> UnpackAsync(Stream layer, string directory, UnpackLimits limits, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(limits);
        Directory.CreateDirectory(directory);
        await using Stream plain = await DecompressAsync(layer, cancellation);
        await using var bounded = new BoundedStream(plain, limits.MaxBytes);
        await using var tar = new TarReader(bounded, leaveOpen: true);
        var target = new UnpackTarget(Path.GetFullPath(directory), limits);
        int entries = 0;
        int skipped = 0;
        while (await NextAsync(tar, cancellation) is { } entry)
        {
            if (++entries > limits.MaxEntries)
            {
                throw new InvalidDataException($"The archive has more than {limits.MaxEntries} entries.");
            }

            skipped += await target.TakeAsync(entry, cancellation) ? 0 : 1;
        }

        return new UnpackReport(entries, skipped);
    }

    /// <summary>Unpacks all layers of an image into a new directory, which appears whole or not at all.</summary>
    /// <exception cref="InvalidDataException">As above.</exception>
    public static async Task UnpackAsync(BlobStore blobs, OciImage image, string directory, UnpackLimits limits, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        ArgumentNullException.ThrowIfNull(image);
        string parent = Path.GetDirectoryName(Path.GetFullPath(directory))!;
        string partial = Path.Combine(parent, "." + Path.GetRandomFileName());
        Directory.CreateDirectory(partial);
        try
        {
            foreach (OciDescriptor layer in image.Manifest.Layers)
            {
                await using Stream content = blobs.Open(layer.Digest);
                await UnpackAsync(content, partial, limits, cancellation);
            }

            Directory.Move(partial, directory);
        }
        catch
        {
            Directory.Delete(partial, recursive: true);
            throw;
        }
    }

    private static async Task<TarEntry?> NextAsync(TarReader tar, CancellationToken cancellation)
    {
        try
        {
            return await tar.GetNextEntryAsync(copyData: false, cancellation);
        }
        catch (Exception broken) when (broken is EndOfStreamException or FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            throw new InvalidDataException($"The archive is broken: {broken.Message}", broken);
        }
    }

    private static async Task<Stream> DecompressAsync(Stream layer, CancellationToken cancellation)
    {
        byte[] start = new byte[2];
        int read = await layer.ReadAtLeastAsync(start, 2, throwOnEndOfStream: false, cancellation);
        Stream whole = new PrefixedStream(start.AsMemory(0, read), layer);
        return read == 2 && start[0] == 0x1f && start[1] == 0x8b ? new GZipStream(whole, CompressionMode.Decompress) : whole;
    }
}

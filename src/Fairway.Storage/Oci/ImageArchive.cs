using System.Formats.Tar;
using System.Text;
using System.Text.Json;

namespace Fairway.Storage;

/// <summary>
/// Writes an image as one tar that is both an OCI image layout and a <c>docker load</c> archive, as Docker itself writes them:
/// <c>podman load</c>, <c>docker load</c>, <c>skopeo copy oci-archive:</c> all read it.
/// </summary>
public static class ImageArchive
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes the image to a stream, under its name (tag <c>latest</c> when it has none).</summary>
    public static async Task ExportAsync(BlobStore blobs, OciImage image, Stream output, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        ArgumentNullException.ThrowIfNull(image);
        string name = $"{image.Reference.Name}:{image.Reference.Tag ?? "latest"}";
        await using var tar = new TarWriter(output, TarEntryFormat.Gnu, leaveOpen: true);
        await WriteAsync(tar, "oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray(), cancellation);
        await WriteAsync(tar, "index.json", JsonSerializer.SerializeToUtf8Bytes(Index(blobs, image, name), OciJson.Default.OciIndex), cancellation);
        await WriteAsync(tar, "manifest.json", Encoding.UTF8.GetBytes(DockerManifest(image, name)), cancellation);
        IEnumerable<string> digests = [image.Digest, image.Manifest.Config.Digest, .. image.Manifest.Layers.Select(layer => layer.Digest)];
        foreach (string digest in digests.Distinct(StringComparer.Ordinal))
        {
            await using Stream content = blobs.Open(digest);
            await WriteAsync(tar, PathOf(digest), content, cancellation);
        }
    }

    private static OciIndex Index(BlobStore blobs, OciImage image, string name) => new()
    {
        Manifests =
        [
            new OciDescriptor
            {
                MediaType = image.Manifest.MediaType ?? OciMediaTypes.Manifest,
                Digest = image.Digest,
                Size = blobs.SizeOf(image.Digest) ?? 0,
                Annotations = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["io.containerd.image.name"] = name,
                    ["org.opencontainers.image.ref.name"] = name,
                },
            },
        ],
    };

    private static string DockerManifest(OciImage image, string name) => JsonSerializer.Serialize(
        [
            new DockerArchiveEntry
            {
                Config = PathOf(image.Manifest.Config.Digest),
                RepoTags = [name],
                Layers = [.. image.Manifest.Layers.Select(layer => PathOf(layer.Digest))],
            },
        ],
        OciJson.Default.IReadOnlyListDockerArchiveEntry);

    private static string PathOf(string digest) => "blobs/sha256/" + digest["sha256:".Length..];

    private static async Task WriteAsync(TarWriter tar, string path, byte[] content, CancellationToken cancellation)
    {
        using var stream = new MemoryStream(content, writable: false);
        await WriteAsync(tar, path, stream, cancellation);
    }

    private static Task WriteAsync(TarWriter tar, string path, Stream content, CancellationToken cancellation)
        => tar.WriteEntryAsync(
            new GnuTarEntry(TarEntryType.RegularFile, path) { Mode = Mode, ModificationTime = DateTimeOffset.UnixEpoch, DataStream = content }, cancellation);
}

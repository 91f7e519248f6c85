using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Fairway.Storage;

/// <summary>What an image is to be made of.</summary>
public sealed record ImageSource
{
    /// <summary>The directory whose content becomes the top layer.</summary>
    public required string Directory { get; init; }

    /// <summary>Where it stands in the image; also the working directory unless that is set.</summary>
    public string Target { get; init; } = "/app";

    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string? WorkingDirectory { get; init; }

    /// <summary>TCP ports.</summary>
    public IReadOnlyList<int> ExposedPorts { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string? User { get; init; }

    /// <summary>The image below it, whose layers and environment it takes over; null to begin with nothing.</summary>
    public OciImage? Base { get; init; }

    /// <summary>Part of the image's identity; the time of the commit makes a build repeatable.</summary>
    public DateTimeOffset Created { get; init; } = DateTimeOffset.UnixEpoch;
}

/// <summary>
/// Makes OCI images from directories. Repeatable: the same files and settings give the same digests, whatever the order, owners
/// and times on the disk.
/// </summary>
public static class OciImageBuilder
{
    /// <summary>Builds an image and names it in the store.</summary>
    /// <exception cref="InvalidDataException">The directory holds what cannot be in an image: a link that leads out of it, a socket, …</exception>
    public static async Task<OciImage> BuildAsync(ImageStore store, ImageReference name, ImageSource source, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(source);
        var (layer, diffId) = await WriteLayerAsync(store.Blobs, source, cancellation);
        OciImageConfig config = Configure(source, diffId);
        byte[] configJson = JsonSerializer.SerializeToUtf8Bytes(config, OciJson.Default.OciImageConfig);
        BlobDescriptor configBlob = await store.Blobs.WriteAsync(configJson, cancellation);
        var manifest = new OciManifest
        {
            Config = new OciDescriptor { MediaType = OciMediaTypes.Config, Digest = configBlob.Digest, Size = configBlob.Size },
            Layers = [.. source.Base?.Manifest.Layers ?? [], layer],
            Annotations = source.Labels.Count == 0 ? null : source.Labels,
        };
        byte[] manifestJson = JsonSerializer.SerializeToUtf8Bytes(manifest, OciJson.Default.OciManifest);
        BlobDescriptor manifestBlob = await store.Blobs.WriteAsync(manifestJson, cancellation);
        await store.PutAsync(name, manifestBlob.Digest, cancellation);
        return new OciImage(name, manifestBlob.Digest, manifest, config);
    }

    private static OciImageConfig Configure(ImageSource source, string diffId)
    {
        OciImageConfig? below = source.Base?.Config;
        string created = source.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return new OciImageConfig
        {
            Created = created,
            Architecture = below?.Architecture ?? Architecture(),
            OperatingSystem = below?.OperatingSystem ?? "linux",
            Config = new OciContainerConfig
            {
                User = source.User ?? below?.Config?.User,
                Entrypoint = source.Entrypoint.Count > 0 ? source.Entrypoint : below?.Config?.Entrypoint,
                Cmd = source.Command.Count > 0 ? source.Command : source.Entrypoint.Count > 0 ? null : below?.Config?.Cmd,
                Env = Environment(below?.Config?.Env ?? [], source.Environment),
                WorkingDir = source.WorkingDirectory ?? source.Target,
                ExposedPorts = Ports(below?.Config?.ExposedPorts, source.ExposedPorts),
                Labels = source.Labels.Count == 0 ? null : source.Labels,
            },
            Rootfs = new OciRootFs { DiffIds = [.. below?.Rootfs.DiffIds ?? [], diffId] },
            History = [.. below?.History ?? [], new OciHistory { Created = created, CreatedBy = "fairway" }],
        };
    }

    private static string[]? Environment(IReadOnlyList<string> below, IReadOnlyDictionary<string, string> own)
    {
        string[] all =
        [
            .. below.Where(line => !own.ContainsKey(line.Split('=', 2)[0])),
            .. own.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"),
        ];
        return all.Length == 0 ? null : all;
    }

    private static SortedDictionary<string, OciEmpty>? Ports(IReadOnlyDictionary<string, OciEmpty>? below, IReadOnlyList<int> own)
    {
        var ports = new SortedDictionary<string, OciEmpty>(StringComparer.Ordinal);
        foreach (string port in (below?.Keys ?? []).Concat(own.Select(port => string.Create(CultureInfo.InvariantCulture, $"{port}/tcp"))))
        {
            ports[port] = new OciEmpty();
        }

        return ports.Count == 0 ? null : ports;
    }

    private static string Architecture() => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    private static async Task<(OciDescriptor Layer, string DiffId)> WriteLayerAsync(BlobStore blobs, ImageSource source, CancellationToken cancellation)
    {
        string temporary = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            string diffId;
            await using (FileStream file = File.Create(temporary))
            {
                await using var compressed = new GZipStream(file, CompressionLevel.Optimal);
                using var hashed = new HashingStream(compressed);
                await using (var tar = new TarWriter(hashed, TarEntryFormat.Gnu, leaveOpen: true))
                {
                    await LayerWriter.WriteAsync(tar, source.Directory, source.Target, cancellation);
                }

                diffId = hashed.Digest();
            }

            await using FileStream written = File.OpenRead(temporary);
            BlobDescriptor blob = await blobs.WriteAsync(written, cancellation);
            return (new OciDescriptor { MediaType = OciMediaTypes.LayerGzip, Digest = blob.Digest, Size = blob.Size }, diffId);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Passes writes on and hashes them: the layer's identity is that of the plain tar.</summary>
    private sealed class HashingStream(Stream inner) : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public string Digest() => "sha256:" + Convert.ToHexStringLower(_hash.GetHashAndReset());

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            inner.Write(buffer);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
            => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _hash.AppendData(buffer.Span);
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}

using System.Text.Json;

namespace Fairway.Storage;

/// <summary>An artifact about an image.</summary>
/// <param name="Digest">Of its manifest.</param>
/// <param name="ArtifactType">What it is.</param>
/// <param name="Layer">Its content.</param>
/// <param name="Annotations">The manifest's.</param>
public sealed record ImageReferrer(string Digest, string ArtifactType, OciDescriptor Layer, IReadOnlyDictionary<string, string> Annotations);

/// <summary>
/// What is attached to images: OCI 1.1 manifests whose <c>subject</c> is an image, in the blob store beside it. Which subject has
/// which is kept in one small file that is replaced as a whole. Attaching the same twice changes nothing. Safe for concurrent use by
/// one process.
/// </summary>
public sealed class ImageReferrers
{
    /// <summary>The most bytes that an artifact may have.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>The most artifacts that one image may have.</summary>
    public const int MaxPerImage = 200;

    private readonly BlobStore _blobs;
    private readonly string _file;
    private readonly Lock _gate = new(); // guards the index and its file
    private readonly Dictionary<string, List<string>> _index;

    internal ImageReferrers(BlobStore blobs, string indexFile)
    {
        _blobs = blobs;
        _file = indexFile;
        _index = File.Exists(indexFile)
            ? JsonSerializer.Deserialize(File.ReadAllBytes(indexFile), OciJson.Default.DictionaryStringListString) ?? []
            : [];
    }

    /// <summary>Attaches an artifact to an image. Durable when it completes.</summary>
    /// <param name="subject">The digest of the image's manifest.</param>
    /// <param name="artifactType">What it is.</param>
    /// <param name="mediaType">Of the content.</param>
    /// <param name="content">The artifact; see <see cref="MaxBytes"/>.</param>
    /// <param name="annotations">Of the manifest and of its layer.</param>
    /// <param name="cancellation">Ends it; what was attached stays.</param>
    /// <exception cref="InvalidDataException">There is no such image, the artifact is too large, or the image has too many.</exception>
    public async Task<ImageReferrer> AttachAsync(
        string subject, string artifactType, string mediaType, ReadOnlyMemory<byte> content, IReadOnlyDictionary<string, string> annotations, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        if (_blobs.SizeOf(subject) is not { } size)
        {
            throw new InvalidDataException($"There is no image {subject} in the store.");
        }

        if (content.Length is 0 or > MaxBytes)
        {
            throw new InvalidDataException($"An artifact has 1 to {MaxBytes} bytes, not {content.Length}.");
        }

        BlobDescriptor empty = await _blobs.WriteAsync("{}"u8.ToArray(), cancellation);
        BlobDescriptor layer = await _blobs.WriteAsync(content, cancellation);
        var manifest = new OciManifest
        {
            ArtifactType = artifactType,
            Config = new OciDescriptor { MediaType = OciMediaTypes.Empty, Digest = empty.Digest, Size = empty.Size },
            Layers = [new OciDescriptor { MediaType = mediaType, Digest = layer.Digest, Size = layer.Size, Annotations = annotations.Count == 0 ? null : annotations }],
            Subject = new OciDescriptor { MediaType = OciMediaTypes.Manifest, Digest = subject, Size = size },
            Annotations = annotations.Count == 0 ? null : annotations,
        };
        BlobDescriptor blob = await _blobs.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(manifest, OciJson.Default.OciManifest), cancellation);
        lock (_gate)
        {
            if (!_index.TryGetValue(subject, out List<string>? known))
            {
                _index[subject] = known = [];
            }

            if (!known.Contains(blob.Digest))
            {
                if (known.Count >= MaxPerImage)
                {
                    throw new InvalidDataException($"The image {subject} has {MaxPerImage} artifacts already.");
                }

                known.Add(blob.Digest);
                DurableFiles.WriteSecret(_file, JsonSerializer.SerializeToUtf8Bytes(_index, OciJson.Default.DictionaryStringListString));
            }
        }

        return new ImageReferrer(blob.Digest, artifactType, manifest.Layers[0], annotations);
    }

    /// <summary>What is attached to an image, in the order in which it was. Reads one small blob each.</summary>
    public IReadOnlyList<ImageReferrer> Of(string subject)
    {
        string[] digests;
        lock (_gate)
        {
            digests = _index.TryGetValue(subject, out List<string>? known) ? [.. known] : [];
        }

        var referrers = new List<ImageReferrer>(digests.Length);
        foreach (string digest in digests.Where(_blobs.Contains))
        {
            using Stream stream = _blobs.Open(digest);
            if (JsonSerializer.Deserialize(stream, OciJson.Default.OciManifest) is { ArtifactType: { } type, Layers: [var layer] } manifest && _blobs.Contains(layer.Digest))
            {
                referrers.Add(new ImageReferrer(digest, type, layer, manifest.Annotations ?? new Dictionary<string, string>()));
            }
        }

        return referrers;
    }

    /// <summary>The content of an artifact.</summary>
    public byte[] Read(ImageReferrer referrer)
    {
        ArgumentNullException.ThrowIfNull(referrer);
        using Stream stream = _blobs.Open(referrer.Layer.Digest);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>The digests that an image's artifacts are made of.</summary>
    internal IEnumerable<string> Reachable(string subject)
    {
        foreach (ImageReferrer referrer in Of(subject))
        {
            yield return referrer.Digest;
            yield return referrer.Layer.Digest;
            yield return Digests.Of("{}"u8);
        }
    }
}

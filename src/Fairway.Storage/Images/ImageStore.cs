using System.Text.Json;

namespace Fairway.Storage;

/// <summary>An image that is in the store.</summary>
/// <param name="Reference">By which it was found.</param>
/// <param name="Digest">Of its manifest.</param>
public sealed record OciImage(ImageReference Reference, string Digest, OciManifest Manifest, OciImageConfig Config);

/// <summary>
/// Images by name: a name and tag point at a manifest in the blob store. Names are kept in one small file that is replaced as a
/// whole. Safe for concurrent use by one process.
/// </summary>
public sealed class ImageStore
{
    private const string DefaultTag = "latest";

    private readonly string _file;
    private readonly Lock _gate = new(); // guards the names and their file
    private readonly Dictionary<string, string> _names;

    /// <summary>Opens the names kept in a file, beside the blobs that they point at.</summary>
    public ImageStore(BlobStore blobs, string namesFile)
    {
        Blobs = blobs;
        Referrers = new ImageReferrers(blobs, Path.ChangeExtension(namesFile, ".referrers.json"));
        _file = namesFile;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(namesFile))!);
        _names = File.Exists(namesFile)
            ? JsonSerializer.Deserialize(File.ReadAllBytes(namesFile), OciJson.Default.DictionaryStringString) ?? []
            : [];
    }

    public BlobStore Blobs { get; }

    /// <summary>What is attached to images.</summary>
    public ImageReferrers Referrers { get; }

    /// <summary>Points a name (and tag, <c>latest</c> without one) at a manifest. Durable when it completes.</summary>
    /// <exception cref="InvalidDataException">The manifest, its configuration or one of its layers is not in the blob store.</exception>
    public Task PutAsync(ImageReference name, string manifestDigest, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(name);
        cancellation.ThrowIfCancellationRequested();
        OciImage image = Load(name, manifestDigest) ?? throw new InvalidDataException($"There is no manifest {manifestDigest}.");
        OciDescriptor? missing = image.Manifest.Layers.FirstOrDefault(layer => !Blobs.Contains(layer.Digest));
        if (missing is not null)
        {
            throw new InvalidDataException($"Image {name} lacks its layer {missing.Digest}.");
        }

        lock (_gate)
        {
            _names[KeyOf(name)] = manifestDigest;
            Save();
        }

        return Task.CompletedTask;
    }

    /// <summary>Takes a name away; blobs stay until they are collected.</summary>
    /// <returns>Whether there was such a name.</returns>
    public bool Remove(ImageReference name)
    {
        lock (_gate)
        {
            bool removed = _names.Remove(KeyOf(name));
            if (removed)
            {
                Save();
            }

            return removed;
        }
    }

    /// <summary>Finds an image: by digest if the reference has one, else by name and tag. Reads two small blobs.</summary>
    /// <returns>null when there is none, or the text is no reference.</returns>
    /// <exception cref="InvalidDataException">What is stored there is no image manifest.</exception>
    public OciImage? Resolve(string reference)
    {
        if (!ImageReference.TryParse(reference, out ImageReference? parsed))
        {
            return null;
        }

        string? digest = parsed.Digest;
        if (digest is null)
        {
            lock (_gate)
            {
                digest = _names.GetValueOrDefault(KeyOf(parsed));
            }
        }

        return digest is null ? null : Load(parsed, digest);
    }

    /// <summary>Every name with its tag and the digest of its manifest, in order.</summary>
    public IReadOnlyList<(string Name, string Digest)> All()
    {
        lock (_gate)
        {
            return [.. _names.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key, StringComparer.Ordinal)];
        }
    }

    /// <summary>The digests that named images, and the further manifests and blobs given, are made of.</summary>
    public IReadOnlySet<string> Reachable(IEnumerable<string> alsoKept)
    {
        var reachable = new HashSet<string>(StringComparer.Ordinal);
        foreach (string digest in All().Select(image => image.Digest).Concat(alsoKept))
        {
            reachable.Add(digest);
            reachable.UnionWith(Referrers.Reachable(digest));
            try
            {
                if (Load(ImageReference.Parse("kept@" + digest), digest) is { } image)
                {
                    reachable.Add(image.Manifest.Config.Digest);
                    reachable.UnionWith(image.Manifest.Layers.Select(layer => layer.Digest));
                }
            }
            catch (InvalidDataException)
            {
                // A plain blob, kept for itself.
            }
        }

        return reachable;
    }

    private OciImage? Load(ImageReference reference, string digest)
    {
        if (!Blobs.Contains(digest))
        {
            return null;
        }

        OciManifest manifest = Read(digest, OciJson.Default.OciManifest, "image manifest");
        if (manifest.Config is null || manifest.Layers is null || !Blobs.Contains(manifest.Config.Digest))
        {
            throw new InvalidDataException($"{digest} is not the manifest of a complete image.");
        }

        return new OciImage(reference, digest, manifest, Read(manifest.Config.Digest, OciJson.Default.OciImageConfig, "image configuration"));
    }

    private T Read<T>(string digest, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, string what)
    {
        try
        {
            using Stream stream = Blobs.Open(digest);
            return JsonSerializer.Deserialize(stream, type) ?? throw new InvalidDataException($"{digest} is not an {what}.");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException($"{digest} is not an {what}: {failure.Message}", failure);
        }
    }

    private static string KeyOf(ImageReference name) => $"{name.Name}:{name.Tag ?? DefaultTag}";

    private void Save() => DurableFiles.WriteSecret(_file, JsonSerializer.SerializeToUtf8Bytes(_names, OciJson.Default.DictionaryStringString));
}

using System.Collections.Concurrent;
using System.Globalization;
using Fairway.Storage;

namespace Fairway.Node.Runtimes.Process;

/// <summary>Images of the store, unpacked once per digest into a directory that all containers of the image share.</summary>
internal sealed class UnpackedImages(ImageStore store, string directory)
{
    // One unpacking per digest at a time; a failed one is forgotten, so that the next asks again.
    private readonly ConcurrentDictionary<string, Lazy<Task<bool>>> _unpacking = new();

    /// <summary>
    /// An image without files, which is always there: its containers run the programs of this machine. For trying things out
    /// without building anything.
    /// </summary>
    public const string Host = "fairway.dev/host";

    private const string HostDigest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// <summary>Whether the store has an image.</summary>
    public static bool IsIn(ImageStore store, string reference)
    {
        try
        {
            return store.Resolve(reference) is not null;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Whether an image can be had without bringing it from anywhere.</summary>
    public bool Has(string reference) => IsHost(reference) || IsIn(store, reference);

    /// <exception cref="ContainerException">There is no such image, or it cannot be unpacked.</exception>
    public async Task<UnpackedImage> GetAsync(string reference, CancellationToken cancellation)
    {
        if (IsHost(reference))
        {
            string empty = Path.Combine(directory, "host");
            Directory.CreateDirectory(empty);
            return new UnpackedImage { Digest = HostDigest, Root = empty };
        }

        OciImage image = Find(store, reference);
        string root = Path.Combine(directory, image.Digest.Replace(':', '-'));
        Lazy<Task<bool>> unpacking = _unpacking.GetOrAdd(image.Digest, _ => new Lazy<Task<bool>>(() => UnpackAsync(image, root)));
        bool isFirst = !unpacking.IsValueCreated;
        try
        {
            bool fetched = await unpacking.Value.WaitAsync(cancellation);
            OciContainerConfig? config = image.Config.Config;
            return new UnpackedImage
            {
                Digest = image.Digest,
                Root = root,
                Entrypoint = config?.Entrypoint ?? [],
                Cmd = config?.Cmd ?? [],
                Environment = config?.Env ?? [],
                WorkingDirectory = config?.WorkingDir is { Length: > 0 } inside ? inside : "/",
                ExposedPorts = Ports(config),
                StopSignal = config?.StopSignal,
                SizeBytes = image.Manifest.Layers.Sum(layer => layer.Size),
                Fetched = fetched && isFirst,
            };
        }
        catch (Exception broken) when (broken is InvalidDataException or FileNotFoundException)
        {
            _unpacking.TryRemove(KeyValuePair.Create(image.Digest, unpacking));
            throw new ContainerException(ContainerFault.ImageRefused, $"image {reference} cannot be unpacked: {broken.Message}", broken);
        }
        catch (IOException failed)
        {
            _unpacking.TryRemove(KeyValuePair.Create(image.Digest, unpacking));
            throw new ContainerException(ContainerFault.CannotCreate, $"image {reference} cannot be unpacked: {failed.Message}", failed);
        }
    }

    /// <summary>Finds an image in the store.</summary>
    /// <exception cref="ContainerException">There is none: the message names where it was looked for.</exception>
    public static OciImage Find(ImageStore store, string reference)
    {
        try
        {
            return store.Resolve(reference)
                ?? throw (ImageReference.TryParse(reference, out _)
                    ? new ContainerException(
                        ContainerFault.ImageMissing,
                        $"image \"{reference}\" is not in Fairway's image store, and the embedded cluster pulls from no other registry")
                    : new ContainerException(
                        ContainerFault.ImageNameInvalid, $"\"{reference}\" is not an image reference: NAME[:TAG][@sha256:DIGEST] was expected"));
        }
        catch (InvalidDataException broken)
        {
            throw new ContainerException(ContainerFault.ImageRefused, $"image {reference}: {broken.Message}", broken);
        }
    }

    /// <summary>TCP ports that the image says it listens on, lowest first.</summary>
    public static IReadOnlyList<int> Ports(OciContainerConfig? config)
        =>
        [
            .. (config?.ExposedPorts?.Keys ?? [])
                .Where(key => !key.EndsWith("/udp", StringComparison.Ordinal))
                .Select(key => int.TryParse(key.Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : 0)
                .Where(port => port is > 0 and <= 65535)
                .Order(),
        ];

    private static bool IsHost(string reference) => reference == Host || reference.StartsWith(Host + ":", StringComparison.Ordinal);

    private async Task<bool> UnpackAsync(OciImage image, string root)
    {
        if (Directory.Exists(root))
        {
            return false;
        }

        Directory.CreateDirectory(directory);
        try
        {
            // Not the caller's token: others may wait for the same image.
            await LayerUnpacker.UnpackAsync(store.Blobs, image, root, UnpackLimits.Default, CancellationToken.None);
        }
        catch (IOException) when (Directory.Exists(root))
        {
            // Another node of this machine was faster.
        }

        return true;
    }
}

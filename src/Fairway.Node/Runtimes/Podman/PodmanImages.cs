using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Node.Runtimes.Process;
using Fairway.Storage;

namespace Fairway.Node.Runtimes.Podman;

/// <summary>An image as containers are made of it.</summary>
/// <param name="LocalName">Its name in the program's own storage.</param>
/// <param name="Digest">What names its content.</param>
/// <param name="Ports">The ports that it exposes.</param>
/// <param name="StopSignal">What ends its containers in good order; null for SIGTERM.</param>
/// <param name="SizeBytes">How large it is.</param>
/// <param name="Fetched">It had to be brought.</param>
internal sealed record PodmanImage(string LocalName, string Digest, IReadOnlyList<int> Ports, string? StopSignal, long SizeBytes, bool Fetched);

/// <summary>
/// The images of a podman node: those of Fairway's store, brought into the program's storage once, and those that the program has
/// already (built or pulled by its user). Nothing is pulled from a registry. Safe for concurrent use.
/// </summary>
internal sealed class PodmanImages(ContainerCli cli, ImageStore store)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _loaded = new();

    /// <summary>The image of a reference, brought if need be.</summary>
    /// <exception cref="ContainerException">There is none, or it is broken.</exception>
    public async Task<PodmanImage> GetAsync(string reference, CancellationToken cancellation)
    {
        OciImage image;
        try
        {
            image = UnpackedImages.Find(store, reference);
        }
        catch (ContainerException missing) when (missing.Fault == ContainerFault.ImageMissing)
        {
            return await LocalAsync(reference, cancellation)
                ?? throw new ContainerException(
                    ContainerFault.ImageMissing, $"{missing.Message}; {cli.Program} has no such image on this machine either (see: {cli.Program} images)", missing);
        }

        bool fetched = !_loaded.ContainsKey(image.Digest);
        string name = await LoadAsync(image, cancellation);
        return new PodmanImage(
            name, image.Digest, UnpackedImages.Ports(image.Config.Config), image.Config.Config?.StopSignal, image.Manifest.Layers.Sum(layer => layer.Size), fetched);
    }

    /// <summary>Whether the image is on the machine.</summary>
    public async Task<bool> HasAsync(string reference, CancellationToken cancellation)
        => UnpackedImages.IsIn(store, reference) || await LocalAsync(reference, cancellation) is not null;

    /// <summary>An image that the program has by itself; null when it has none of that name.</summary>
    private async Task<PodmanImage?> LocalAsync(string reference, CancellationToken cancellation)
    {
        CliResult found = await cli.RunAsync(["image", "inspect", "--format", "{{json .}}", reference], cancellation);
        if (found.Code != 0)
        {
            return null;
        }

        try
        {
            return Read(reference, JsonNode.Parse(found.Output));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads what podman and docker say of an image.</summary>
    internal static PodmanImage? Read(string reference, JsonNode? inspected)
    {
        // podman prints a list of one, docker the object.
        inspected = inspected is JsonArray { Count: > 0 } list ? list[0] : inspected;
        if (Text(inspected, "Id") is not { } id)
        {
            return null;
        }

        JsonNode? config = inspected!["Config"];
        int[] ports =
        [
            .. (config?["ExposedPorts"] as JsonObject ?? []).Select(port => port.Key)
                .Where(key => !key.EndsWith("/udp", StringComparison.Ordinal))
                .Select(key => int.TryParse(key.Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : 0)
                .Where(port => port is > 0 and <= 65535)
                .Order(),
        ];
        long size = inspected["Size"] is JsonValue number && number.TryGetValue(out long bytes) ? bytes : 0;
        string digest = Text(inspected, "Digest") ?? (id.StartsWith("sha256:", StringComparison.Ordinal) ? id : $"sha256:{id}");
        return new PodmanImage(reference, digest, ports, Text(config, "StopSignal"), size, Fetched: false);
    }

    private static string? Text(JsonNode? node, string member)
        => node is JsonObject members && members[member] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

    /// <summary>Brings an image from the store into the program's own storage, once.</summary>
    /// <returns>Its name there.</returns>
    private async Task<string> LoadAsync(OciImage image, CancellationToken cancellation)
    {
        Lazy<Task<string>> loading = _loaded.GetOrAdd(image.Digest, _ => new Lazy<Task<string>>(() => LoadOnceAsync(image)));
        try
        {
            return await loading.Value.WaitAsync(cancellation);
        }
        catch (ContainerException)
        {
            _loaded.TryRemove(KeyValuePair.Create(image.Digest, loading));
            throw;
        }
    }

    private async Task<string> LoadOnceAsync(OciImage image)
    {
        string name = $"localhost/fairway:{image.Digest.Split(':')[1][..32]}";
        if ((await cli.RunAsync(["image", "inspect", "--format", "{{.Id}}", name], CancellationToken.None)).Code == 0)
        {
            return name;
        }

        OciImage named = image with { Reference = ImageReference.Parse(name) };
        CliResult loaded = await cli.RunAsync(
            ["load", "--quiet"], CancellationToken.None, stream => ImageArchive.ExportAsync(store.Blobs, named, stream, CancellationToken.None));
        return loaded.Code == 0
            ? name
            : throw new ContainerException(ContainerFault.ImageRefused, $"image {image.Reference} cannot be loaded: {loaded.Complaint}");
    }
}

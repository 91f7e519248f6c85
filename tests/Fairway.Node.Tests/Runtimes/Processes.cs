using System.Formats.Tar;
using System.Text.Json;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Process;
using Fairway.Storage;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Node.Tests.Runtimes;

/// <summary>The process runtime as the kit sees it.</summary>
internal sealed class Processes : RuntimeUnderTest
{
    private TestImages _images = null!;

    public TemporaryDirectory Directory { get; } = new();

    public override string Image => TestImages.Kit;

    public static async Task<Processes> CreateAsync()
    {
        var test = new Processes();
        test._images = await TestImages.CreateAsync(test.Directory["images"]);
        await test.OpenAsync();
        return test;
    }

    public ContainerSpec Script(string script, int attempt = 0)
        => Spec(new Behaviour.Run(), attempt: attempt) with { Command = ["sh", "-c", script] };

    public async Task<string> PutAsync(string reference, Action<TarWriter> write)
    {
        using var layer = new MemoryStream();
        await using (var tar = new TarWriter(layer, leaveOpen: true))
        {
            write(tar);
        }

        BlobDescriptor blob = await _images.Store.Blobs.WriteAsync(layer.ToArray(), CancellationToken.None);
        BlobDescriptor config = await WriteAsync(new { architecture = "amd64", os = "linux", config = new { Cmd = new[] { "true" } }, rootfs = new { type = "layers", diff_ids = new[] { blob.Digest } } });
        BlobDescriptor manifest = await WriteAsync(new
        {
            schemaVersion = 2,
            mediaType = OciMediaTypes.Manifest,
            config = new { mediaType = OciMediaTypes.Config, digest = config.Digest, size = config.Size },
            layers = new[] { new { mediaType = OciMediaTypes.Layer, digest = blob.Digest, size = blob.Size } },
        });
        await _images.Store.PutAsync(ImageReference.Parse(reference), manifest.Digest, CancellationToken.None);
        return reference;

        async Task<BlobDescriptor> WriteAsync(object json)
            => await _images.Store.Blobs.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(json), CancellationToken.None);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Dispose();
    }

    protected override Task<IContainerRuntime> NewAsync() => Task.FromResult<IContainerRuntime>(CrashedPlatform.Open(Directory.Path, _images.Store));
}

using Fairway.Storage;

namespace Fairway.Node.Tests.Runtimes;

/// <summary>An image store with the image that the kit's containers run: busybox, built from files of this machine.</summary>
internal sealed class TestImages
{
    public const string Kit = "test/kit:1";

    /// <summary>A statically linked busybox, which runs in an empty image too.</summary>
    private const string BusyBox = "/bin/busybox";

    private TestImages(ImageStore store) => Store = store;

    public ImageStore Store { get; }

    public static bool HasBusyBox => File.Exists(BusyBox);

    public static async Task<TestImages> CreateAsync(string directory)
    {
        string root = Path.Combine(directory, "kit");
        Directory.CreateDirectory(Path.Combine(root, "www"));
        File.WriteAllText(Path.Combine(root, "www/index.html"), "hello\n");
        if (HasBusyBox)
        {
            Directory.CreateDirectory(Path.Combine(root, "bin"));
            foreach (string name in (string[])["busybox", "sh", "sleep", "env", "echo", "false", "true"])
            {
                File.Copy(BusyBox, Path.Combine(root, "bin", name));
            }
        }

        var store = new ImageStore(new BlobStore(Path.Combine(directory, "blobs")), Path.Combine(directory, "names.json"));
        await OciImageBuilder.BuildAsync(
            store,
            ImageReference.Parse(Kit),
            new ImageSource { Directory = root, Target = "/", Environment = new Dictionary<string, string> { ["PATH"] = "/bin" } },
            CancellationToken.None);
        return new TestImages(store);
    }
}

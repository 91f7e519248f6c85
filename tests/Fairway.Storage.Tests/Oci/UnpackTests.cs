using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Fairway.Storage.Tests;

/// <summary>Archives as they should be, and archives made to harm.</summary>
public sealed class UnpackTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private string Root => _directory["root"];

    [Theory]
    [InlineData("../escape")]
    [InlineData("a/../../escape")]
    [InlineData("/../escape")]
    [InlineData("a/b/../../../escape")]
    [InlineData("..")]
    public async Task Unpack_NameThatClimbsOut_IsRefused(string name)
    {
        (await Should.ThrowAsync<InvalidDataException>(() => UnpackAsync(File(name, "x")))).Message.ShouldContain(name);
        NothingEscaped();
    }

    [Fact]
    public async Task Unpack_AbsoluteName_StaysInside()
    {
        await UnpackAsync(File("/etc/fairway-test", "x"));
        System.IO.File.ReadAllText(Path.Combine(Root, "etc", "fairway-test")).ShouldBe("x");
        System.IO.File.Exists("/etc/fairway-test").ShouldBeFalse();
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("..")]
    public async Task Unpack_LinkThatClimbsOut_IsRefused(string target)
    {
        await Should.ThrowAsync<InvalidDataException>(() => UnpackAsync(Link("link", target)));
        NothingEscaped();
    }

    [Fact]
    public async Task Unpack_AbsoluteLink_MeansTheRoot()
    {
        await UnpackAsync(File("usr/bin/tool", "x"), Link("opt/a/tool", "/usr/bin/tool"));
        new FileInfo(Path.Combine(Root, "opt/a/tool")).LinkTarget.ShouldBe("../../usr/bin/tool");
        System.IO.File.ReadAllText(Path.Combine(Root, "opt/a/tool")).ShouldBe("x");
    }

    [Fact]
    public async Task Unpack_FileThroughALinkedDirectory_IsRefused()
    {
        Directory.CreateDirectory(_directory["outside"]);
        Directory.CreateDirectory(Root);
        System.IO.File.CreateSymbolicLink(Path.Combine(Root, "planted"), _directory["outside"]);
        await Should.ThrowAsync<InvalidDataException>(() => UnpackAsync(File("planted/file", "x")));
        Directory.GetFileSystemEntries(_directory["outside"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task Unpack_LinkChainedThroughALink_NeverWritesOutside()
    {
        await Should.ThrowAsync<InvalidDataException>(() => UnpackAsync(Link("a", "."), Link("a/b", "../.."), File("a/b/escape", "x")));
        await Should.ThrowAsync<InvalidDataException>(() => UnpackAsync(Link("c", "d"), Link("d", ".."), File("c/escape", "x")));
        NothingEscaped();
    }

    [Fact]
    public async Task Unpack_FileOverALink_ReplacesTheLink()
    {
        System.IO.File.WriteAllText(_directory["victim"], "untouched");
        Directory.CreateDirectory(Root);
        System.IO.File.CreateSymbolicLink(Path.Combine(Root, "file"), _directory["victim"]);
        await UnpackAsync(File("file", "new"));
        System.IO.File.ReadAllText(_directory["victim"]).ShouldBe("untouched");
        System.IO.File.ReadAllText(Path.Combine(Root, "file")).ShouldBe("new");
    }

    [Fact]
    public async Task Unpack_DirectoryOverALink_ReplacesTheLink()
    {
        Directory.CreateDirectory(_directory["outside"]);
        Directory.CreateDirectory(Root);
        System.IO.File.CreateSymbolicLink(Path.Combine(Root, "d"), _directory["outside"]);
        await UnpackAsync(new PaxTarEntry(TarEntryType.Directory, "d"), File("d/file", "x"));
        Directory.GetFileSystemEntries(_directory["outside"]).ShouldBeEmpty();
        System.IO.File.ReadAllText(Path.Combine(Root, "d", "file")).ShouldBe("x");
    }

    [Theory]
    [InlineData("../victim")]
    [InlineData("missing")]
    [InlineData("link")]
    [InlineData("linked/inner")]
    [InlineData("dir")]
    public async Task Unpack_HardLinkToWhatIsNoFileInside_IsRefused(string target)
    {
        System.IO.File.WriteAllText(_directory["victim"], "secret");
        await Should.ThrowAsync<InvalidDataException>(() => UnpackAsync(
            File("dir/inner", "x"), Link("link", "dir/inner"), Link("linked", "dir"), new PaxTarEntry(TarEntryType.HardLink, "hard") { LinkName = target }));
        System.IO.File.Exists(Path.Combine(Root, "hard")).ShouldBeFalse();
    }

    [Fact]
    public async Task Unpack_HardLink_IsACopy()
    {
        await UnpackAsync(File("a", "content"), new PaxTarEntry(TarEntryType.HardLink, "b/c") { LinkName = "a" });
        System.IO.File.ReadAllText(Path.Combine(Root, "b/c")).ShouldBe("content");
    }

    [Fact]
    public async Task Unpack_DevicesAndPipes_AreSkipped()
    {
        UnpackReport report = await UnpackAsync(
            new PaxTarEntry(TarEntryType.CharacterDevice, "dev/null") { DeviceMajor = 1, DeviceMinor = 3 },
            new PaxTarEntry(TarEntryType.Fifo, "pipe"),
            File("a", "x"));
        report.ShouldBe(new UnpackReport(3, 2));
        System.IO.File.Exists(Path.Combine(Root, "pipe")).ShouldBeFalse();
    }

    [Fact]
    public async Task Unpack_SetuidBits_AreDropped()
    {
        TarEntry entry = File("tool", "x");
        entry.Mode = (UnixFileMode)0b111_111_101_101; // 7755
        await UnpackAsync(entry);
        ((int)System.IO.File.GetUnixFileMode(Path.Combine(Root, "tool"))).ShouldBe(0b111_101_101);
    }

    [Fact]
    public async Task Unpack_Whiteouts_RemoveWhatLowerLayersBrought()
    {
        await UnpackAsync(File("keep/a", "1"), File("keep/b", "2"), File("gone/c", "3"), File("opaque/old", "4"));
        await UnpackAsync(File("keep/.wh.a", ""), File(".wh.gone", ""), File("opaque/new", "5"), File("opaque/.wh..wh..opq", ""));
        Files().ShouldBe(["keep/b", "opaque/new"]);
    }

    [Theory]
    [InlineData(".wh...")]
    [InlineData("a/.wh...")]
    [InlineData(".wh..")]
    [InlineData(".wh.")]
    public async Task Unpack_WhiteoutThatClimbsOut_IsRefused(string name)
    {
        System.IO.File.WriteAllText(_directory["victim"], "untouched");
        await Should.ThrowAsync<InvalidDataException>(() => UnpackAsync(File(name, "")));
        System.IO.File.Exists(_directory["victim"]).ShouldBeTrue();
    }

    [Fact]
    public async Task Unpack_MoreThanTheLimit_IsRefused()
    {
        var limits = new UnpackLimits { MaxBytes = 100_000, MaxEntries = 3 };
        await Should.ThrowAsync<InvalidDataException>(() => UnpackAsync(limits, File("bomb", new string('0', 1_000_000))));
        await Should.ThrowAsync<InvalidDataException>(() => UnpackAsync(limits, File("a", ""), File("b", ""), File("c", ""), File("d", "")));
        await Should.ThrowAsync<InvalidDataException>(() => UnpackAsync(limits with { MaxPathLength = 10 }, File("a-long-name-of-a-file", "")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Unpack_CutOffOrNoise_IsRefused(bool compressed)
    {
        byte[] whole = Archive(compressed, File("a", new string('x', 5000)), File("b", "y"));
        using var cut = new MemoryStream(whole[..(whole.Length / 3)]);
        await Should.ThrowAsync<InvalidDataException>(() => LayerUnpacker.UnpackAsync(cut, Root, UnpackLimits.Default, CancellationToken.None));

        byte[] noise = new byte[4096];
        new Random(7).NextBytes(noise);
        using var stream = new MemoryStream(noise);
        await Should.ThrowAsync<InvalidDataException>(() => LayerUnpacker.UnpackAsync(stream, Root, UnpackLimits.Default, CancellationToken.None));
    }

    [Fact]
    public async Task Unpack_RandomHostileArchives_NeverTouchTheOutside()
    {
        string[] names = ["a", "a/b", "../x", "/x", "a/../..", "l", "l/x", "l/../x", ".wh.a", ".wh...", "", "./a/./c", "a//d"];
        string[] targets = ["..", ".", "/", "../..", "a", "l", "/etc", "a/b", "../../../../tmp"];
        System.IO.File.WriteAllText(_directory["victim"], "untouched");
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            TarEntry[] entries = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => RandomEntry(random, names, targets))];
            try
            {
                await UnpackAsync(entries);
            }
            catch (InvalidDataException)
            {
                // Refused: what matters is what happened outside.
            }

            NothingEscaped();
            System.IO.File.ReadAllText(_directory["victim"]).ShouldBe("untouched", $"seed {seed}");
        }
    }

    [Fact]
    public async Task UnpackImage_Broken_LeavesNoDirectory()
    {
        var blobs = new BlobStore(_directory["blobs"]);
        BlobDescriptor layer = await blobs.WriteAsync(Archive(true, File("ok", "x"), File("../escape", "x")), CancellationToken.None);
        var descriptor = new OciDescriptor { MediaType = OciMediaTypes.LayerGzip, Digest = layer.Digest, Size = layer.Size };
        var image = new OciImage(
            ImageReference.Parse("x"),
            layer.Digest,
            new OciManifest { Config = descriptor, Layers = [descriptor] },
            new OciImageConfig { Architecture = "amd64", OperatingSystem = "linux", Rootfs = new OciRootFs { DiffIds = [] } });
        await Should.ThrowAsync<InvalidDataException>(() => LayerUnpacker.UnpackAsync(blobs, image, Root, UnpackLimits.Default, CancellationToken.None));
        Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName).ShouldBe(["blobs"]);
    }

    private static TarEntry RandomEntry(Random random, string[] names, string[] targets)
    {
        string name = names[random.Next(names.Length)];
        string target = targets[random.Next(targets.Length)];
        return random.Next(4) switch
        {
            0 => new UstarTarEntry(TarEntryType.Directory, name.Length == 0 ? "./" : name),
            1 => new UstarTarEntry(TarEntryType.SymbolicLink, name.Length == 0 ? "s" : name) { LinkName = target },
            2 => new UstarTarEntry(TarEntryType.HardLink, name.Length == 0 ? "h" : name) { LinkName = target },
            _ => File(name.Length == 0 ? "f" : name, "x"),
        };
    }

    private static TarEntry File(string name, string text)
        => new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) };

    private static TarEntry Link(string name, string target) => new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target };

    private static byte[] Archive(bool compressed, params TarEntry[] entries)
    {
        using var buffer = new MemoryStream();
        using (Stream target = compressed ? new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true) : buffer)
        {
            using var tar = new TarWriter(target, leaveOpen: true);
            foreach (TarEntry entry in entries)
            {
                tar.WriteEntry(entry);
            }
        }

        return buffer.ToArray();
    }

    private Task<UnpackReport> UnpackAsync(params TarEntry[] entries) => UnpackAsync(UnpackLimits.Default, entries);

    private async Task<UnpackReport> UnpackAsync(UnpackLimits limits, params TarEntry[] entries)
    {
        using var stream = new MemoryStream(Archive(entries.Length % 2 == 0, entries));
        return await LayerUnpacker.UnpackAsync(stream, Root, limits, CancellationToken.None);
    }

    private IEnumerable<string> Files()
        => Directory.GetFiles(Root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Root, file)).Order(StringComparer.Ordinal);

    private void NothingEscaped()
        => Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName).Where(name => name is not ("root" or "victim" or "outside")).ShouldBeEmpty();
}

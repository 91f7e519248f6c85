using System.Diagnostics;
using System.Formats.Tar;
using System.Text.Json.Nodes;

namespace Fairway.Storage.Tests;

public sealed class ImageTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ImageStore _store;

    public ImageTests() => _store = new ImageStore(new BlobStore(_directory["blobs"]), _directory["images.json"]);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Build_Directory_IsResolvedByNameTagAndDigest()
    {
        OciImage image = await BuildAsync("shop/web:1");

        _store.Resolve("shop/web:1")!.Digest.ShouldBe(image.Digest);
        _store.Resolve($"shop/web@{image.Digest}")!.Config.Config!.Entrypoint.ShouldBe(["dotnet", "web.dll"]);
        _store.Resolve($"shop/web:other@{image.Digest}")!.Digest.ShouldBe(image.Digest);
        _store.Resolve("shop/web").ShouldBeNull();
        _store.Resolve("shop/web@sha256:" + new string('0', 64)).ShouldBeNull();
        _store.Resolve("Not A Reference").ShouldBeNull();
        new ImageStore(_store.Blobs, _directory["images.json"]).Resolve("shop/web:1")!.Digest.ShouldBe(image.Digest);
    }

    [Fact]
    public async Task Build_WritesTheFormatAsSpecified()
    {
        OciImage image = await BuildAsync("shop/web:1");
        JsonNode manifest = JsonNode.Parse(await _store.Blobs.ReadAsync(image.Digest, CancellationToken.None))!;
        JsonNode config = JsonNode.Parse(await _store.Blobs.ReadAsync(image.Manifest.Config.Digest, CancellationToken.None))!;

        manifest["schemaVersion"]!.GetValue<int>().ShouldBe(2);
        manifest["mediaType"]!.GetValue<string>().ShouldBe("application/vnd.oci.image.manifest.v1+json");
        manifest["layers"]![0]!["mediaType"]!.GetValue<string>().ShouldBe("application/vnd.oci.image.layer.v1.tar+gzip");
        config["os"]!.GetValue<string>().ShouldBe("linux");
        config["rootfs"]!.ToJsonString().ShouldStartWith("""{"type":"layers","diff_ids":["sha256:""");
        config["config"]!["Env"]!.ToJsonString().ShouldBe("""["A=1","B=2"]""");
        config["config"]!["WorkingDir"]!.GetValue<string>().ShouldBe("/app");
        config["config"]!["ExposedPorts"]!.ToJsonString().ShouldBe("""{"8080/tcp":{}}""");
    }

    [Fact]
    public async Task Build_SameContentOtherOrderAndTimes_HasTheSameDigest()
    {
        OciImage first = await BuildAsync("shop/web:1");
        Directory.Delete(_directory["source"], recursive: true);
        WriteSource(reversed: true);
        File.SetLastWriteTimeUtc(Path.Combine(_directory["source"], "web.dll"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        (await BuildAsync("shop/web:2")).Digest.ShouldBe(first.Digest);

        await File.WriteAllTextAsync(Path.Combine(_directory["source"], "web.dll"), "changed");
        (await BuildAsync("shop/web:3")).Digest.ShouldNotBe(first.Digest);
    }

    [Fact]
    public async Task Build_LinkOutOfTheDirectory_IsRefused()
    {
        WriteSource();
        File.CreateSymbolicLink(Path.Combine(_directory["source"], "leak"), "../../../etc/passwd");
        (await Should.ThrowAsync<InvalidDataException>(() => BuildAsync("shop/web:1"))).Message.ShouldContain("leak");
    }

    [Fact]
    public async Task Unpack_BuiltImage_GivesTheFilesBack()
    {
        OciImage image = await BuildAsync("shop/web:1");
        string root = _directory["root"];
        await LayerUnpacker.UnpackAsync(_store.Blobs, image, root, UnpackLimits.Default, CancellationToken.None);

        File.ReadAllText(Path.Combine(root, "app", "web.dll")).ShouldBe("code");
        File.ReadAllText(Path.Combine(root, "app", "wwwroot", "a", "index.html")).ShouldBe("<html>");
        File.GetUnixFileMode(Path.Combine(root, "app", "run.sh")).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
        File.GetUnixFileMode(Path.Combine(root, "app", "web.dll")).HasFlag(UnixFileMode.UserExecute).ShouldBeFalse();
        new FileInfo(Path.Combine(root, "app", "link")).LinkTarget.ShouldBe("web.dll");
    }

    [Fact]
    public async Task Build_OnABase_TakesItsLayersAndSettingsOver()
    {
        OciImage below = await BuildAsync("base:1");
        Directory.CreateDirectory(_directory["more"]);
        await File.WriteAllTextAsync(Path.Combine(_directory["more"], "extra"), "x");
        OciImage image = await OciImageBuilder.BuildAsync(
            _store,
            ImageReference.Parse("top:1"),
            new ImageSource { Directory = _directory["more"], Base = below, Environment = new Dictionary<string, string> { ["B"] = "3" } },
            CancellationToken.None);

        image.Manifest.Layers.Count.ShouldBe(2);
        image.Config.Rootfs.DiffIds.Count.ShouldBe(2);
        image.Config.Config!.Env.ShouldBe(["A=1", "B=3"]);
        image.Config.Config.Entrypoint.ShouldBe(["dotnet", "web.dll"]);
    }

    [Fact]
    public async Task Put_IncompleteImage_IsRefused()
    {
        BlobDescriptor blob = await _store.Blobs.WriteAsync("{}"u8.ToArray(), CancellationToken.None);
        await Should.ThrowAsync<InvalidDataException>(() => _store.PutAsync(ImageReference.Parse("x:1"), blob.Digest, CancellationToken.None));
        await Should.ThrowAsync<InvalidDataException>(() => _store.PutAsync(ImageReference.Parse("x:1"), "sha256:" + new string('0', 64), CancellationToken.None));
    }

    [Fact]
    public async Task Reachable_FromNames_KeepsWholeImages()
    {
        OciImage image = await BuildAsync("shop/web:1");
        BlobDescriptor other = await _store.Blobs.WriteAsync("manifests"u8.ToArray(), CancellationToken.None);
        BlobDescriptor lost = await _store.Blobs.WriteAsync("lost"u8.ToArray(), CancellationToken.None);

        _store.Blobs.Collect(_store.Reachable([other.Digest]), DateTimeOffset.MaxValue).Blobs.ShouldBe(1);
        _store.Blobs.Contains(lost.Digest).ShouldBeFalse();
        _store.Blobs.Contains(other.Digest).ShouldBeTrue();
        _store.Blobs.Contains(image.Manifest.Layers[0].Digest).ShouldBeTrue();
        _store.Remove(ImageReference.Parse("shop/web:1")).ShouldBeTrue();
        _store.Blobs.Collect(_store.Reachable([]), DateTimeOffset.MaxValue).Blobs.ShouldBe(4);
    }

    [Theory]
    [InlineData("web", "web", null, null)]
    [InlineData("shop/web:1.2", "shop/web", "1.2", null)]
    [InlineData("localhost:5000/shop/web", "localhost:5000/shop/web", null, null)]
    [InlineData("localhost:5000/web:x", "localhost:5000/web", "x", null)]
    [InlineData("a@sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", "a", null, "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")]
    public void Reference_WellFormed_IsRead(string text, string name, string? tag, string? digest)
    {
        ImageReference reference = ImageReference.Parse(text);
        (reference.Name, reference.Tag, reference.Digest).ShouldBe((name, tag, digest));
        reference.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Web")]
    [InlineData("web:")]
    [InlineData("web:a b")]
    [InlineData("web@sha256:12")]
    [InlineData("../etc")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a/")]
    public void Reference_Malformed_IsRefused(string text) => ImageReference.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public async Task Export_Archive_HasBothLayouts()
    {
        OciImage image = await BuildAsync("shop/web:1");
        using var archive = new MemoryStream();
        await ImageArchive.ExportAsync(_store.Blobs, image, archive, CancellationToken.None);
        archive.Position = 0;
        var names = new List<string>();
        using var tar = new TarReader(archive);
        while (tar.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
        }

        names[..3].ShouldBe(["oci-layout", "index.json", "manifest.json"]);
        names.ShouldContain("blobs/sha256/" + image.Digest[7..]);
        names.Count.ShouldBe(6);
    }

    [PodmanFact]
    public async Task Export_Archive_IsLoadedByPodman()
    {
        OciImage image = await BuildAsync("localhost/fairway-test/web:1");
        await using (FileStream archive = File.Create(_directory["image.tar"]))
        {
            await ImageArchive.ExportAsync(_store.Blobs, image, archive, CancellationToken.None);
        }

        string storage = _directory["podman"];
        (await PodmanAsync("load", "-i", _directory["image.tar"])).ShouldContain("localhost/fairway-test/web:1");
        (await PodmanAsync("image", "inspect", "--format", "{{.Config.Entrypoint}} {{.Config.WorkingDir}}", "localhost/fairway-test/web:1")).Trim()
            .ShouldBe("[dotnet web.dll] /app");
        await PodmanAsync("rmi", "localhost/fairway-test/web:1");

        async Task<string> PodmanAsync(params string[] arguments)
        {
            string[] all = ["--root", storage, "--runroot", storage + "-run", "--storage-driver", "vfs", .. arguments];
            using Process podman = Process.Start(new ProcessStartInfo("podman", all) { UseShellExecute = false, RedirectStandardOutput = true })!;
            string output = await podman.StandardOutput.ReadToEndAsync();
            await podman.WaitForExitAsync();
            podman.ExitCode.ShouldBe(0);
            return output;
        }
    }

    private Task<OciImage> BuildAsync(string name)
    {
        if (!Directory.Exists(_directory["source"]))
        {
            WriteSource();
        }

        return OciImageBuilder.BuildAsync(
            _store,
            ImageReference.Parse(name),
            new ImageSource
            {
                Directory = _directory["source"],
                Entrypoint = ["dotnet", "web.dll"],
                Environment = new Dictionary<string, string> { ["B"] = "2", ["A"] = "1" },
                ExposedPorts = [8080],
                Labels = new Dictionary<string, string> { ["org.opencontainers.image.revision"] = "abc" },
            },
            CancellationToken.None);
    }

    private void WriteSource(bool reversed = false)
    {
        (string Path, string Text)[] files = [("web.dll", "code"), ("run.sh", "#!/bin/sh"), ("wwwroot/a/index.html", "<html>"), ("wwwroot-x", "sorts between")];
        foreach (var (path, text) in reversed ? files.Reverse() : files)
        {
            string file = Path.Combine(_directory["source"], path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        File.SetUnixFileMode(Path.Combine(_directory["source"], "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(_directory["source"], "link"), "web.dll");
    }
}

/// <summary>A fact that needs podman; without it, it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PodmanFactAttribute : FactAttribute
{
    public PodmanFactAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, "podman"))))
        {
            Skip = "podman is not installed: apt-get install podman";
        }
    }
}

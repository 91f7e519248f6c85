using System.Text;
using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;
using Fairway.Node.Storage;
using Fairway.Node.Volumes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;

namespace Fairway.Node.Tests.Volumes;

public sealed class VolumeTests : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Files_AreSwitchedAllAtOnce()
    {
        string volume = _directory["v"];
        AtomicDirectory.Write(volume, Files(("a", "1"), ("dir/b", "2")), "x1").ShouldBeTrue();
        string before = new FileInfo(Path.Combine(volume, "..data")).LinkTarget!;

        AtomicDirectory.Write(volume, Files(("a", "1"), ("dir/b", "2")), "x2").ShouldBeFalse("nothing differs");
        AtomicDirectory.Write(volume, Files(("a", "3"), ("c", "4")), "x3").ShouldBeTrue();

        File.ReadAllText(Path.Combine(volume, "a")).ShouldBe("3");
        File.ReadAllText(Path.Combine(volume, "c")).ShouldBe("4");
        Path.Exists(Path.Combine(volume, "dir")).ShouldBeFalse();
        Directory.Exists(Path.Combine(volume, before)).ShouldBeFalse("the old files are gone");
        new FileInfo(Path.Combine(volume, "a")).LinkTarget.ShouldBe("..data/a");
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("/etc/x")]
    [InlineData("a/../../out")]
    [InlineData("..data")]
    [InlineData("")]
    public void Path_ThatLeadsOutside_IsRefused(string path)
    {
        Should.Throw<IOException>(() => AtomicDirectory.Write(_directory["v"], Files((path, "1")), "x"));
        File.Exists(_directory["out"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Volumes_OfAPod_HoldWhatTheirSourcesSay()
    {
        var cluster = new MemoryCluster("dev", new ManualTime());
        cluster.Seed(new ConfigMap { Metadata = Meta("app"), Data = new Dictionary<string, string> { ["a.conf"] = "A", ["b.conf"] = "B" } });
        cluster.Seed(new Secret { Metadata = Meta("keys"), Data = new Dictionary<string, string> { ["token"] = "czNjcjN0" } });
        PodVolumes volumes = Volumes(cluster);
        Pod pod = ThePod(
            new Volume { Name = "c", ConfigMap = new ConfigMapVolumeSource { Name = "app", Items = [new KeyToPath { Key = "a.conf", Path = "conf/a" }] } },
            new Volume { Name = "s", Secret = new SecretVolumeSource { SecretName = "keys" } },
            new Volume { Name = "e", EmptyDir = new EmptyDirVolumeSource() },
            new Volume
            {
                Name = "p",
                Projected = new ProjectedVolumeSource
                {
                    Sources =
                    [
                        new VolumeProjection { ConfigMap = new ObjectProjection { Name = "app" } },
                        new VolumeProjection
                        {
                            DownwardApi = new DownwardApiProjection
                            {
                                Items = [new DownwardApiVolumeFile { Path = "name", FieldRef = new ObjectFieldSelector { FieldPath = "metadata.name" } }],
                            },
                        },
                    ],
                },
            });

        await volumes.FillAsync(pod, CancellationToken.None);

        string root = _directory["volumes/u1"];
        File.ReadAllText(Path.Combine(root, "c/conf/a")).ShouldBe("A");
        File.ReadAllText(Path.Combine(root, "s/token")).ShouldBe("s3cr3t");
        File.GetUnixFileMode(Path.Combine(root, "s/token")).ShouldBe(Mode, "a secret is for the node's user only");
        File.ReadAllText(Path.Combine(root, "p/b.conf")).ShouldBe("B");
        File.ReadAllText(Path.Combine(root, "p/name")).ShouldBe("web-1");
        Directory.GetFileSystemEntries(Path.Combine(root, "e")).ShouldBeEmpty();

        volumes.Remove("u1");
        Directory.Exists(root).ShouldBeFalse();
    }

    [Fact]
    public async Task Volume_WhoseSourceIsMissing_IsNamed()
    {
        PodVolumes volumes = Volumes(new MemoryCluster("dev", new ManualTime()));
        Pod pod = ThePod(new Volume { Name = "c", ConfigMap = new ConfigMapVolumeSource { Name = "app" } });

        ConfigurationException missing = await Should.ThrowAsync<ConfigurationException>(() => volumes.FillAsync(pod, CancellationToken.None));

        missing.Message.ShouldBe("MountVolume.SetUp failed for volume \"c\" : configmap \"app\" not found");
    }

    [Fact]
    public void SubPath_CannotLeaveItsVolume()
    {
        PodVolumes volumes = Volumes(new MemoryCluster("dev", new ManualTime()));
        Pod pod = ThePod(new Volume { Name = "e", EmptyDir = new EmptyDirVolumeSource() });
        Container web = pod.Spec.Containers[0];
        string volume = _directory["volumes/u1/e"];
        Directory.CreateDirectory(volume);
        File.CreateSymbolicLink(Path.Combine(volume, "link"), "/etc");

        Should.Throw<ConfigurationException>(() => volumes.Mounts(pod, With("../.."), new Dictionary<string, string>()));
        volumes.Mounts(pod, With("link"), new Dictionary<string, string>())[0].HostPath.ShouldBe(Path.Combine(volume, "etc"), "a link starts again at the volume");
        volumes.Mounts(pod, web with { VolumeMounts = [new VolumeMount { Name = "e", MountPath = "/data", SubPathExpr = "$(POD)" }] }, new Dictionary<string, string> { ["POD"] = "x" })
            .ShouldBe([new ContainerMount(Path.Combine(volume, "x"), "/data", false)]);

        Container With(string path) => web with { VolumeMounts = [new VolumeMount { Name = "e", MountPath = "/data", SubPath = path }] };
    }

    private static Dictionary<string, VolumeFile> Files(params (string Path, string Text)[] files)
        => files.ToDictionary(file => file.Path, file => new VolumeFile(Encoding.UTF8.GetBytes(file.Text), Mode));

    private static ObjectMeta Meta(string name) => new() { Name = name, Namespace = "shop" };

    private static Pod ThePod(params Volume[] volumes) => new()
    {
        Metadata = new ObjectMeta { Name = "web-1", Namespace = "shop", Uid = "u1" },
        Spec = new PodSpec { Volumes = volumes, Containers = [new Container { Name = "web" }] },
    };

    private PodVolumes Volumes(MemoryCluster cluster)
        => new(
            _directory["volumes"],
            new VolumeContents(new ObjectSource(cluster), new PodTokens(cluster, TimeProvider.System), "127.0.0.1", new Dictionary<string, Quantity>()),
            new ClaimDirectories(cluster, _directory["provisioned"], [_directory["allowed"]]),
            ownerOnly: true,
            new ManualTime());
}

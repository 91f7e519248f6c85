using System.Text.Json.Nodes;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Podman;
using Fairway.Resources.Kinds.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Node.Tests.Runtimes;

/// <summary>Skipped, and said why, where neither podman nor docker can run a container.</summary>
public sealed class PodmanTheoryAttribute : TheoryAttribute
{
    private static readonly Lazy<PodmanDetection> Detected = new(()
        => Task.Run(() => PodmanDetection.DetectAsync(TimeProvider.System, CancellationToken.None)).GetAwaiter().GetResult());

    public PodmanTheoryAttribute() => Skip = !TestImages.HasBusyBox ? "/bin/busybox (package busybox-static) is not installed"
        : Detected.Value is PodmanDetection.Missing missing ? missing.Why : null;

    internal static PodmanDetection.Works Works => (PodmanDetection.Works)Detected.Value;
}

public sealed class PodmanRuntimeTests
{
    public static IEnumerable<object[]> Promises => RuntimePromises.All;

    [PodmanTheory]
    [MemberData(nameof(Promises))]
    public async Task Runtime_Keeps(string promise)
    {
        await using var runtime = new Podman();
        await runtime.PrepareAsync();
        await RuntimePromises.CheckAsync(promise, runtime);
    }

    [PodmanTheory]
    [InlineData("id -u; id -g", "out 1234", "out 4321")]
    [InlineData("touch /here || echo refused", "out refused", null)]
    [InlineData("grep CapEff /proc/self/status", "out CapEff:\t0000000000000000", null)]
    public async Task Security_OfAContainer_Holds(string script, string first, string? second)
    {
        await using var runtime = new Podman();
        await runtime.PrepareAsync();
        ContainerSpec spec = runtime.Spec(new Behaviour.Exit(0)) with
        {
            Command = ["/bin/sh", "-c", script],
            Security = new ContainerSecurity { User = 1234, Group = 4321, ReadOnlyRoot = true, NoNewPrivileges = true, Drop = ["ALL"] },
        };
        await runtime.StartAsync(spec);
        await runtime.ExitedAsync(spec.Identity);
        List<string> log = await runtime.LogAsync(spec.Identity, new LogQuery { Follow = true });
        log.ShouldContain(first);
        log.ShouldContain(second ?? first);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Inventory_OfAContainerThatWasKilled_SaysWhetherItWasForMemory(bool outOfMemory)
    {
        var spec = new ContainerSpec { Identity = new ContainerIdentity("uid", "web", 2), Namespace = "shop", PodName = "web-1", Image = "shop/web" };
        var inspected = new JsonArray(new JsonObject
        {
            ["Created"] = "2026-01-01T00:00:00Z",
            ["Config"] = new JsonObject { ["Labels"] = new JsonObject { [PodmanInventory.SpecLabel] = PodmanInventory.Label(spec, "sha256:1") } },
            ["State"] = new JsonObject { ["Status"] = "exited", ["ExitCode"] = 137, ["OOMKilled"] = outOfMemory },
        });
        (ContainerRecord record, _) = PodmanInventory.Read(inspected.ToJsonString()).ShouldHaveSingleItem();
        record.Identity.ShouldBe(spec.Identity);
        record.ExitCode.ShouldBe(137);
        record.OutOfMemory.ShouldBe(outOfMemory);
    }

    [Fact]
    public void Limits_AreArgumentsOfCreate()
    {
        var spec = new ContainerSpec
        {
            Identity = new ContainerIdentity("uid", "web", 0),
            Namespace = "shop",
            PodName = "web-1",
            Image = "shop/web",
            MemoryLimit = 1 << 26,
            CpuLimit = 0.25,
            Security = ContainerSecurity.Of(
                new PodSecurityContext { RunAsUser = 1, RunAsGroup = 2 },
                new SecurityContext { RunAsUser = 3, Capabilities = new Capabilities { Add = ["NET_ADMIN"], Drop = ["ALL"] }, AllowPrivilegeEscalation = false }),
        };
        PodmanLimits.Arguments(spec).ShouldBe(
            ["--memory=67108864", "--memory-swap=67108864", "--cpus=0.25", "--user=3:2", "--security-opt=no-new-privileges", "--cap-drop=ALL", "--cap-add=NET_ADMIN"]);
    }

    private sealed class Podman : RuntimeUnderTest
    {
        private readonly TemporaryDirectory _directory = new();
        private readonly string _node = Guid.NewGuid().ToString("n")[..8];
        private TestImages _images = null!;

        public override string Image => TestImages.Kit;

        public async Task PrepareAsync()
        {
            _images = await TestImages.CreateAsync(_directory["images"]);
            await OpenAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            _directory.Dispose();
        }

        protected override async Task<IContainerRuntime> NewAsync() => await PodmanRuntime.OpenAsync(
            PodmanTheoryAttribute.Works,
            new PodmanOptions { NodeId = _node, Directory = _directory["node"] },
            _images.Store,
            TimeProvider.System,
            NullLogger<PodmanRuntime>.Instance,
            CancellationToken.None);
    }
}

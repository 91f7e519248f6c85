using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Podman;
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

using System.Globalization;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Simulated;
using Fairway.Testing;

namespace Fairway.Node.Tests.Runtimes;

public sealed class SimulatedRuntimeTests
{
    public static IEnumerable<object[]> Promises => RuntimePromises.All;

    [Theory]
    [MemberData(nameof(Promises))]
    public async Task Runtime_Keeps(string promise)
    {
        await using var runtime = new Simulated();
        await runtime.OpenAsync();
        await RuntimePromises.CheckAsync(promise, runtime);
    }

    [Fact]
    public async Task Script_MovesWithTheClock()
    {
        var time = new ManualTime();
        await using var runtime = new SimulatedRuntime(new SimulatedMachine(), time);
        var identity = new ContainerIdentity("u", "web", 0);
        await runtime.CreateAsync(
            new ContainerSpec
            {
                Identity = identity,
                Namespace = "shop",
                PodName = "web-1",
                Image = "x",
                MemoryLimit = 1000,
                Annotations = new Dictionary<string, string>
                {
                    ["simulated.fairway.dev/ready-after"] = "2s",
                    ["simulated.fairway.dev/memory"] = "10",
                    ["simulated.fairway.dev/exit-after.web"] = "10s",
                    ["simulated.fairway.dev/exit-code"] = "4",
                },
            },
            CancellationToken.None);
        await runtime.StartAsync(identity, CancellationToken.None);

        (await Probe()).ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(2));
        (await Probe()).ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(8));
        ContainerRecord record = (await runtime.ListAsync(null, CancellationToken.None)).Single();
        record.ExitCode.ShouldBe(4);
        (record.FinishedAt - record.StartedAt).ShouldBe(TimeSpan.FromSeconds(10));

        async Task<bool> Probe()
            => (await runtime.ProbeAsync(identity, new ProbeTarget.Tcp(1, null), TimeSpan.FromSeconds(1), CancellationToken.None)).Healthy;
    }

    private sealed class Simulated : RuntimeUnderTest
    {
        private readonly SimulatedMachine _machine = new() { IsImageMissing = image => image.Contains("missing", StringComparison.Ordinal) };

        public override bool IsReal => false;

        public override string Image => "any/image:1";

        protected override Task<IContainerRuntime> NewAsync() => Task.FromResult<IContainerRuntime>(new SimulatedRuntime(_machine, TimeProvider.System));

        protected override ContainerSpec Play(ContainerSpec spec, Behaviour behaviour)
        {
            var annotations = new Dictionary<string, string> { ["simulated.fairway.dev/log"] = "hello" };
            switch (behaviour)
            {
                case Behaviour.Exit exit:
                    annotations["simulated.fairway.dev/exit-after"] = "20ms";
                    annotations["simulated.fairway.dev/exit-code"] = exit.Code.ToString(CultureInfo.InvariantCulture);
                    break;
                case Behaviour.Stubborn:
                    annotations["simulated.fairway.dev/ignore-terminate"] = "true";
                    break;
                case Behaviour.Nonsense:
                    annotations["simulated.fairway.dev/cannot-run"] = "exec /not/there: no such file";
                    break;
            }

            return spec with { Annotations = annotations };
        }
    }
}

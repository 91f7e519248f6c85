using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Usage;
using Fairway.Telemetry.Identity;
using Fairway.Telemetry.Own;
using Fairway.Telemetry.Tests.Metrics;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Own;

public sealed class ContainerUsageTests
{
    [Fact]
    public async Task Page_WithUsageOfPods_HasCAdvisorsSeries()
    {
        await using var stored = await TemporaryStore.OpenAsync();
        using var stop = new CancellationTokenSource();
        var cluster = new MemoryCluster("dev", TimeProvider.System);
        cluster.Seed(new Pod
        {
            Metadata = new ObjectMeta { Name = "web-1", Namespace = "shop", Labels = new Dictionary<string, string> { ["app"] = "web", ["fairway.dev/release"] = "v2" } },
            Spec = new PodSpec { Containers = [new Container { Name = "app", Image = "web" }] },
        });
        var informers = new InformerSet(cluster, TimeProvider.System, NullLoggerFactory.Instance);
        var identity = new WorkloadIdentity(null, new Dictionary<string, InformerSet> { ["dev"] = informers });
        Task running = informers.RunAsync(stop.Token);
        await informers.WaitForSyncAsync(CancellationToken.None);

        string page = new OwnMetrics(stored.Store, identity, null, _ => new Measured(), TimeProvider.System).Page();

        page.ShouldContain("# TYPE container_cpu_usage_seconds_total counter");
        page.ShouldContain("""container_cpu_usage_seconds_total{cluster="dev",namespace="shop",service="web",release="v2",pod="web-1",container="app"} 12.5 2000""" + "\n");
        page.ShouldContain("""container_memory_working_set_bytes{cluster="dev",namespace="shop",service="web",release="v2",pod="web-1",container="app"} 4096 2000""" + "\n");
        page.ShouldNotContain("gone");
        await stop.CancelAsync();
        await running;
    }

    private sealed class Measured : IResourceUsage
    {
        public IReadOnlyList<PodUsageSample> Pods(string? @namespace) => [Of("web-1"), Of("gone-1")];

        private static PodUsageSample Of(string pod) => new()
        {
            Namespace = "shop",
            Name = pod,
            Node = "node",
            At = DateTimeOffset.UnixEpoch.AddSeconds(2),
            Window = TimeSpan.FromSeconds(5),
            Containers = [new ContainerUsageSample("app", 1, 4096) { CpuTime = TimeSpan.FromSeconds(12.5) }],
        };
    }
}

using Fairway.ApiServer;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Node.Configuration;
using Fairway.Node.Runtimes.Process;
using Fairway.Node.Tests.Runtimes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Node.Tests.Agents;

/// <summary>The node against the embedded API server, with its validation, admission and storage.</summary>
public sealed class RealServerTests
{
    [Fact]
    public async Task Pod_InTheEmbeddedCluster_RunsAndGoes()
    {
        using var directory = new TemporaryDirectory();
        TestImages images = await TestImages.CreateAsync(directory["images"]);
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(clusters: ["dev"]);
        IClusterApi cluster = server.Api.Client("dev", Identity.Of("system:node:n1", Identity.Masters));
        await using ProcessRuntime runtime = ProcessRuntime.Open(
            new ProcessRuntimeOptions { Directory = directory["node"], ImageDirectory = directory["unpacked"] },
            images.Store,
            TimeProvider.System,
            NullLogger<ProcessRuntime>.Instance);
        await using var host = new ControllerHost(TimeProvider.System, NullLoggerFactory.Instance);
        NodeArea.AddNode(
            host,
            cluster,
            new InformerSet(cluster, TimeProvider.System, NullLoggerFactory.Instance),
            new NodeOptions { Name = "n1", Directory = directory["node"] },
            runtime,
            new PortAllocator(Environment.ProcessId * 13),
            TimeProvider.System,
            NullLoggerFactory.Instance);
        await host.StartAsync(CancellationToken.None);
        await cluster.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "shop" } }, CancellationToken.None);

        await cluster.CreateAsync(
            new Pod
            {
                Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
                Spec = new PodSpec
                {
                    NodeName = "n1",
                    TerminationGracePeriodSeconds = 5,
                    Containers =
                    [
                        new Container
                        {
                            Name = "web",
                            Image = TestImages.Kit,
                            Command = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"],
                            Ports = [new ContainerPort { Number = 8080, Name = "http" }],
                        },
                    ],
                },
            },
            CancellationToken.None);

        await Eventually.Holds(() => Find() is { } pod && NodeScene.IsReady(pod), "the pod is ready");
        Pod ready = Find()!;
        PodPorts.Read(ready).Keys.ShouldBe([8080]);
        ready.Status!.ContainerStatuses![0].ImageID.ShouldStartWith("sha256:");
        await Eventually.Holds(
            () => cluster.ListAsync<Event>("shop", CancellationToken.None).GetAwaiter().GetResult().Any(told => told.Reason == "Started"), "the start is told");

        await cluster.DeleteAsync(ready, CancellationToken.None);

        await Eventually.Holds(() => Find() is null, "the pod is gone");
        await Eventually.Holds(() => Directory.GetDirectories(directory["node/pods"]).Length == 0, "nothing of it is left");

        Pod? Find() => cluster.FindAsync<Pod>("shop", "web", CancellationToken.None).GetAwaiter().GetResult();
    }
}

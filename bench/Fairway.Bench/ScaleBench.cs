using System.Diagnostics;
using System.Text.Json.Nodes;
using Fairway.ApiServer;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Node;
using Fairway.Node.Configuration;
using Fairway.Node.Runtimes.Simulated;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Policy;
using Fairway.Workloads;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Bench;

/// <summary>Many simulated nodes and pods in one process: start, rolling update, drain, loss of a node.</summary>
internal static class ScaleBench
{
    private const int Deployments = 4;
    private const int PodsEach = 500;

    public static async Task<int> RunAsync(int nodes)
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(clusters: ["dev"]);
        IClusterApi api = server.Api.Client("dev", Identity.Of("bench", Identity.Masters));
        await using var host = new ControllerHost(TimeProvider.System, NullLoggerFactory.Instance);
        await using var lost = new ControllerHost(TimeProvider.System, NullLoggerFactory.Instance);
        var informers = new InformerSet(server.Api.Client("dev", Identity.Component("controllers")), TimeProvider.System, NullLoggerFactory.Instance);
        WorkloadsArea.AddTo(host, informers.Api, informers, TimeProvider.System, NullLoggerFactory.Instance);
        AddNodes(host, informers, [.. Enumerable.Range(1, nodes - 1).Select(number => $"node-{number}")]);
        var doomed = new InformerSet(server.Api.Client("dev", Identity.Component("lost")), TimeProvider.System, NullLoggerFactory.Instance);
        AddNodes(lost, doomed, ["node-lost"]);
        await host.StartAsync(CancellationToken.None);
        await lost.StartAsync(CancellationToken.None);
        Informer<Pod> pods = informers.Of<Pod>();

        await MeasureAsync($"{Deployments * PodsEach} pods on {nodes} nodes, from nothing to ready", async () =>
        {
            for (int number = 1; number <= Deployments; number++)
            {
                await api.CreateAsync(DeploymentOf($"app-{number}", "app:1"), CancellationToken.None);
            }

            await UntilAsync(() => Ready(pods, null) == Deployments * PodsEach);
        });
        await MeasureAsync($"rolling update of a deployment of {PodsEach} pods, 25 % at a time", async () =>
        {
            Deployment before = await api.GetAsync<Deployment>("default", "app-1", CancellationToken.None);
            await api.WriteAsync(before, before with { Spec = before.Spec with { Template = TemplateOf("app-1", "app:2") } }, CancellationToken.None);
            await UntilAsync(() => Ready(pods, "app:2") == PodsEach && pods.List("default").Count == Deployments * PodsEach);
        });
        await api.CreateAsync(BudgetOf("app-2"), CancellationToken.None);
        int guests = pods.List("default").Count(pod => pod.Spec.NodeName == "node-1");
        await MeasureAsync($"drain of a node with {guests} pods, held by a budget of 2 %", () => DrainAsync(api, pods, "node-1"));
        int there = pods.List("default").Count(pod => pod.Spec.NodeName == "node-lost");
        await lost.StopAsync(CancellationToken.None);
        await MeasureAsync($"a node with {there} pods lost (noticed after 40 s), until all are ready elsewhere", () => UntilAsync(
            () => pods.List("default").Count(pod => pod.Spec.NodeName != "node-lost" && pod.Status?.Phase == "Running") >= Deployments * PodsEach));
        Figures.Say("memory of the process", $"{Process.GetCurrentProcess().WorkingSet64 / 1048576.0:N0} MiB, of it managed {GC.GetTotalMemory(forceFullCollection: true) / 1048576.0:N0} MiB");
        return 0;
    }

    /// <summary>As kubectl drain does it: no new pods, then an eviction for each, again while a budget forbids it.</summary>
    private static async Task DrainAsync(IClusterApi api, Informer<Pod> pods, string name)
    {
        Resources.Kinds.Core.Node node = await api.GetAsync<Resources.Kinds.Core.Node>(null, name, CancellationToken.None);
        await api.WriteAsync(node, node with { Spec = (node.Spec ?? new NodeSpec()) with { Unschedulable = true } }, CancellationToken.None);
        await Task.WhenAll(pods.List("default").Where(pod => pod.Spec.NodeName == name).Select(pod => EvictAsync(api, pod)));
        await UntilAsync(() => pods.List("default").All(pod => pod.Spec.NodeName != name) && Ready(pods, null) == Deployments * PodsEach);
    }

    private static async Task EvictAsync(IClusterApi api, Pod pod)
    {
        var eviction = Document.From(new JsonObject
        {
            ["apiVersion"] = "policy/v1",
            ["kind"] = "Eviction",
            ["metadata"] = new JsonObject { ["name"] = pod.Metadata.Name, ["namespace"] = pod.Metadata.Namespace },
        });
        while (true)
        {
            try
            {
                await api.CreateAsync(KindOf<Pod>.Type, pod.Metadata.Namespace, eviction, new WriteOptions { Subresource = "eviction" }, CancellationToken.None);
                return;
            }
            catch (StatusException refused) when (refused.Code == 429)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
            }
        }
    }

    private static PodDisruptionBudget BudgetOf(string app) => new()
    {
        Metadata = new ObjectMeta { Name = app, Namespace = "default" },
        Spec = new PodDisruptionBudgetSpec { MaxUnavailable = "2%", Selector = new LabelSelectorSpec { MatchLabels = new Dictionary<string, string> { ["app"] = app } } },
    };

    private static void AddNodes(ControllerHost host, InformerSet informers, string[] names)
    {
        string home = Directory.CreateTempSubdirectory("fairway-scale-").FullName;
        NodeArea.AddNodes(
            host,
            informers.Api,
            informers,
            [.. names.Select(name => (new NodeOptions { Name = name, Directory = Path.Combine(home, name), Cpu = new Quantity("64"), Memory = new Quantity("64Gi") }, (Fairway.Node.Runtimes.IContainerRuntime)new SimulatedRuntime(new SimulatedMachine(), TimeProvider.System)))],
            new PortAllocator(names.Length),
            TimeProvider.System,
            NullLoggerFactory.Instance);
    }

    private static int Ready(Informer<Pod> pods, string? image) => pods.List("default").Count(pod
        => (image is null || pod.Spec.Containers[0].Image == image)
            && pod.Metadata.DeletionTimestamp is null
            && (pod.Status?.Conditions ?? []).Any(condition => condition is { Type: "Ready", Status: "True" }));

    private static async Task MeasureAsync(string what, Func<Task> act)
    {
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        long begin = Stopwatch.GetTimestamp();
        await act();
        Figures.Say(what, $"{Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} s, {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds:F1} s of CPU");
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        long begin = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(begin) > TimeSpan.FromMinutes(10))
            {
                throw new TimeoutException("not within ten minutes");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static Deployment DeploymentOf(string name, string image) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new DeploymentSpec { Replicas = PodsEach, Selector = new LabelSelectorSpec { MatchLabels = new Dictionary<string, string> { ["app"] = name } }, Template = TemplateOf(name, image) },
    };

    private static PodTemplateSpec TemplateOf(string name, string image) => new()
    {
        Metadata = new ObjectMeta { Labels = new Dictionary<string, string> { ["app"] = name } },
        Spec = new PodSpec
        {
            Containers = [new Container { Name = "app", Image = image }],
            Tolerations = [new Toleration { Key = "node.kubernetes.io/unreachable", Operator = "Exists", Effect = "NoExecute", TolerationSeconds = 2 }],
        },
    };
}

using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Simulated;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Node.Tests.Agents;

/// <summary>A cluster in memory with one node in it, in real time and with simulated containers unless told otherwise.</summary>
internal sealed class NodeScene : IAsyncDisposable
{
    private readonly Func<Task<IContainerRuntime>> _open;
    private ControllerHost? _host;

    public NodeScene(Func<Task<IContainerRuntime>>? open = null)
        => _open = open ?? (() => Task.FromResult<IContainerRuntime>(new SimulatedRuntime(Machine, TimeProvider.System)));

    public TemporaryDirectory Directory { get; } = new();

    public MemoryCluster Cluster { get; } = new("dev", TimeProvider.System);

    public SimulatedMachine Machine { get; } = new() { IsImageMissing = image => image.Contains("missing", StringComparison.Ordinal) };

    public IContainerRuntime Runtime { get; private set; } = null!;

    public NodeFleet Fleet { get; private set; } = null!;

    public async Task<NodeScene> StartAsync()
    {
        Runtime = await _open();
        _host = new ControllerHost(TimeProvider.System, NullLoggerFactory.Instance);
        var informers = new InformerSet(Cluster, TimeProvider.System, NullLoggerFactory.Instance);
        Fleet = NodeArea.AddNode(
            _host,
            Cluster,
            informers,
            new NodeOptions { Name = "n1", Directory = Directory["node"], EagerProbes = TimeSpan.FromMilliseconds(50) },
            Runtime,
            new PortAllocator(Environment.ProcessId * 17),
            TimeProvider.System,
            NullLoggerFactory.Instance);
        await _host.StartAsync(CancellationToken.None);
        return this;
    }

    /// <summary>The platform goes; containers stay as they are.</summary>
    public async Task StopAsync()
    {
        await _host!.StopAsync(CancellationToken.None);
        await Runtime.DisposeAsync();
    }

    public Pod Create(Container container, Func<PodSpec, PodSpec>? change = null, IReadOnlyDictionary<string, string>? annotations = null, string name = "web-1")
    {
        var spec = new PodSpec { NodeName = "n1", Containers = [container], TerminationGracePeriodSeconds = 5, RestartPolicy = "Always" };
        return Cluster.Seed(new Pod
        {
            Metadata = new ObjectMeta { Name = name, Namespace = "shop", Annotations = annotations },
            Spec = change is null ? spec : change(spec),
        });
    }

    public Pod? Find(string name = "web-1") => Cluster.All<Pod>("shop").FirstOrDefault(pod => pod.Metadata.Name == name);

    public async Task<Pod> HoldsAsync(Func<Pod, bool> condition, string what, string name = "web-1")
    {
        try
        {
            await Eventually.Holds(() => Find(name) is { } pod && condition(pod), what);
        }
        catch (TimeoutException never)
        {
            throw new TimeoutException($"{never.Message}; the pod is {(Find(name) is { } pod ? Document.From(pod).ToNode().ToJsonString() : "gone")}", never);
        }

        return Find(name)!;
    }

    public Task<Pod> ReadyAsync(string name = "web-1") => HoldsAsync(IsReady, "the pod is ready", name);

    public static bool IsReady(Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) ?? false;

    public Task DeleteAsync(string name = "web-1") => Cluster.DeleteAsync(Find(name)!, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await using (IContainerRuntime last = await _open())
        {
            foreach (ContainerRecord record in await last.ListAsync(null, CancellationToken.None))
            {
                await last.RemoveAsync(record.Identity, CancellationToken.None);
            }
        }

        Directory.Dispose();
    }
}

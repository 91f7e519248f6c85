using Fairway.ApiServer;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Workloads.Tests;

/// <summary>
/// A real embedded API server with the controllers of one cluster and a node that only says what a node says: its pods run and are
/// ready at once, unless their image is called broken, and end when asked to.
/// </summary>
internal sealed class LivingCluster : IAsyncDisposable
{
    private ControllerHost? _host;

    private LivingCluster(EmbeddedServer server)
    {
        Server = server;
        Api = server.Api.Client("dev", Identity.Of("test", Identity.Masters));
        Kubectl = new Kubectl(server.KubeconfigPath, "dev");
    }

    public EmbeddedServer Server { get; }

    public IClusterApi Api { get; }

    public Kubectl Kubectl { get; }

    public static async Task<LivingCluster> StartAsync(string cpu = "64")
    {
        var cluster = new LivingCluster(await EmbeddedServer.StartAsync(clusters: ["dev"]));
        await cluster.Api.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "shop" } }, default);
        await cluster.AddNodeAsync("n1", cpu);
        await cluster.StartControllersAsync();
        return cluster;
    }

    public async Task StartControllersAsync()
    {
        _host = new ControllerHost(TimeProvider.System, NullLoggerFactory.Instance);
        IClusterApi api = Server.Api.Client("dev", Identity.Component("workloads"));
        var informers = new InformerSet(api, TimeProvider.System, NullLoggerFactory.Instance);
        WorkloadsArea.AddTo(_host, api, informers, TimeProvider.System, NullLoggerFactory.Instance);
        _host.Add(NodeOf(informers));
        await _host.StartAsync(default);
    }

    /// <summary>Stops every controller wherever it is.</summary>
    public async Task StopControllersAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(default);
        }
    }

    public IReadOnlyList<ControllerHealth> Health => _host!.Health;

    public async Task<IReadOnlyList<Pod>> PodsAsync(string @namespace = "shop")
        => [.. (await Api.ListAsync<Pod>(@namespace, default)).Where(pod => pod.IsActive())];

    public async Task AddNodeAsync(string name, string cpu)
    {
        var amounts = new Dictionary<string, Quantity> { ["cpu"] = new(cpu), ["memory"] = new("64Gi"), ["pods"] = new("110") };
        var ready = new NodeCondition { Type = "Ready", Status = "True", LastTransitionTime = TimeProvider.System.GetUtcNow() };

        // In one write: a controller may touch the node as soon as it is there.
        await Api.CreateAsync(
            new Node { Metadata = new ObjectMeta { Name = name }, Status = new NodeStatus { Allocatable = amounts, Capacity = amounts, Conditions = [ready] } }, default);
    }

    /// <summary>Returns once the condition holds; fails with the description after 30 seconds.</summary>
    public static async Task Until(Func<Task<bool>> condition, string what)
    {
        long begin = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(begin) > TimeSpan.FromSeconds(30))
            {
                throw new TimeoutException($"Never came true: {what}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopControllersAsync();
        Kubectl.Dispose();
        await Server.DisposeAsync();
    }

    private static Controller NodeOf(InformerSet informers)
    {
        Informer<Pod> pods = informers.Of<Pod>();
        return new ControllerBuilder("kubelet", informers, TimeProvider.System, NullLoggerFactory.Instance)
            .For<Pod>()
            .WithWorkers(4)
            .Reconcile(async (key, cancellation) =>
            {
                if (pods.Get(key) is { Spec.NodeName: { Length: > 0 } } pod)
                {
                    await RunAsync(informers.Api, pod, cancellation);
                }

                return ReconcileResult.Done;
            })
            .Build();
    }

    private static async Task RunAsync(IClusterApi api, Pod pod, CancellationToken cancellation)
    {
        if (pod.Metadata.DeletionTimestamp is not null)
        {
            await api.DeleteAsync(pod, cancellation, new DeleteOptions { GracePeriodSeconds = 0, PreconditionUid = pod.Metadata.Uid });
            return;
        }

        bool isBroken = pod.Spec.Containers[0].Image?.Contains("broken", StringComparison.Ordinal) == true;
        string ready = isBroken ? "False" : "True";
        if (pod.Status?.Phase == "Running" && pod.ReadyCondition()?.Status == ready)
        {
            return;
        }

        var condition = new PodCondition { Type = "Ready", Status = ready, LastTransitionTime = TimeProvider.System.GetUtcNow() };
        PodStatus status = (pod.Status ?? new PodStatus()) with
        {
            Phase = "Running",
            PodIP = "127.0.0.1",
            Conditions = [.. (pod.Status?.Conditions ?? []).Where(other => other.Type != "Ready"), condition],
            ContainerStatuses =
            [
                new ContainerStatus { Name = pod.Spec.Containers[0].Name, Ready = !isBroken, Image = pod.Spec.Containers[0].Image ?? "", State = new ContainerState { Running = new() } },
            ],
        };
        await api.WriteStatusAsync(pod, pod with { Status = status }, cancellation);
    }
}

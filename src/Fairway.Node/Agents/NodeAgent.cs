using System.Collections.Concurrent;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Node.Configuration;
using Fairway.Node.Pods;
using Fairway.Node.Runtimes;
using Fairway.Node.Storage;
using Fairway.Node.Volumes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Coordination;
using Fairway.Resources.Kinds.Core;
using Microsoft.Extensions.Logging;
using NodeResource = Fairway.Resources.Kinds.Core.Node;

namespace Fairway.Node.Agents;

/// <summary>One node: its object and lease in the API, and a worker for each pod that is bound to it.</summary>
internal sealed partial class NodeAgent
{
    private const string LeaseNamespace = "kube-node-lease";
    private const int LeaseSeconds = 40;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StatusEvery = TimeSpan.FromMinutes(5);

    private readonly IClusterApi _cluster;
    private readonly InformerSet _informers;
    private readonly PodServices _services;
    private readonly ContainerStarter _starter;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly string _volumes;

    // Guards _workers and _started: pods offered before the node has taken stock wait.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, PodWorker> _workers = [];
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private CancellationToken? _started;
    private int _shownImages;

    public NodeAgent(
        IClusterApi cluster,
        InformerSet informers,
        NodeOptions options,
        IContainerRuntime runtime,
        PortAllocator ports,
        EventRecorder events,
        TimeProvider time,
        ILoggerFactory logs)
    {
        _cluster = cluster;
        _informers = informers;
        _time = time;
        _logger = logs.CreateLogger<NodeAgent>();
        _volumes = Path.Combine(options.Directory, "volumes");
        var settings = new LifecycleSettings { Runtime = runtime.Name, DrainDelay = options.DrainDelay, EagerProbes = options.EagerProbes };
        var objects = new ObjectSource(cluster);
        IReadOnlyDictionary<string, Quantity> capacity = NodeDescription.Capacity(options);
        _services = new PodServices
        {
            Cluster = cluster,
            Runtime = runtime,
            Options = options,
            Settings = settings,
            Environment = new EnvironmentResolver(objects, settings.HostIP, capacity),
            Volumes = new PodVolumes(
                _volumes,
                new VolumeContents(objects, new PodTokens(cluster, time), settings.HostIP, capacity),
                new ClaimDirectories(cluster, options.StorageDirectory, options.HostPaths),
                runtime.SharesHostPorts,
                time),
            Services = informers.Of<Service>(),
            Ports = new NodePorts(ports),
            Events = new NodeEvents(events, options.Name),
            Time = time,
        };
        _starter = new ContainerStarter(_services);
    }

    public string Name => _services.Options.Name;

    public IContainerRuntime Runtime => _services.Runtime;

    /// <summary>A pod bound to this node is as given.</summary>
    public void Offer(Pod pod)
    {
        lock (_gate)
        {
            if (_workers.TryGetValue(pod.Metadata.Uid!, out PodWorker? worker))
            {
                worker.Offer(pod);
                return;
            }

            worker = new PodWorker(pod, _services, _starter, _logger);
            _workers[pod.Metadata.Uid!] = worker;
            if (_started is { } cancellation)
            {
                Run(worker, cancellation);
            }
        }
    }

    /// <summary>The API no longer has the pod.</summary>
    public void Gone(string uid)
    {
        lock (_gate)
        {
            if (_workers.TryGetValue(uid, out PodWorker? worker))
            {
                worker.Gone();
            }
        }
    }

    /// <summary>Wakes the pods that refer to a ConfigMap or Secret.</summary>
    public void ConfigurationChanged(string @namespace, Func<PodSpec, bool> concerns)
    {
        PodWorker[] workers;
        lock (_gate)
        {
            workers = [.. _workers.Values];
        }

        foreach (PodWorker worker in workers.Where(worker => worker.Pod.Metadata.Namespace == @namespace && concerns(worker.Pod.Spec)))
        {
            worker.ConfigurationChanged();
        }
    }

    /// <summary>
    /// Runs the node: (1) takes stock of what runs, (2) ends what belongs to no pod, (3) registers, (4) looks after pods and
    /// keeps the lease, until cancelled. Containers go on running.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        IReadOnlyList<ContainerRecord> found = await Runtime.ListAsync(null, cancellation);
        foreach (ContainerRecord record in found.OrderByDescending(record => record.Phase == ContainerPhase.Running))
        {
            _services.Ports.Adopt(record);
        }

        Informer<Pod> pods = _informers.Of<Pod>();
        await pods.WaitForSyncAsync(cancellation);
        await EndOrphansAsync(found, [.. pods.List().Where(pod => pod.Spec.NodeName == Name).Select(pod => pod.Metadata.Uid!)], cancellation);
        using IDisposable subscription = Runtime.Subscribe(Wake);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await RegisterAsync(cancellation);
        TellOfStart();
        StartWorkers(stop.Token);
        try
        {
            await KeepLeaseAsync(cancellation);
        }
        finally
        {
            await stop.CancelAsync();
            lock (_gate)
            {
                _started = null;
            }

            await Task.WhenAll(_running.Keys);
        }
    }

    /// <summary>Ends all containers of the node in good order, leaving their pods in the API: what a shutdown of the platform does.</summary>
    public async Task StopContainersAsync(TimeSpan grace, CancellationToken cancellation)
    {
        ContainerRecord[] running = [.. (await Runtime.ListAsync(null, cancellation)).Where(record => record.Phase == ContainerPhase.Running)];
        await Task.WhenAll(running.Select(record => Runtime.SignalAsync(record.Identity, ContainerSignal.Terminate, cancellation)));
        long since = _time.GetTimestamp();
        while ((await Runtime.ListAsync(null, cancellation)).Any(record => record.Phase == ContainerPhase.Running))
        {
            if (_time.GetElapsedTime(since) >= grace)
            {
                await Task.WhenAll(running.Select(record => Runtime.SignalAsync(record.Identity, ContainerSignal.Kill, cancellation)));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, cancellation);
        }
    }

    private void StartWorkers(CancellationToken cancellation)
    {
        lock (_gate)
        {
            _started = cancellation;
            foreach (PodWorker worker in _workers.Values)
            {
                Run(worker, cancellation);
            }
        }
    }

    private void Run(PodWorker worker, CancellationToken cancellation)
    {
        Task task = Task.Run(
            async () =>
            {
                await worker.RunAsync(cancellation);
                if (!cancellation.IsCancellationRequested)
                {
                    lock (_gate)
                    {
                        _workers.Remove(worker.Pod.Metadata.Uid!);
                    }
                }
            },
            CancellationToken.None);
        _running[task] = true;
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private void Wake(string podUid)
    {
        lock (_gate)
        {
            if (_workers.TryGetValue(podUid, out PodWorker? worker))
            {
                worker.Wake();
            }
        }
    }

    private async Task EndOrphansAsync(IReadOnlyList<ContainerRecord> found, HashSet<string> pods, CancellationToken cancellation)
    {
        foreach (IGrouping<string, ContainerRecord> pod in found.GroupBy(record => record.Identity.PodUid).Where(group => !pods.Contains(group.Key)))
        {
            foreach (ContainerRecord record in pod)
            {
                LogOrphan(Name, record.Identity);
                await Runtime.RemoveAsync(record.Identity, cancellation);
            }

            await Runtime.RemovePodAsync(pod.Key, cancellation);
            _services.Ports.Release(pod.Key);
        }

        foreach (string directory in Directory.Exists(_volumes) ? Directory.GetDirectories(_volumes) : [])
        {
            if (!pods.Contains(Path.GetFileName(directory)))
            {
                _services.Volumes.Remove(Path.GetFileName(directory));
            }
        }
    }

    private async Task RegisterAsync(CancellationToken cancellation)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                NodeResource? before = await _cluster.FindAsync<NodeResource>(null, Name, cancellation);
                NodeResource desired = NodeDescription.Of(_services.Options, Runtime, before, _services.Images.List(), _time.GetUtcNow());
                NodeResource written = before is null
                    ? await _cluster.CreateAsync(desired, cancellation)
                    : await _cluster.WriteAsync(before, before with { Metadata = desired.Metadata }, cancellation);
                await _cluster.WriteStatusAsync(written, written with { Status = desired.Status }, cancellation);
                _shownImages = _services.Images.Count;
                return;
            }
            catch (StatusException refused) when ((refused.IsConflict || refused.IsAlreadyExists) && attempt < 5)
            {
                // Someone wrote in between: read again.
            }
        }
    }

    private void TellOfStart()
    {
        var node = new NodeResource { Metadata = new ObjectMeta { Name = Name, Uid = Name } };
        _services.Events.Normal(node, "Starting", "Starting kubelet.");
        foreach (string reason in (string[])["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID", "NodeReady"])
        {
            _services.Events.Normal(node, reason, $"Node {Name} status is now: {reason}");
        }
    }

    private async Task KeepLeaseAsync(CancellationToken cancellation)
    {
        long registered = _time.GetTimestamp();
        while (true)
        {
            try
            {
                await RenewAsync(cancellation);
                if (_time.GetElapsedTime(registered) >= StatusEvery || _shownImages != _services.Images.Count)
                {
                    registered = _time.GetTimestamp();
                    await RegisterAsync(cancellation);
                }
            }
            catch (Exception failed) when (!cancellation.IsCancellationRequested)
            {
                LogNoHeartbeat(Name, failed.Message);
            }

            await Task.Delay(Heartbeat, _time, cancellation);
        }
    }

    private async Task RenewAsync(CancellationToken cancellation)
    {
        Lease? lease = await _cluster.FindAsync<Lease>(LeaseNamespace, Name, cancellation);
        DateTimeOffset now = _time.GetUtcNow();
        var spec = new LeaseSpec { HolderIdentity = Name, LeaseDurationSeconds = LeaseSeconds, RenewTime = now };
        if (lease is not null)
        {
            await _cluster.WriteAsync(lease, lease with { Spec = (lease.Spec ?? spec) with { HolderIdentity = Name, RenewTime = now } }, cancellation);
            return;
        }

        var fresh = new Lease { Metadata = new ObjectMeta { Name = Name, Namespace = LeaseNamespace }, Spec = spec };
        try
        {
            await _cluster.CreateAsync(fresh, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            await _cluster.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = LeaseNamespace } }, cancellation);
            await _cluster.CreateAsync(fresh, cancellation);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Node {Node}: container {Container} belongs to no pod and is ended")]
    private partial void LogOrphan(string node, ContainerIdentity container);

    [LoggerMessage(LogLevel.Warning, "Node {Node}: the lease was not renewed: {Reason}")]
    private partial void LogNoHeartbeat(string node, string reason);
}

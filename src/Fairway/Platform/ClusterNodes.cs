using System.Runtime.CompilerServices;
using Fairway.ApiServer;
using Fairway.Cli;
using Fairway.ControllerRuntime;
using Fairway.Node;
using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Podman;
using Fairway.Node.Runtimes.Process;
using Fairway.Node.Runtimes.Simulated;
using Fairway.Node.Services;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Usage;
using Fairway.Telemetry.Logs.Pods;
using Microsoft.Extensions.Logging;

namespace Fairway.Platform;

/// <summary>The nodes of every cluster and their runtimes; gives the API server what only a node has.</summary>
internal sealed class ClusterNodes : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly DirectoryInfo _data;
    private readonly PlatformStores _stores;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly PortAllocator _ports;
    private readonly Dictionary<string, NodeFleet> _fleets = [];
    private readonly List<IContainerRuntime> _runtimes = [];
    private readonly Dictionary<string, byte> _rooms = [];
    private PodmanDetection? _podman;

    public ClusterNodes(DirectoryInfo data, PlatformStores stores, TimeProvider time, ILoggerFactory logs)
    {
        _data = data;
        _stores = stores;
        _time = time;
        _logs = logs;
        // Where the search for free ports begins: another for each data directory, the same after a restart.
        _ports = new PortAllocator((int)(Crc(data.FullName) & int.MaxValue));
    }

    /// <summary>Where the API listens; null before it does.</summary>
    public Func<System.Net.IPEndPoint?> Api { get; init; } = static () => null;

    /// <summary>Brings a cluster's nodes up with the others.</summary>
    /// <exception cref="CommandFailure">Its runtime does not work on this machine; the message says what is missing.</exception>
    public async Task AddAsync(ControllerHost host, ClusterSpec cluster, InformerSet informers, CancellationToken cancellation)
    {
        if (cluster.Runtime == ClusterRuntime.None)
        {
            return;
        }

        var nodes = new List<(NodeOptions, IContainerRuntime)>();
        for (int number = 1; number <= cluster.Nodes; number++)
        {
            nodes.Add(await NodeAsync(cluster, number, cancellation));
        }

        _fleets[cluster.Name] = NodeArea.AddNodes(host, informers.Api, informers, nodes, _ports, _time, _logs);
    }

    /// <summary>Serves logs, exec, attach and port-forward of the pods on these nodes.</summary>
    public void ServeTo(PodStreams streams)
    {
        streams.Logs = (request, cancellation) => Fleet(request.Cluster).ReadLogAsync(
            request.Pod.As<Pod>(),
            new PodLogQuery
            {
                Container = request.Container,
                Follow = request.Follow,
                Previous = request.Previous,
                Timestamps = request.Timestamps,
                Since = request.Since,
                Tail = request.TailLines is { } lines ? (int)Math.Min(lines, int.MaxValue) : null,
                LimitBytes = request.LimitBytes,
            },
            cancellation);
        streams.Usage = UsageOf;
        streams.Exec = async (request, pipes, cancellation) =>
        {
            var session = new SessionStreams(request.Stdin ? pipes.Stdin : null, pipes.Stdout, pipes.Stderr, Sizes(pipes.Resizes, cancellation));
            if (request.Command.Count > 0)
            {
                return await Fleet(request.Cluster).ExecAsync(request.Pod.As<Pod>(), request.Container, request.Command, request.Tty, session, cancellation);
            }

            await Fleet(request.Cluster).AttachAsync(request.Pod.As<Pod>(), request.Container, session, cancellation);
            return 0;
        };
        streams.Connect = (request, cancellation) => Fleet(request.Cluster).ConnectAsync(request.Pod.As<Pod>(), request.Port, cancellation);
    }

    /// <summary>Ends the pods in good order: they start again with the platform.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Grace * 2, _time);
        try
        {
            await Task.WhenAll(_fleets.Values.Select(fleet => fleet.StopContainersAsync(Grace, patience.Token)));
        }
        catch (OperationCanceledException)
        {
            // What would not end in time is found and ended at the next start.
        }

        foreach (IContainerRuntime runtime in _runtimes)
        {
            await runtime.DisposeAsync();
        }
    }

    /// <summary>What the pods of a cluster use; null where there is no node.</summary>
    public IResourceUsage? UsageOf(string cluster) => _fleets.TryGetValue(cluster, out NodeFleet? fleet) ? fleet.Usage : null;

    /// <summary>The lines of a container's log with their times, for collection.</summary>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> FollowLog(ContainerLogRequest request, CancellationToken cancellation)
        => Fleet(request.Cluster).CollectLogAsync(request.Pod, request.Container, request.Since, cancellation);

    private static async IAsyncEnumerable<(int Columns, int Rows)> Sizes(
        IAsyncEnumerable<TerminalSize> sizes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (TerminalSize size in sizes.WithCancellation(cancellation))
        {
            yield return (size.Width, size.Height);
        }
    }

    private NodeFleet Fleet(string cluster)
        => _fleets.TryGetValue(cluster, out NodeFleet? fleet) ? fleet : throw StatusException.BadRequest($"cluster {cluster} has no node");

    private async Task<(NodeOptions Options, IContainerRuntime Runtime)> NodeAsync(ClusterSpec cluster, int number, CancellationToken cancellation)
    {
        string name = cluster.Nodes == 1 ? $"{cluster.Name}-node" : $"{cluster.Name}-node-{number}";
        string directory = Path.Combine(_data.FullName, "nodes", cluster.Name, name);
        IContainerRuntime runtime = cluster.Runtime switch
        {
            ClusterRuntime.Process => Process(directory),
            ClusterRuntime.Podman => await PodmanAsync(cluster, number, directory, cancellation),
            ClusterRuntime.Simulated => new SimulatedRuntime(new SimulatedMachine(), _time),
            _ => throw new InvalidOperationException($"{cluster.Runtime} runs nothing."),
        };
        _runtimes.Add(runtime);
        NodeSettings settings = cluster.Options ?? new NodeSettings();
        return (
            new NodeOptions
            {
                Name = name,
                Directory = directory,
                Labels = settings.LabelsOf(number),
                Taints = settings.Taints,
                HostPaths = settings.HostPaths,
                Cpu = settings.Cpu,
                Memory = settings.Memory,
                Services = cluster.Runtime == ClusterRuntime.Process ? Places(cluster.Name) : null,
                MaxPods = settings.Pods ?? NodeOptions.UsualPods,
                StorageDirectory = Path.Combine(_data.FullName, "volumes", cluster.Name),
            },
            runtime);
    }

    // The same after a restart: running processes were told these addresses.
    private ServicePlaces Places(string cluster)
    {
        if (!_rooms.TryGetValue(cluster, out byte room))
        {
            for (room = ServicePlaces.RoomOf($"{_data.FullName}\n{cluster}"); _rooms.ContainsValue(room); room = (byte)(room == 254 ? 16 : room + 1))
            {
            }

            _rooms[cluster] = room;
        }

        return new ServicePlaces { Room = room, FirstFreePort = ServicePlaces.FirstFreePortHere(), Api = Api };
    }

    private ProcessRuntime Process(string directory) => ProcessRuntime.Open(
        new ProcessRuntimeOptions { Directory = directory, ImageDirectory = Path.Combine(_data.FullName, "nodes", "images") },
        _stores.Images,
        _time,
        _logs.CreateLogger<ProcessRuntime>());

    private async Task<PodmanRuntime> PodmanAsync(ClusterSpec cluster, int number, string directory, CancellationToken cancellation)
    {
        _podman ??= await PodmanDetection.DetectAsync(_time, cancellation);
        return _podman switch
        {
            PodmanDetection.Works works => await PodmanRuntime.OpenAsync(
                works,
                new PodmanOptions { NodeId = $"{Crc(_data.FullName):x8}-{cluster.Name}{(number == 1 ? "" : $"-{number}")}", Directory = directory },
                _stores.Images,
                _time,
                _logs.CreateLogger<PodmanRuntime>(),
                cancellation),
            PodmanDetection.Missing missing => throw new CommandFailure(
                ExitCode.Failed, $"--cluster {cluster}: {missing.Why} Use {cluster.Name}=process to run pods as local processes"),
            _ => throw new InvalidOperationException($"{_podman} is no outcome of a detection."),
        };
    }

    private static uint Crc(string text)
    {
        uint hash = 2166136261;
        foreach (char one in text)
        {
            hash = (hash ^ one) * 16777619;
        }

        return hash;
    }
}

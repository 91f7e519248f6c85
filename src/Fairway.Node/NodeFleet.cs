using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Fairway.ControllerRuntime;
using Fairway.Node.Agents;
using Fairway.Node.Configuration;
using Fairway.Node.Logs;
using Fairway.Node.Runtimes;
using Fairway.Node.Usage;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Usage;
using Microsoft.Extensions.Logging;

namespace Fairway.Node;

/// <summary>The nodes of one cluster, and what only they can give: logs, a process in a container, a connection to a port.</summary>
public sealed class NodeFleet
{
    private readonly Dictionary<string, NodeAgent> _agents;
    private readonly UsageSampler _usage;

    internal NodeFleet(InformerSet informers, IEnumerable<NodeAgent> agents, TimeProvider time, ILoggerFactory logs)
    {
        _usage = new UsageSampler(this, informers.Of<Pod>(), time, logs.CreateLogger<UsageSampler>());
        _agents = agents.ToDictionary(agent => agent.Name);
        informers.Of<Pod>().Subscribe(OnPod);
        informers.Of<ConfigMap>().Subscribe((before, after) => OnConfiguration(before?.Metadata, after?.Metadata, References.ConfigMap));
        informers.Of<Secret>().Subscribe((before, after) => OnConfiguration(before?.Metadata, after?.Metadata, References.Secret));
    }

    /// <summary>Log bytes as <c>kubectl logs</c> wants them: whole lines, as they come.</summary>
    /// <exception cref="StatusException">The container has no log (yet), or the node is not here.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadLogAsync(Pod pod, PodLogQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        IContainerRuntime runtime = RuntimeOf(pod);
        ContainerRecord record = await FindAsync(runtime, pod, query.Container, query.Previous, cancellation);
        long left = query.LimitBytes ?? long.MaxValue;
        bool partial = false;
        await foreach (LogLine line in runtime.ReadLogAsync(
            record.Identity, new LogQuery { Follow = query.Follow, Since = query.Since, Tail = query.Tail }, cancellation))
        {
            ReadOnlyMemory<byte> bytes = Format(line, query.Timestamps && !partial);
            partial = line.Partial;
            bytes = bytes.Length > left ? bytes[..(int)left] : bytes;
            left -= bytes.Length;
            yield return bytes;
            if (left <= 0)
            {
                yield break;
            }
        }
    }

    /// <summary>
    /// The log of every attempt of a container that is still kept, oldest first, from a time on, each line with its time; follows
    /// the newest until it ends. For whoever collects all lines.
    /// </summary>
    /// <exception cref="StatusException">The container has no log (yet), or the node is not here.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> CollectLogAsync(
        Pod pod, string container, DateTimeOffset since, [EnumeratorCancellation] CancellationToken cancellation)
    {
        IContainerRuntime runtime = RuntimeOf(pod);
        ContainerRecord newest = await FindAsync(runtime, pod, container, previous: false, cancellation);
        ContainerRecord[] attempts =
        [
            .. (await runtime.ListAsync(pod.Metadata.Uid, cancellation))
                .Where(record => record.Identity.Container == container && record.Identity.Attempt < newest.Identity.Attempt && !(record.FinishedAt < since))
                .OrderBy(record => record.Identity.Attempt),
            newest,
        ];
        foreach (ContainerRecord attempt in attempts)
        {
            bool partial = false;
            await foreach (LogLine line in runtime.ReadLogAsync(attempt.Identity, new LogQuery { Follow = true, Since = since }, cancellation))
            {
                ReadOnlyMemory<byte> bytes = Collected(line, begins: !partial);
                partial = line.Partial;
                yield return bytes;
            }
        }
    }

    /// <summary>Runs a command in a container until it ends, or until cancelled: then it is killed.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="StatusException">It cannot be started.</exception>
    public async Task<int> ExecAsync(
        Pod pod, string container, IReadOnlyList<string> command, bool tty, SessionStreams streams, CancellationToken cancellation)
    {
        IContainerRuntime runtime = RuntimeOf(pod);
        ContainerRecord record = await FindAsync(runtime, pod, container, previous: false, cancellation);
        return await ServeAsync(runtime.ExecAsync(record.Identity, new ExecRequest(command, streams.Input is not null, tty), cancellation), streams, cancellation);
    }

    /// <summary>Joins a container's main process until it ends, or until cancelled: the container goes on.</summary>
    /// <exception cref="StatusException">It does not run.</exception>
    public async Task AttachAsync(Pod pod, string container, SessionStreams streams, CancellationToken cancellation)
    {
        IContainerRuntime runtime = RuntimeOf(pod);
        ContainerRecord record = await FindAsync(runtime, pod, container, previous: false, cancellation);
        await ServeAsync(runtime.AttachAsync(record.Identity, streams.Input is not null, cancellation), streams, cancellation);
    }

    /// <summary>Opens a connection to a port of a pod.</summary>
    /// <exception cref="StatusException">Nothing listens there.</exception>
    public async Task<Stream> ConnectAsync(Pod pod, int port, CancellationToken cancellation)
    {
        _ = RuntimeOf(pod);
        if (!PodPorts.Read(pod).TryGetValue(port, out int hostPort))
        {
            throw StatusException.BadRequest($"pod {pod.Metadata.Name} has no port {port.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync("127.0.0.1", hostPort, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw new StatusException(500, "InternalError", $"error forwarding port {port.ToString(System.Globalization.CultureInfo.InvariantCulture)}: {refused.Message}");
        }
    }

    /// <summary>CPU and memory of a pod's running containers, by container name.</summary>
    public async Task<IReadOnlyDictionary<string, ContainerStats>> StatsAsync(Pod pod, CancellationToken cancellation)
    {
        IContainerRuntime runtime = RuntimeOf(pod);
        var result = new Dictionary<string, ContainerStats>();
        foreach (ContainerRecord record in await runtime.ListAsync(pod.Metadata.Uid, cancellation))
        {
            if (record.Phase == ContainerPhase.Running && await runtime.StatsAsync(record.Identity, cancellation) is { } stats)
            {
                result[record.Identity.Container] = stats;
            }
        }

        return result;
    }

    /// <summary>What the pods use, sampled while the fleet's host runs.</summary>
    public IResourceUsage Usage => _usage;

    /// <summary>Ends every container of every node in good order; pods stay in the API. For a shutdown of the platform, after its controllers stopped.</summary>
    public Task StopContainersAsync(TimeSpan grace, CancellationToken cancellation)
        => Task.WhenAll(_agents.Values.Select(agent => agent.StopContainersAsync(grace, cancellation)));

    internal Task SampleAsync(CancellationToken cancellation) => _usage.RunAsync(cancellation);

    private static async Task<int> ServeAsync(Task<IExecSession> starting, SessionStreams streams, CancellationToken cancellation)
    {
        IExecSession session;
        try
        {
            session = await starting;
        }
        catch (ContainerException refused)
        {
            bool isOver = refused.Fault == ContainerFault.NotRunning;
            throw new StatusException(isOver ? 400 : 500, isOver ? "BadRequest" : "InternalError", refused.Message);
        }

        await using (session)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task feeding = streams.Input is null ? Task.CompletedTask : FeedAsync(streams.Input, session.Input, ended.Token);
            Task sizing = ResizeAsync(session, streams.Sizes, ended.Token);
            await Task.WhenAll(session.Output.CopyToAsync(streams.Output, cancellation), session.Error.CopyToAsync(streams.Error, cancellation));
            int code = await session.Exited.WaitAsync(cancellation);
            await ended.CancelAsync();
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await sizing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return code;
        }
    }

    private static async Task ResizeAsync(IExecSession session, IAsyncEnumerable<(int Columns, int Rows)> sizes, CancellationToken cancellation)
    {
        await foreach ((int columns, int rows) in sizes.WithCancellation(cancellation))
        {
            session.Resize(columns, rows);
        }
    }

    private static async Task FeedAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        try
        {
            await using (to)
            {
                await from.CopyToAsync(to, cancellation);
            }
        }
        catch (IOException)
        {
            // The process does not read any more.
        }
    }

    private static ReadOnlyMemory<byte> Format(LogLine line, bool timestamp)
        => (byte[])
        [
            .. (byte[])(timestamp ? Encoding.ASCII.GetBytes(LogFormat.Timestamp(line.At) + " ") : []),
            .. line.Text.Span,
            .. (ReadOnlySpan<byte>)(line.Partial ? [] : "\n"u8),
        ];

    /// <summary>For the collector: a line's time, the name of its stream, its text.</summary>
    private static ReadOnlyMemory<byte> Collected(LogLine line, bool begins) => (byte[])
    [
        .. begins ? Encoding.ASCII.GetBytes($"{LogFormat.Timestamp(line.At)} {(line.Stream == LogStream.Error ? "stderr" : "stdout")} ") : [],
        .. line.Text.Span,
        .. (ReadOnlySpan<byte>)(line.Partial ? [] : "\n"u8),
    ];

    private static async Task<ContainerRecord> FindAsync(
        IContainerRuntime runtime, Pod pod, string container, bool previous, CancellationToken cancellation)
    {
        ContainerRecord[] attempts =
        [
            .. (await runtime.ListAsync(pod.Metadata.Uid, cancellation))
                .Where(record => record.Identity.Container == container && record.Phase != ContainerPhase.Created)
                .OrderByDescending(record => record.Identity.Attempt),
        ];
        ContainerStatus? status = (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? [])
            .FirstOrDefault(candidate => candidate.Name == container);
        if (previous)
        {
            // While it waits for its next start, the last attempt is the previous one.
            bool waits = status?.State?.Waiting is not null && attempts is [{ Phase: ContainerPhase.Exited }, ..];
            return attempts.Skip(waits ? 0 : 1).FirstOrDefault()
                ?? throw StatusException.BadRequest($"previous terminated container \"{container}\" in pod \"{pod.Metadata.Name}\" not found");
        }

        return attempts.FirstOrDefault()
            ?? throw StatusException.BadRequest(
                $"container \"{container}\" in pod \"{pod.Metadata.Name}\" is waiting to start: {status?.State?.Waiting?.Reason ?? "ContainerCreating"}");
    }

    private IContainerRuntime RuntimeOf(Pod pod)
        => _agents.TryGetValue(pod.Spec.NodeName ?? "", out NodeAgent? agent)
            ? agent.Runtime
            : throw StatusException.BadRequest(
                string.IsNullOrEmpty(pod.Spec.NodeName)
                    ? $"pod {pod.Metadata.Name} does not have a host assigned"
                    : $"node {pod.Spec.NodeName} of pod {pod.Metadata.Name} is not served here");

    private void OnPod(Pod? before, Pod? after)
    {
        if (before is not null && before.Metadata.Uid != after?.Metadata.Uid && _agents.TryGetValue(before.Spec.NodeName ?? "", out NodeAgent? had))
        {
            had.Gone(before.Metadata.Uid!);
        }

        if (after is not null && _agents.TryGetValue(after.Spec.NodeName ?? "", out NodeAgent? has))
        {
            has.Offer(after);
        }
    }

    private void OnConfiguration(ObjectMeta? before, ObjectMeta? after, Func<PodSpec, string, bool> refers)
    {
        ObjectMeta changed = (after ?? before)!;
        foreach (NodeAgent agent in _agents.Values)
        {
            agent.ConfigurationChanged(changed.Namespace ?? "", spec => refers(spec, changed.Name));
        }
    }
}

/// <summary>What a session with a process in a container is connected to.</summary>
/// <param name="Input">Ends when there is no more; null when the process gets none.</param>
/// <param name="Sizes">Columns and rows of the terminal as they change.</param>
public sealed record SessionStreams(Stream? Input, Stream Output, Stream Error, IAsyncEnumerable<(int Columns, int Rows)> Sizes);

/// <summary>Which log of a pod and how much of it.</summary>
public sealed record PodLogQuery
{
    public required string Container { get; init; }

    public bool Follow { get; init; }

    /// <summary>The attempt before the present one.</summary>
    public bool Previous { get; init; }

    public bool Timestamps { get; init; }

    public DateTimeOffset? Since { get; init; }

    public int? Tail { get; init; }

    public long? LimitBytes { get; init; }
}

namespace Fairway.Node.Runtimes;

/// <summary>
/// Runs containers for one node. Three implementations stand behind it (local processes, podman or docker, simulated) and pass
/// one conformance kit; the node cannot tell which it has.
/// </summary>
/// <remarks>
/// What every runtime promises:
/// <list type="number">
/// <item>A container is identified by its <see cref="ContainerIdentity"/>: creating the same identity twice is refused with
/// <see cref="ContainerFault.AlreadyExists"/>, so there are never two processes for one attempt.</item>
/// <item><see cref="CreateAsync"/> leaves either a container in state Created or nothing.</item>
/// <item><see cref="StartAsync"/> completes when the process runs or has already ended. A program that cannot be started leaves
/// the container Exited with <see cref="ContainerRecord.CannotRun"/> as reason and a message that says why.</item>
/// <item>A container that started keeps running, and its output and exit code are kept, while the platform is down, however it
/// went down. A new instance of the runtime over the same directory lists it with the same start time.</item>
/// <item><see cref="SignalAsync"/> reaches the container's main process and its group. Kill ends every process of the
/// container, also those that left the group. Signalling a container that has ended does nothing.</item>
/// <item>When the main process has ended, the others of the container are ended too before it is reported as Exited.</item>
/// <item>An exited container keeps exit code, times and logs until <see cref="RemoveAsync"/>.</item>
/// <item><see cref="RemoveAsync"/> ends the container if it still runs, and is no error when it is gone.</item>
/// <item>Subscribers hear about every change of state of a container, possibly more often, never with a delay above a second.</item>
/// <item>Nothing of the platform's own environment, standard input or descriptors reaches a container.</item>
/// </list>
/// All methods may be called concurrently.
/// </remarks>
public interface IContainerRuntime : IAsyncDisposable
{
    /// <summary><c>process</c>, <c>podman</c>, <c>docker</c> or <c>simulated</c>: the scheme of container ids.</summary>
    string Name { get; }

    /// <summary>The runtime's own version.</summary>
    string Version { get; }

    /// <summary>
    /// True: a container listens on the host port itself, which it must be told (<c>PORT</c>). False: it listens on the
    /// container port and the runtime forwards the host port to it.
    /// </summary>
    bool SharesHostPorts { get; }

    /// <summary>Brings an image to the node.</summary>
    /// <exception cref="ContainerException"><see cref="ContainerFault.ImageMissing"/> with the places looked at, or
    /// <see cref="ContainerFault.ImageRefused"/> when its content is hostile or broken.</exception>
    Task<ImageOnNode> PullAsync(string reference, CancellationToken cancellation);

    /// <summary>Whether an image is on the node already, so that bringing it costs nothing.</summary>
    Task<bool> HasImageAsync(string reference, CancellationToken cancellation);

    /// <summary>
    /// Joins the main process of a running container: its output from now on, and its input where the container was made with
    /// <see cref="ContainerSpec.Stdin"/>. Ends when the container does; disposing leaves the container running.
    /// </summary>
    /// <exception cref="ContainerException">The container does not run (<see cref="ContainerFault.NotRunning"/>).</exception>
    Task<IExecSession> AttachAsync(ContainerIdentity container, bool stdin, CancellationToken cancellation);

    /// <summary>Creates a container, not started.</summary>
    Task<ContainerRecord> CreateAsync(ContainerSpec spec, CancellationToken cancellation);

    /// <summary>Starts a created container.</summary>
    Task<ContainerRecord> StartAsync(ContainerIdentity container, CancellationToken cancellation);

    /// <summary>Sends a signal; does not wait for its effect.</summary>
    Task SignalAsync(ContainerIdentity container, ContainerSignal signal, CancellationToken cancellation);

    /// <summary>Removes a container with its logs and files.</summary>
    Task RemoveAsync(ContainerIdentity container, CancellationToken cancellation);

    /// <summary>Removes what the runtime keeps for a pod beside its containers. All containers are removed before.</summary>
    Task RemovePodAsync(string podUid, CancellationToken cancellation);

    /// <summary>The containers of a pod, running or ended; with null, all that exist for this node. Answered from memory where possible.</summary>
    Task<IReadOnlyList<ContainerRecord>> ListAsync(string? podUid, CancellationToken cancellation);

    /// <summary>The log, oldest line first; with <see cref="LogQuery.Follow"/> until the container has ended and all is read.</summary>
    IAsyncEnumerable<LogLine> ReadLogAsync(ContainerIdentity container, LogQuery query, CancellationToken cancellation);

    /// <summary>Starts one more process in a running container, with the container's environment.</summary>
    /// <remarks>A program that cannot be started is a <see cref="ContainerFault.CannotRun"/>, or an exit code of 126 or 127.</remarks>
    /// <exception cref="ContainerException">The container does not run (<see cref="ContainerFault.NotRunning"/>), or the
    /// program cannot be started.</exception>
    Task<IExecSession> ExecAsync(ContainerIdentity container, ExecRequest request, CancellationToken cancellation);

    /// <summary>Asks the container whether it is well.</summary>
    Task<ProbeAnswer> ProbeAsync(ContainerIdentity container, ProbeTarget target, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>CPU and memory in use; null when the container does not run.</summary>
    Task<ContainerStats?> StatsAsync(ContainerIdentity container, CancellationToken cancellation);

    /// <summary>Calls back with the pod's uid when one of its containers may have changed. Callbacks must not block.</summary>
    /// <returns>Ends the subscription when disposed.</returns>
    IDisposable Subscribe(Action<string> podChanged);
}

/// <summary>The signals that a pod's life needs.</summary>
public enum ContainerSignal
{
    /// <summary>End in good order (SIGTERM, or the image's own stop signal).</summary>
    Terminate,

    /// <summary>SIGKILL.</summary>
    Kill,
}

/// <summary>Whose fault a failed container operation is.</summary>
public enum ContainerFault
{
    /// <summary>No such image where the runtime looks.</summary>
    ImageMissing,

    /// <summary>What was given is not an image reference.</summary>
    ImageNameInvalid,

    /// <summary>The image cannot be unpacked: it is broken, or writes outside of its root.</summary>
    ImageRefused,

    /// <summary>The container cannot be made as specified.</summary>
    CannotCreate,

    /// <summary>The program cannot be started.</summary>
    CannotRun,

    AlreadyExists,

    NotFound,

    NotRunning,
}

/// <summary>A container operation that failed for a reason a person can act on. The message is shown in the pod's status.</summary>
public sealed class ContainerException : Exception
{
    public ContainerException(ContainerFault fault, string message)
        : base(message) => Fault = fault;

    public ContainerException(ContainerFault fault, string message, Exception inner)
        : base(message, inner) => Fault = fault;

    public ContainerFault Fault { get; }
}

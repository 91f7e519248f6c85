using System.Collections.Concurrent;
using Fairway.Node.Logs;
using Fairway.Storage;
using Microsoft.Extensions.Logging;

namespace Fairway.Node.Runtimes.Process;

/// <summary>
/// Containers as local processes: no root, no daemon, no isolation. See <see cref="IContainerRuntime"/> for what it promises and
/// docs/explanation/process-runtime.md for what it cannot do.
/// </summary>
public sealed partial class ProcessRuntime : IContainerRuntime
{
    private static readonly string[] SetSidPlaces = ["/usr/bin/setsid", "/bin/setsid", "/usr/local/bin/setsid"];
    private static readonly TimeSpan RemovePatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<ContainerIdentity, ProcessContainer?> _containers = new();
    private readonly ConcurrentDictionary<ContainerIdentity, (ContainerSpec Spec, UnpackedImage Image)> _specs = new();
    private readonly PodSubscribers _subscribers = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ProcessRuntimeOptions _options;
    private readonly Func<string, CancellationToken, Task<UnpackedImage>> _unpack;
    private readonly Func<string, bool> _has;
    private readonly Supervision _supervision;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LogLimits _limits;
    private readonly string _bootId = ProcessTable.BootId();
    private Task _watching = Task.CompletedTask;

    private ProcessRuntime(
        ProcessRuntimeOptions options,
        Func<string, CancellationToken, Task<UnpackedImage>> unpack,
        Func<string, bool> has,
        Supervision supervision,
        TimeProvider time,
        ILogger logger)
    {
        _options = options;
        _unpack = unpack;
        _has = has;
        _supervision = supervision;
        _time = time;
        _logger = logger;
        _limits = new LogLimits(options.LogFileBytes, options.LogFiles);
    }

    public string Name => "process";

    public string Version => typeof(ProcessRuntime).Assembly.GetName().Version?.ToString(3) ?? "0";

    public bool SharesHostPorts => true;

    private string Pods => Path.Combine(_options.Directory, "pods");

    public async Task<ImageOnNode> PullAsync(string reference, CancellationToken cancellation)
    {
        UnpackedImage image = await _unpack(reference, cancellation);
        return new ImageOnNode
        {
            Reference = reference,
            Digest = image.Digest,
            ExposedPorts = image.ExposedPorts.Count > 0 ? image.ExposedPorts : PortVariables.Named(image.Environment),
            Fetched = image.Fetched,
            SizeBytes = image.SizeBytes,
        };
    }

    public async Task<ContainerRecord> CreateAsync(ContainerSpec spec, CancellationToken cancellation)
    {
        if (!ContainerDirectory.IsSafe(spec.Identity))
        {
            throw new ContainerException(ContainerFault.CannotCreate, $"container name \"{spec.Identity.Container}\" is not a DNS label");
        }

        if (!_containers.TryAdd(spec.Identity, null))
        {
            throw new ContainerException(ContainerFault.AlreadyExists, $"container {spec.Identity} exists already");
        }

        var directory = new ContainerDirectory(ContainerDirectory.PathOf(Pods, spec.Identity));
        try
        {
            UnpackedImage image = await _unpack(spec.Image, cancellation);
            ProcessContainer container = await Task.Run(() => Create(directory, spec, image, cancellation), cancellation);
            _containers[spec.Identity] = container;
            return container.Record();
        }
        catch (Exception failed)
        {
            directory.Delete();
            _containers.TryRemove(spec.Identity, out _);
            _specs.TryRemove(spec.Identity, out _);
            throw failed is IOException or UnauthorizedAccessException
                ? new ContainerException(ContainerFault.CannotCreate, failed.Message, failed)
                : failed is OperationCanceledException or ContainerException
                    ? failed
                    : new ContainerException(ContainerFault.CannotCreate, $"{failed.GetType().Name}: {failed.Message}", failed);
        }
    }

    public async Task<ContainerRecord> StartAsync(ContainerIdentity container, CancellationToken cancellation)
    {
        ProcessContainer found = Get(container);
        if (!_specs.TryRemove(container, out (ContainerSpec Spec, UnpackedImage Image) made))
        {
            throw new ContainerException(ContainerFault.CannotRun, $"container {container} has been started already");
        }

        try
        {
            LaunchPlan plan = LaunchPlanner.Plan(made.Spec, made.Image, found.Directory.Path, found.Directory.Root, HostVariables());
            Directory.CreateDirectory(plan.WorkingDirectory);
            await found.StartAsync(plan, _supervision, cancellation);
        }
        catch (ContainerException cannot)
        {
            found.Fail(cannot.Message);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            found.Fail(cannot.Message);
        }

        _subscribers.Tell(container.PodUid);
        return found.Record();
    }

    public Task SignalAsync(ContainerIdentity container, ContainerSignal signal, CancellationToken cancellation)
    {
        ProcessContainer found = Get(container);
        if (signal == ContainerSignal.Kill)
        {
            found.Kill();
        }
        else
        {
            found.Signal(found.State.StopSignal);
        }

        return Task.CompletedTask;
    }

    public async Task RemoveAsync(ContainerIdentity container, CancellationToken cancellation)
    {
        if (!_containers.TryGetValue(container, out ProcessContainer? found) || found is null)
        {
            return;
        }

        long since = _time.GetTimestamp();
        while (found.IsRunning && !found.Look() && !found.LookForLoss())
        {
            found.Kill();
            if (_time.GetElapsedTime(since) > RemovePatience)
            {
                throw new ContainerException(ContainerFault.CannotCreate, $"container {container} does not end after SIGKILL");
            }

            await Task.Delay(Glance, _time, cancellation);
        }

        found.Dispose();
        found.Directory.Delete();
        _specs.TryRemove(container, out _);
        _containers.TryRemove(container, out _);
    }

    public Task RemovePodAsync(string podUid, CancellationToken cancellation)
    {
        RootDirectory.Delete(Path.Combine(Pods, podUid));
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<ContainerRecord>> ListAsync(string? podUid, CancellationToken cancellation)
        => Task.FromResult<IReadOnlyList<ContainerRecord>>(
        [
            .. _containers.Values.OfType<ProcessContainer>()
                .Where(container => podUid is null || container.Identity.PodUid == podUid)
                .Select(container => container.Record()),
        ]);

    public IAsyncEnumerable<LogLine> ReadLogAsync(ContainerIdentity container, LogQuery query, CancellationToken cancellation)
    {
        ProcessContainer found = Get(container);
        found.PumpOutput();
        return LogFiles.ReadAsync(found.LogDirectory, query, () => found.IsLogComplete, _time, cancellation);
    }

    public Task<IExecSession> ExecAsync(ContainerIdentity container, ExecRequest request, CancellationToken cancellation)
    {
        ProcessContainer found = Get(container);
        if (found.ProgramId is not { } program || ProcessTable.Environment(program) is not { } variables)
        {
            throw new ContainerException(ContainerFault.NotRunning, $"container {container.Container} is not running");
        }

        return Task.FromResult<IExecSession>(ProcessExec.Start(
            _supervision.SetSid, request, variables, found.State.WorkingDirectory, found.Directory.Root));
    }

    public Task<bool> HasImageAsync(string reference, CancellationToken cancellation) => Task.FromResult(_has(reference));

    public Task<IExecSession> AttachAsync(ContainerIdentity container, bool stdin, CancellationToken cancellation)
    {
        ProcessContainer found = Get(container);
        return found.ProgramId is not null
            ? Task.FromResult<IExecSession>(new ProcessAttach(found, stdin, _time))
            : throw new ContainerException(ContainerFault.NotRunning, $"container {container.Container} is not running");
    }

    public Task<ProbeAnswer> ProbeAsync(ContainerIdentity container, ProbeTarget target, TimeSpan timeout, CancellationToken cancellation)
        => Probing.AskAsync(this, container, Get(container).State.Ports, target, timeout, _time, cancellation);

    public Task<ContainerStats?> StatsAsync(ContainerIdentity container, CancellationToken cancellation)
    {
        if (Get(container).ProgramId is not { } session)
        {
            return Task.FromResult<ContainerStats?>(null);
        }

        long ticks = 0;
        long pages = 0;
        foreach (ProcessEntry entry in ProcessTable.All().Where(entry => entry.Session == session))
        {
            ticks += entry.UserTicks + entry.SystemTicks;
            pages += entry.ResidentPages;
        }

        return Task.FromResult<ContainerStats?>(new ContainerStats(
            _time.GetUtcNow(), TimeSpan.FromSeconds((double)ticks / ProcessTable.TicksPerSecond), pages * Environment.SystemPageSize));
    }

    public IDisposable Subscribe(Action<string> podChanged) => _subscribers.Add(podChanged);

    /// <summary>Stops watching. Containers go on: the next runtime over the same directory takes them up.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        foreach (ProcessContainer? container in _containers.Values)
        {
            container?.Dispose();
        }

        _stop.Dispose();
    }

    private ProcessContainer Get(ContainerIdentity container)
        => _containers.GetValueOrDefault(container)
            ?? throw new ContainerException(ContainerFault.NotFound, $"container {container} does not exist");

    private static Dictionary<string, string> HostVariables()
    {
        var result = new Dictionary<string, string>();
        foreach (string name in (string[])["PATH", "DOTNET_ROOT"])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                result[name] = value;
            }
        }

        return result;
    }

    /// <summary>Opens the runtime; images come from the store.</summary>
    /// <inheritdoc cref="Open(ProcessRuntimeOptions, Func{string, CancellationToken, Task{UnpackedImage}}, TimeProvider, ILogger{ProcessRuntime}, Func{string, bool})"/>
    public static ProcessRuntime Open(ProcessRuntimeOptions options, ImageStore images, TimeProvider time, ILogger<ProcessRuntime> logger)
    {
        var unpacked = new UnpackedImages(images, options.ImageDirectory);
        return Open(options, unpacked.GetAsync, time, logger, unpacked.Has);
    }

    /// <summary>
    /// Opens the runtime over its directory and takes up what runs there: (1) half-made containers are ended and removed,
    /// (2) recorded ones whose process lives (same id, same start time, same boot) go on, (3) the others have ended.
    /// </summary>
    /// <exception cref="InvalidOperationException">The host lacks what the runtime needs; the message says what.</exception>
    internal static ProcessRuntime Open(
        ProcessRuntimeOptions options,
        Func<string, CancellationToken, Task<UnpackedImage>> unpack,
        TimeProvider time,
        ILogger<ProcessRuntime> logger,
        Func<string, bool>? has = null)
    {
        string setSid = SetSidPlaces.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("The process runtime needs Linux with the program \"setsid\" (package util-linux).");
        Directory.CreateDirectory(options.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string script = Path.Combine(options.Directory, "supervise.sh");
        using (Stream source = typeof(ProcessRuntime).Assembly.GetManifestResourceStream("supervise.sh")!)
        using (FileStream target = File.Create(script + ".new"))
        {
            source.CopyTo(target);
        }

        // Replaced, never rewritten: running supervisors still read the old one.
        File.Move(script + ".new", script, overwrite: true);
        var runtime = new ProcessRuntime(options, unpack, has ?? (_ => false), new Supervision(setSid, script), time, logger);
        runtime.Recover();
        runtime._watching = Task.Run(() => runtime.WatchAsync(runtime._stop.Token));
        return runtime;
    }

    private void Recover()
    {
        foreach (string path in Directory.Exists(Pods) ? Directory.GetDirectories(Pods).SelectMany(Directory.GetDirectories).SelectMany(Directory.GetDirectories) : [])
        {
            if (ContainerDirectory.IdentityOf(path) is not { } identity)
            {
                continue;
            }

            var directory = new ContainerDirectory(path);
            ProcessContainer? container = directory.Load() is { } state && state.Identity == identity
                ? new ProcessContainer(directory, state, _limits, _time)
                : null;
            if (container is not null && container.Adopt(_bootId) && container.Record().Phase != ContainerPhase.Created)
            {
                LogAdopted(identity, container.Record().Phase);
                _containers[identity] = container;
                continue;
            }

            // Never started as far as anybody knows; what may have been is ended.
            container?.Kill();
            container?.Dispose();
            directory.Delete();
        }
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(_options.Interval, _time);
        long slow = _time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                bool thorough = _time.GetElapsedTime(slow) > TimeSpan.FromSeconds(1);
                slow = thorough ? _time.GetTimestamp() : slow;
                Watch(thorough);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private void Watch(bool thorough)
    {
        foreach (ProcessContainer? container in _containers.Values)
        {
            try
            {
                if (container is { IsRunning: true })
                {
                    container.PumpOutput();
                    if (container.Look() || (thorough && container.LookForLoss()))
                    {
                        _subscribers.Tell(container.Identity.PodUid);
                    }
                }
            }
            catch (Exception failed) when (failed is IOException or ObjectDisposedException or UnauthorizedAccessException)
            {
                LogWatchFailed(failed, container!.Identity);
            }
        }

        if (thorough)
        {
            GuardMemory();
        }
    }

    /// <summary>
    /// Without a memory cgroup a limit is kept by looking: memory of the container's session once a second, without files that
    /// are mapped (code, mostly), which a cgroup would count once for all containers of an image.
    /// </summary>
    private void GuardMemory()
    {
        Dictionary<int, ProcessContainer> limited = _containers.Values
            .Where(container => container is { ProgramId: not null, State.MemoryLimit: not null })
            .ToDictionary(container => container!.ProgramId!.Value, container => container!);
        if (limited.Count == 0)
        {
            return;
        }

        foreach (IGrouping<int, ProcessEntry> session in ProcessTable.All().GroupBy(entry => entry.Session))
        {
            if (limited.TryGetValue(session.Key, out ProcessContainer? container)
                && session.Sum(entry => ProcessTable.PrivatePages(entry.Id)) * Environment.SystemPageSize > container.State.MemoryLimit)
            {
                LogOutOfMemory(container.Identity, container.State.MemoryLimit.Value);
                container.KillOutOfMemory();
            }
        }
    }

    private ProcessContainer Create(ContainerDirectory directory, ContainerSpec spec, UnpackedImage image, CancellationToken cancellation)
    {
        directory.Delete();
        directory.Create();
        RootDirectory.Create(image.Root, directory.Root, cancellation);
        foreach (ContainerMount mount in spec.Mounts)
        {
            RootDirectory.Mount(directory.Root, mount);
        }

        directory.PrepareLastWord(spec.TerminationMessagePath);
        if (spec.Stdin || spec.Tty)
        {
            directory.MakeInput();
        }

        var state = new ProcessState
        {
            Identity = spec.Identity,
            Namespace = spec.Namespace,
            PodName = spec.PodName,
            Image = spec.Image,
            ImageDigest = image.Digest,
            CreatedAt = _time.GetUtcNow(),
            BootId = _bootId,
            Ports = spec.Ports,
            MemoryLimit = spec.MemoryLimit,
            TerminationMessagePath = spec.TerminationMessagePath,
            StopSignal = StopSignals.Number(image.StopSignal),
            Stdin = spec.Stdin || spec.Tty,
            StdinOnce = spec.StdinOnce,
            Tty = spec.Tty,
        };
        directory.Save(state);
        _specs[spec.Identity] = (spec, image);
        return new ProcessContainer(directory, state, _limits, _time);
    }

    [LoggerMessage(LogLevel.Information, "Container {Container} taken up again: {Phase}")]
    private partial void LogAdopted(ContainerIdentity container, ContainerPhase phase);

    [LoggerMessage(LogLevel.Warning, "Container {Container} cannot be watched")]
    private partial void LogWatchFailed(Exception failure, ContainerIdentity container);

    [LoggerMessage(LogLevel.Warning, "Container {Container} used more than its memory limit of {Limit} bytes and is ended")]
    private partial void LogOutOfMemory(ContainerIdentity container, long limit);
}

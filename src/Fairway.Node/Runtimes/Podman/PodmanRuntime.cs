using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Fairway.Node.Runtimes.Process;
using Fairway.Storage;
using Microsoft.Extensions.Logging;

namespace Fairway.Node.Runtimes.Podman;

/// <summary>
/// Containers of podman or docker, through their command lines. What exists is read with <c>inspect</c> after every event (and
/// now and then without one) and answered from memory in between.
/// </summary>
public sealed partial class PodmanRuntime : IContainerRuntime
{
    /// <summary>Variables that the program itself reads: these are given on its command line, all others through its environment.</summary>
    private static readonly string[] ProgramsOwn = ["PATH", "HOME", "TMPDIR", "USER", "XDG_", "DOCKER_", "CONTAINER", "PODMAN", "LD_", "STORAGE_", "REGISTRY"];

    private const string SetSid = "setsid";

    private static readonly TimeSpan EventPatience = TimeSpan.FromSeconds(5);

    private readonly PodmanDetection.Works _works;
    private readonly PodmanOptions _options;
    private readonly PodmanImages _images;
    private readonly ContainerCli _cli;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PodSubscribers _subscribers = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private readonly ConcurrentDictionary<ContainerIdentity, string> _cannotRun = new();

    private readonly ConcurrentDictionary<ContainerIdentity, string> _stopSignals = new();

    // Containers that have a terminal, of those that were made since the program started.
    private readonly ConcurrentDictionary<ContainerIdentity, bool> _terminals = new();
    private IReadOnlyDictionary<ContainerIdentity, (ContainerRecord Record, int ProcessId)> _known
        = new Dictionary<ContainerIdentity, (ContainerRecord, int)>();

    private Task _watching = Task.CompletedTask;
    private Task _listening = Task.CompletedTask;

    private PodmanRuntime(PodmanDetection.Works works, PodmanOptions options, ImageStore images, TimeProvider time, ILogger logger)
    {
        _works = works;
        _options = options;
        _time = time;
        _logger = logger;
        _cli = new ContainerCli(works.Program, time);
        _images = new PodmanImages(_cli, images);
    }

    public string Name => _works.IsPodman ? "podman" : "docker";

    public string Version => _works.Version;

    public bool SharesHostPorts => false;

    /// <summary>Opens the runtime and finds the node's containers again.</summary>
    /// <param name="works">What <see cref="PodmanDetection.DetectAsync"/> found.</param>
    public static async Task<PodmanRuntime> OpenAsync(
        PodmanDetection.Works works, PodmanOptions options, ImageStore images, TimeProvider time, ILogger<PodmanRuntime> logger, CancellationToken cancellation)
    {
        var runtime = new PodmanRuntime(works, options, images, time, logger);
        await runtime.RefreshAsync(cancellation);
        runtime._watching = Task.Run(() => runtime.WatchAsync(runtime._stop.Token), CancellationToken.None);
        runtime._listening = Task.Run(() => runtime.ListenAsync(runtime._stop.Token), CancellationToken.None);
        return runtime;
    }

    public async Task<ImageOnNode> PullAsync(string reference, CancellationToken cancellation)
    {
        PodmanImage image = await _images.GetAsync(reference, cancellation);
        return new ImageOnNode
        {
            Reference = reference,
            Digest = image.Digest,
            ExposedPorts = image.Ports,
            Fetched = image.Fetched,
            SizeBytes = image.SizeBytes,
        };
    }

    public async Task<ContainerRecord> CreateAsync(ContainerSpec spec, CancellationToken cancellation)
    {
        if (_known.ContainsKey(spec.Identity))
        {
            throw new ContainerException(ContainerFault.AlreadyExists, $"container {spec.Identity} exists already");
        }

        PodmanImage image = await _images.GetAsync(spec.Image, cancellation);
        _stopSignals[spec.Identity] = image.StopSignal ?? "TERM";
        (List<string> arguments, Dictionary<string, string> variables) = CreateArguments(spec, image);
        CliResult created = await _cli.RunAsync(arguments, cancellation, variables: variables);
        if (created.Code != 0)
        {
            throw new ContainerException(
                created.Error.Contains("already in use", StringComparison.Ordinal) ? ContainerFault.AlreadyExists : ContainerFault.CannotCreate,
                created.Complaint);
        }

        await RefreshAsync(cancellation);
        return Get(spec.Identity);
    }

    public async Task<ContainerRecord> StartAsync(ContainerIdentity container, CancellationToken cancellation)
    {
        _ = Get(container);
        CliResult started = await _cli.RunAsync(["start", NameOf(container)], cancellation);
        if (started.Code != 0)
        {
            _cannotRun[container] = started.Complaint;
        }

        await RefreshAsync(cancellation);
        return Get(container);
    }

    public async Task SignalAsync(ContainerIdentity container, ContainerSignal signal, CancellationToken cancellation)
    {
        ContainerRecord record = Get(container);
        if (record.Phase != ContainerPhase.Running)
        {
            return;
        }

        // stop-signal of the image: what `kill` sends is named by us.
        string name = signal == ContainerSignal.Kill ? "KILL" : await StopSignalAsync(record, cancellation);
        CliResult sent = await _cli.RunAsync(["kill", "--signal", name, NameOf(container)], cancellation);
        if (sent.Code != 0)
        {
            // It has ended in between; if not, the next look shows it running and the node sends again.
            LogNotSent(container, name, sent.Complaint);
        }

        await RefreshAsync(cancellation);
    }

    public async Task RemoveAsync(ContainerIdentity container, CancellationToken cancellation)
    {
        if (!_known.ContainsKey(container))
        {
            return;
        }

        CliResult removed = await _cli.RunAsync(_works.IsPodman ? ["rm", "--force", "--time", "0", NameOf(container)] : ["rm", "--force", NameOf(container)], cancellation);
        if (removed.Code != 0 && !removed.Error.Contains("no such container", StringComparison.OrdinalIgnoreCase))
        {
            throw new ContainerException(ContainerFault.CannotCreate, $"container {container} cannot be removed: {removed.Complaint}");
        }

        _cannotRun.TryRemove(container, out _);
        _terminals.TryRemove(container, out _);
        _stopSignals.TryRemove(container, out _);
        File.Delete(LastWordFile(container));
        await RefreshAsync(cancellation);
    }

    public Task RemovePodAsync(string podUid, CancellationToken cancellation) => Task.CompletedTask;

    public Task<IReadOnlyList<ContainerRecord>> ListAsync(string? podUid, CancellationToken cancellation)
        => Task.FromResult<IReadOnlyList<ContainerRecord>>(
            [.. _known.Values.Select(entry => entry.Record).Where(record => podUid is null || record.Identity.PodUid == podUid)]);

    public IAsyncEnumerable<LogLine> ReadLogAsync(ContainerIdentity container, LogQuery query, CancellationToken cancellation)
    {
        _ = Get(container);
        return PodmanLogs.ReadAsync(_cli, NameOf(container), query, cancellation);
    }

    public Task<IExecSession> ExecAsync(ContainerIdentity container, ExecRequest request, CancellationToken cancellation)
    {
        if (Get(container).Phase != ContainerPhase.Running)
        {
            throw new ContainerException(ContainerFault.NotRunning, $"container {container.Container} is not running");
        }

        List<string> arguments = ["exec"];
        if (request.Stdin)
        {
            arguments.Add("--interactive");
        }

        if (request.Tty)
        {
            arguments.Add("--tty");
        }

        return Task.FromResult(Session([.. arguments, NameOf(container), .. request.Command], request.Stdin, request.Tty));
    }

    public Task<bool> HasImageAsync(string reference, CancellationToken cancellation) => _images.HasAsync(reference, cancellation);

    public Task<IExecSession> AttachAsync(ContainerIdentity container, bool stdin, CancellationToken cancellation)
    {
        if (Get(container).Phase != ContainerPhase.Running)
        {
            throw new ContainerException(ContainerFault.NotRunning, $"container {container.Container} is not running");
        }

        List<string> arguments = ["attach", "--sig-proxy=false", "--detach-keys="];
        if (!stdin)
        {
            arguments.Add("--no-stdin");
        }

        return Task.FromResult(Session([.. arguments, NameOf(container)], stdin, _terminals.ContainsKey(container)));
    }

    public Task<ProbeAnswer> ProbeAsync(ContainerIdentity container, ProbeTarget target, TimeSpan timeout, CancellationToken cancellation)
        => Probing.AskAsync(this, container, Get(container).Ports, target, timeout, _time, cancellation);

    public Task<ContainerStats?> StatsAsync(ContainerIdentity container, CancellationToken cancellation)
    {
        _ = Get(container);
        int root = _known[container].ProcessId;
        if (root == 0 || ProcessTable.Find(root) is null)
        {
            // Not running, or its processes are in another machine (docker in a virtual one).
            return Task.FromResult<ContainerStats?>(null);
        }

        ILookup<int, ProcessEntry> children = ProcessTable.All().ToLookup(entry => entry.Parent);
        var waiting = new Queue<ProcessEntry>([ProcessTable.Find(root) ?? default]);
        long ticks = 0;
        long pages = 0;
        while (waiting.TryDequeue(out ProcessEntry entry))
        {
            ticks += entry.UserTicks + entry.SystemTicks;
            pages += entry.ResidentPages;
            foreach (ProcessEntry child in children[entry.Id])
            {
                waiting.Enqueue(child);
            }
        }

        return Task.FromResult<ContainerStats?>(new ContainerStats(
            _time.GetUtcNow(), TimeSpan.FromSeconds((double)ticks / ProcessTable.TicksPerSecond), pages * Environment.SystemPageSize));
    }

    public IDisposable Subscribe(Action<string> podChanged) => _subscribers.Add(podChanged);

    /// <summary>Stops watching; containers go on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_watching, _listening);
        _stop.Dispose();
    }

    /// <summary>The program's own client, on a terminal where one is wanted: it passes sizes on.</summary>
    private IExecSession Session(IReadOnlyList<string> arguments, bool stdin, bool tty)
        => tty
            ? TerminalProcess.Start(SetSid, _cli.Program, arguments, environment: null, "/", stdin)
            : new PodmanExec(_cli.Start(arguments), stdin);

    private string NameOf(ContainerIdentity container) => $"fairway-{_options.NodeId}-{container}";

    private string LastWordFile(ContainerIdentity container) => Path.Combine(_options.Directory, "last-words", container.ToString());

    private ContainerRecord Get(ContainerIdentity container)
        => _known.TryGetValue(container, out (ContainerRecord Record, int) entry)
            ? entry.Record
            : throw new ContainerException(ContainerFault.NotFound, $"container {container} does not exist");

    private (List<string> Arguments, Dictionary<string, string> Variables) CreateArguments(ContainerSpec spec, PodmanImage image)
    {
        string lastWord = LastWordFile(spec.Identity);
        Directory.CreateDirectory(Path.GetDirectoryName(lastWord)!);
        File.WriteAllText(lastWord, "");
        File.SetUnixFileMode(lastWord, (UnixFileMode)0b110_110_110);
        List<string> arguments =
        [
            "create", "--name", NameOf(spec.Identity), "--hostname", spec.Hostname, .. _works.Arguments,
            "--label", $"{PodmanInventory.NodeLabel}={_options.NodeId}",
            "--label", $"{PodmanInventory.SpecLabel}={PodmanInventory.Label(spec, image.Digest)}",
            "--log-driver", _works.IsPodman ? "k8s-file" : "json-file", "--log-opt", "max-size=10m",
            "--volume", $"{lastWord}:{spec.TerminationMessagePath}",
        ];
        if (spec.WorkingDirectory is { } inside)
        {
            arguments.AddRange(["--workdir", inside]);
        }

        arguments.AddRange(PodmanLimits.Arguments(spec));
        if (spec.Stdin)
        {
            arguments.Add("--interactive");
        }

        if (spec.Tty)
        {
            arguments.Add("--tty");
            _terminals[spec.Identity] = true;
        }

        foreach (PortMapping port in spec.Ports)
        {
            arguments.AddRange(["--publish", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port.HostPort}:{port.ContainerPort}")]);
        }

        foreach (ContainerMount mount in spec.Mounts)
        {
            arguments.AddRange(["--mount", $"type=bind,source={mount.HostPath},target={mount.MountPath}{(mount.ReadOnly ? ",readonly" : "")}"]);
        }

        var variables = new Dictionary<string, string>();
        foreach ((string name, string value) in spec.Environment)
        {
            bool own = ProgramsOwn.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
            arguments.AddRange(["--env", own ? $"{name}={value}" : name]);
            if (!own)
            {
                variables[name] = value;
            }
        }

        IReadOnlyList<string> command = spec.Command ?? [];
        if (command.Count > 0)
        {
            arguments.AddRange(["--entrypoint", command[0]]);
        }

        arguments.Add(image.LocalName);
        arguments.AddRange(command.Skip(1));
        arguments.AddRange(spec.Args ?? []);
        return (arguments, variables);
    }

    /// <summary>What ends a container in good order: its image's word for it, asked for again after a restart.</summary>
    private async Task<string> StopSignalAsync(ContainerRecord record, CancellationToken cancellation)
    {
        if (_stopSignals.TryGetValue(record.Identity, out string? known))
        {
            return known;
        }

        try
        {
            return _stopSignals[record.Identity] = (await _images.GetAsync(record.Image, cancellation)).StopSignal ?? "TERM";
        }
        catch (ContainerException)
        {
            return "TERM"; // the image has gone since
        }
    }

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        await _refreshing.WaitAsync(cancellation);
        try
        {
            CliResult listed = await _cli.RunAsync(
                ["ps", "--all", "--quiet", "--no-trunc", "--filter", $"label={PodmanInventory.NodeLabel}={_options.NodeId}"], cancellation);
            string[] ids = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            CliResult inspected = ids.Length == 0 ? new CliResult(0, "[]", "") : await _cli.RunAsync(["container", "inspect", .. ids], cancellation);
            if (listed.Code != 0 || (inspected.Code != 0 && !inspected.Error.Contains("no such", StringComparison.OrdinalIgnoreCase)))
            {
                LogNotListed(Name, listed.Code != 0 ? listed.Complaint : inspected.Complaint);
                return;
            }

            Take(PodmanInventory.Read(inspected.Output));
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private void Take(IReadOnlyList<(ContainerRecord Record, int ProcessId)> found)
    {
        var fresh = found.Select(entry => (Record: Complete(entry.Record), entry.ProcessId)).ToDictionary(entry => entry.Record.Identity);
        IReadOnlyDictionary<ContainerIdentity, (ContainerRecord Record, int)> before = Interlocked.Exchange(ref _known, fresh);
        foreach (string pod in fresh.Keys.Concat(before.Keys).Distinct()
            .Where(id => fresh.GetValueOrDefault(id).Record?.Phase != before.GetValueOrDefault(id).Record?.Phase)
            .Select(id => id.PodUid)
            .Distinct())
        {
            _subscribers.Tell(pod);
        }
    }

    private ContainerRecord Complete(ContainerRecord record)
    {
        if (_cannotRun.TryGetValue(record.Identity, out string? why) && record.Phase != ContainerPhase.Running)
        {
            return record with
            {
                Phase = ContainerPhase.Exited,
                StartedAt = record.StartedAt ?? record.CreatedAt,
                FinishedAt = record.FinishedAt ?? record.CreatedAt,
                ExitCode = 128, // as containerd has it, whatever the program says
                Reason = ContainerRecord.CannotRun,
                Message = why,
            };
        }

        return record.Phase == ContainerPhase.Exited && LastWord(record.Identity) is { } word ? record with { Message = word } : record;
    }

    private string? LastWord(ContainerIdentity container)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(LastWordFile(container));
            return bytes.Length == 0 ? null : Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 4096))).TrimEnd();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        try
        {
            using var timer = new PeriodicTimer(_options.Resync, _time);
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                await RefreshAsync(cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    /// <summary>Looks again after every event. Where events cannot be had, looks every second.</summary>
    private async Task ListenAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                long since = _time.GetTimestamp();
                using System.Diagnostics.Process events = _cli.Start(
                    ["events", "--filter", $"label={PodmanInventory.NodeLabel}={_options.NodeId}", "--format", "{{.Status}}"]);
                events.StandardInput.Close();
                try
                {
                    await FollowAsync(events.StandardOutput, cancellation);
                }
                finally
                {
                    if (!events.HasExited)
                    {
                        events.Kill();
                    }
                }

                await Task.Delay(_time.GetElapsedTime(since) < EventPatience ? TimeSpan.FromSeconds(1) : TimeSpan.Zero, _time, cancellation);
                await RefreshAsync(cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task FollowAsync(StreamReader events, CancellationToken cancellation)
    {
        while (await events.ReadLineAsync(cancellation) is { } line)
        {
            // Only ends are news: starts and removals are our own doing.
            if (line.Contains("died", StringComparison.Ordinal) || line.Contains("die", StringComparison.Ordinal) || line.Contains("oom", StringComparison.Ordinal))
            {
                await RefreshAsync(cancellation);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Program} does not list containers: {Reason}")]
    private partial void LogNotListed(string program, string reason);

    [LoggerMessage(LogLevel.Debug, "Container {Container} was not sent {Signal}: {Reason}")]
    private partial void LogNotSent(ContainerIdentity container, string signal, string reason);
}

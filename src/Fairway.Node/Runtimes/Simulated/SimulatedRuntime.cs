using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Fairway.Node.Runtimes.Simulated;

/// <summary>Containers without processes, for scale tests and rehearsals: they behave as <see cref="SimulatedScript"/> reads from annotations.</summary>
public sealed class SimulatedRuntime(SimulatedMachine machine, TimeProvider time) : IContainerRuntime
{
    public string Name => "simulated";

    public string Version => "1";

    public bool SharesHostPorts => false;

    public Task<ImageOnNode> PullAsync(string reference, CancellationToken cancellation)
    {
        if (machine.IsImageMissing(reference))
        {
            throw new ContainerException(ContainerFault.ImageMissing, $"image \"{reference}\" is not on the simulated machine");
        }

        return Task.FromResult(new ImageOnNode { Reference = reference, Digest = Digest(reference) });
    }

    public Task<ContainerRecord> CreateAsync(ContainerSpec spec, CancellationToken cancellation)
    {
        var container = new SimulatedContainer(spec, Digest(spec.Image), time, () => machine.Subscribers.Tell(spec.Identity.PodUid));
        return machine.Containers.TryAdd(spec.Identity, container)
            ? Task.FromResult(container.Record)
            : throw new ContainerException(ContainerFault.AlreadyExists, $"container {spec.Identity} exists already");
    }

    public Task<ContainerRecord> StartAsync(ContainerIdentity container, CancellationToken cancellation)
    {
        SimulatedContainer found = Get(container);
        found.Start();
        return Task.FromResult(found.Record);
    }

    public Task SignalAsync(ContainerIdentity container, ContainerSignal signal, CancellationToken cancellation)
    {
        Get(container).Signal(signal);
        return Task.CompletedTask;
    }

    public Task RemoveAsync(ContainerIdentity container, CancellationToken cancellation)
    {
        if (machine.Containers.TryRemove(container, out SimulatedContainer? found))
        {
            found.Signal(ContainerSignal.Kill);
        }

        return Task.CompletedTask;
    }

    public Task RemovePodAsync(string podUid, CancellationToken cancellation) => Task.CompletedTask;

    public Task<IReadOnlyList<ContainerRecord>> ListAsync(string? podUid, CancellationToken cancellation)
        => Task.FromResult<IReadOnlyList<ContainerRecord>>(
            [.. machine.Containers.Where(pair => podUid is null || pair.Key.PodUid == podUid).Select(pair => pair.Value.Record)]);

    public async IAsyncEnumerable<LogLine> ReadLogAsync(
        ContainerIdentity container, LogQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        SimulatedContainer found = Get(container);
        (IReadOnlyList<LogLine> lines, bool ended, Task changed) = found.ReadLog(0);
        int read = lines.Count;
        IEnumerable<LogLine> wanted = lines.Where(line => !(line.At < query.Since));
        foreach (LogLine line in query.Tail is { } tail ? wanted.TakeLast(tail) : wanted)
        {
            yield return line;
        }

        while (query.Follow && !ended)
        {
            await changed.WaitAsync(cancellation);
            (lines, ended, changed) = found.ReadLog(read);
            read += lines.Count;
            foreach (LogLine line in lines)
            {
                yield return line;
            }
        }
    }

    public Task<IExecSession> ExecAsync(ContainerIdentity container, ExecRequest request, CancellationToken cancellation)
    {
        SimulatedContainer found = Get(container);
        return found.IsRunning
            ? Task.FromResult<IExecSession>(SimulatedExec.Run(request.Command, found.Spec))
            : throw new ContainerException(ContainerFault.NotRunning, $"container {container.Container} is not running");
    }

    public Task<bool> HasImageAsync(string reference, CancellationToken cancellation) => Task.FromResult(!machine.IsImageMissing(reference));

    public Task<IExecSession> AttachAsync(ContainerIdentity container, bool stdin, CancellationToken cancellation)
        => Get(container).IsRunning
            ? Task.FromResult<IExecSession>(new AttachedLog(this, container, time.GetUtcNow()))
            : throw new ContainerException(ContainerFault.NotRunning, $"container {container.Container} is not running");

    public Task<ProbeAnswer> ProbeAsync(ContainerIdentity container, ProbeTarget target, TimeSpan timeout, CancellationToken cancellation)
        => Task.FromResult(Get(container).Probe());

    public Task<ContainerStats?> StatsAsync(ContainerIdentity container, CancellationToken cancellation)
        => Task.FromResult(Get(container).Stats());

    public IDisposable Subscribe(Action<string> podChanged) => machine.Subscribers.Add(podChanged);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SimulatedContainer Get(ContainerIdentity container)
        => machine.Containers.GetValueOrDefault(container)
            ?? throw new ContainerException(ContainerFault.NotFound, $"container {container} does not exist");

    private static string Digest(string reference)
    {
        int at = reference.IndexOf('@', StringComparison.Ordinal);
        return at >= 0 ? reference[(at + 1)..] : "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(reference)));
    }
}

/// <summary>The few commands that a simulated container knows: <c>true</c>, <c>false</c>, <c>echo</c>, <c>env</c> and <c>cat</c>.</summary>
internal sealed class SimulatedExec : IExecSession
{
    private SimulatedExec(string output, int code)
    {
        Output = new MemoryStream(Encoding.UTF8.GetBytes(output));
        Exited = Task.FromResult(code);
    }

    public Stream Input { get; } = new MemoryStream();

    public Stream Output { get; }

    public Stream Error { get; } = new MemoryStream();

    public Task<int> Exited { get; }

    public static SimulatedExec Run(IReadOnlyList<string> command, ContainerSpec spec) => command switch
    {
        ["true", ..] or ["cat", ..] => new SimulatedExec("", 0),
        ["false", ..] => new SimulatedExec("", 1),
        ["echo", ..] => new SimulatedExec(string.Join(' ', command.Skip(1)) + "\n", 0),
        ["env"] => new SimulatedExec(string.Concat(spec.Environment.Select(pair => $"{pair.Key}={pair.Value}\n")), 0),
        _ => throw new ContainerException(ContainerFault.CannotRun, $"exec: \"{command.FirstOrDefault()}\": a simulated container has no such program"),
    };

    public void Resize(int columns, int rows)
    {
        // There is no terminal.
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

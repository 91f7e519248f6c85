using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;
using Fairway.Testing;

namespace Fairway.Node.Tests.Runtimes;

/// <summary>What a container of the kit does: every runtime must be able to play it.</summary>
internal abstract record Behaviour
{
    /// <summary>Writes "hello" (and "trouble" to the error output where there is one) and exits.</summary>
    internal sealed record Exit(int Code) : Behaviour;

    /// <summary>Writes "hello" and runs until it is terminated: then it exits with 143.</summary>
    internal sealed record Run : Behaviour;

    /// <summary>Runs and does not listen to SIGTERM.</summary>
    internal sealed record Stubborn : Behaviour;

    /// <summary>Serves HTTP on its port.</summary>
    internal sealed record Serve : Behaviour;

    /// <summary>Its program does not exist.</summary>
    internal sealed record Nonsense : Behaviour;
}

/// <summary>One runtime as the kit sees it.</summary>
internal abstract class RuntimeUnderTest : IAsyncDisposable
{
    private static readonly PortAllocator Ports = new(Environment.ProcessId * 31);

    private readonly ConcurrentQueue<string> _heard = new();
    private IDisposable? _subscription;

    public IContainerRuntime Runtime { get; private set; } = null!;

    /// <summary>There are processes behind it.</summary>
    public virtual bool IsReal => true;

    public abstract string Image { get; }

    public IEnumerable<string> Heard => _heard;

    public async Task OpenAsync()
    {
        Runtime = await NewAsync();
        _subscription = Runtime.Subscribe(_heard.Enqueue);
    }

    /// <summary>The platform goes without a word and comes back.</summary>
    public async Task ReopenAsync()
    {
        _subscription?.Dispose();
        await Runtime.DisposeAsync();
        await OpenAsync();
    }

    public ContainerSpec Spec(Behaviour behaviour, string container = "web", int attempt = 0, string podUid = "5f0c1d5e-0000-4000-8000-000000000001")
    {
        var port = new PortMapping(8080, Ports.Take(), "http");
        var spec = new ContainerSpec
        {
            Identity = new ContainerIdentity(podUid, container, attempt),
            Namespace = "shop",
            PodName = "web-1",
            Hostname = "web-1",
            Image = Image,
            Ports = [port],
            Environment = new Dictionary<string, string>
            {
                ["GREETING"] = "hello",
                ["PORT"] = (Runtime.SharesHostPorts ? port.HostPort : 8080).ToString(CultureInfo.InvariantCulture),
            },
        };
        return Play(spec, behaviour);
    }

    public async Task<ContainerRecord> StartAsync(ContainerSpec spec)
    {
        await Runtime.CreateAsync(spec, CancellationToken.None);
        return await Runtime.StartAsync(spec.Identity, CancellationToken.None);
    }

    public async Task<ContainerRecord> FindAsync(ContainerIdentity identity)
        => (await Runtime.ListAsync(identity.PodUid, CancellationToken.None)).Single(record => record.Identity == identity);

    public async Task<ContainerRecord> ExitedAsync(ContainerIdentity identity)
    {
        ContainerRecord? record = null;
        await Eventually.Holds(
            () => (record = FindAsync(identity).GetAwaiter().GetResult()).Phase == ContainerPhase.Exited, $"{identity} has exited");
        return record!;
    }

    public async Task<List<string>> LogAsync(ContainerIdentity identity, LogQuery? query = null)
    {
        var lines = new List<string>();
        await foreach (LogLine line in Runtime.ReadLogAsync(identity, query ?? LogQuery.All, CancellationToken.None))
        {
            lines.Add($"{(line.Stream == LogStream.Out ? "out" : "err")} {Encoding.UTF8.GetString(line.Text.Span)}");
        }

        return lines;
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (ContainerRecord record in await Runtime.ListAsync(null, CancellationToken.None))
        {
            await Runtime.RemoveAsync(record.Identity, CancellationToken.None);
        }

        await Runtime.DisposeAsync();
    }

    protected abstract Task<IContainerRuntime> NewAsync();

    /// <summary>Makes the container play the behaviour: by a shell script, or by the simulation's annotations.</summary>
    protected virtual ContainerSpec Play(ContainerSpec spec, Behaviour behaviour) => spec with
    {
        Command = behaviour switch
        {
            Behaviour.Exit exit => ["/bin/sh", "-c", $"echo $GREETING; echo trouble >&2; exit {exit.Code}"],
            Behaviour.Run => ["/bin/sh", "-c", "trap 'exit 143' TERM; echo $GREETING; while :; do sleep 0.05; done"],
            Behaviour.Stubborn => ["/bin/sh", "-c", "trap '' TERM; echo $GREETING; while :; do sleep 0.05; done"],
            Behaviour.Serve => ["/bin/busybox", "httpd", "-f", "-p", Runtime.SharesHostPorts ? $"127.0.0.1:{spec.Ports[0].HostPort}" : "8080", "-h", "/www"],
            _ => ["/not/there"],
        },
    };
}

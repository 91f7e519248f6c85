using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Agents;

/// <summary>Runs lifecycle hooks, and reads probes and hooks into what a runtime can be asked.</summary>
internal static class Hooks
{
    /// <summary>Hooks have no time limit of their own: a preStop ends with its container, a postStart with the node.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    public static async Task<ProbeAnswer> RunAsync(
        IContainerRuntime runtime,
        TimeProvider time,
        Container container,
        ContainerIdentity identity,
        LifecycleHandler hook,
        CancellationToken cancellation)
    {
        if (hook.Sleep is { } sleep)
        {
            await Task.Delay(TimeSpan.FromSeconds(sleep.Seconds), time, cancellation);
            return new ProbeAnswer(true);
        }

        ProbeTarget? target = hook.Exec is { } exec ? new ProbeTarget.Exec(exec.Command ?? [])
            : hook.HttpGet is { } http ? Target(container, http)
            : hook.TcpSocket is { } tcp ? Target(container, tcp)
            : null;
        return target is null
            ? new ProbeAnswer(false, "the hook has no action, or names a port that does not exist")
            : await runtime.ProbeAsync(identity, target, Patience, cancellation);
    }

    /// <summary>What a probe asks; null when it names a port that the container does not have.</summary>
    public static ProbeTarget? Target(Container container, Probe probe)
        => probe.HttpGet is { } http ? Target(container, http)
            : probe.TcpSocket is { } tcp ? Target(container, tcp)
            : probe.Exec is { } exec ? new ProbeTarget.Exec(exec.Command ?? [])
            : probe.Grpc is { } grpc ? new ProbeTarget.Grpc(grpc.Port, grpc.Service ?? "")
            : null;

    private static ProbeTarget.Http? Target(Container container, HttpGetAction http)
        => PodPorts.Resolve(container, http.Port) is { } port
            ? new ProbeTarget.Http(
                port,
                http.Path ?? "/",
                http.Scheme ?? "HTTP",
                [.. (http.HttpHeaders ?? []).Select(header => KeyValuePair.Create(header.Name, header.Value))],
                http.Host)
            : null;

    private static ProbeTarget.Tcp? Target(Container container, TcpSocketAction tcp)
        => PodPorts.Resolve(container, tcp.Port) is { } port ? new ProbeTarget.Tcp(port, tcp.Host) : null;
}

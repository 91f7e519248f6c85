namespace Fairway.Node.Runtimes;

/// <summary>A process to start in a container.</summary>
/// <param name="Command">Program and arguments; at least one.</param>
/// <param name="Stdin">The caller has input for it.</param>
/// <param name="Tty">A terminal is wanted. Runtimes that have none give plain streams.</param>
public sealed record ExecRequest(IReadOnlyList<string> Command, bool Stdin = false, bool Tty = false);

/// <summary>A running exec. Disposing ends the process.</summary>
public interface IExecSession : IAsyncDisposable
{
    /// <summary>Closing it is end of input. A null stream when no input was asked for.</summary>
    Stream Input { get; }

    Stream Output { get; }

    /// <summary>Empty with a terminal.</summary>
    Stream Error { get; }

    /// <summary>Tells the process the size of its terminal; nothing happens where it has none.</summary>
    void Resize(int columns, int rows);

    /// <summary>Completes with the exit code. Read the streams to their end as well: output may still be under way.</summary>
    Task<int> Exited { get; }
}

/// <summary>How to ask a container: one of the nested cases.</summary>
public abstract record ProbeTarget
{
    private ProbeTarget()
    {
    }

    /// <summary>2xx and 3xx are well. Redirects are not followed to other hosts.</summary>
    public sealed record Http(int ContainerPort, string Path, string Scheme, IReadOnlyList<KeyValuePair<string, string>> Headers, string? Host)
        : ProbeTarget;

    /// <summary>A connection is well.</summary>
    public sealed record Tcp(int ContainerPort, string? Host) : ProbeTarget;

    /// <summary>Exit code 0 is well.</summary>
    public sealed record Exec(IReadOnlyList<string> Command) : ProbeTarget;

    /// <summary>grpc.health.v1.Health/Check answering SERVING is well.</summary>
    public sealed record Grpc(int ContainerPort, string Service) : ProbeTarget;
}

/// <summary>A container's answer.</summary>
/// <param name="Healthy">Whether it is well.</param>
/// <param name="Message">Why not, for the event.</param>
public sealed record ProbeAnswer(bool Healthy, string Message = "");

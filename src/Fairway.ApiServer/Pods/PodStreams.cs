using Fairway.Resources;
using Fairway.Resources.Usage;

namespace Fairway.ApiServer;

/// <summary>
/// What only the node that runs a pod can give: its logs, a process in it, a connection to one of its ports. The composition
/// root sets the delegates from the node; what is not set is refused as a server without that node would.
/// </summary>
public sealed class PodStreams
{
    /// <summary>
    /// Log bytes, whole lines, as they come; ends when the log does (or, following, when the container has ended). Throws
    /// <see cref="StatusException"/> when the container has no log.
    /// </summary>
    public Func<PodLogRequest, CancellationToken, IAsyncEnumerable<ReadOnlyMemory<byte>>>? Logs { get; set; }

    /// <summary>
    /// Runs a command in a container (or attaches to its main process) until it ends. Returns the exit code. Throws
    /// <see cref="StatusException"/> when it cannot be started. Cancelled when the client goes: the command must end.
    /// </summary>
    public Func<PodExecRequest, PodExecStreams, CancellationToken, Task<int>>? Exec { get; set; }

    /// <summary>Opens a connection to a port of a pod. Throws <see cref="StatusException"/> when nothing listens.</summary>
    public Func<PodPortRequest, CancellationToken, Task<Stream>>? Connect { get; set; }

    /// <summary>What the pods of a cluster use; null where nobody measures it.</summary>
    public Func<string, IResourceUsage?>? Usage { get; set; }
}

/// <summary>Which log and how much of it.</summary>
public sealed record PodLogRequest
{
    public required string Cluster { get; init; }

    public required Document Pod { get; init; }

    public required string Container { get; init; }

    /// <summary>Go on as lines come.</summary>
    public bool Follow { get; init; }

    /// <summary>The log of the container before its last restart.</summary>
    public bool Previous { get; init; }

    /// <summary>Only lines from then on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Begin each line with its time in RFC 3339 with nanoseconds and a space.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Only so many lines from the end.</summary>
    public long? TailLines { get; init; }

    /// <summary>Stop after so many bytes.</summary>
    public long? LimitBytes { get; init; }
}

/// <summary>What to run, or with an empty command: attach.</summary>
public sealed record PodExecRequest
{
    public required string Cluster { get; init; }

    public required Document Pod { get; init; }

    public required string Container { get; init; }

    /// <summary>Program and arguments; empty to attach to the container's main process.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    public bool Stdin { get; init; }

    public bool Stdout { get; init; }

    public bool Stderr { get; init; }

    public bool Tty { get; init; }
}

/// <summary>The streams of an exec session. The API server owns and closes them.</summary>
/// <param name="Stdin">Read from here; ends when the client closes its side. <see cref="Stream.Null"/> when not asked for.</param>
/// <param name="Stdout">Write here.</param>
/// <param name="Stderr">Write here; with a terminal nothing comes here.</param>
/// <param name="Resizes">The terminal's sizes as they change.</param>
public sealed record PodExecStreams(Stream Stdin, Stream Stdout, Stream Stderr, IAsyncEnumerable<TerminalSize> Resizes);

/// <summary>Columns and rows.</summary>
public readonly record struct TerminalSize(int Width, int Height);

/// <summary>A port of a pod, as the pod's containers know it.</summary>
public sealed record PodPortRequest
{
    public required string Cluster { get; init; }

    public required Document Pod { get; init; }

    public required int Port { get; init; }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Node.Runtimes.Process;

/// <summary>
/// What the runtime must know of a container after its own restart (<c>container.json</c>). It has no environment: secrets of
/// a running container are read back from its process, and are nowhere on disk.
/// </summary>
internal sealed record ProcessState
{
    public required ContainerIdentity Identity { get; init; }

    public required string Namespace { get; init; }

    public required string PodName { get; init; }

    public required string Image { get; init; }

    public required string ImageDigest { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string BootId { get; init; }

    public IReadOnlyList<PortMapping> Ports { get; init; } = [];

    public long? MemoryLimit { get; init; }

    /// <summary>In the container.</summary>
    public required string TerminationMessagePath { get; init; }

    /// <summary>The program reads a pipe that whoever attaches can write to.</summary>
    public bool Stdin { get; init; }

    public bool StdinOnce { get; init; }

    public bool Tty { get; init; }

    public int StopSignal { get; init; } = Native.SigTerm;

    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Set before the program starts.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public int SupervisorId { get; init; }

    public long SupervisorStartTicks { get; init; }

    /// <summary>How it ended. Set once, when the runtime has seen it.</summary>
    public ProcessEnd? End { get; init; }
}

internal sealed record ProcessEnd(DateTimeOffset At, int ExitCode, bool OutOfMemory = false, string? Reason = null, string? Message = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProcessState))]
internal sealed partial class ProcessStateJson : JsonSerializerContext;

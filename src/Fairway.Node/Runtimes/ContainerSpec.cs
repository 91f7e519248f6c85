namespace Fairway.Node.Runtimes;

/// <summary>One attempt at running one container of one pod.</summary>
/// <param name="PodUid">The pod's uid.</param>
/// <param name="Container">The container's name in the pod.</param>
/// <param name="Attempt">Counts restarts, from 0.</param>
public sealed record ContainerIdentity(string PodUid, string Container, int Attempt)
{
    /// <summary>A file-name-safe text that names the attempt uniquely on the node.</summary>
    public override string ToString() => $"{PodUid}_{Container}_{Attempt}";
}

/// <summary>A container as the node wants it run: references resolved, variables expanded, ports assigned.</summary>
public sealed record ContainerSpec
{
    public required ContainerIdentity Identity { get; init; }

    public required string Namespace { get; init; }

    public required string PodName { get; init; }

    /// <summary>The reference that was pulled.</summary>
    public required string Image { get; init; }

    /// <summary>Replaces the image's entrypoint; null keeps it.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Replaces the image's arguments; null keeps them, unless <see cref="Command"/> is set.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Absolute path in the container; null for the image's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Names are unique. The image's own variables come below these. May hold secrets: never logged.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    public IReadOnlyList<PortMapping> Ports { get; init; } = [];

    /// <summary>Bytes above which the container is ended as out of memory; null for no limit.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Processors that the container may use at once; null for no limit.</summary>
    public double? CpuLimit { get; init; }

    /// <summary>What runs in a container of its own may do; processes of the machine are its user's.</summary>
    public ContainerSecurity Security { get; init; } = ContainerSecurity.None;

    /// <summary>Where the container may leave a last word (an absolute path in the container).</summary>
    public string TerminationMessagePath { get; init; } = "/dev/termination-log";

    public string Hostname { get; init; } = "";

    /// <summary>The main process has an input that stays open for whoever attaches.</summary>
    public bool Stdin { get; init; }

    /// <summary>The input ends when the first who attached leaves.</summary>
    public bool StdinOnce { get; init; }

    /// <summary>The main process has a terminal.</summary>
    public bool Tty { get; init; }

    /// <summary>The pod's annotations: the simulated runtime reads its script from them.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}

/// <summary>A file or directory of the host that the container sees.</summary>
public sealed record ContainerMount(string HostPath, string MountPath, bool ReadOnly);

/// <summary>A container port and the loopback port of the host that leads to it.</summary>
/// <param name="ContainerPort">Unique in the pod.</param>
/// <param name="HostPort">Unique on the machine.</param>
/// <param name="Name">The port's name in the pod, or null.</param>
public sealed record PortMapping(int ContainerPort, int HostPort, string? Name = null);

/// <summary>An image that can be run on the node.</summary>
public sealed record ImageOnNode
{
    /// <summary>The reference asked for.</summary>
    public required string Reference { get; init; }

    /// <summary>The digest it stands for now: <c>sha256:…</c>.</summary>
    public required string Digest { get; init; }

    /// <summary>Ports that the image says it listens on, lowest first.</summary>
    public IReadOnlyList<int> ExposedPorts { get; init; } = [];

    /// <summary>True when this call unpacked or loaded it, false when it was there.</summary>
    public bool Fetched { get; init; }

    public long SizeBytes { get; init; }
}

public enum ContainerPhase
{
    Created,
    Running,
    Exited,
}

/// <summary>A container as it is.</summary>
public sealed record ContainerRecord
{
    /// <summary>Reason of a container whose program could not be started.</summary>
    public const string CannotRun = "StartError";

    /// <summary>Reason of a container that ended while nobody could see how.</summary>
    public const string StatusUnknown = "ContainerStatusUnknown";

    public required ContainerIdentity Identity { get; init; }

    public required string Namespace { get; init; }

    public required string PodName { get; init; }

    public required string Image { get; init; }

    /// <summary>The digest that runs.</summary>
    public required string ImageDigest { get; init; }

    public required ContainerPhase Phase { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Set when Exited; 128 + n after signal n.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The container was ended for using more memory than its limit.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>Why it ended, when the runtime knows more than the code: the container could not be run, or was lost.</summary>
    public string? Reason { get; init; }

    /// <summary>The container's last word, or the runtime's.</summary>
    public string? Message { get; init; }

    public IReadOnlyList<PortMapping> Ports { get; init; } = [];
}

/// <summary>What a container uses.</summary>
/// <param name="At">When it was measured.</param>
/// <param name="CpuTime">Processor time since start.</param>
/// <param name="MemoryBytes">Resident memory.</param>
public sealed record ContainerStats(DateTimeOffset At, TimeSpan CpuTime, long MemoryBytes);

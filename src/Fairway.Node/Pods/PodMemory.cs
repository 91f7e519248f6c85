using System.Collections.Immutable;
using Fairway.Node.Runtimes;

namespace Fairway.Node.Pods;

/// <summary>
/// What the node knows of a pod beyond the API and the runtime. It is lost when the platform restarts, and nothing breaks by
/// that: probes begin anew and backoff starts over, but no container is started twice.
/// </summary>
internal sealed record PodMemory
{
    public static PodMemory Empty { get; } = new();

    public ImmutableDictionary<string, ContainerMemory> Containers { get; init; } = ImmutableDictionary<string, ContainerMemory>.Empty;

    /// <summary>When deletion was first seen here.</summary>
    public DateTimeOffset? DeletionSeenAt { get; init; }

    /// <summary>When everybody could see the pod as terminating: from then on the gateway sends it nothing new.</summary>
    public DateTimeOffset? TerminatingShownAt { get; init; }

    /// <summary>Why the node ends the pod for its own sake, once it does.</summary>
    public string? Evicted { get; init; }

    public ContainerMemory Of(string container) => Containers.GetValueOrDefault(container) ?? ContainerMemory.Empty;

    public PodMemory With(string container, Func<ContainerMemory, ContainerMemory> change)
        => this with { Containers = Containers.SetItem(container, change(Of(container))) };
}

/// <summary>The same, of one container.</summary>
internal sealed record ContainerMemory
{
    public static ContainerMemory Empty { get; } = new();

    /// <summary>A start is under way (image, files, process, postStart).</summary>
    public bool Starting { get; init; }

    /// <summary>Why the last start did not come to a container.</summary>
    public StartFailure? Failure { get; init; }

    public RestartBackOff? BackOff { get; init; }

    /// <summary>The attempt whose backoff has been told of.</summary>
    public int? BackOffTold { get; init; }

    /// <summary>The failed pull whose backoff has been told of.</summary>
    public DateTimeOffset? PullBackOffTold { get; init; }

    /// <summary>The attempt that <see cref="Probes"/> and <see cref="Stop"/> are about.</summary>
    public int Attempt { get; init; } = -1;

    public ImmutableDictionary<ProbeKind, ProbeTally> Probes { get; init; } = ImmutableDictionary<ProbeKind, ProbeTally>.Empty;

    public StopProgress? Stop { get; init; }

    public ProbeTally Tally(ProbeKind kind) => Probes.GetValueOrDefault(kind) ?? ProbeTally.Empty;

    /// <summary>The memory as far as it is about this attempt.</summary>
    public ContainerMemory For(int attempt)
        => Attempt == attempt ? this : this with { Attempt = attempt, Probes = ImmutableDictionary<ProbeKind, ProbeTally>.Empty, Stop = null };
}

/// <summary>A start that came to nothing.</summary>
/// <param name="Reason">As the container's waiting state shows it: <c>ErrImagePull</c>, <c>CreateContainerConfigError</c>, …</param>
/// <param name="Count">Failures in a row for the same reason.</param>
internal sealed record StartFailure(string Reason, string Message, DateTimeOffset At, int Count)
{
    public const string ImagePull = "ErrImagePull";
    public const string Config = "CreateContainerConfigError";
    public const string Create = "CreateContainerError";
    public const string NeverPull = "ErrImageNeverPull";
    public const string InvalidName = "InvalidImageName";

    /// <summary>A volume cannot be filled: shown as the container still being created.</summary>
    public const string Mount = "FailedMount";

    /// <summary>When to try again.</summary>
    public DateTimeOffset RetryAt => At + (Reason is Config or Mount
        ? TimeSpan.FromSeconds(Math.Min(10, 1 << Math.Min(Count, 4)))
        : Shortest(RestartBackOff.First * Math.Pow(2, Math.Min(Count - 1, 10)), RestartBackOff.Longest));

    private static TimeSpan Shortest(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

/// <summary>How far the stopping of a container is.</summary>
internal sealed record StopProgress
{
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When it is killed at the latest.</summary>
    public required DateTimeOffset Deadline { get; init; }

    public required string Why { get; init; }

    public bool PreStopStarted { get; init; }

    public bool PreStopDone { get; init; }

    public DateTimeOffset? TerminatedAt { get; init; }

    public DateTimeOffset? KilledAt { get; init; }
}

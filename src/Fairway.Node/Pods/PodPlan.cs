using Fairway.Node.Runtimes;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Pods;

/// <summary>Everything a decision about a pod is made from.</summary>
internal sealed record PodObservation
{
    public required Pod Pod { get; init; }

    /// <summary>The pod's containers in the runtime, every attempt that is still kept.</summary>
    public required IReadOnlyList<ContainerRecord> Containers { get; init; }

    public required PodMemory Memory { get; init; }

    public required DateTimeOffset Now { get; init; }

    public LifecycleSettings Settings { get; init; } = new();
}

/// <summary>Why a pod as a whole has failed: it stays so.</summary>
internal sealed record PodFailure(string Reason, string Message)
{
    public const string Deadline = "DeadlineExceeded";
    public const string Eviction = "Evicted";
}

/// <summary>What the node's owner can choose about pods' lives.</summary>
internal sealed record LifecycleSettings
{
    /// <summary>The scheme of container ids.</summary>
    public string Runtime { get; init; } = "process";

    public string HostIP { get; init; } = "127.0.0.1";

    /// <summary>From the pod being shown as terminating to its SIGTERM: time for the gateway to stop sending.</summary>
    public TimeSpan DrainDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>See <see cref="ProbeTally.DueAt"/>.</summary>
    public TimeSpan? EagerProbes { get; init; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>What to do about a pod now. Actions are carried out after the status is written.</summary>
/// <param name="Status">What the pod's status should be.</param>
/// <param name="Memory">What to remember; already counts the actions as begun.</param>
/// <param name="Actions">In order.</param>
/// <param name="LookAgainAt">When to decide again though nothing happens; null when only a change matters.</param>
internal sealed record PodPlan(PodStatus Status, PodMemory Memory, IReadOnlyList<PodAction> Actions, DateTimeOffset? LookAgainAt);

/// <summary>A closed set of what the node can do for a pod.</summary>
internal abstract record PodAction
{
    private PodAction()
    {
    }

    /// <summary>Brings the image, fills volumes, makes and starts the container. Takes long: its outcome comes back as news.</summary>
    public sealed record Start(string Container, int Attempt) : PodAction;

    /// <summary>Asks a running container. Its outcome comes back as news.</summary>
    public sealed record AskProbe(ContainerIdentity Container, ProbeKind Kind) : PodAction;

    /// <summary>Runs the container's preStop hook. Its outcome comes back as news.</summary>
    public sealed record RunPreStop(ContainerIdentity Container) : PodAction;

    public sealed record Signal(ContainerIdentity Container, ContainerSignal With) : PodAction;

    /// <summary>Forgets an attempt that nobody can ask for any more.</summary>
    public sealed record Remove(ContainerIdentity Container) : PodAction;

    public sealed record Tell(string Type, string Reason, string Message, string? Container = null) : PodAction;

    /// <summary>Everything has ended: the object can go, then what the node keeps of the pod.</summary>
    public sealed record FinishDeletion : PodAction;
}

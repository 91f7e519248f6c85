using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node;

/// <summary>One node of a cluster.</summary>
public sealed record NodeOptions
{
    /// <summary>The node's name in its cluster.</summary>
    public required string Name { get; init; }

    /// <summary>Where the node keeps its pods' volumes. Its own, and the same after a restart.</summary>
    public required string Directory { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>What pods may take; what is null is the machine's.</summary>
    public Quantity? Cpu { get; init; }

    public Quantity? Memory { get; init; }

    public int MaxPods { get; init; } = 250;

    /// <summary>From a pod being shown as terminating to its SIGTERM.</summary>
    public TimeSpan DrainDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a container is asked for readiness until it is ready for the first time; null: only by its period.</summary>
    public TimeSpan? EagerProbes { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Variables that tell a pod where services are; weaker than the pod's own.</summary>
    public Func<Pod, IEnumerable<KeyValuePair<string, string>>> ServiceVariables { get; init; } = _ => [];
}

using Fairway.Node.Services;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node;

/// <summary>One node of a cluster.</summary>
public sealed record NodeOptions
{
    /// <summary>How many pods a node takes where nobody says.</summary>
    public const int UsualPods = 250;

    /// <summary>The node's name in its cluster.</summary>
    public required string Name { get; init; }

    /// <summary>Where the node keeps its pods' volumes. Its own, and the same after a restart.</summary>
    public required string Directory { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Taints that the node is registered with; afterwards they are a person's to change.</summary>
    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>Directories of this machine that pods may mount; <c>/</c> for all, none for none.</summary>
    public IReadOnlyList<string> HostPaths { get; init; } = [];

    /// <summary>Where volumes that are made for claims are; the same for all nodes of a cluster. Null where none are made.</summary>
    public string? StorageDirectory { get; init; }

    /// <summary>What pods may take; what is null is the machine's.</summary>
    public Quantity? Cpu { get; init; }

    public Quantity? Memory { get; init; }

    public int MaxPods { get; init; } = UsualPods;

    /// <summary>Where services are for pods that are processes of this machine; null: at their ClusterIPs.</summary>
    public ServicePlaces? Services { get; init; }

    /// <summary>From a pod being shown as terminating to its SIGTERM.</summary>
    public TimeSpan DrainDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a container is asked for readiness until it is ready for the first time; null: only by its period.</summary>
    public TimeSpan? EagerProbes { get; init; } = TimeSpan.FromMilliseconds(500);
}

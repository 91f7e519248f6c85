using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.RuntimeClasses;

/// <summary>RuntimeClass defines a class of container runtime, and what its pods cost and where they can run.</summary>
[Kind("node.k8s.io/v1", "runtimeclasses", Namespaced = false)]
public sealed record RuntimeClass : IResource
{
    public string ApiVersion => "node.k8s.io/v1";

    public string Kind => "RuntimeClass";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The configuration of the runtime that handles pods of the class.</summary>
    [Immutable]
    public required string Handler { get; init; }

    /// <summary>What a pod of the class uses beyond its containers.</summary>
    public Overhead? Overhead { get; init; }

    /// <summary>The nodes that support the class; every node when absent.</summary>
    public RuntimeScheduling? Scheduling { get; init; }
}

/// <summary>What running a pod costs by itself.</summary>
public sealed record Overhead
{
    /// <summary>The fixed amounts of each resource.</summary>
    public IReadOnlyDictionary<string, Quantity>? PodFixed { get; init; }
}

/// <summary>Where pods of a class can run.</summary>
public sealed record RuntimeScheduling
{
    /// <summary>Added to the node selector of pods of the class.</summary>
    [Atomic]
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    /// <summary>Added to the tolerations of pods of the class.</summary>
    [Atomic]
    public IReadOnlyList<Toleration>? Tolerations { get; init; }
}

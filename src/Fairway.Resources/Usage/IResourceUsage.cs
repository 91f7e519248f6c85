namespace Fairway.Resources.Usage;

/// <summary>What the pods of one cluster use: the narrow question that autoscaling and <c>kubectl top</c> ask of the nodes.</summary>
public interface IResourceUsage
{
    /// <summary>
    /// The pods of a namespace, or of all with null, whose usage is known: those that have run through at least one window. From
    /// memory, O(pods).
    /// </summary>
    IReadOnlyList<PodUsageSample> Pods(string? @namespace);
}

/// <summary>What a pod used.</summary>
public sealed record PodUsageSample
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required string Node { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The end of the window.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The time over which the CPU was averaged.</summary>
    public required TimeSpan Window { get; init; }

    public required IReadOnlyList<ContainerUsageSample> Containers { get; init; }
}

/// <summary>What a container used.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CpuNanocores">Billionths of a CPU, averaged over the window.</param>
/// <param name="MemoryBytes">Memory at the window's end.</param>
public sealed record ContainerUsageSample(string Name, long CpuNanocores, long MemoryBytes)
{
    /// <summary>CPU used from the container's start to the window's end.</summary>
    public TimeSpan CpuTime { get; init; }
}

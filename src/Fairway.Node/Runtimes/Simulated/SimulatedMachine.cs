using System.Collections.Concurrent;

namespace Fairway.Node.Runtimes.Simulated;

/// <summary>
/// Stands for the machine on which a simulated node's containers run: what survives when the platform goes and comes back.
/// One runtime at a time looks at it.
/// </summary>
public sealed class SimulatedMachine
{
    /// <summary>Images that cannot be had; by default all can.</summary>
    public Func<string, bool> IsImageMissing { get; init; } = _ => false;

    internal ConcurrentDictionary<ContainerIdentity, SimulatedContainer> Containers { get; } = new();

    internal PodSubscribers Subscribers { get; } = new();
}

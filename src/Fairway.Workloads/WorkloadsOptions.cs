using Fairway.Client;
using Fairway.Resources.Signals;
using Fairway.Resources.Usage;

namespace Fairway.Workloads;

/// <summary>What workload controllers ask of others. What is absent is as if a cluster did not have it.</summary>
public sealed record WorkloadsOptions
{
    /// <summary>As whom pods are placed; null for as whom everything else is written.</summary>
    public IClusterApi? Scheduler { get; init; }

    /// <summary>What the pods of this cluster use; asked for at each decision.</summary>
    public Func<IResourceUsage?> Usage { get; init; } = static () => null;

    /// <summary>Answers metrics of other objects and from outside, by PromQL; asked for at each decision.</summary>
    public Func<ISignalQueries?> Signals { get; init; } = static () => null;
}

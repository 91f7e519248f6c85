using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Node.Configuration;
using Fairway.Node.Pods;
using Fairway.Node.Runtimes;
using Fairway.Node.Volumes;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Agents;

/// <summary>What the workers of one node share.</summary>
internal sealed record PodServices
{
    public required IClusterApi Cluster { get; init; }

    public required IContainerRuntime Runtime { get; init; }

    public required NodeOptions Options { get; init; }

    public required LifecycleSettings Settings { get; init; }

    public required EnvironmentResolver Environment { get; init; }

    public required PodVolumes Volumes { get; init; }

    /// <summary>The cluster's services, for the variables that tell where they are.</summary>
    public required Informer<Service> Services { get; init; }

    public required NodePorts Ports { get; init; }

    public required NodeEvents Events { get; init; }

    /// <summary>The images that were brought to the node.</summary>
    public NodeImages Images { get; } = new();

    public required TimeProvider Time { get; init; }
}

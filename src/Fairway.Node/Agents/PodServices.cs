using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Node.Configuration;
using Fairway.Node.Pods;
using Fairway.Node.Runtimes;
using Fairway.Node.Volumes;

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

    public required NodePorts Ports { get; init; }

    public required EventRecorder Events { get; init; }

    public required TimeProvider Time { get; init; }
}

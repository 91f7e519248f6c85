using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Node.Agents;
using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;
using Fairway.Node.Services;
using Fairway.Node.Storage;
using Fairway.Resources.Kinds.Core;
using Microsoft.Extensions.Logging;

namespace Fairway.Node;

/// <summary>Brings nodes into a cluster: the only place the composition root names.</summary>
public static class NodeArea
{
    /// <summary>Adds one node. The runtime stays the caller's: it is disposed after the host has stopped.</summary>
    /// <param name="ports">One for the whole program.</param>
    public static NodeFleet AddNode(
        ControllerHost host,
        IClusterApi cluster,
        InformerSet informers,
        NodeOptions options,
        IContainerRuntime runtime,
        PortAllocator ports,
        TimeProvider time,
        ILoggerFactory logs)
        => AddNodes(host, cluster, informers, [(options, runtime)], ports, time, logs);

    /// <summary>Adds all nodes of a cluster at once; they share its informers and its event recorder.</summary>
    public static NodeFleet AddNodes(
        ControllerHost host,
        IClusterApi cluster,
        InformerSet informers,
        IReadOnlyList<(NodeOptions Options, IContainerRuntime Runtime)> nodes,
        PortAllocator ports,
        TimeProvider time,
        ILoggerFactory logs)
    {
        var events = new EventRecorder(cluster, "kubelet", time, logs);
        NodeAgent[] agents =
        [
            .. nodes.Select(node => new NodeAgent(cluster, informers, node.Options, node.Runtime, ports, events, time, logs)),
        ];
        var fleet = new NodeFleet(informers, agents, time, logs);
        host.Add(informers);
        host.Add($"{cluster.Cluster}/node-events", events.RunAsync);
        foreach (NodeAgent agent in agents)
        {
            host.Add($"{cluster.Cluster}/node-{agent.Name}", agent.RunAsync);
        }

        host.Add($"{cluster.Cluster}/usage", fleet.SampleAsync);
        if (nodes.Select(node => node.Options.Services).FirstOrDefault(places => places is not null) is { } services)
        {
            host.Add($"{cluster.Cluster}/services", new ServiceProxy(services, informers, time, logs.CreateLogger<ServiceProxy>()).RunAsync);
        }

        if (nodes.Select(node => node.Options.StorageDirectory).FirstOrDefault(directory => directory is not null) is { } storage)
        {
            AddStorage(host, cluster, informers, storage, time, logs);
        }

        return fleet;
    }

    private static void AddStorage(ControllerHost host, IClusterApi cluster, InformerSet informers, string directory, TimeProvider time, ILoggerFactory logs)
    {
        var events = new EventRecorder(cluster, LocalProvisioner.Name, time, logs);
        var provisioner = new LocalProvisioner(cluster, informers, directory, events, time);
        host.Add($"{cluster.Cluster}/storage-events", events.RunAsync);
        host.Add(new ControllerBuilder("storage-claims", informers, time, logs).For<PersistentVolumeClaim>().Reconcile(provisioner.ReconcileClaimAsync).Build());
        host.Add(new ControllerBuilder("storage-volumes", informers, time, logs).For<PersistentVolume>().Reconcile(provisioner.ReconcileVolumeAsync).Build());
        host.Add($"{cluster.Cluster}/storage-class", provisioner.RunAsync);
    }
}

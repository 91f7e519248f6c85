using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Coordination;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Resources.Kinds.Policy;
using Fairway.Resources.Kinds.Rbac;
using Fairway.Resources.Kinds.Storage;
using Fairway.Workloads.Access;
using Fairway.Workloads.Autoscaling;
using Fairway.Workloads.CronJobs;
using Fairway.Workloads.CustomResources;
using Fairway.Workloads.DaemonSets;
using Fairway.Workloads.Deployments;
using Fairway.Workloads.Disruptions;
using Fairway.Workloads.Endpoints;
using Fairway.Workloads.EventExpiry;
using Fairway.Workloads.GarbageCollection;
using Fairway.Workloads.Jobs;
using Fairway.Workloads.Namespaces;
using Fairway.Workloads.NodeLifecycle;
using Fairway.Workloads.Ownership;
using Fairway.Workloads.Quota;
using Fairway.Workloads.ReplicaSets;
using Fairway.Workloads.ReplicationControllers;
using Fairway.Workloads.Scheduling;
using Fairway.Workloads.StatefulSets;
using Fairway.Workloads.Volumes;
using Microsoft.Extensions.Logging;
using EndpointsObject = Fairway.Resources.Kinds.Core.Endpoints;

namespace Fairway.Workloads;

/// <summary>The controllers that make a cluster of the embedded API live: what kube-controller-manager and kube-scheduler do.</summary>
public static class WorkloadsArea
{
    /// <summary>Adds the controllers of one cluster to the host, with its informers.</summary>
    public static void AddTo(ControllerHost host, IClusterApi cluster, InformerSet informers, TimeProvider time, ILoggerFactory logs, WorkloadsOptions? options = null)
    {
        ControllerBuilder Named(string name) => new(name, informers, time, logs);

        EventRecorder Recorder(string component)
        {
            var recorder = new EventRecorder(cluster, component, time, logs);
            host.Add($"{cluster.Cluster}/events-of-{component}", recorder.RunAsync);
            return recorder;
        }

        var deployments = new DeploymentReconciler(cluster, informers, Recorder("deployment-controller"), time);
        host.Add(Named("deployments").For<Deployment>().Owns<ReplicaSet>().Watches<Pod>(pod => DeploymentsOf(informers, pod))
            .WithWorkers(2).Reconcile(deployments.ReconcileAsync).Build());

        var candidates = new PodCandidates(informers.Of<Pod>());
        var sets = new ReplicaSetReconciler(cluster, informers, candidates, Recorder("replicaset-controller"), time);
        host.Add(Named("replicasets").For<ReplicaSet>().Owns<Pod>().Watches<Pod>(pod => OrphanMatches(informers, pod))
            .WithWorkers(2).Reconcile(sets.ReconcileAsync).Build());

        var stateful = new StatefulSetReconciler(cluster, informers, candidates, Recorder("statefulset-controller"), time);
        host.Add(Named("statefulsets").For<StatefulSet>().Owns<Pod>().Owns<ControllerRevision>().WithWorkers(2).Reconcile(stateful.ReconcileAsync).Build());

        var daemons = new DaemonSetReconciler(cluster, informers, candidates, Recorder("daemonset-controller"), time);
        host.Add(Named("daemonsets").For<DaemonSet>().Owns<Pod>().Owns<ControllerRevision>()
            .WatchesChanges(informers.Of(KindOf<Node>.Type), daemons.All).Reconcile(daemons.ReconcileAsync).Build());

        var budgets = new DisruptionReconciler(cluster, informers, Recorder("controllermanager"), time);
        host.Add(Named("disruption").For<PodDisruptionBudget>().Watches<Pod>(budgets.BudgetsOf).Reconcile(budgets.ReconcileAsync).Build());

        var autoscaling = new AutoscalingReconciler(cluster, informers, options ?? new WorkloadsOptions(), Recorder("horizontal-pod-autoscaler"), time);
        host.Add(Named("autoscaling").For<HorizontalPodAutoscaler>().Reconcile(autoscaling.ReconcileAsync).Build());

        var jobs = new JobReconciler(cluster, informers, candidates, Recorder("job-controller"), time);
        host.Add(Named("jobs").For<Job>().Owns<Pod>().WithWorkers(2).Reconcile(jobs.ReconcileAsync).Build());

        host.Add(Named("job-orphans").For<Pod>().Reconcile(jobs.ReleaseOrphanAsync).Build());

        var cronJobs = new CronJobReconciler(cluster, informers, Recorder("cronjob-controller"), time);
        host.Add(Named("cronjobs").For<CronJob>().Owns<Job>().Reconcile(cronJobs.ReconcileAsync).Build());

        var endpoints = new EndpointReconciler(cluster, informers);
        host.Add(Named("endpoints").For<Service>().Owns<EndpointSlice>().Watches<Pod>(endpoints.ServicesOf)
            .WithWorkers(2).Reconcile(endpoints.ReconcileAsync).Build());

        var older = new EndpointsReconciler(cluster, informers);
        host.Add(Named("endpoints-objects").For<Service>().Watches<EndpointsObject>(each => [ObjectKey.Of(each)]).Watches<Pod>(endpoints.ServicesOf)
            .Reconcile(older.ReconcileAsync).Build());

        var mirrors = new MirrorReconciler(cluster, informers);
        host.Add(Named("endpoint-mirrors").For<EndpointsObject>().Watches<Service>(each => [ObjectKey.Of(each)]).Watches<EndpointSlice>(MirroredBy)
            .Reconcile(mirrors.ReconcileAsync).Build());

        var replication = new ReplicationReconciler(cluster, informers, candidates, Recorder("replication-controller"), time);
        host.Add(Named("replicationcontrollers").For<ReplicationController>().Owns<Pod>().Watches<Pod>(replication.Matching)
            .Reconcile(replication.ReconcileAsync).Build());

        IClusterApi asScheduler = options?.Scheduler ?? cluster;
        var placements = new SeriesRecorder(asScheduler, "default-scheduler", time, logs);
        host.Add($"{cluster.Cluster}/events-of-default-scheduler", placements.RunAsync);
        var scheduling = new SchedulingReconciler(asScheduler, informers, placements, time, () => BudgetsOf(informers));
        host.Add(Named("scheduling")
            .Watches<Pod>(_ => SchedulingReconciler.All).Watches<Node>(_ => SchedulingReconciler.All).Watches<Namespace>(_ => SchedulingReconciler.All)
            .Watches<PersistentVolumeClaim>(_ => SchedulingReconciler.All).Watches<PersistentVolume>(_ => SchedulingReconciler.All)
            .Watches<StorageClass>(_ => SchedulingReconciler.All).Watches<PodDisruptionBudget>(_ => [])
            .Reconcile(scheduling.ReconcileAsync).Build());

        var nodes = new NodeReconciler(cluster, informers, Recorder("node-controller"), Recorder("taint-eviction-controller"), time);
        host.Add(Named("nodes").For<Node>().Watches<Lease>(LeaseHolder).Watches<Pod>(NodeReconciler.NodeOf)
            .Reconcile(nodes.ReconcileAsync).Build());

        AddVolumes(host, Named, cluster, informers, Recorder, time);

        var events = new EventReconciler(cluster, informers, time);
        host.Add(Named("event-expiry").For<Event>().Reconcile(events.ReconcileAsync).Build());

        ResourceType[] types = [.. AllKinds.Catalog.All.Select(kind => kind.Type).Where(type => type.Group != "events.k8s.io" && type.ApiVersion != "autoscaling/v1")];
        var custom = new CustomTypes(informers);
        var namespaces = new NamespaceReconciler(cluster, informers, () => [.. types.Concat(custom.Current()).Where(type => type.Namespaced)], time);
        host.Add(Named("namespaces").For<Namespace>().Reconcile(namespaces.ReconcileAsync).Build());

        var roles = new AggregationReconciler(cluster, informers);
        host.Add(Named("role-aggregation").For<ClusterRole>().Watches<ClusterRole>(roles.ConcernedBy).Reconcile(roles.ReconcileAsync).Build());
        AddQuotas(host, Named("quotas"), cluster, informers, types, time);
        AddGarbageCollection(host, Named("garbage"), cluster, informers, types, custom, Recorder("garbage-collector-controller"), time);
    }

    private static void AddQuotas(
        ControllerHost host, ControllerBuilder builder, IClusterApi cluster, InformerSet informers, ResourceType[] types, TimeProvider time)
    {
        // The newest version of each counts for all.
        ResourceType[] counted = [.. types.Where(type => type.Namespaced).DistinctBy(type => type.GroupResource)];
        var quotas = new QuotaReconciler(cluster, informers, counted.ToDictionary(type => type.GroupResource), time);
        builder.For<ResourceQuota>();
        foreach (ResourceType type in counted)
        {
            builder.WatchesChanges(informers.Of(type), quotas.ConcernedBy);
        }

        host.Add(builder.Reconcile(quotas.ReconcileAsync).Build());
    }

    /// <summary>What preemption should not break if it can help it.</summary>
    private static IReadOnlyList<Budget> BudgetsOf(InformerSet informers)
        =>
        [
            .. informers.Of<PodDisruptionBudget>().List().Where(budget => budget.Spec?.Selector is not null).Select(budget => new Budget(
                pod => pod.Metadata.Namespace == budget.Metadata.Namespace && budget.Spec!.Selector!.Matches(pod.Metadata.Labels),
                budget.Status?.DisruptionsAllowed ?? 0)),
        ];

    private static void AddVolumes(
        ControllerHost host, Func<string, ControllerBuilder> named, IClusterApi cluster, InformerSet informers, Func<string, EventRecorder> recorder, TimeProvider time)
    {
        EventRecorder events = recorder("persistentvolume-controller");
        var claims = new ClaimReconciler(cluster, informers, events);
        host.Add(named("claims").For<PersistentVolumeClaim>().Watches<PersistentVolume>(claims.ClaimsOf).Watches<StorageClass>(_ => claims.Unbound())
            .Watches<Pod>(ClaimReconciler.ClaimsOf).Reconcile(claims.ReconcileAsync).Build());

        var volumes = new VolumeReconciler(cluster, informers, events, time);
        host.Add(named("volumes").For<PersistentVolume>().Watches<PersistentVolumeClaim>(VolumeReconciler.VolumeOf).Reconcile(volumes.ReconcileAsync).Build());

        var ephemeral = new EphemeralClaimReconciler(cluster, informers, recorder("ephemeral-volume-controller"));
        host.Add(named("ephemeral-claims").For<Pod>().Reconcile(ephemeral.ReconcileAsync).Build());
    }

    /// <summary>Events are left out: they have owners never, and come in numbers.</summary>
    private static void AddGarbageCollection(
        ControllerHost host, ControllerBuilder builder, IClusterApi cluster, InformerSet informers, ResourceType[] types, CustomTypes custom, EventRecorder events, TimeProvider time)
    {
        var graph = new ObjectGraph(informers, types.Where(type => type.GroupResource != "events"));
        var garbage = new GarbageReconciler(cluster, graph, events, time);
        foreach (Informer informer in graph.Informers)
        {
            builder.WatchesChanges(informer, change => graph.ConcernedBy(informer.Type, change));
        }

        Controller controller = builder.WithWorkers(2).Reconcile(garbage.ReconcileAsync).Build();
        host.Add(controller);
        custom.OnServed(type =>
        {
            if (graph.Add(type) is { } informer)
            {
                informer.Subscribe(change =>
                {
                    foreach (ObjectKey key in graph.ConcernedBy(informer.Type, change))
                    {
                        controller.Enqueue(key);
                    }
                });
            }
        });
    }

    /// <summary>Recreate waits for the last old pod to end, which no ReplicaSet's status shows.</summary>
    private static IEnumerable<ObjectKey> DeploymentsOf(InformerSet informers, Pod pod)
        => pod.Metadata.Controller() is { Kind: "ReplicaSet" } set
            && informers.Of<ReplicaSet>().Get(pod.Metadata.Namespace, set.Name)?.Metadata.Controller() is { Kind: "Deployment" } deployment
            ? [new ObjectKey(pod.Metadata.Namespace ?? "", deployment.Name)]
            : [];

    /// <summary>Sets that may adopt a pod that nobody controls.</summary>
    private static IEnumerable<ObjectKey> OrphanMatches(InformerSet informers, Pod pod)
        => pod.Metadata.Controller() is not null || pod.Metadata.Labels is null or { Count: 0 }
            ? []
            : informers.Of<ReplicaSet>().List(pod.Metadata.Namespace).Where(set => set.Spec.Selector.Matches(pod.Metadata.Labels)).Select(ObjectKey.Of);

    private static IEnumerable<ObjectKey> MirroredBy(EndpointSlice slice)
        => slice.Metadata.Labels?.GetValueOrDefault(EndpointSlice.ManagedByLabel) == MirrorPlanner.Manager && slice.Metadata.Controller() is { } owner
            ? [new ObjectKey(slice.Metadata.Namespace ?? "", owner.Name)]
            : [];

    private static IEnumerable<ObjectKey> LeaseHolder(Lease lease)
        => lease.Metadata.Namespace == "kube-node-lease" ? [new ObjectKey("", lease.Metadata.Name)] : [];
}

using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.Workloads.Tests;

/// <summary>The controllers together on the real API server, driven by the real kubectl where there is one.</summary>
public sealed class LivingClusterTests
{
    private const string Manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: shop}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - {name: web, image: "web:1", ports: [{containerPort: 8080, name: http}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: shop}
        spec:
          selector: {app: web}
          ports: [{port: 80, targetPort: http}]
        """;

    [Fact]
    public async Task Kubectl_WholeLifeOfADeployment_WorksAsOnACluster()
    {
        if (Kubectl.Program is null)
        {
            return;
        }

        await using LivingCluster cluster = await LivingCluster.StartAsync();
        Kubectl kubectl = cluster.Kubectl;
        (await kubectl.WithInputAsync(Manifest, "apply", "-f", "-")).ExitCode.ShouldBe(0);
        (await kubectl.RunAsync("-n", "shop", "rollout", "status", "deploy/web", "--timeout=60s")).Text.ShouldContain("successfully rolled out");
        (await cluster.PodsAsync()).Count.ShouldBe(3);
        await Until(async () => (await ReadyEndpointsAsync(cluster)) == 3, "three endpoints");

        (await kubectl.RunAsync("-n", "shop", "set", "image", "deploy/web", "web=web:2")).ExitCode.ShouldBe(0);
        (await kubectl.RunAsync("-n", "shop", "rollout", "status", "deploy/web", "--timeout=60s")).Text.ShouldContain("successfully rolled out");
        (await cluster.PodsAsync()).ShouldAllBe(pod => pod.Spec.Containers[0].Image == "web:2");

        string history = (await kubectl.RunAsync("-n", "shop", "rollout", "history", "deploy/web")).Text;
        history.ShouldContain("\n1 ");
        history.ShouldContain("\n2 ");
        (await kubectl.RunAsync("-n", "shop", "rollout", "undo", "deploy/web")).Text.ShouldContain("rolled back");
        (await kubectl.RunAsync("-n", "shop", "rollout", "status", "deploy/web", "--timeout=60s")).Text.ShouldContain("successfully rolled out");
        (await cluster.PodsAsync()).ShouldAllBe(pod => pod.Spec.Containers[0].Image == "web:1");
        (await cluster.Api.ListAsync<ReplicaSet>("shop", default)).Count.ShouldBe(2);

        string[] before = [.. (await cluster.PodsAsync()).Select(pod => pod.Metadata.Uid!)];
        (await kubectl.RunAsync("-n", "shop", "rollout", "restart", "deploy/web")).Text.ShouldContain("restarted");
        (await kubectl.RunAsync("-n", "shop", "rollout", "status", "deploy/web", "--timeout=60s")).ExitCode.ShouldBe(0);
        (await cluster.PodsAsync()).Select(pod => pod.Metadata.Uid!).Intersect(before).ShouldBeEmpty();

        (await kubectl.RunAsync("-n", "shop", "scale", "deploy/web", "--replicas=5")).Text.ShouldContain("scaled");
        await Until(async () => (await cluster.PodsAsync()).Count == 5, "five pods");
        (await kubectl.RunAsync("-n", "shop", "wait", "deploy/web", "--for=condition=Available", "--timeout=60s")).ExitCode.ShouldBe(0);
        string described = (await kubectl.RunAsync("-n", "shop", "describe", "deploy", "web")).Text;
        described.ShouldContain("Scaled up replica set");
        (await kubectl.RunAsync("-n", "shop", "delete", "deploy", "web", "--wait=true", "--cascade=foreground")).ExitCode.ShouldBe(0);
        (await cluster.Api.ListAsync<ReplicaSet>("shop", default)).ShouldBeEmpty();
        (await cluster.Api.ListAsync<Pod>("shop", default)).ShouldBeEmpty();
        cluster.Health.ShouldAllBe(part => part.Restarts == 0);
    }

    [Fact]
    public async Task Deployment_ControllersStoppedAnywhere_NeverMakesTooManyPodsAndArrives()
    {
        await using LivingCluster cluster = await LivingCluster.StartAsync();
        Deployment deployment = await cluster.Api.CreateAsync(New("web", 4, "web:0"), default);
        for (int version = 1; version <= 8; version++)
        {
            deployment = await ChangeAsync(cluster, spec => spec with { Template = Sample.Template($"web:{version}") });
            await cluster.StopControllersAsync();
            IReadOnlyList<Pod> pods = await cluster.PodsAsync();
            pods.Count.ShouldBeLessThanOrEqualTo(5, await TellAsync(cluster, pods));
            await cluster.StartControllersAsync();
        }

        await Until(async () => await IsDoneAsync(cluster, "web:8", 4), "the last version");
        await Until(async () => (await cluster.Api.ListAsync<Pod>("shop", default)).Count == 4, "no pod too many");
    }

    [Fact]
    public async Task Namespace_Deleted_IsEmptiedAndGoes()
    {
        await using LivingCluster cluster = await LivingCluster.StartAsync();
        await cluster.Api.CreateAsync(New("web", 2, "web:1"), default);
        await cluster.Api.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Name = "held", Namespace = "shop", Finalizers = ["example.com/hold"] } }, default);
        await Until(async () => (await cluster.PodsAsync()).Count == 2, "two pods");
        await cluster.Api.DeleteAsync(KindOf<Namespace>.Type, null, "shop", DeleteOptions.Background, default);
        await Until(
            async () => (await cluster.Api.FindAsync<Namespace>(null, "shop", default))?.Status?.Conditions?
                .Any(condition => condition is { Type: "NamespaceFinalizersRemaining", Status: "True" }) == true,
            "a namespace that says what holds it");
        (await cluster.Api.FindAsync<Namespace>(null, "shop", default))!.Status!.Phase.ShouldBe("Terminating");
        ConfigMap held = await cluster.Api.GetAsync<ConfigMap>("shop", "held", default);
        await cluster.Api.WriteAsync(held, held with { Metadata = held.Metadata with { Finalizers = null } }, default);
        await Until(async () => await cluster.Api.FindAsync<Namespace>(null, "shop", default) is null, "the namespace to go");
        (await cluster.Api.ListAsync<Pod>("shop", default)).ShouldBeEmpty();
        (await cluster.Api.ListAsync<Deployment>("shop", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Dependent_OfAnOwnerInAnotherNamespace_IsToldOfAndGoes()
    {
        await using LivingCluster cluster = await LivingCluster.StartAsync();
        await cluster.Api.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "other" } }, default);
        ConfigMap owner = await cluster.Api.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Name = "owner", Namespace = "shop" } }, default);
        var reference = new OwnerReference { ApiVersion = "v1", Kind = "ConfigMap", Name = "owner", Uid = owner.Metadata.Uid! };
        await cluster.Api.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Name = "stray", Namespace = "other", OwnerReferences = [reference] } }, default);
        await Until(async () => await cluster.Api.FindAsync<ConfigMap>("other", "stray", default) is null, "the stray to go");
        await Until(
            async () => (await cluster.Api.ListAsync<Event>("other", default)).Any(told => told is { Reason: "OwnerRefInvalidNamespace", Type: "Warning" }
                && told.Message == $"ownerRef [v1/ConfigMap, namespace: other, name: owner, uid: {owner.Metadata.Uid}] does not exist in namespace \"other\""),
            "the event");
    }

    [Fact]
    public async Task Deletion_WithOrphans_KeepsThePodsForALaterSet()
    {
        await using LivingCluster cluster = await LivingCluster.StartAsync();
        await cluster.Api.CreateAsync(New("web", 2, "web:1"), default);
        await Until(async () => await IsDoneAsync(cluster, "web:1", 2), "two pods");
        string[] before = [.. (await cluster.PodsAsync()).Select(pod => pod.Metadata.Uid!).Order()];
        await cluster.Api.DeleteAsync(KindOf<Deployment>.Type, "shop", "web", new DeleteOptions { PropagationPolicy = "Orphan" }, default);
        await Until(async () => await cluster.Api.FindAsync<Deployment>("shop", "web", default) is null, "the deployment to go");
        ReplicaSet orphan = (await cluster.Api.ListAsync<ReplicaSet>("shop", default)).Single();
        orphan.Metadata.OwnerReferences.ShouldBeNull();
        await cluster.Api.CreateAsync(New("web", 2, "web:1"), default);
        await Until(async () => await IsDoneAsync(cluster, "web:1", 2), "the new deployment");
        (await cluster.PodsAsync()).Select(pod => pod.Metadata.Uid!).Order().ShouldBe(before);
        (await cluster.Api.ListAsync<ReplicaSet>("shop", default)).Single().Metadata.Uid.ShouldBe(orphan.Metadata.Uid);
    }

    [Fact]
    public async Task Pod_ThatFitsNowhere_SaysWhyAndGoesWhenThereIsRoom()
    {
        await using LivingCluster cluster = await LivingCluster.StartAsync(cpu: "1");
        Pod big = Sample.Pod("big", node: null) with { Status = null };
        big = big with
        {
            Metadata = new ObjectMeta { Name = "big", Namespace = "shop" },
            Spec = big.Spec with
            {
                Containers = [new Container { Name = "c", Image = "c:1", Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = new("2") } } }],
            },
        };
        await cluster.Api.CreateAsync(big, default);
        await Until(
            async () => (await cluster.Api.GetAsync<Pod>("shop", "big", default)).Condition("PodScheduled")?.Message
                == "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
            "the reason");
        await Until(async () => (await cluster.Api.ListAsync<Event>("shop", default)).Any(told => told.Reason == "FailedScheduling"), "an event");
        await cluster.AddNodeAsync("n2", "4");
        await Until(async () => (await cluster.Api.GetAsync<Pod>("shop", "big", default)) is { Spec.NodeName: "n2", Status.Phase: "Running" }, "a place on the new node");
    }

    private static Deployment New(string name, int replicas, string image)
    {
        Deployment sample = Sample.Deployment(replicas, image: image);
        return sample with { Metadata = new ObjectMeta { Name = name, Namespace = "shop" } };
    }

    private static async Task<Deployment> ChangeAsync(LivingCluster cluster, Func<DeploymentSpec, DeploymentSpec> change)
    {
        while (true)
        {
            Deployment live = await cluster.Api.GetAsync<Deployment>("shop", "web", default);
            try
            {
                return await cluster.Api.WriteAsync(live, live with { Spec = change(live.Spec) }, default);
            }
            catch (StatusException refused) when (refused.IsConflict)
            {
                // A controller wrote in between.
            }
        }
    }

    private static async Task<string> TellAsync(LivingCluster cluster, IReadOnlyList<Pod> pods)
        => string.Join(
            '\n',
            [
                .. (await cluster.Api.ListAsync<ReplicaSet>("shop", default)).Select(set => $"{set.Metadata.Name} {set.Spec.Replicas} generation {set.Metadata.Generation} {set.Status}"),
                .. pods.Select(pod => $"{pod.Metadata.Name} {pod.Metadata.CreationTimestamp} {pod.Status?.Phase}"),
            ]);

    private static async Task<bool> IsDoneAsync(LivingCluster cluster, string image, int replicas)
    {
        Deployment live = await cluster.Api.GetAsync<Deployment>("shop", "web", default);
        IReadOnlyList<Pod> pods = await cluster.PodsAsync();
        return live.Status is { } status && status.ObservedGeneration == live.Metadata.Generation && status.AvailableReplicas == replicas && status.Replicas == replicas
            && pods.Count == replicas && pods.All(pod => pod.Spec.Containers[0].Image == image);
    }

    private static async Task<int> ReadyEndpointsAsync(LivingCluster cluster)
    {
        IReadOnlyList<EndpointSlice> slices = await cluster.Api.ListAsync<EndpointSlice>("shop", default, "kubernetes.io/service-name=web");
        return slices.Where(slice => slice.Ports?.Any(port => port.Port == 8080) == true).Sum(slice => slice.Endpoints.Count(endpoint => endpoint.Conditions?.Ready == true));
    }

    private static Task Until(Func<Task<bool>> condition, string what) => LivingCluster.Until(condition, what);
}

using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Tests;

/// <summary>Pods that the server refuses are tried again ever less often, and told of in few events.</summary>
public sealed class RefusalTests
{
    // Nine failures in a row with waits of 5, 10, 20, … milliseconds between them.
    private static readonly TimeSpan NineFailures = TimeSpan.FromMilliseconds(5 * ((1 << 8) - 1));

    private const string Quota = """
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: tight, namespace: shop}
        spec: {hard: {pods: "PODS"}}
        """;

    private const string Selector = "  selector: {matchLabels: {app: web}}\n";

    private const string Template = """
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: web, image: "web:1"}]}
        """;

    [Theory]
    [InlineData("apps/v1", "Deployment", "replicas: 5", "replicasets", 2)]
    [InlineData("v1", "ReplicationController", "replicas: 5", "replicationcontrollers", 2)]
    [InlineData("batch/v1", "Job", "completions: 5\n  parallelism: 5", "jobs", 2)]
    [InlineData("apps/v1", "StatefulSet", "replicas: 5\n  serviceName: web\n  podManagementPolicy: Parallel", "statefulsets", 2)]
    [InlineData("apps/v1", "DaemonSet", "minReadySeconds: 0", "daemonsets", 0)]
    public async Task Kubectl_NamespaceWithATightQuota_FewAttemptsAndFewEvents(string apiVersion, string kind, string spec, string controller, int allowed)
    {
        if (Kubectl.Program is null)
        {
            return;
        }

        await using LivingCluster cluster = await LivingCluster.StartAsync();
        await ApplyAsync(cluster, Quota.Replace("PODS", $"{allowed}", StringComparison.Ordinal));
        await Until(async () => (await cluster.Api.ListAsync<ResourceQuota>("shop", default)).Single().Status?.Hard is not null, "the quota to count");
        long begin = TimeProvider.System.GetTimestamp();
        await ApplyAsync(cluster, $"apiVersion: {apiVersion}\nkind: {kind}\nmetadata: {{name: web, namespace: shop}}\nspec:\n  {spec}\n{(kind is "ReplicationController" or "Job" ? "" : Selector)}{(kind == "Job" ? Template.Replace("containers", "restartPolicy: Never, containers", StringComparison.Ordinal) : Template)}");
        await Until(() => Task.FromResult(FailuresOf(cluster, controller) >= 9), "nine attempts");
        TimeProvider.System.GetElapsedTime(begin).ShouldBeGreaterThan(NineFailures);
        await Until(() => Task.FromResult(FailuresOf(cluster, controller) >= 10), "ten attempts");
        (await cluster.PodsAsync()).Count.ShouldBe(allowed);

        KubectlResult events = await cluster.Kubectl.RunAsync("-n", "shop", "get", "events", "--field-selector", "reason=FailedCreate", "--no-headers");
        events.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBeLessThanOrEqualTo(12, events.Text);
    }

    [Fact]
    public async Task Kubectl_RefusedReplicas_AreCombinedInOneEventAndMadeWhenTheQuotaGrows()
    {
        if (Kubectl.Program is null)
        {
            return;
        }

        await using LivingCluster cluster = await LivingCluster.StartAsync();
        await ApplyAsync(cluster, Quota.Replace("PODS", "1", StringComparison.Ordinal));
        await Until(async () => (await cluster.Api.ListAsync<ResourceQuota>("shop", default)).Single().Status?.Hard is not null, "the quota to count");
        await ApplyAsync(cluster, $"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  replicas: 3\n{Selector}{Template}");
        await Until(
            async () => (await cluster.Api.ListAsync<Event>("shop", default))
                .Any(told => told.Reason == "FailedCreate" && told.Message!.StartsWith("(combined from similar events): Error creating: pods \"web-", StringComparison.Ordinal)),
            "a combined event");
        ReplicaSet set = (await cluster.Api.ListAsync<ReplicaSet>("shop", default)).Single();
        string message = set.Status!.Conditions.Find("ReplicaFailure")!.Message!;
        message.ShouldContain("exceeded quota: tight, requested: pods=1, used: pods=1, limited: pods=1");
        int failures = FailuresOf(cluster, "replicasets");
        await Until(() => Task.FromResult(FailuresOf(cluster, "replicasets") > failures), "another attempt");
        ReplicaSet after = (await cluster.Api.ListAsync<ReplicaSet>("shop", default)).Single();
        after.Metadata.ResourceVersion.ShouldBe(set.Metadata.ResourceVersion, "the same refusal writes nothing");

        await ApplyAsync(cluster, Quota.Replace("PODS", "10", StringComparison.Ordinal));
        await cluster.Kubectl.RunAsync("-n", "shop", "annotate", "rs", set.Metadata.Name, "try=again");
        await Until(async () => (await cluster.PodsAsync()).Count == 3, "the pods that there is room for");
        await Until(
            async () => (await cluster.Api.ListAsync<ReplicaSet>("shop", default)).Single().Status!.Conditions.Find("ReplicaFailure") is null, "no failure any more");
    }

    private static int FailuresOf(LivingCluster cluster, string controller)
        => (int)cluster.Health.Single(part => part.Name == $"dev/{controller}").Failures;

    private static async Task ApplyAsync(LivingCluster cluster, string manifest)
        => _ = (await cluster.Kubectl.WithInputAsync(manifest, "apply", "-f", "-")).Text;

    private static Task Until(Func<Task<bool>> condition, string what) => LivingCluster.Until(condition, what);
}

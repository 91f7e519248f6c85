using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;
using Fairway.Delivery.Sync;

namespace Fairway.Delivery.Tests.Sync;

public sealed class HealthRulesTests
{
    [Theory]
    [InlineData("{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 2}, spec: {replicas: 2}, status: {observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2}}", "Healthy")]
    [InlineData("{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 3}, spec: {replicas: 2}, status: {observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2}}", "Progressing")]
    [InlineData("{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 2}, spec: {replicas: 2}, status: {observedGeneration: 2, replicas: 3, updatedReplicas: 2, availableReplicas: 3}}", "Progressing")]
    [InlineData("{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 2}, spec: {replicas: 2, paused: true}, status: {observedGeneration: 2}}", "Suspended")]
    [InlineData("{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 2}, spec: {}, status: {observedGeneration: 2, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}}", "Degraded")]
    [InlineData("{apiVersion: v1, kind: Pod, metadata: {}, status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}", "Healthy")]
    [InlineData("{apiVersion: v1, kind: Pod, metadata: {}, status: {phase: Running, conditions: [{type: Ready, status: 'False'}]}}", "Progressing")]
    [InlineData("{apiVersion: v1, kind: Pod, metadata: {}, status: {phase: Running, containerStatuses: [{name: a, state: {waiting: {reason: CrashLoopBackOff}}}]}}", "Degraded")]
    [InlineData("{apiVersion: v1, kind: Pod, metadata: {}, status: {phase: Pending, containerStatuses: [{name: a, state: {waiting: {reason: ErrImagePull}}}]}}", "Degraded")]
    [InlineData("{apiVersion: v1, kind: Pod, metadata: {}, status: {phase: Pending, containerStatuses: [{name: a, state: {waiting: {reason: ContainerCreating}}}]}}", "Progressing")]
    [InlineData("{apiVersion: v1, kind: Service, metadata: {}, spec: {type: LoadBalancer}}", "Progressing")]
    [InlineData("{apiVersion: v1, kind: Service, metadata: {}, spec: {}}", "Healthy")]
    [InlineData("{apiVersion: v1, kind: ConfigMap, metadata: {}}", "Healthy")]
    [InlineData("{apiVersion: v1, kind: ConfigMap, metadata: {deletionTimestamp: now}}", "Progressing")]
    [InlineData("{apiVersion: g/v1, kind: HTTPRoute, metadata: {generation: 1}}", "Progressing")]
    [InlineData("{apiVersion: g/v1, kind: HTTPRoute, metadata: {generation: 1}, status: {parents: [{conditions: [{type: Accepted, status: 'True', observedGeneration: 1}, {type: ResolvedRefs, status: 'True', observedGeneration: 1}]}]}}", "Healthy")]
    [InlineData("{apiVersion: g/v1, kind: HTTPRoute, metadata: {generation: 2}, status: {parents: [{conditions: [{type: Accepted, status: 'True', observedGeneration: 1}, {type: ResolvedRefs, status: 'True', observedGeneration: 1}]}]}}", "Progressing")]
    [InlineData("{apiVersion: g/v1, kind: HTTPRoute, metadata: {generation: 1}, status: {parents: [{conditions: [{type: Accepted, status: 'True'}, {type: ResolvedRefs, status: 'False'}]}]}}", "Degraded")]
    [InlineData("{apiVersion: x/v1, kind: Thing, metadata: {generation: 1}, status: {conditions: [{type: Ready, status: 'False'}]}}", "Progressing")]
    [InlineData("{apiVersion: x/v1, kind: Thing, metadata: {generation: 1}, status: {conditions: [{type: Stalled, status: 'True'}]}}", "Degraded")]
    [InlineData("{apiVersion: x/v1, kind: Thing, metadata: {generation: 2}, status: {observedGeneration: 1}}", "Progressing")]
    public void Of_LiveObject_IsJudgedByItsKind(string yaml, string expected)
        => HealthRules.Of((JsonObject)ManifestYaml.Read("live", yaml)[0].Node).Status.ShouldBe(expected);

    [Fact]
    public void Worst_OfSeveral_IsTheLastInTheOrder()
        => Health.Worst([Health.Good, new Health(Health.Degraded), new Health(Health.Progressing)]).Status.ShouldBe(Health.Degraded);
}

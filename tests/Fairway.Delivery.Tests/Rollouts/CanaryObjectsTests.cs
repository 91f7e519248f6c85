using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;
using Fairway.Delivery.Rollouts;

namespace Fairway.Delivery.Tests.Rollouts;

public sealed class CanaryObjectsTests
{
    private const string Web = """
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web, tier: front}}, spec: {containers: [{name: c, image: "web@NEW", envFrom: [{configMapRef: {name: settings}}], env: [{name: A, valueFrom: {secretKeyRef: {name: same, key: k}}}]}], volumes: [{name: v, projected: {sources: [{configMap: {name: settings}}]}}]}}}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web, tier: front}, type: NodePort, clusterIP: 10.0.0.1, ports: [{port: 80, nodePort: 30000}]}}
        ---
        {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web}, spec: {rules: [{backendRefs: [{name: web, port: 80}]}]}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a: "NEW"}}
        ---
        {apiVersion: v1, kind: Secret, metadata: {name: same}, data: {k: eA==}}

        """;

    [Fact]
    public void Make_ChangedRelease_KeepsPodsApartAndCopiesChangedConfiguration()
    {
        CanaryPlan plan = Make(Web, Web.Replace("NEW", "OLD", StringComparison.Ordinal));
        CanaryTarget target = plan.Targets.ShouldHaveSingleItem();
        (target.CanaryDeployment, target.CanaryService, target.Replicas).ShouldBe(("web-canary", "web-canary", 3));
        plan.Config.Select(map => map.Title).ShouldBe(["ConfigMap/settings-canary"]);
        JsonNode spec = plan.Deployments[0].Node["spec"]!;
        spec["selector"]!.ToJsonString().ShouldBe("""{"matchLabels":{"app":"web-canary","fairway.dev/track":"canary"}}""");
        spec["template"]!["metadata"]!["labels"]!.ToJsonString().ShouldBe("""{"app":"web-canary","tier":"front-canary","fairway.dev/track":"canary"}""");
        string pod = spec["template"]!["spec"]!.ToJsonString();
        pod.ShouldContain("\"configMapRef\":{\"name\":\"settings-canary\"}");
        pod.ShouldContain("\"configMap\":{\"name\":\"settings-canary\"}");
        pod.ShouldContain("\"secretKeyRef\":{\"name\":\"same\"");
        JsonNode service = plan.Services[0].Node["spec"]!;
        service.ToJsonString().ShouldBe("""{"selector":{"app":"web-canary","tier":"front-canary"},"type":"ClusterIP","ports":[{"port":80}]}""");
    }

    [Fact]
    public void Make_NothingRoutesToTheRelease_IsRefusedWithTheReason()
    {
        string unrouted = string.Join("---\n", Web.Split("---\n").Where(document => !document.Contains("HTTPRoute", StringComparison.Ordinal)));
        Make(unrouted, unrouted).Refusal.ShouldNotBeNull().ShouldContain("no HTTPRoute sends traffic to Service web");
        Make("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n", Web).Refusal.ShouldNotBeNull().ShouldContain("the release has no Deployment");
    }

    [Fact]
    public void Make_StableReleaseHasNoRoute_HasNothingToCompareWith()
    {
        CanaryPlan plan = Make(Web, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n");
        plan.Targets.ShouldBeEmpty();
        plan.Refusal.ShouldBeNull();
    }

    [Fact]
    public void Make_SameInput_GivesTheSameDigest()
        => Make(Web, Web).Deployments[0].Annotation(Labels.Digest).ShouldBe(Make(Web, Web).Deployments[0].Annotation(Labels.Digest));

    [Theory]
    [InlineData("[{backendRefs: [{name: web, port: 80}]}]", 20, "web:80 web-canary:20")]
    [InlineData("[{backendRefs: [{name: web, weight: 9}, {name: other, weight: 1}]}]", 50, "web:450 web-canary:450 other:100")]
    [InlineData("[{backendRefs: [{name: web}]}, {backendRefs: [{name: other}]}]", 100, "web:0 web-canary:100 | other")]
    [InlineData("[{backendRefs: [{name: web, weight: 3}]}]", 0, "web:3")]
    public void Rules_Weight_IsTakenFromTheServiceOnly(string rules, int weight, string expected)
    {
        JsonObject route = Route(rules);
        var canaries = new Dictionary<string, string> { ["web"] = "web-canary" };
        JsonArray split = TrafficSplit.Rules(route, canaries, weight);
        string.Join(" | ", split.Select(rule => string.Join(' ', rule!["backendRefs"]!.AsArray().Select(backend => $"{backend!["name"]}:{backend["weight"]}".TrimEnd(':')))))
            .ShouldBe(expected);
        route["spec"]!["rules"] = split.DeepClone();
        TrafficSplit.WeightOf(route, "web", "web-canary").ShouldBe(weight);
        route["spec"]!["rules"] = TrafficSplit.WithoutCanary(route, canaries);
        TrafficSplit.WeightOf(route, "web", "web-canary").ShouldBe(0);
        TrafficSplit.RoutesTo(route, "web-canary").ShouldBeFalse();
    }

    [Fact]
    public void WeightOf_RulesThatDisagree_IsMinusOne()
        => TrafficSplit.WeightOf(Route("[{backendRefs: [{name: web}, {name: web-canary}]}, {backendRefs: [{name: web}]}]"), "web", "web-canary").ShouldBe(-1);

    private static JsonObject Route(string rules) => (JsonObject)ManifestYaml.Read("r", $"{{kind: HTTPRoute, spec: {{rules: {rules}}}}}")[0].Node;

    private static CanaryPlan Make(string release, string stable)
        => CanaryObjects.Make([.. Renderer.Parse("new", release)], [.. Renderer.Parse("old", stable)], "prod", "shop-2-prod");
}

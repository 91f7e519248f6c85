using System.Text.Json.Nodes;

namespace Fairway.Client.Tests;

public sealed class DiscoveryBodyTests
{
    [Fact]
    public void Aggregated_GroupsAndVersions_KeepTheServersOrderAndNoSubresources()
    {
        IReadOnlyList<ServedResource> served = DiscoveryBody.Aggregated(JsonNode.Parse("""
            {"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[
              {"metadata":{"name":"autoscaling"},"versions":[
                {"version":"v2","freshness":"Current","resources":[{"resource":"horizontalpodautoscalers","scope":"Namespaced","verbs":["get","list"],
                  "responseKind":{"group":"autoscaling","version":"v2","kind":"HorizontalPodAutoscaler"},"subresources":[{"subresource":"status"}]}]},
                {"version":"v1","resources":[{"resource":"horizontalpodautoscalers","scope":"Namespaced","verbs":["get"],
                  "responseKind":{"group":"autoscaling","version":"v1","kind":"HorizontalPodAutoscaler"}}, {"resource":"broken"}]}]},
              {"metadata":{"name":"down"},"versions":[{"version":"v1","freshness":"Stale"}]}]}
            """)!.AsObject())!;
        served.Select(one => $"{one.Type.ApiVersion} {one.Type.Kind} {one.Type.Plural} {one.Type.Namespaced} {string.Join(',', one.Verbs)}").ShouldBe(
        [
            "autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers True get,list",
            "autoscaling/v1 HorizontalPodAutoscaler horizontalpodautoscalers True get",
        ]);
        DiscoveryBody.Aggregated(JsonNode.Parse("""{"kind":"APIGroupList"}""")!.AsObject()).ShouldBeNull();
    }

    [Fact]
    public void Aggregated_KindsOfTheServersOwn_BelongToTheirGroupAlthoughTheirResponseKindNamesNone()
        => DiscoveryBody.Aggregated(JsonNode.Parse("""
            {"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[
              {"metadata":{"name":"apps","creationTimestamp":null},"versions":[{"version":"v1","freshness":"Current","resources":[
                {"resource":"deployments","responseKind":{"group":"","version":"","kind":"Deployment"},"scope":"Namespaced","singularResource":"deployment","verbs":["get"]}]}]}]}
            """)!.AsObject())!.ShouldHaveSingleItem().Type.ApiVersion.ShouldBe("apps/v1");

    [Fact]
    public void Resources_LegacyList_LeavesSubresourcesOut()
        => DiscoveryBody.Resources(JsonNode.Parse("""
            {"kind":"APIResourceList","groupVersion":"apps/v1","resources":[
              {"name":"deployments","namespaced":true,"kind":"Deployment","verbs":["get","patch"]},
              {"name":"deployments/scale","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale","verbs":["get"]}]}
            """)!.AsObject()).ShouldHaveSingleItem().Type.Path("shop").ShouldBe("apis/apps/v1/namespaces/shop/deployments");

    [Fact]
    public void GroupVersions_ListOfGroups_PutsThePreferredFirst()
        => DiscoveryBody.GroupVersions(JsonNode.Parse("""
            {"groups":[{"name":"x","versions":[{"groupVersion":"x/v1"},{"groupVersion":"x/v2"}],"preferredVersion":{"groupVersion":"x/v2"}}]}
            """)!.AsObject()).ShouldBe(["x/v2", "x/v1"]);
}

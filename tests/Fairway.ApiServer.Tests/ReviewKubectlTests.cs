using System.Text.Json.Nodes;
using Fairway.ApiServer.Testing;

namespace Fairway.ApiServer.Tests;

/// <summary>Questions to the server, created and explained by kubectl.</summary>
public sealed class ReviewKubectlTests
{
    [KubectlFact]
    public async Task Questions_AreCreated_AndExplained()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync();
        using var kubectl = new Kubectl(server.KubeconfigPath, "dev");
        (string Manifest, string Kind, string Path, string Answer)[] cases =
        [
            ("apiVersion: authentication.k8s.io/v1\nkind: TokenReview\nspec: {token: nobody's}", "TokenReview", "user", "{}"),
            ("apiVersion: authentication.k8s.io/v1\nkind: SelfSubjectReview", "SelfSubjectReview", "userInfo.username", "admin"),
            ("apiVersion: authorization.k8s.io/v1\nkind: SubjectAccessReview\nspec: {user: jane, resourceAttributes: {verb: get, resource: pods}}", "SubjectAccessReview", "allowed", "false"),
            ("apiVersion: authorization.k8s.io/v1\nkind: SelfSubjectAccessReview\nspec: {resourceAttributes: {verb: get, resource: pods}}", "SelfSubjectAccessReview", "allowed", "true"),
            ("apiVersion: authorization.k8s.io/v1\nkind: SelfSubjectRulesReview\nspec: {namespace: default}", "SelfSubjectRulesReview", "incomplete", "false"),
            ("apiVersion: authorization.k8s.io/v1\nkind: LocalSubjectAccessReview\nmetadata: {namespace: default}\nspec: {user: jane, resourceAttributes: {namespace: default, verb: get, resource: pods}}", "LocalSubjectAccessReview", "allowed", "false"),
        ];
        foreach ((string manifest, string kind, string path, string answer) in cases)
        {
            JsonNode made = JsonNode.Parse((await kubectl.WithInputAsync(manifest, "create", "-f", "-", "-o", "json")).Text)!;
            ((string?)made["kind"]).ShouldBe(kind);
            path.Split('.').Aggregate(made["status"], static (at, step) => at?[step])?.ToString().ShouldBe(answer, kind);
        }

        (await kubectl.WithInputAsync("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: \"i:1\"}]}", "create", "-f", "-")).ExitCode.ShouldBe(0);
        (await kubectl.WithInputAsync("apiVersion: v1\nkind: Binding\nmetadata: {name: p, namespace: default}\ntarget: {apiVersion: v1, kind: Node, name: node-1}", "create", "-f", "-")).Text.ShouldContain("created");
        (await kubectl.RunAsync("get", "pod", "p", "-o", "jsonpath={.spec.nodeName}")).Text.ShouldBe("node-1");
        string described = (await kubectl.RunAsync("get", "--raw", "/openapi/v3/api/v1")).Text;
        described.ShouldContain("\"/api/v1/namespaces/{namespace}/pods/{name}/eviction\"");
        described.ShouldContain("\"io.k8s.api.policy.v1.Eviction\"");
        described.ShouldContain("\"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token\"");
        (await kubectl.RunAsync("explain", "subjectaccessreviews.spec.resourceAttributes")).Text.ShouldContain("fieldSelector");
    }
}

using System.Text.Json.Nodes;
using Fairway.ApiServer.Testing;
using Fairway.Client;

namespace Fairway.ApiServer.Tests;

/// <summary>Who owns the replicas when they are written through scale.</summary>
public sealed class ScaleOwnershipTests
{
    private const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: fleets.example.com}
        spec:
          group: example.com
          names: {plural: fleets, singular: fleet, kind: Fleet}
          scope: Namespaced
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
            schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}, hull: {type: string}}}, status: {type: object, properties: {size: {type: integer}}}}}}
        """;

    private const string Template = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: \"i:1\"}]}}";

    [KubectlTheory]
    [InlineData("deployments", "apps/v1", "Deployment", "replicas: 1, selector: {matchLabels: {a: b}}, " + Template, "replicas")]
    [InlineData("replicasets", "apps/v1", "ReplicaSet", "replicas: 1, selector: {matchLabels: {a: b}}, " + Template, "replicas")]
    [InlineData("statefulsets", "apps/v1", "StatefulSet", "replicas: 1, serviceName: s, selector: {matchLabels: {a: b}}, " + Template, "replicas")]
    [InlineData("replicationcontrollers", "v1", "ReplicationController", "replicas: 1, selector: {a: b}, " + Template, "replicas")]
    [InlineData("fleets", "example.com/v1", "Fleet", "size: 1, hull: red", "size")]
    public async Task Apply_ThroughScale_OwnsTheReplicasAlone(string plural, string apiVersion, string kind, string spec, string member)
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync();
        using var kubectl = new Kubectl(server.KubeconfigPath, "dev");
        if (kind == "Fleet")
        {
            (await kubectl.WithInputAsync(Definition, "create", "-f", "-")).ExitCode.ShouldBe(0);
            (await kubectl.RunAsync("wait", "--for=condition=Established", "crd/fleets.example.com", "--timeout=30s")).ExitCode.ShouldBe(0);
        }

        string manifest = $"apiVersion: {apiVersion}\nkind: {kind}\nmetadata: {{name: w}}\nspec: {{{spec}}}";
        (await kubectl.WithInputAsync(manifest, "apply", "--server-side", "--field-manager=owner", "-f", "-")).ExitCode.ShouldBe(0);
        string root = apiVersion == "v1" ? "/api/v1" : $"/apis/{apiVersion}";
        string url = $"{server.Url.AbsoluteUri.TrimEnd('/')}/clusters/dev{root}/namespaces/default/{plural}/w";

        (int code, JsonNode answer) = await ApplyAsync(server, url + "/scale?fieldManager=scaler", 3);
        code.ShouldBe(409);
        ((string?)answer["message"]).ShouldBe("Apply failed with 1 conflict: conflict with \"owner\": .spec.replicas");
        ((string?)answer["details"]!["causes"]![0]!["field"]).ShouldBe(".spec.replicas");

        (code, answer) = await ApplyAsync(server, url + "/scale?fieldManager=scaler&force=true", 3);
        code.ShouldBe(200, answer.ToJsonString());
        ((string?)answer["kind"]).ShouldBe("Scale");
        ((int)answer["spec"]!["replicas"]!).ShouldBe(3);
        JsonNode[] entries = await EntriesAsync(kubectl, plural);
        JsonNode scaler = entries.Single(entry => (string?)entry["manager"] == "scaler");
        ((string?)scaler["operation"]).ShouldBe("Apply");
        ((string?)scaler["subresource"]).ShouldBe("scale");
        ((string?)scaler["apiVersion"]).ShouldBe(apiVersion);
        scaler["fieldsV1"]!.ToJsonString().ShouldBe("{\"f:spec\":{\"f:" + member + "\":{}}}");
        entries.Single(entry => (string?)entry["manager"] == "owner")["fieldsV1"]!["f:spec"]!.AsObject().ContainsKey("f:" + member).ShouldBeFalse();

        (await kubectl.RunAsync("scale", plural, "w", "--replicas=5")).ExitCode.ShouldBe(0);
        entries = await EntriesAsync(kubectl, plural);
        entries.ShouldNotContain(entry => (string?)entry["manager"] == "scaler");
        JsonNode update = entries.Single(entry => (string?)entry["subresource"] == "scale");
        ((string?)update["operation"]).ShouldBe("Update");
        update["fieldsV1"]!.ToJsonString().ShouldBe("{\"f:spec\":{\"f:" + member + "\":{}}}");

        (code, answer) = await ApplyAsync(server, url + "/scale?fieldManager=scaler", 4);
        code.ShouldBe(409);
        ((string?)answer["message"]).ShouldBe("Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using autoscaling/v1: .spec.replicas");
        (code, answer) = await ApplyAsync(server, url + "/scale", 4);
        code.ShouldBe(422);
    }

    private static async Task<JsonNode[]> EntriesAsync(Kubectl kubectl, string plural)
        => [.. JsonNode.Parse((await kubectl.RunAsync("get", plural, "w", "-o", "json", "--show-managed-fields")).Text)!["metadata"]!["managedFields"]!.AsArray().Select(entry => entry!)];

    private static async Task<(int Code, JsonNode Answer)> ApplyAsync(EmbeddedServer server, string url, int replicas)
    {
        using HttpClient client = HttpTransport.Connect(server.Kubeconfig(server.AdministratorToken).Context("dev"));
        using var request = new HttpRequestMessage(HttpMethod.Patch, url);
        request.Content = new StringContent($$$"""{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"w"},"spec":{"replicas":{{{replicas}}} } }""");
        request.Content.Headers.ContentType = new("application/apply-patch+yaml");
        using HttpResponseMessage response = await client.SendAsync(request);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}

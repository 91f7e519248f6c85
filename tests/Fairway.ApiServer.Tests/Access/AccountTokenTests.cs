using System.Text.Json.Nodes;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.ApiServer.Tests.Access;

/// <summary>ServiceAccount tokens, from the request to the door.</summary>
public sealed class AccountTokenTests : IAsyncLifetime
{
    private static readonly ResourceType Accounts = KindOf<ServiceAccount>.Type;
    private static readonly ResourceType Pods = KindOf<Pod>.Type;

    private EmbeddedServer _server = null!;
    private IClusterApi _api = null!;

    public async Task InitializeAsync()
    {
        _server = await EmbeddedServer.StartAsync(clusters: ["dev", "prod"], withAccounts: true);
        _api = _server.Api.Client("dev", Identity.Of("tester", Identity.Masters));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Token_OfAnAccount_IsItInItsClusterAlone()
    {
        string token = await TokenAsync([]);

        (await RefusalAsync("dev", token)).ShouldBe((403, "pods is forbidden: User \"system:serviceaccount:default:default\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\""));
        (await RefusalAsync("prod", token)).Code.ShouldBe(401);
    }

    [Fact]
    public async Task Token_BoundToAPod_EndsWithThePod()
    {
        await _api.CreateAsync(Pods, "default", Pod("a"), WriteOptions.Default, default);
        string token = await TokenAsync(new JsonObject { ["boundObjectRef"] = new JsonObject { ["kind"] = "Pod", ["apiVersion"] = "v1", ["name"] = "a" } });
        (await RefusalAsync("dev", token)).Code.ShouldBe(403);

        await _api.DeleteAsync(Pods, "default", "a", DeleteOptions.Background, default);
        (await RefusalAsync("dev", token)).Code.ShouldBe(401);

        // Another pod of the name is another pod.
        await _api.CreateAsync(Pods, "default", Pod("a"), WriteOptions.Default, default);
        (await RefusalAsync("dev", token)).Code.ShouldBe(401);
    }

    [Fact]
    public async Task Token_ForAnotherAudience_DoesNotLetIn()
        => (await RefusalAsync("dev", await TokenAsync(new JsonObject { ["audiences"] = new JsonArray("vault") }))).Code.ShouldBe(401);

    [Fact]
    public async Task Token_Altered_DoesNotLetIn()
    {
        string token = await TokenAsync([]);
        (await RefusalAsync("dev", token[..^4] + (token.EndsWith("AAAA", StringComparison.Ordinal) ? "BBBB" : "AAAA"))).Code.ShouldBe(401);
    }

    [Fact]
    public async Task TokenRequest_ForTooShort_IsRefused()
        => (await Should.ThrowAsync<StatusException>(TokenAsync(new JsonObject { ["expirationSeconds"] = 10 }))).Message.ShouldBe(
            "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes");

    [Fact]
    public async Task Pod_GetsATokenVolume_UnlessItDeclines()
    {
        JsonObject pod = (await _api.CreateAsync(Pods, "default", Pod("with"), WriteOptions.Default, default)).ToNode();
        pod["spec"]!["volumes"]![0]!["projected"]!["sources"]!.AsArray().Count.ShouldBe(3);
        ((string?)pod["spec"]!["containers"]![0]!["volumeMounts"]![0]!["mountPath"]).ShouldBe("/var/run/secrets/kubernetes.io/serviceaccount");

        JsonObject declining = Pod("without").ToNode();
        declining["spec"]!["automountServiceAccountToken"] = false;
        (await _api.CreateAsync(Pods, "default", Document.From(declining), WriteOptions.Default, default)).ToNode()["spec"]!["volumes"].ShouldBeNull();

        declining["metadata"]!["name"] = "nobody";
        declining["spec"]!["serviceAccountName"] = "nobody";
        (await Should.ThrowAsync<StatusException>(_api.CreateAsync(Pods, "default", Document.From(declining), WriteOptions.Default, default))).Message.ShouldBe(
            "pods \"nobody\" is forbidden: error looking up service account default/nobody: serviceaccount \"nobody\" not found");
    }

    private static Document Pod(string name) => Document.From(new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = "x" }) },
    });

    private async Task<string> TokenAsync(JsonObject spec)
    {
        var request = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "default" }, ["spec"] = spec };
        Document issued = await _api.CreateAsync(Accounts, "default", Document.From(request), new WriteOptions { Subresource = "token" }, default);
        return (string)issued.ToNode()["status"]!["token"]!;
    }

    private async Task<(int Code, string Message)> RefusalAsync(string cluster, string token)
    {
        using HttpClusterApi http = _server.Connect(cluster, token);
        StatusException refused = await Should.ThrowAsync<StatusException>(http.ListAsync(Pods, "default", ListOptions.All, default));
        return (refused.Code, refused.Message);
    }
}

using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Admission;
using Fairway.Resources.Kinds.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Fairway.ApiServer.Tests.Admission;

/// <summary>Webhooks over HTTPS, with a real server behind them.</summary>
public sealed class WebhookTests(ServerFixture fixture) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private static readonly ResourceType ConfigMaps = KindOf<ConfigMap>.Type;

    private readonly ConcurrentQueue<JsonObject> _asked = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("fairway-hook-").FullName;
    private Func<JsonObject, JsonObject> _answer = static _ => new JsonObject { ["allowed"] = true };
    private LocalAuthority _authority = null!;
    private WebApplication _hook = null!;
    private string _url = "";

    public async Task InitializeAsync()
    {
        _authority = await LocalAuthority.OpenAsync(_directory, TimeProvider.System, default);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(_authority.ServerCertificate)));
        _hook = builder.Build();
        _hook.MapPost("/{**path}", AnswerAsync);
        await _hook.StartAsync();
        _url = _hook.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    public async Task DisposeAsync()
    {
        IClusterApi api = Api();
        await DeleteAllAsync(api, KindOf<ValidatingWebhookConfiguration>.Type);
        await DeleteAllAsync(api, KindOf<MutatingWebhookConfiguration>.Type);
        await _hook.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Validating_ThatDenies_RefusesInItsWords()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        await ConfigureAsync<ValidatingWebhookConfiguration>(api, Hook("deny.example.com", ns));
        _answer = _ => new JsonObject
        {
            ["allowed"] = false,
            ["status"] = new JsonObject { ["code"] = 403, ["reason"] = "Forbidden", ["message"] = "no maps today" },
            ["warnings"] = new JsonArray("think twice"),
        };

        StatusException refused = await Should.ThrowAsync<StatusException>(api.CreateAsync(ConfigMaps, ns, Map("a"), WriteOptions.Default, default));

        (refused.Code, refused.Reason, refused.Message).ShouldBe((403, "Forbidden", "admission webhook \"deny.example.com\" denied the request: no maps today"));
        JsonObject request = _asked.ShouldHaveSingleItem()["request"]!.AsObject();
        ((string?)request["operation"]).ShouldBe("CREATE");
        ((string?)request["userInfo"]!["username"]).ShouldBe("tester");
        ((string?)request["object"]!["metadata"]!["name"]).ShouldBe("a");
        ((string?)request["options"]!["kind"]).ShouldBe("CreateOptions");
        request["oldObject"].ShouldBeNull();
    }

    [Fact]
    public async Task Mutating_WithAPatch_ChangesWhatIsStoredAndWhatOthersSee()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        await ConfigureAsync<MutatingWebhookConfiguration>(api, Hook("add.example.com", ns));
        await ConfigureAsync<ValidatingWebhookConfiguration>(api, Hook("see.example.com", ns));
        _answer = request => (string?)request["object"]?["data"]?["added"] == "yes" ? new JsonObject { ["allowed"] = true } : new JsonObject
        {
            ["allowed"] = true,
            ["patchType"] = "JSONPatch",
            ["patch"] = Convert.ToBase64String("""[{"op":"add","path":"/data","value":{"added":"yes"}}]"""u8),
        };

        JsonObject stored = (await api.CreateAsync(ConfigMaps, ns, Map("a"), WriteOptions.Default, default)).ToNode();

        ((string?)stored["data"]!["added"]).ShouldBe("yes");
        ((string?)_asked.Last()["request"]!["object"]!["data"]!["added"]).ShouldBe("yes");
        _asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Mutating_ThatAsksForIt_IsAskedAgainWhenALaterOneChangesTheObject()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        JsonObject first = Hook("a.example.com", ns, path: "first");
        first["reinvocationPolicy"] = "IfNeeded";
        await ConfigureAsync<MutatingWebhookConfiguration>(api, first, Hook("b.example.com", ns, path: "second"));
        _answer = request => (string?)request["hook"] == "/second" && request["object"]?["data"] is null
            ? new JsonObject { ["allowed"] = true, ["patchType"] = "JSONPatch", ["patch"] = Convert.ToBase64String("""[{"op":"add","path":"/data","value":{"k":"v"}}]"""u8) }
            : new JsonObject { ["allowed"] = true };

        await api.CreateAsync(ConfigMaps, ns, Map("a"), WriteOptions.Default, default);

        _asked.Select(asked => (string?)asked["hook"]).ShouldBe(["/first", "/second", "/first"]);
    }

    [Theory]
    [InlineData("Fail", false)]
    [InlineData("Ignore", true)]
    public async Task Unreachable_FollowsItsFailurePolicy(string policy, bool isStored)
    {
        (IClusterApi api, string ns) = await BeginAsync();
        JsonObject hook = Hook("gone.example.com", ns);
        hook["failurePolicy"] = policy;
        hook["clientConfig"]!["url"] = "https://127.0.0.1:1/x";
        await ConfigureAsync<ValidatingWebhookConfiguration>(api, hook);

        Task<Document> create = api.CreateAsync(ConfigMaps, ns, Map("a"), WriteOptions.Default, default);

        if (isStored)
        {
            (await create).Header.Name.ShouldBe("a");
        }
        else
        {
            StatusException refused = await Should.ThrowAsync<StatusException>(create);
            refused.Code.ShouldBe(500);
            refused.Message.ShouldStartWith("Internal error occurred: failed calling webhook \"gone.example.com\": failed to call webhook: Post \"https://127.0.0.1:1/x?timeout=10s\": ");
        }
    }

    [Fact]
    public async Task Untrusted_Certificate_IsNoAnswer()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        JsonObject hook = Hook("x.example.com", ns);
        hook["clientConfig"]!["caBundle"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(fixture.Server.AuthorityPem));
        await ConfigureAsync<ValidatingWebhookConfiguration>(api, hook);

        StatusException refused = await Should.ThrowAsync<StatusException>(api.CreateAsync(ConfigMaps, ns, Map("a"), WriteOptions.Default, default));
        refused.Message.ShouldContain("x509: certificate signed by unknown authority");
        _asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task UpdatesAndDeletions_ShowTheOldObject()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        await api.CreateAsync(ConfigMaps, ns, Map("a"), WriteOptions.Default, default);
        await ConfigureAsync<ValidatingWebhookConfiguration>(api, Hook("see.example.com", ns));

        await api.PatchAsync(ConfigMaps, ns, "a", new PatchBody(PatchKind.Merge, new JsonObject { ["data"] = new JsonObject { ["k"] = "v" } }), WriteOptions.Default, default);
        await api.DeleteAsync(ConfigMaps, ns, "a", DeleteOptions.Background, default);

        JsonObject[] requests = [.. _asked.Select(asked => asked["request"]!.AsObject())];
        requests.Select(request => (string?)request["operation"]).ShouldBe(["UPDATE", "DELETE"]);
        requests[0]["oldObject"]!["data"].ShouldBeNull();
        ((string?)requests[0]["object"]!["data"]!["k"]).ShouldBe("v");
        requests[1]["object"].ShouldBeNull();
        ((string?)requests[1]["oldObject"]!["data"]!["k"]).ShouldBe("v");
    }

    [Fact]
    public async Task DryRun_OfAWebhookWithoutSideEffects_IsAskedAndStoresNothing()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        await ConfigureAsync<ValidatingWebhookConfiguration>(api, Hook("see.example.com", ns));

        await api.CreateAsync(ConfigMaps, ns, Map("a"), new WriteOptions { DryRun = true }, default);

        ((bool?)_asked.ShouldHaveSingleItem()["request"]!["dryRun"]).ShouldBe(true);
        (await api.ListAsync(ConfigMaps, ns, ListOptions.All, default)).Items.ShouldBeEmpty();
    }

    private static Document Map(string name) => Document.From(new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });

    private static async Task DeleteAllAsync(IClusterApi api, ResourceType type)
    {
        foreach (Document found in (await api.ListAsync(type, null, ListOptions.All, default)).Items)
        {
            await api.DeleteAsync(type, null, found.Header.Name, DeleteOptions.Background, default);
        }
    }

    private static Task ConfigureAsync<T>(IClusterApi api, params JsonObject[] hooks)
        where T : class, IResource
    {
        var configuration = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = $"c-{Guid.NewGuid():n}" },
            ["webhooks"] = new JsonArray([.. hooks]),
        };
        return api.CreateAsync(KindOf<T>.Type, null, Document.From(configuration), WriteOptions.Default, default);
    }

    private JsonObject Hook(string name, string ns, string path = "hook") => new()
    {
        ["name"] = name,
        ["clientConfig"] = new JsonObject { ["url"] = $"{_url}/{path}", ["caBundle"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(_authority.CertificatePem)) },
        ["rules"] = JsonNode.Parse("""[{"operations":["*"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}]"""),
        ["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["kubernetes.io/metadata.name"] = ns } },
        ["sideEffects"] = "None",
        ["admissionReviewVersions"] = new JsonArray("v1"),
    };

    private async Task AnswerAsync(HttpContext context)
    {
        JsonObject review = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        review["hook"] = context.Request.Path.Value;
        _asked.Enqueue(review);
        JsonObject seen = review["request"]!.DeepClone().AsObject();
        seen["hook"] = context.Request.Path.Value;
        JsonObject response = _answer(seen);
        response["uid"] = (string?)review["request"]!["uid"];
        var answer = new JsonObject { ["kind"] = "AdmissionReview", ["apiVersion"] = "admission.k8s.io/v1", ["response"] = response };
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.ToJsonString());
    }

    private IClusterApi Api() => fixture.Server.Api.Client("dev", Identity.Of("tester", Identity.Masters));

    private async Task<(IClusterApi Api, string Namespace)> BeginAsync()
    {
        IClusterApi api = Api();
        string ns = $"w-{Guid.NewGuid():n}"[..12];
        await api.CreateAsync(KindOf<Namespace>.Type, null, Map(ns), WriteOptions.Default, default);
        return (api, ns);
    }
}

using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.ApiExtensions;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.ApiServer.Tests;

/// <summary>Custom resources of two versions, between which a webhook converts: <c>spec.hostPort</c> in v1, host and port in v2.</summary>
public sealed class ConversionTests(ServerFixture fixture) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private readonly string _group = $"c{Guid.NewGuid().ToString("N")[..8]}.example.com";
    private HttpsAnswers _hook = null!;
    private int _asked;

    private IClusterApi Api => fixture.Server.Api.Client("dev", Identity.Of("tester", Identity.Masters));

    public async Task InitializeAsync()
    {
        _hook = await HttpsAnswers.StartAsync();
        _hook.Answer = Convert;
    }

    public async Task DisposeAsync() => await _hook.DisposeAsync();

    [Fact]
    public async Task Objects_ReadInAnotherVersion_AreConvertedByTheWebhook()
    {
        await DefineAsync(new JsonObject { ["url"] = $"{_hook.Url}/convert", ["caBundle"] = _hook.CaBundle });
        await Api.CreateAsync(Type("v1"), "default", One("v1", "a", new JsonObject { ["hostPort"] = "web:80" }), WriteOptions.Default, default);

        JsonObject shown = (await Api.GetAsync(Type("v2"), "default", "a", default)).ToNode();
        JsonObject patched = (await Api.PatchAsync(
            Type("v2"), "default", "a", new PatchBody(PatchKind.Merge, new JsonObject { ["spec"] = new JsonObject { ["port"] = "81" } }), WriteOptions.Default, default)).ToNode();
        JsonObject stored = (await Api.GetAsync(Type("v1"), "default", "a", default)).ToNode();

        ((string?)shown["spec"]!["host"], (string?)shown["spec"]!["port"], (string?)shown["apiVersion"]).ShouldBe(("web", "80", $"{_group}/v2"));
        ((string?)patched["spec"]!["port"], (string?)stored["spec"]!["hostPort"]).ShouldBe(("81", "web:81"));
        ((string?)stored["metadata"]!["uid"]).ShouldBe((string?)shown["metadata"]!["uid"]);
    }

    [Fact]
    public async Task AList_OfManyObjects_IsOneQuestion()
    {
        await DefineAsync(new JsonObject { ["url"] = $"{_hook.Url}/convert", ["caBundle"] = _hook.CaBundle });
        for (int i = 0; i < 5; i++)
        {
            await Api.CreateAsync(Type("v1"), "default", One("v1", $"o{i}", new JsonObject { ["hostPort"] = $"h{i}:{i}" }), WriteOptions.Default, default);
        }

        _asked = 0;
        DocumentList list = await Api.ListAsync(Type("v2"), "default", ListOptions.All, default);

        list.Items.Select(item => (string?)item.ToNode()["spec"]!["host"]).ShouldBe(["h0", "h1", "h2", "h3", "h4"]);
        _asked.ShouldBe(1);
    }

    [Fact]
    public async Task CreatedInAnotherVersion_IsStoredInTheStorageVersion_AndWatchersSeeTheirOwn()
    {
        await DefineAsync(new JsonObject { ["url"] = $"{_hook.Url}/convert", ["caBundle"] = _hook.CaBundle });
        using var ending = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        Task<JsonObject> seen = FirstAsync(Type("v2"), ending.Token);
        JsonObject answered = (await Api.CreateAsync(
            Type("v2"), "default", One("v2", "b", new JsonObject { ["host"] = "db", ["port"] = "5432" }), WriteOptions.Default, default)).ToNode();

        ((string?)answered["spec"]!["host"]).ShouldBe("db");
        ((string?)(await Api.GetAsync(Type("v1"), "default", "b", default)).ToNode()["spec"]!["hostPort"]).ShouldBe("db:5432");
        ((string?)(await seen)["spec"]!["port"]).ShouldBe("5432");
    }

    [Fact]
    public async Task AServiceReference_IsFoundByItsEndpointSlices()
    {
        await Api.CreateAsync(KindOf<Service>.Type, "default", Document.From(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "localhost" },
            ["spec"] = new JsonObject { ["ports"] = new JsonArray(new JsonObject { ["port"] = 9443 }) },
        }), WriteOptions.Default, default);
        await Api.CreateAsync(KindOf<EndpointSlice>.Type, "default", Document.From(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "localhost-1", ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = "localhost" } },
            ["addressType"] = "IPv4",
            ["endpoints"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray("127.0.0.1") }),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "", ["port"] = _hook.Port }),
        }), WriteOptions.Default, default);
        await DefineAsync(new JsonObject
        {
            ["service"] = new JsonObject { ["namespace"] = "default", ["name"] = "localhost", ["path"] = "/convert", ["port"] = 9443 },
            ["caBundle"] = _hook.CaBundle,
        });
        await Api.CreateAsync(Type("v1"), "default", One("v1", "a", new JsonObject { ["hostPort"] = "web:80" }), WriteOptions.Default, default);

        // The webhook's certificate is not for the service's name, which is what is said.
        (await Should.ThrowAsync<StatusException>(Api.GetAsync(Type("v2"), "default", "a", default))).Message.ShouldBe(
            $"conversion webhook for {_group}/v1, Kind=Boat failed: Post \"https://localhost.default.svc:9443/convert?timeout=30s\": tls: failed to verify certificate: x509: certificate signed by unknown authority");
    }

    [Theory]
    [InlineData("fail", "conversion webhook for GROUP/v1, Kind=Boat failed: no boats today")]
    [InlineData("nothing", "conversion webhook for GROUP/v1, Kind=Boat failed: no response provided")]
    [InlineData("uid", "conversion webhook for GROUP/v1, Kind=Boat failed: expected response.uid=\"UID\", got \"other\"")]
    [InlineData("none", "conversion webhook for GROUP/v1, Kind=Boat returned 0 objects, expected 1")]
    [InlineData("same", "conversion webhook for GROUP/v1, Kind=Boat returned invalid object at index 0: invalid groupVersion (expected GROUP/v2, received GROUP/v1)")]
    [InlineData("name", "conversion webhook for GROUP/v1, Kind=Boat returned invalid object: must have the same name: a != z")]
    [InlineData("gone", "conversion webhook for GROUP/v1, Kind=Boat failed: the server could not find the requested resource")]
    public async Task AWebhook_ThatDoesWrong_IsToldInTheServersWords(string wrong, string expected)
    {
        await DefineAsync(new JsonObject { ["url"] = $"{_hook.Url}/convert", ["caBundle"] = _hook.CaBundle });
        await Api.CreateAsync(Type("v1"), "default", One("v1", "a", new JsonObject { ["hostPort"] = "web:80" }), WriteOptions.Default, default);
        string uid = "";
        _hook.Answer = (path, body) =>
        {
            uid = (string)body!["request"]!["uid"]!;
            JsonNode answer = Convert(path, body)!;
            switch (wrong)
            {
                case "fail":
                    answer["response"]!["result"] = new JsonObject { ["status"] = "Failed", ["message"] = "no boats today" };
                    break;
                case "nothing":
                    answer["response"] = null;
                    break;
                case "uid":
                    answer["response"]!["uid"] = "other";
                    break;
                case "none":
                    answer["response"]!["convertedObjects"] = new JsonArray();
                    break;
                case "same":
                    answer["response"]!["convertedObjects"]![0]!["apiVersion"] = $"{_group}/v1";
                    break;
                case "name":
                    answer["response"]!["convertedObjects"]![0]!["metadata"]!["name"] = "z";
                    break;
                default:
                    return null;
            }

            return answer;
        };

        StatusException refused = await Should.ThrowAsync<StatusException>(Api.GetAsync(Type("v2"), "default", "a", default));

        refused.Code.ShouldBe(500);
        refused.Message.ShouldBe(expected.Replace("GROUP", _group, StringComparison.Ordinal).Replace("UID", uid, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metadata_OfAConvertedObject_IsTheOriginalsButForLabelsAndAnnotations()
    {
        await DefineAsync(new JsonObject { ["url"] = $"{_hook.Url}/convert", ["caBundle"] = _hook.CaBundle });
        await Api.CreateAsync(Type("v1"), "default", One("v1", "a", new JsonObject { ["hostPort"] = "web:80" }), WriteOptions.Default, default);
        _hook.Answer = (path, body) =>
        {
            JsonNode answer = Convert(path, body)!;
            JsonNode metadata = answer["response"]!["convertedObjects"]![0]!["metadata"]!;
            metadata["labels"] = new JsonObject { ["from"] = "hook" };
            metadata["resourceVersion"] = "1";
            metadata["finalizers"] = new JsonArray("example.com/x");
            return answer;
        };

        JsonObject shown = (await Api.GetAsync(Type("v2"), "default", "a", default)).ToNode();

        ((string?)shown["metadata"]!["labels"]!["from"]).ShouldBe("hook");
        shown["metadata"]!["finalizers"].ShouldBeNull();
        ((string?)shown["metadata"]!["resourceVersion"]).ShouldNotBe("1");
    }

    [Fact]
    public async Task StorageVersion_WhenItChanges_IsAddedToStoredVersions_AndObjectsMoveWithTheNextWrite()
    {
        await DefineAsync(new JsonObject { ["url"] = $"{_hook.Url}/convert", ["caBundle"] = _hook.CaBundle });
        await Api.CreateAsync(Type("v1"), "default", One("v1", "a", new JsonObject { ["hostPort"] = "web:80" }), WriteOptions.Default, default);
        ResourceType definitions = KindOf<CustomResourceDefinition>.Type;
        JsonObject definition = (await Api.GetAsync(definitions, null, $"boats.{_group}", default)).ToNode();
        definition["spec"]!["versions"]![0]!["storage"] = false;
        definition["spec"]!["versions"]![1]!["storage"] = true;
        await Api.UpdateAsync(definitions, null, $"boats.{_group}", Document.From(definition), WriteOptions.Default, default);

        JsonObject after = (await Api.GetAsync(definitions, null, $"boats.{_group}", default)).ToNode();
        await Api.PatchAsync(Type("v1"), "default", "a", new PatchBody(PatchKind.Merge, new JsonObject()), WriteOptions.Default, default);

        after["status"]!["storedVersions"]!.AsArray().Select(each => (string?)each).ShouldBe(["v1", "v2"]);
        (fixture.Server.Log.Get(new Fairway.Storage.StorageKey("dev", $"boats.{_group}", "default", "a"))!.Header.ApiVersion).ShouldBe($"{_group}/v2");
        ((string?)(await Api.GetAsync(Type("v1"), "default", "a", default)).ToNode()["spec"]!["hostPort"]).ShouldBe("web:80");
    }

    private async Task<JsonObject> FirstAsync(ResourceType type, CancellationToken cancellation)
    {
        await foreach (WatchEvent change in Api.WatchAsync(type, "default", new WatchOptions(), cancellation))
        {
            return change.Object.ToNode();
        }

        throw new InvalidOperationException("The watch ended.");
    }

    /// <summary>What the webhook does: the host and the port apart, or together.</summary>
    private JsonNode? Convert(string path, JsonNode? body)
    {
        Interlocked.Increment(ref _asked);
        JsonNode request = body!["request"]!;
        string wanted = (string)request["desiredAPIVersion"]!;
        var converted = new JsonArray();
        foreach (JsonNode? each in request["objects"]!.AsArray())
        {
            JsonNode made = each!.DeepClone();
            made["apiVersion"] = wanted;
            if (made["spec"] is { } spec)
            {
                string[] parts = ((string?)spec["hostPort"] ?? "").Split(':');
                made["spec"] = wanted.EndsWith("/v2", StringComparison.Ordinal)
                    ? new JsonObject { ["host"] = parts[0], ["port"] = parts[^1] }
                    : new JsonObject { ["hostPort"] = $"{(string?)spec["host"]}:{(string?)spec["port"]}" };
            }

            converted.Add(made);
        }

        return new JsonObject
        {
            ["apiVersion"] = body["apiVersion"]!.DeepClone(),
            ["kind"] = "ConversionReview",
            ["response"] = new JsonObject { ["uid"] = request["uid"]!.DeepClone(), ["result"] = new JsonObject { ["status"] = "Success" }, ["convertedObjects"] = converted },
        };
    }

    private ResourceType Type(string version) => new() { Group = _group, Version = version, Kind = "Boat", Plural = "boats", Namespaced = true };

    private Document One(string version, string name, JsonObject spec) => Document.From(new JsonObject
    {
        ["apiVersion"] = $"{_group}/{version}",
        ["kind"] = "Boat",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = spec,
    });

    private async Task DefineAsync(JsonObject clientConfig)
    {
        JsonObject Version(string name, bool isStorage, params string[] fields) => new()
        {
            ["name"] = name,
            ["served"] = true,
            ["storage"] = isStorage,
            ["schema"] = new JsonObject
            {
                ["openAPIV3Schema"] = new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                    {
                        ["spec"] = new JsonObject
                        {
                            ["type"] = "object",
                            ["properties"] = new JsonObject(fields.Select(field => KeyValuePair.Create(field, (JsonNode?)new JsonObject { ["type"] = "string" }))),
                        },
                    },
                },
            },
        };
        await Api.CreateAsync(KindOf<CustomResourceDefinition>.Type, null, Document.From(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = $"boats.{_group}" },
            ["spec"] = new JsonObject
            {
                ["group"] = _group,
                ["scope"] = "Namespaced",
                ["names"] = new JsonObject { ["plural"] = "boats", ["singular"] = "boat", ["kind"] = "Boat" },
                ["versions"] = new JsonArray(Version("v1", true, "hostPort"), Version("v2", false, "host", "port")),
                ["conversion"] = new JsonObject
                {
                    ["strategy"] = "Webhook",
                    ["webhook"] = new JsonObject { ["conversionReviewVersions"] = new JsonArray("v1", "v1beta1"), ["clientConfig"] = clientConfig },
                },
            },
        }), WriteOptions.Default, default);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                await Api.ListAsync(Type("v2"), "default", ListOptions.All, patience.Token);
                return;
            }
            catch (StatusException early) when (early.IsNotFound)
            {
                await Task.Delay(20, patience.Token);
            }
        }
    }
}

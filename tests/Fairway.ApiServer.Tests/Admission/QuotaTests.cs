using System.Text.Json.Nodes;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.ApiServer.Tests.Admission;

/// <summary>Quotas and limits as clients meet them.</summary>
public sealed class QuotaTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static readonly ResourceType ConfigMaps = KindOf<ConfigMap>.Type;
    private static readonly ResourceType Pods = KindOf<Pod>.Type;
    private static readonly ResourceType Quotas = KindOf<ResourceQuota>.Type;

    [Fact]
    public async Task Quota_UnderConcurrentCreates_IsNeverExceeded()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        await SetQuotaAsync(api, ns, new JsonObject { ["count/configmaps"] = "5" });

        bool[] created = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => TryCreateAsync(api, ns, $"m{number}")));

        created.Count(success => success).ShouldBe(5);
        (await api.ListAsync(ConfigMaps, ns, ListOptions.All, default)).Items.Count.ShouldBe(5);
        ((string?)(await api.GetAsync(Quotas, ns, "q", default)).ToNode()["status"]!["used"]!["count/configmaps"]).ShouldBe("5");
    }

    [Fact]
    public async Task Quota_WhenExceeded_SaysWhatIsAskedUsedAndLimited()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        await SetQuotaAsync(api, ns, new JsonObject { ["pods"] = "10", ["requests.cpu"] = "1", ["limits.memory"] = "1Gi" });
        await api.CreateAsync(Pods, ns, Pod("a", """{"requests":{"cpu":"600m"},"limits":{"memory":"512Mi"}}"""), WriteOptions.Default, default);

        StatusException refused = await Should.ThrowAsync<StatusException>(
            api.CreateAsync(Pods, ns, Pod("b", """{"requests":{"cpu":"600m"},"limits":{"memory":"768Mi"}}"""), WriteOptions.Default, default));
        refused.Code.ShouldBe(403);
        refused.Message.ShouldBe("pods \"b\" is forbidden: exceeded quota: q, requested: limits.memory=768Mi,requests.cpu=600m, used: limits.memory=512Mi,requests.cpu=600m, limited: limits.memory=1Gi,requests.cpu=1");

        refused = await Should.ThrowAsync<StatusException>(api.CreateAsync(Pods, ns, Pod("c", """{"limits":{"memory":"1Mi"}}"""), WriteOptions.Default, default));
        refused.Message.ShouldBe("pods \"c\" is forbidden: failed quota: q: must specify requests.cpu for: c");
    }

    [Fact]
    public async Task Quota_WithAScope_CountsOnlyWhatIsInIt()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        await SetQuotaAsync(api, ns, new JsonObject { ["pods"] = "1" }, new JsonArray("BestEffort"));

        await api.CreateAsync(Pods, ns, Pod("busy", """{"requests":{"cpu":"1m"}}"""), WriteOptions.Default, default);
        await api.CreateAsync(Pods, ns, Pod("idle", "{}"), WriteOptions.Default, default);

        StatusException refused = await Should.ThrowAsync<StatusException>(api.CreateAsync(Pods, ns, Pod("more", "{}"), WriteOptions.Default, default));
        refused.Message.ShouldBe("pods \"more\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1");
    }

    [Fact]
    public async Task Quota_OfADryRun_ChargesNothing()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        await SetQuotaAsync(api, ns, new JsonObject { ["count/configmaps"] = "1" });

        await api.CreateAsync(ConfigMaps, ns, Map("a"), new WriteOptions { DryRun = true }, default);

        ((string?)(await api.GetAsync(Quotas, ns, "q", default)).ToNode()["status"]!["used"]!["count/configmaps"]).ShouldBe("0");
    }

    [Fact]
    public async Task LimitRange_FillsInAndHoldsToItsBounds()
    {
        (IClusterApi api, string ns) = await BeginAsync();
        var range = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "l" },
            ["spec"] = JsonNode.Parse("""
                {"limits":[
                  {"type":"Container","max":{"cpu":"1"},"min":{"cpu":"100m"},"defaultRequest":{"cpu":"200m"},"maxLimitRequestRatio":{"cpu":"8"}},
                  {"type":"Pod","max":{"cpu":"1500m"}}]}
                """),
        };
        await api.CreateAsync(KindOf<LimitRange>.Type, ns, Document.From(range), WriteOptions.Default, default);

        JsonObject pod = (await api.CreateAsync(Pods, ns, Pod("a", """{"limits":{"cpu":"800m"},"requests":{"cpu":"400m"}}"""), WriteOptions.Default, default)).ToNode();
        pod["metadata"]!["annotations"].ShouldBeNull();

        pod = (await api.CreateAsync(Pods, ns, Pod("b", """{"limits":{"memory":"1Gi"}}"""), WriteOptions.Default, default)).ToNode();
        pod["spec"]!["containers"]![0]!["resources"]!.ToJsonString().ShouldBe("""{"limits":{"memory":"1Gi","cpu":"1"},"requests":{"memory":"1Gi","cpu":"200m"}}""");
        ((string?)pod["metadata"]!["annotations"]!["kubernetes.io/limit-ranger"]).ShouldBe("LimitRanger plugin set: cpu request for container b; cpu limit for container b");

        StatusException refused = await Should.ThrowAsync<StatusException>(
            api.CreateAsync(Pods, ns, Pod("c", """{"limits":{"cpu":"2"},"requests":{"cpu":"50m"}}"""), WriteOptions.Default, default));
        refused.Message.ShouldBe(
            "pods \"c\" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, maximum cpu usage per Container is 1, but limit is 2, "
            + "cpu max limit to request ratio per Container is 8, but provided ratio is 40.000000, maximum cpu usage per Pod is 1500m, but limit is 2]");
    }

    private static async Task<bool> TryCreateAsync(IClusterApi api, string ns, string name)
    {
        try
        {
            await api.CreateAsync(ConfigMaps, ns, Map(name), WriteOptions.Default, default);
            return true;
        }
        catch (StatusException refused) when (refused.Code == 403)
        {
            return false;
        }
    }

    private static Document Map(string name) => Document.From(new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });

    private static Document Pod(string name, string resources) => Document.From(new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject
        {
            ["containers"] = new JsonArray(new JsonObject { ["name"] = name, ["image"] = "x", ["resources"] = JsonNode.Parse(resources) }),
        },
    });

    // As the controller would set it.
    private static async Task SetQuotaAsync(IClusterApi api, string ns, JsonObject hard, JsonArray? scopes = null)
    {
        var quota = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "q" }, ["spec"] = new JsonObject { ["hard"] = hard } };
        if (scopes is not null)
        {
            quota["spec"]!["scopes"] = scopes;
        }

        JsonObject made = (await api.CreateAsync(Quotas, ns, Document.From(quota), WriteOptions.Default, default)).ToNode();
        var used = new JsonObject();
        foreach ((string name, JsonNode? _) in hard)
        {
            used[name] = "0";
        }

        made["status"] = new JsonObject { ["hard"] = hard.DeepClone(), ["used"] = used };
        await api.UpdateAsync(Quotas, ns, "q", Document.From(made), new WriteOptions { Subresource = "status" }, default);
    }

    private async Task<(IClusterApi Api, string Namespace)> BeginAsync()
    {
        IClusterApi api = fixture.Server.Api.Client("dev", Identity.Of("tester", Identity.Masters));
        string ns = $"q-{Guid.NewGuid():n}"[..12];
        await api.CreateAsync(KindOf<Namespace>.Type, null, Map(ns), WriteOptions.Default, default);
        return (api, ns);
    }
}

using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Delivery.Explaining;
using Fairway.Delivery.Promotions;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Tests.Platform;

public sealed class DecisionTests
{
    private static readonly ObjectKey Shop = new(DeliveryPlatform.Team, "shop");

    [Fact]
    public async Task People_PromoteApproveAndRollBack_AreObeyedAndNamed()
    {
        await using DeliveryPlatform platform = await DeliveryPlatform.StartAsync();
        await platform.ApplicationAsync(
            new ApplicationEnvironment { Name = "dev" }, new ApplicationEnvironment { Name = "prod", Gate = new PromotionGate { Type = "Approval" } });
        var decisions = new Decisions(TimeProvider.System);
        var grace = new DeliveryCaller("grace", platform.Hub, platform.Client);
        StatusException nothing = await Should.ThrowAsync<StatusException>(() => decisions.PromoteAsync(grace, Shop, Body("prod"), CancellationToken.None));
        nothing.Message.ShouldBe("no release has been verified in dev, which comes before prod");

        await platform.ReleaseAsync(1, DeliveryPlatformTests.Manifests());
        await platform.PromotionAsync("shop-1-prod", "AwaitingApproval");
        (await Should.ThrowAsync<StatusException>(() => decisions.PromoteAsync(grace, Shop, Body("prod"), CancellationToken.None))).Code.ShouldBe(409);
        (await WhyAsync(platform, "prod")).ShouldContain("a person to approve shop-1 for prod");
        await decisions.ApproveAsync(grace, new ObjectKey(DeliveryPlatform.Team, "shop-1-prod"), [], CancellationToken.None);
        await platform.PromotionAsync("shop-1-prod", "Succeeded");

        await platform.ReleaseAsync(2, DeliveryPlatformTests.Manifests());
        await platform.PromotionAsync("shop-2-prod", "AwaitingApproval");
        await decisions.ApproveAsync(grace, new ObjectKey(DeliveryPlatform.Team, "shop-2-prod"), [], CancellationToken.None);
        await platform.PromotionAsync("shop-2-prod", "Succeeded");
        await platform.EnvironmentAsync("prod", one => one.Release == "shop-2");
        (await WhyAsync(platform, "prod")).ShouldContain("shop-2 is the newest release and runs in prod, healthy");

        Document back = await decisions.PromoteAsync(
            grace, Shop, new JsonObject { ["environment"] = "prod", ["release"] = "shop-1", ["reason"] = "slow" }, CancellationToken.None);
        back.As<Promotion>().Spec.Rollback.ShouldBe(true);
        back.Header.Name.ShouldBe("shop-1-prod-2");
        await platform.PromotionAsync("shop-1-prod-2", "Succeeded");
        EnvironmentStatus prod = await platform.EnvironmentAsync("prod", one => one.Release == "shop-1");
        prod.By.ShouldBe("grace");
        (await platform.Hub.ListAsync<Promotion>(DeliveryPlatform.Team, CancellationToken.None)).Count(one => one.Spec.Environment == "prod").ShouldBe(3);

        JsonNode tree = await new ResourceTree(grace, TimeProvider.System).OfAsync(Shop, "prod", CancellationToken.None);
        JsonNode deployment = tree["objects"]!.AsArray().First(one => (string)one!["kind"]! == "Deployment")!;
        deployment["children"]![0]!["children"]!.AsArray().Count(pod => (string)pod!["health"]! == "Healthy").ShouldBe(2);
        (await Should.ThrowAsync<StatusException>(
            () => decisions.AbortPromotionAsync(grace, new ObjectKey(DeliveryPlatform.Team, "shop-1-prod"), [], CancellationToken.None))).Code.ShouldBe(409);
    }

    private static JsonObject Body(string environment) => new() { ["environment"] = environment };

    private static async Task<string> WhyAsync(DeliveryPlatform platform, string environment)
        => (await new Explanation(platform.Hub, TimeProvider.System).OfAsync(Shop, environment, CancellationToken.None)).ToJsonString();
}

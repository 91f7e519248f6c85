using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Tests.Platform;

public sealed class CustomResourceTests
{
    private static readonly ResourceType Widgets = new() { Group = "shop.example.org", Version = "v1", Kind = "Widget", Plural = "widgets", Namespaced = true };

    private static readonly ResourceType Definitions =
        new() { Group = "apiextensions.k8s.io", Version = "v1", Kind = "CustomResourceDefinition", Plural = "customresourcedefinitions", Namespaced = false };

    [Fact]
    public async Task Sync_DefinitionAndItsObjectsInOneFolder_ComeInOrderAndAreHealedAndPrunedWithCare()
    {
        await using DeliveryPlatform platform = await DeliveryPlatform.StartAsync();
        await platform.ApplicationAsync(new ApplicationEnvironment { Name = "dev" });
        IClusterApi dev = platform.Client("dev");

        await platform.ReleaseAsync(1, Widget("{size: 3, colour: red}") + "---\n" + Definition("widgets", "Widget"));
        EnvironmentStatus first = await platform.EnvironmentAsync("dev", one => one is { Release: "shop-1", Sync: "Synced", Health: "Healthy" });
        first.Resources!.Select(one => $"{one.Kind} {one.Namespace}").ShouldBe(["CustomResourceDefinition ", "Widget shop"]);
        (await SpecAsync(dev)).ShouldBe("""{"size":3,"colour":"red"}""");

        // What git lets go of is given up, though nothing that is desired differs.
        await platform.ReleaseAsync(2, Widget("{size: 3}") + "---\n" + Definition("widgets", "Widget"));
        await platform.HoldsAsync(async () => await SpecAsync(dev) == """{"size":3}""", () => "the colour to go");

        // A change by hand is seen by its watch and put back.
        await platform.EnvironmentAsync("dev", one => one is { Release: "shop-2", Sync: "Synced" });
        await dev.PatchAsync(Widgets, "shop", "big", new PatchBody(PatchKind.Merge, JsonNode.Parse("""{"spec":{"size":9}}""")!), new WriteOptions { FieldManager = "hand" }, CancellationToken.None);
        EnvironmentStatus healed = await platform.EnvironmentAsync("dev", one => one.Drift is { Count: > 0 });
        (healed.Drift![0].Object, healed.Drift[0].Field, healed.Drift[0].Manager).ShouldBe(("Widget/big", "spec.size", "hand"));

        // A condition that says no is its health.
        await dev.PatchAsync(
            Widgets,
            "shop",
            "big",
            new PatchBody(PatchKind.Merge, JsonNode.Parse("""{"status":{"conditions":[{"type":"Failed","status":"True","message":"no wool"}]}}""")!),
            new WriteOptions { Subresource = "status" },
            CancellationToken.None);
        (await platform.EnvironmentAsync("dev", one => one.Health == "Degraded")).Message.ShouldBe("Widget/big: no wool");

        // An object leaves with git; a definition stays until someone lets it go.
        await platform.ReleaseAsync(3, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: left}\n");
        EnvironmentStatus last = await platform.EnvironmentAsync("dev", one => one is { Release: "shop-3", Sync: "Synced" });
        last.Message.ShouldNotBeNull().ShouldContain("CustomResourceDefinition/widgets.shop.example.org is not wanted any more and stays");
        await platform.HoldsAsync(async () => (await dev.ListAsync(Widgets, "shop", ListOptions.All, CancellationToken.None)).Items.Count == 0, () => "the widget to go");
        (await dev.GetAsync(Definitions, null, "widgets.shop.example.org", CancellationToken.None)).Header.IsDeleting.ShouldBeFalse();
    }

    [Fact]
    public async Task Sync_KindThatNobodyDefines_IsRefusedUntilSomebodyDoes()
    {
        await using DeliveryPlatform platform = await DeliveryPlatform.StartAsync();
        await platform.ApplicationAsync(new ApplicationEnvironment { Name = "dev" });
        await platform.ReleaseAsync(1, Widget("{size: 3}"));
        EnvironmentStatus refused = await platform.EnvironmentAsync("dev", one => one.Sync == "Refused");
        refused.Message.ShouldNotBeNull().ShouldContain("cluster dev serves no kind Widget in shop.example.org/v1: bring its CustomResourceDefinition");
        refused.Resources!.ShouldHaveSingleItem().Health.ShouldBe("Missing");

        Document definition = Document.From(Fairway.Resources.Yaml.YamlReader.Read(Definition("widgets", "Widget"), "crd.yaml")[0].Node!);
        await platform.Client("dev").CreateAsync(Definitions, null, definition, WriteOptions.Default, CancellationToken.None);
        await platform.EnvironmentAsync("dev", one => one is { Sync: "Synced", Health: "Healthy" });
    }

    [Fact]
    public async Task Sync_DefinitionThatCannotBe_SaysWhyAndAppliesNothingElse()
    {
        await using DeliveryPlatform platform = await DeliveryPlatform.StartAsync();
        await platform.ApplicationAsync(new ApplicationEnvironment { Name = "dev" });
        await platform.ReleaseAsync(1, Definition("widgets", "Widget").Replace("widgets.shop", "wrong.shop", StringComparison.Ordinal) + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: left}\n");
        (await platform.EnvironmentAsync("dev", one => one.Sync == "Refused")).Message.ShouldNotBeNull().ShouldContain("metadata.name");
        (await platform.Client("dev").FindAsync<Fairway.Resources.Kinds.Core.ConfigMap>("shop", "left", CancellationToken.None)).ShouldBeNull();
    }

    private static async Task<string> SpecAsync(IClusterApi dev)
        => (await dev.GetAsync(Widgets, "shop", "big", CancellationToken.None)).ToNode()["spec"]!.ToJsonString();

    private static string Widget(string spec) => $"apiVersion: shop.example.org/v1\nkind: Widget\nmetadata: {{name: big}}\nspec: {spec}\n";

    private static string Definition(string plural, string kind) => """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: PLURAL.shop.example.org}
        spec:
          group: shop.example.org
          scope: Namespaced
          names: {plural: PLURAL, kind: KIND}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec: {type: object, properties: {size: {type: integer}, colour: {type: string}}}
                  status: {type: object, x-kubernetes-preserve-unknown-fields: true}

        """.Replace("PLURAL", plural, StringComparison.Ordinal).Replace("KIND", kind, StringComparison.Ordinal);
}

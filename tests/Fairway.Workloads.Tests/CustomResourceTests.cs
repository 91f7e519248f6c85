using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.ApiExtensions;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;

namespace Fairway.Workloads.Tests;

/// <summary>Objects of CustomResourceDefinitions own and are owned, and go with their namespace, like all others.</summary>
public sealed class CustomResourceTests
{
    private const string Definition = """
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"ships.example.com"},
         "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"ships","kind":"Ship"},
          "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}
        """;

    private static readonly ResourceType Ships = new() { Group = "example.com", Version = "v1", Kind = "Ship", Plural = "ships", Namespaced = true };

    [Fact]
    public async Task Owner_OfACustomKindGoes_ItsDependentsAndNamespaceFollow()
    {
        await using LivingCluster cluster = await LivingCluster.StartAsync();
        await cluster.Api.CreateAsync(KindOf<CustomResourceDefinition>.Type, null, Parse(Definition), WriteOptions.Default, default);
        Document ship = await UntilCreatedAsync(cluster, """{"apiVersion":"example.com/v1","kind":"Ship","metadata":{"name":"argo"}}""");
        await cluster.Api.CreateAsync(
            new ConfigMap
            {
                Metadata = new ObjectMeta
                {
                    Name = "cargo",
                    Namespace = "shop",
                    OwnerReferences = [new OwnerReference { ApiVersion = "example.com/v1", Kind = "Ship", Name = "argo", Uid = ship.Header.Uid }],
                },
            },
            default);

        await cluster.Api.DeleteAsync(Ships, "shop", "argo", DeleteOptions.Background, default);
        await Eventually.Holds(() => Find(cluster, KindOf<ConfigMap>.Type, "cargo") is null, "the dependent is gone");

        await UntilCreatedAsync(cluster, """{"apiVersion":"example.com/v1","kind":"Ship","metadata":{"name":"second"}}""");
        await cluster.Api.DeleteAsync(KindOf<Namespace>.Type, null, "shop", DeleteOptions.Background, default);
        await Eventually.Holds(() => Find(cluster, KindOf<Namespace>.Type, "shop") is null, "the namespace is gone");
        (await cluster.Api.ListAsync(Ships, null, ListOptions.All, default)).Items.ShouldBeEmpty();
    }

    private static async Task<Document> UntilCreatedAsync(LivingCluster cluster, string body)
    {
        Document? created = null;
        await Eventually.Holds(
            () =>
            {
                try
                {
                    created = cluster.Api.CreateAsync(Ships, "shop", Parse(body), WriteOptions.Default, default).GetAwaiter().GetResult();
                    return true;
                }
                catch (StatusException notYet) when (notYet.IsNotFound)
                {
                    return false;
                }
            },
            "the definition is established");
        await Task.CompletedTask;
        return created!;
    }

    private static Document Parse(string json) => Document.From(JsonNode.Parse(json)!);

    private static Document? Find(LivingCluster cluster, ResourceType type, string name)
        => cluster.Api.ListAsync(type, null, ListOptions.All, default).GetAwaiter().GetResult().Items.FirstOrDefault(item => item.Header.Name == name);
}

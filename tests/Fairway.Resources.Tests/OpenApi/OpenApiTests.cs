using System.Text.Json.Nodes;
using Fairway.Resources.Crds;
using Fairway.Resources.Discovery;
using Fairway.Resources.Kinds;
using Fairway.Resources.OpenApi;
using Fairway.Resources.Yaml;

namespace Fairway.Resources.Tests.OpenApi;

public sealed class OpenApiTests
{
    private static readonly JsonObject Apps = OpenApiDocuments.V3(AllKinds.Catalog, "apps/v1")!;

    [Fact]
    public void V3_Deployment_HasWhatKubectlLooksFor()
    {
        JsonNode schema = Apps["components"]!["schemas"]!["io.k8s.api.apps.v1.Deployment"]!;
        schema["x-kubernetes-group-version-kind"].ShouldBeJson("[{'group':'apps','kind':'Deployment','version':'v1'}]");
        schema["properties"]!["spec"]!["allOf"]![0]!["$ref"]!.ToString().ShouldBe("#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec");
        JsonNode containers = Apps["components"]!["schemas"]!["io.k8s.api.core.v1.PodSpec"]!["properties"]!["containers"]!;
        containers["x-kubernetes-patch-merge-key"]!.ToString().ShouldBe("name");
        containers["x-kubernetes-patch-strategy"]!.ToString().ShouldBe("merge");
        containers["x-kubernetes-list-type"]!.ToString().ShouldBe("map");
        containers["description"]!.ToString().ShouldNotBeEmpty();

        JsonNode patch = Apps["paths"]!["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]!["patch"]!;
        patch["x-kubernetes-group-version-kind"].ShouldBeJson("{'group':'apps','kind':'Deployment','version':'v1'}");
        patch["requestBody"]!["content"]!.AsObject().Select(pair => pair.Key).ShouldContain("application/strategic-merge-patch+json");
        patch["parameters"]!.AsArray().Select(each => each!["name"]!.ToString()).ShouldBe(["dryRun", "fieldManager", "fieldValidation", "force"]);
    }

    [Fact]
    public void V3_CustomKind_HasNoStrategicMerge()
        => OpenApiDocuments.V3(AllKinds.Catalog, "fairway.dev/v1")!["paths"]!["/apis/fairway.dev/v1/namespaces/{namespace}/applications/{name}"]!["patch"]!["requestBody"]!["content"]!
            .AsObject().Select(pair => pair.Key).ShouldNotContain("application/strategic-merge-patch+json");

    [Fact]
    public void EveryDocument_ResolvesItsReferences()
    {
        foreach (string groupVersion in AllKinds.Catalog.All.Select(kind => kind.Type.ApiVersion).Distinct())
        {
            CheckReferences(OpenApiDocuments.V3(AllKinds.Catalog, groupVersion)!);
        }

        CheckReferences(OpenApiDocuments.V2(AllKinds.Catalog));
        OpenApiDocuments.V3(AllKinds.Catalog, "nope/v1").ShouldBeNull();
    }

    private static void CheckReferences(JsonObject document)
    {
        Visit(document);

        void Visit(JsonNode? node)
        {
            if (node is JsonObject members)
            {
                if (members["$ref"] is JsonValue reference)
                {
                    JsonNode? at = document;
                    foreach (string step in reference.ToString().Split('/').Skip(1))
                    {
                        at = at?[step];
                    }

                    at.ShouldNotBeNull(reference.ToString());
                }

                foreach ((string _, JsonNode? value) in members)
                {
                    Visit(value);
                }
            }
            else if (node is JsonArray items)
            {
                foreach (JsonNode? item in items)
                {
                    Visit(item);
                }
            }
        }
    }

    [Fact]
    public void OperationIds_AreUnique()
    {
        string[] ids = [.. OpenApiDocuments.V2(AllKinds.Catalog)["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => (operation.Value as JsonObject)?["operationId"]?.ToString()).OfType<string>()];
        ids.GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key).ShouldBeEmpty();
    }

    [Fact]
    public void V3Index_PointsAtHashedDocuments()
    {
        JsonNode entry = OpenApiDocuments.V3Index(new Dictionary<string, string> { ["apis/apps/v1"] = "AB" }, "/clusters/dev")["paths"]!["apis/apps/v1"]!;
        entry["serverRelativeURL"]!.ToString().ShouldBe("/clusters/dev/openapi/v3/apis/apps/v1?hash=AB");
    }

    [Fact]
    public void Discovery_AggregatedAndPlain_Agree()
    {
        JsonNode apps = DiscoveryDocuments.Aggregated(AllKinds.Catalog, core: false, "v2")["items"]!.AsArray().Single(group => (string?)group!["metadata"]!["name"] == "apps")!;
        JsonNode deployments = apps["versions"]![0]!["resources"]!.AsArray().Single(each => (string?)each!["resource"] == "deployments")!;
        deployments["subresources"]!.AsArray().Select(each => (string?)each!["subresource"]).ShouldBe(["scale", "status"]);
        deployments["shortNames"].ShouldBeJson("['deploy']");
        DiscoveryDocuments.Resources(AllKinds.Catalog, "apps/v1")!["resources"]!.AsArray().Select(each => (string?)each!["name"]).ShouldContain("deployments/scale");
        DiscoveryDocuments.Group(AllKinds.Catalog, "apps")!["preferredVersion"].ShouldBeJson("{'groupVersion':'apps/v1','version':'v1'}");
        DiscoveryDocuments.Resources(AllKinds.Catalog, "nope/v1").ShouldBeNull();
        DiscoveryDocuments.Aggregated(AllKinds.Catalog, core: true, "v2beta1")["items"]!.AsArray().Count.ShouldBe(1);
        DiscoveryDocuments.Groups(AllKinds.Catalog)["groups"]!.AsArray().Count.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void Crds_AreStructuralAndReadBack()
    {
        foreach (KindDefinition kind in AllKinds.Fairway.Select(KindDefinition.Of))
        {
            JsonObject definition = CustomResourceDefinitions.Of(kind);
            definition.ToJsonString().ShouldNotContain("$ref");
            JsonNode.DeepEquals(YamlReader.Read(YamlWriter.Write(definition)).Single().Node, definition).ShouldBeTrue(kind.Type.Kind);
            CheckStructural(definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!, kind.Type.Kind);
        }
    }

    private static void CheckStructural(JsonNode schema, string path)
    {
        bool typed = schema["type"] is not null || schema["x-kubernetes-int-or-string"] is not null || schema["x-kubernetes-preserve-unknown-fields"] is not null;
        typed.ShouldBeTrue(path);
        foreach ((string name, JsonNode? property) in schema["properties"] as JsonObject ?? [])
        {
            CheckStructural(property!, $"{path}.{name}");
        }

        if (schema["items"] is { } items)
        {
            CheckStructural(items, path + "[]");
            foreach (string? key in (schema["x-kubernetes-list-map-keys"] as JsonArray ?? []).Select(each => (string?)each))
            {
                bool required = (items["required"] as JsonArray ?? []).Any(each => (string?)each == key) || items["properties"]![key!]!["default"] is not null;
                required.ShouldBeTrue($"{path}: key {key} must be required or have a default");
            }
        }

        if (schema["additionalProperties"] is { } values)
        {
            CheckStructural(values, path + "{}");
        }
    }
}

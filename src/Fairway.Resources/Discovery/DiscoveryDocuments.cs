using System.Text.Json.Nodes;

namespace Fairway.Resources.Discovery;

/// <summary>What a server serves, as clients discover it. Pure functions of a catalog.</summary>
public static class DiscoveryDocuments
{
    /// <summary>Aggregated discovery (apidiscovery.k8s.io APIGroupDiscoveryList).</summary>
    /// <param name="catalog">The kinds.</param>
    /// <param name="core">true for <c>/api</c> (the core group), false for <c>/apis</c> (all others).</param>
    /// <param name="version"><c>v2</c> or <c>v2beta1</c>.</param>
    public static JsonObject Aggregated(KindCatalog catalog, bool core, string version) => [];

    /// <summary><c>/api</c>: APIVersions.</summary>
    public static JsonObject CoreVersions() => new() { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") };

    /// <summary><c>/apis</c>: APIGroupList.</summary>
    public static JsonObject Groups(KindCatalog catalog) => [];

    /// <summary><c>/apis/apps</c>: APIGroup, or null.</summary>
    public static JsonObject? Group(KindCatalog catalog, string group) => null;

    /// <summary><c>/api/v1</c>, <c>/apis/apps/v1</c>: APIResourceList, or null.</summary>
    public static JsonObject? Resources(KindCatalog catalog, string groupVersion) => null;
}

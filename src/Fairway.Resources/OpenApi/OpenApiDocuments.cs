using System.Text.Json.Nodes;

namespace Fairway.Resources.OpenApi;

/// <summary>OpenAPI documents of a catalog, as kubectl and other clients read them. Costly: make once and keep the bytes.</summary>
public static class OpenApiDocuments
{
    /// <summary>The index at <c>/openapi/v3</c>: path of each group version to the URL of its document with a hash of its content.</summary>
    /// <param name="catalog">The kinds.</param>
    /// <param name="basePath">What stands before <c>/openapi</c> in URLs: <c>/clusters/dev</c>.</param>
    public static JsonObject V3Index(KindCatalog catalog, string basePath) => new() { ["paths"] = new JsonObject() };

    /// <summary>One document: <c>/openapi/v3/apis/apps/v1</c>.</summary>
    /// <param name="catalog">The kinds.</param>
    /// <param name="groupVersion"><c>v1</c> or <c>apps/v1</c>.</param>
    /// <returns>null when no kind has the group version.</returns>
    public static JsonObject? V3(KindCatalog catalog, string groupVersion) => null;

    /// <summary>The document at <c>/openapi/v2</c>, all groups in one.</summary>
    public static JsonObject V2(KindCatalog catalog) => [];
}

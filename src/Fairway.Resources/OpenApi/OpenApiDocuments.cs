using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.OpenApi;

/// <summary>OpenAPI documents of a catalog, as kubectl and other clients read them. Costly: make once and keep the bytes.</summary>
public static class OpenApiDocuments
{
    private const string Version = "v1.32.13";

    /// <summary>The group versions that have a document: <c>v1</c>, <c>apps/v1</c>.</summary>
    public static IEnumerable<string> GroupVersions(KindCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.All.Select(HomeOf).Distinct();
    }

    /// <summary>The index at <c>/openapi/v3</c>: path of each group version to the URL of its document with a hash of its content.</summary>
    /// <param name="hashes">The hash of each document by its path, <c>apis/apps/v1</c>.</param>
    /// <param name="basePath">What stands before <c>/openapi</c> in URLs: <c>/clusters/dev</c>.</param>
    public static JsonObject V3Index(IReadOnlyDictionary<string, string> hashes, string basePath)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        var paths = new JsonObject();
        foreach ((string path, string hash) in hashes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"{basePath}/openapi/v3/{path}?hash={hash}" };
        }

        return new JsonObject { ["paths"] = paths };
    }

    /// <summary>The hash that an index carries for a document; also good as its ETag.</summary>
    public static string Hash(ReadOnlySpan<byte> document) => Convert.ToHexString(SHA512.HashData(document));

    /// <summary><c>api/v1</c> or <c>apis/apps/v1</c>.</summary>
    public static string PathOf(string groupVersion)
    {
        ArgumentNullException.ThrowIfNull(groupVersion);
        return groupVersion.Contains('/', StringComparison.Ordinal) ? $"apis/{groupVersion}" : $"api/{groupVersion}";
    }

    /// <summary>One document: <c>/openapi/v3/apis/apps/v1</c>.</summary>
    /// <param name="catalog">The kinds.</param>
    /// <param name="groupVersion"><c>v1</c> or <c>apps/v1</c>.</param>
    /// <returns>null when no kind has the group version.</returns>
    public static JsonObject? V3(KindCatalog catalog, string groupVersion)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        KindDefinition[] kinds = [.. catalog.All.Where(kind => HomeOf(kind) == groupVersion)];
        if (kinds.Length == 0)
        {
            return null;
        }

        var schemas = new SchemaWriter(SchemaDialect.V3);
        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = Version },
            ["paths"] = Paths(kinds, new OperationWriter(schemas, isV3: true)),
            ["components"] = new JsonObject { ["schemas"] = Components(schemas, kinds, isV3: true) },
        };
    }

    /// <summary>The document at <c>/openapi/v2</c>, all groups in one.</summary>
    public static JsonObject V2(KindCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var schemas = new SchemaWriter(SchemaDialect.V2);
        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = Version },
            ["paths"] = Paths(catalog.All, new OperationWriter(schemas, isV3: false)),
            ["definitions"] = Components(schemas, catalog.All, isV3: false),
        };
    }

    // A question below an object is told of where the object is.
    private static string HomeOf(KindDefinition kind) => kind.Declared.CreatedAt is null ? kind.Type.ApiVersion : "v1";

    private static JsonObject Paths(IEnumerable<KindDefinition> kinds, OperationWriter operations)
    {
        var paths = new JsonObject();
        foreach (KindDefinition kind in kinds)
        {
            operations.AddPaths(kind, paths);
        }

        return paths;
    }

    private static JsonObject Components(SchemaWriter schemas, IEnumerable<KindDefinition> kinds, bool isV3)
    {
        foreach (KindDefinition kind in kinds)
        {
            string name = OperationWriter.ComponentOf(kind);
            if (kind.Custom is not null)
            {
                CustomComponents.AddTo(schemas, kind, isV3);
            }
            else
            {
                schemas.AddComponent(kind.Schema.Shape!, OperationWriter.Identities(kind.Type.Group, kind.Type.Version, kind.Type.Kind));
            }

            if (kind.Declared.CreateOnly)
            {
                continue;
            }

            schemas.Components[OperationWriter.ListComponentOf(kind)] = MetaSchemas.List(schemas, kind, name);
        }

        MetaSchemas.AddTo(schemas);
        var json = new JsonObject();
        foreach ((string name, JsonObject? component) in schemas.Components)
        {
            json[name] = component;
        }

        return json;
    }
}

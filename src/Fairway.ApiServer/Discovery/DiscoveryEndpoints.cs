using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Discovery;
using Fairway.Resources.Kinds;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// What the cluster serves, as clients discover it: /api, /apis and below, aggregated discovery, OpenAPI. Each document is made
/// once for a catalog, on first use, and answered by its ETag afterwards.
/// </summary>
internal sealed class DiscoveryEndpoints(ClusterVerbs cluster, ComputedResources computed, string basePath, TimeProvider time)
{
    private static readonly KindDefinition[] Reviews = [.. AllKinds.Reviews.Select(KindDefinition.Of)];

    private readonly ConditionalWeakTable<KindCatalog, Dictionary<string, Document?>> _made = [];
    private readonly OpenApiEndpoints _openApi = new(basePath, time);

    /// <summary>Serves one path below the cluster's base URL, as it was sent.</summary>
    public Task HandleAsync(HttpContext context, string path)
    {
        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            return NobodyAsync(context);
        }

        string[] parts = path.Trim('/').Split('/');
        switch (parts)
        {
            case [""] or ["index.html"]:
                return WriteAsync(context, Make("", Paths), null);
            case ["api" or "apis"] when AggregatedVersion(context) is { } version:
                bool isCore = parts[0] == "api";
                if (isCore)
                {
                    RequireGet(context);
                }

                return WriteAggregatedAsync(context, isCore, version);
            case ["api"]:
                ResourceRoutes.RequireGet(context.Request, Produced.Object);
                return WriteAsync(context, Document.From(DiscoveryDocuments.CoreVersions(context.Request.Host.ToString())), Negotiation.Choose(context.Request, allowShapes: false));
            case ["apis"]:
                return WriteAsync(context, Make("/apis", Groups), Negotiation.Choose(context.Request, allowShapes: false));
            case ["apis", var group]:
                return Make($"/apis/{group}", catalog => GroupOf(catalog, group)) is { } found
                    ? WriteAsync(context, found, Negotiation.Choose(context.Request, allowShapes: false))
                    : NobodyAsync(context);
            case ["api", ..] or ["apis", _, _]:
                return ResourcesAsync(context, path, parts);
            case ["openapi", ..]:
                return _openApi.HandleAsync(context, path, cluster.Catalog, Described);
            default:
                return NobodyAsync(context);
        }
    }

    private static Task NobodyAsync(HttpContext context) => Responses.WriteTextAsync(context, 404, "404 page not found\n");

    private static void RequireGet(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            throw Refusals.MethodNotAllowed();
        }
    }

    // Kubernetes' own groups answer for all that is below them; elsewhere nobody does.
    private Task ResourcesAsync(HttpContext context, string path, string[] parts)
    {
        string groupVersion = parts[0] == "api" ? string.Join('/', parts[1..]) : $"{parts[1]}/{parts[2]}";
        bool isOwn = parts[0] == "api" || VirtualResources.IsOwn(parts[1]) || cluster.Catalog.All.Any(kind => kind.IsBuiltIn && kind.Type.Group == parts[1]);
        if (ResourceRoutes.HasGap(path))
        {
            return isOwn ? throw Refusals.NoSuchResource() : NobodyAsync(context);
        }

        Document? list = Make(path.TrimEnd('/'), catalog => ResourcesOf(catalog, groupVersion));
        if (list is null)
        {
            return isOwn ? throw Refusals.NoSuchResource() : NobodyAsync(context);
        }

        if (isOwn)
        {
            ResourceRoutes.RequireGet(context.Request, Produced.Object);
        }

        return WriteAsync(context, list, Negotiation.Choose(context.Request, allowShapes: false));
    }

    private JsonObject? ResourcesOf(KindCatalog catalog, string groupVersion)
        => groupVersion == "v1" ? VirtualResources.AddToCore(computed.AddResources(DiscoveryDocuments.Resources(catalog, groupVersion), groupVersion))
            : VirtualResources.Resources(groupVersion) ?? computed.Resources(groupVersion) ?? DiscoveryDocuments.Resources(catalog, groupVersion);

    private JsonObject? GroupOf(KindCatalog catalog, string group)
        => VirtualResources.Group(group) ?? computed.Group(group) ?? DiscoveryDocuments.Group(catalog, group);

    private JsonObject Groups(KindCatalog catalog)
    {
        JsonObject list = computed.AddGroups(VirtualResources.AddGroups(DiscoveryDocuments.Groups(catalog)));
        GroupPriorities.Sort(list["groups"]!.AsArray(), group => (string?)group?["name"]);
        return list;
    }

    private JsonObject Aggregated(KindCatalog catalog, bool isCore, string version)
    {
        JsonObject list = computed.AddTo(VirtualResources.AddTo(DiscoveryDocuments.Aggregated(catalog, isCore, version), isCore, version), isCore, version);
        GroupPriorities.Sort(list["items"]!.AsArray(), group => (string?)group?["metadata"]?["name"]);
        return list;
    }

    /// <summary>With the questions and the views, which no object is stored of.</summary>
    private KindCatalog Described(KindCatalog catalog) => catalog.With([.. Reviews, .. computed.Definitions]);

    private JsonObject Paths(KindCatalog catalog)
    {
        IEnumerable<string> versions = catalog.All.Select(kind => kind.Type.ApiVersion).Concat(VirtualResources.Versions).Concat(computed.Versions)
            .Where(version => version.Contains('/', StringComparison.Ordinal))
            .SelectMany(version => (string[])[$"/apis/{version.Split('/')[0]}", $"/apis/{version}"]);
        string[] all =
        [
            "/.well-known/openid-configuration", "/api", "/api/v1", "/apis", "/apis/", .. versions, "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/openapi/v3/",
            "/openid/v1/jwks", "/readyz", "/version", .. Health.Paths,
        ];
        return new JsonObject { ["paths"] = new JsonArray([.. all.Distinct().Order(StringComparer.Ordinal).Select(path => (JsonNode)path)]) };
    }

    private Task WriteAggregatedAsync(HttpContext context, bool isCore, string version)
    {
        string prefix = isCore ? "/api" : "/apis";
        Document made = Make($"{prefix} {version}", catalog => Aggregated(catalog, isCore, version))!;
        HttpResponse response = context.Response;
        string tag = Tag(made);
        response.Headers.ETag = tag;
        response.Headers.Vary = "Accept";
        if (context.Request.Headers.IfNoneMatch.ToString() is { Length: > 0 } known && known.Contains(tag, StringComparison.Ordinal))
        {
            response.StatusCode = 304;
            return Task.CompletedTask;
        }

        return Responses.WriteBytesAsync(
            context, 200, made.Json, $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList", "public");
    }

    private static Task WriteAsync(HttpContext context, Document? made, Negotiated? format)
        => made is null ? NobodyAsync(context) : Responses.WriteAsync(context, 200, made, format ?? new Negotiated(BodyFormat.Json, Shape.Full, Pretty: false));

    // The first form in the Accept header that is known: clients name aggregated discovery first and plain JSON last.
    private static string? AggregatedVersion(HttpContext context)
    {
        foreach (AcceptClause clause in AcceptHeader.Parse(string.Join(',', context.Request.Headers.Accept.OfType<string>())))
        {
            if (clause.Parameter("as") == "APIGroupDiscoveryList" && clause.Parameter("g") == "apidiscovery.k8s.io" && clause.Parameter("v") is "v2" or "v2beta1"
                && clause.Takes("application/json"))
            {
                return clause.Parameter("v");
            }

            if (clause.Parameter("as") is null && clause.Takes("application/json"))
            {
                return null;
            }
        }

        return null;
    }

    private static string Tag(Document made) => $"\"{Convert.ToHexString(SHA512.HashData(made.Json.Span))}\"";

    private Document? Make(string key, Func<KindCatalog, JsonObject?> make)
    {
        KindCatalog catalog = cluster.Catalog;
        Dictionary<string, Document?> made = _made.GetValue(catalog, static _ => []);
        lock (made)
        {
            if (!made.TryGetValue(key, out Document? document))
            {
                if (made.Count > 256)
                {
                    return null; // keys come from paths; what is not served must not fill the memory
                }

                document = make(catalog) is { } node ? Document.From(node) : null;
                made[key] = document;
            }

            return document;
        }
    }
}

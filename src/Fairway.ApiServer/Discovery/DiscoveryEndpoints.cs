using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Discovery;
using Fairway.Resources.Kinds;
using Fairway.Resources.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Fairway.ApiServer;

/// <summary>
/// What the cluster serves, as clients discover it: /api, /apis and below, aggregated discovery, OpenAPI. Each document is made
/// once for a catalog, on first use, and answered by its ETag afterwards.
/// </summary>
internal sealed class DiscoveryEndpoints(ClusterVerbs cluster, ComputedResources computed, string basePath)
{
    private static readonly KindDefinition[] Reviews = [.. AllKinds.Reviews.Select(KindDefinition.Of)];

    private readonly ConditionalWeakTable<KindCatalog, Dictionary<string, Made?>> _made = [];

    /// <summary>Serves one path below the cluster's base URL.</summary>
    public Task HandleAsync(HttpContext context, string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        Made? document = parts switch
        {
            ["api"] => Root(context, core: true),
            ["apis"] => Root(context, core: false),
            ["api", "v1"] => Make(path, catalog => VirtualResources.AddToCore(computed.AddResources(DiscoveryDocuments.Resources(catalog, "v1"), "v1"))),
            ["apis", var group] => Make(path, catalog => VirtualResources.Group(group) ?? computed.Group(group) ?? DiscoveryDocuments.Group(catalog, group)),
            ["apis", var group, var version] => Make(
                path, catalog => VirtualResources.Resources($"{group}/{version}") ?? computed.Resources($"{group}/{version}") ?? DiscoveryDocuments.Resources(catalog, $"{group}/{version}")),
            ["openapi", "v2"] => WantsJson(context) ? Make(path, catalog => OpenApiDocuments.V2(Described(catalog))) : throw Refusals.NotAcceptable("application/json"),
            ["openapi", "v3"] => Make(path, catalog => OpenApiDocuments.V3Index(Described(catalog), basePath)),
            ["openapi", "v3", "api", "v1"] => Make(path, catalog => OpenApiDocuments.V3(Described(catalog), "v1")),
            ["openapi", "v3", "apis", var group, var version] => Make(path, catalog => OpenApiDocuments.V3(Described(catalog), $"{group}/{version}")),
            [] => Make(path, Paths),
            _ => null,
        };
        return document is null ? Responses.WriteTextAsync(context, 404, "404 page not found\n") : WriteAsync(context, document);
    }

    /// <summary>With the questions and the views, which no object is stored of.</summary>
    private KindCatalog Described(KindCatalog catalog) => catalog.With([.. Reviews, .. computed.Definitions]);

    private static bool WantsJson(HttpContext context)
        => Negotiation.Choose(context.Request.Headers.Accept, allowShapes: false, pretty: false) is not null;

    private static JsonObject Paths(KindCatalog catalog)
    {
        IEnumerable<string> versions = catalog.All.Select(kind => kind.Type).Where(type => type.Group.Length > 0)
            .SelectMany(type => (string[])[$"/apis/{type.Group}", $"/apis/{type.ApiVersion}"]).Distinct().Order(StringComparer.Ordinal);
        string[] all = ["/api", "/api/v1", "/apis", .. versions, "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"];
        return new JsonObject { ["paths"] = new JsonArray([.. all.Select(path => (JsonNode)path)]) };
    }

    private static Task WriteAsync(HttpContext context, Made document)
    {
        HttpResponse response = context.Response;
        response.Headers.ETag = document.ETag;
        response.Headers.Vary = "Accept";
        if (context.Request.Headers.IfNoneMatch.ToString() is { Length: > 0 } known && known.Contains(document.ETag, StringComparison.Ordinal))
        {
            response.StatusCode = 304;
            return Task.CompletedTask;
        }

        return Responses.WriteBytesAsync(context, 200, document.Json, document.ContentType);
    }

    private Made? Root(HttpContext context, bool core)
    {
        string prefix = core ? "/api" : "/apis";
        return AggregatedVersion(context) is { } version
            ? Make(
                $"{prefix} {version}",
                catalog => computed.AddTo(VirtualResources.AddTo(DiscoveryDocuments.Aggregated(catalog, core, version), core, version), core, version),
                $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList")
            : Make(prefix, catalog => core ? DiscoveryDocuments.CoreVersions() : computed.AddGroups(VirtualResources.AddGroups(DiscoveryDocuments.Groups(catalog))));
    }

    // The first form in the Accept header that is known: clients name aggregated discovery first and plain JSON last.
    private static string? AggregatedVersion(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParseList([.. context.Request.Headers.Accept.OfType<string>()], out IList<MediaTypeHeaderValue>? types))
        {
            return null;
        }

        foreach (MediaTypeHeaderValue type in types)
        {
            if (Negotiation.Parameter(type, "as") == "APIGroupDiscoveryList" && Negotiation.Parameter(type, "g") == "apidiscovery.k8s.io"
                && Negotiation.Parameter(type, "v") is "v2" or "v2beta1")
            {
                return Negotiation.Parameter(type, "v");
            }

            if (type.MediaType == "application/json" && Negotiation.Parameter(type, "as") is null)
            {
                return null;
            }
        }

        return null;
    }

    private Made? Make(string key, Func<KindCatalog, JsonObject?> make, string contentType = "application/json")
    {
        KindCatalog catalog = cluster.Catalog;
        Dictionary<string, Made?> made = _made.GetValue(catalog, static _ => []);
        lock (made)
        {
            if (!made.TryGetValue(key, out Made? document))
            {
                if (made.Count > 256)
                {
                    return null; // keys come from paths; what is not served must not fill the memory
                }

                document = make(catalog) is { } node ? new Made(Document.From(node).Json, contentType) : null;
                made[key] = document;
            }

            return document;
        }
    }

    private sealed record Made(ReadOnlyMemory<byte> Json, string ContentType)
    {
        public string ETag { get; } = $"\"{Convert.ToHexString(SHA512.HashData(Json.Span))}\"";
    }
}

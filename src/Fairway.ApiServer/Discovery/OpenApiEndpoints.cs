using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.OpenApi;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// OpenAPI at <c>/openapi/v2</c>, in JSON and in the protobuf form that kubectl reads, and at <c>/openapi/v3</c> with a document for
/// each group version, which clients keep for as long as the index names the same hash.
/// </summary>
internal sealed class OpenApiEndpoints(string basePath, TimeProvider time)
{
    private const string Json = "application/json";
    private const string Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    private static readonly TimeSpan Forever = TimeSpan.FromDays(365);

    // Made once for a catalog: a second or so of work and some megabytes.
    private readonly ConditionalWeakTable<KindCatalog, Made> _made = [];

    public Task HandleAsync(HttpContext context, string path, KindCatalog catalog, Func<KindCatalog, KindCatalog> described)
    {
        Made made = _made.GetValue(catalog, each => new Made(described(each), basePath));
        switch (path.Split('/')[2..])
        {
            case ["v2"]:
                return SecondAsync(context, made);
            case ["v3"]:
                return Responses.WriteBytesAsync(context, 200, made.Index.Value, "text/plain; charset=utf-8");
            case ["v3", .. var rest]:
                return made.Third.Value.TryGetValue(string.Join('/', rest), out Body? found) ? ThirdAsync(context, found, path) : Empty(context, 404);
            default:
                return Responses.WriteTextAsync(context, 404, "404 page not found\n");
        }
    }

    private static Task SecondAsync(HttpContext context, Made made)
    {
        context.Response.Headers.Append("Vary", "Accept-Encoding");
        context.Response.Headers.Append("Vary", "Accept");
        foreach (AcceptClause clause in Clauses(context))
        {
            string? form = clause.Takes(Json) ? Json
                : clause.Type == "application" && clause.Subtype is "com.github.proto-openapi.spec.v2.v1.0+protobuf" or "com.github.proto-openapi.spec.v2@v1.0+protobuf" ? Protobuf
                : null;
            if (form is not null)
            {
                Body body = made.Second.Value;
                return IsKnown(context, body) ? Empty(context, 304)
                    : Responses.WriteBytesAsync(context, 200, form == Json ? body.Json : made.SecondProtobuf.Value, form);
            }
        }

        return Empty(context, 406);
    }

    private Task ThirdAsync(HttpContext context, Body body, string path)
    {
        HttpResponse response = context.Response;
        response.Headers.Vary = "Accept";
        if (!Clauses(context).Any(clause => clause.Takes(Json)))
        {
            return Empty(context, 406);
        }

        string asked = context.Request.Query["hash"].ToString();
        if (asked.Length > 0 && asked != body.Hash)
        {
            response.Headers.ETag = body.Tag;
            response.Headers.Location = $"{context.Request.PathBase}{context.Request.Path}?hash={body.Hash}";
            response.ContentType = Json;
            return Empty(context, 301);
        }

        if (IsKnown(context, body))
        {
            return Empty(context, 304);
        }

        if (asked.Length > 0)
        {
            response.Headers.Expires = (time.GetUtcNow() + Forever).ToString("r", CultureInfo.InvariantCulture);
        }

        return Responses.WriteBytesAsync(context, 200, body.Json, Json, asked.Length > 0 ? "public, immutable" : null);
    }

    private static IReadOnlyList<AcceptClause> Clauses(HttpContext context)
        => AcceptHeader.Parse(string.Join(',', context.Request.Headers.Accept.OfType<string>()) is { Length: > 0 } header ? header : "*/*");

    private static bool IsKnown(HttpContext context, Body body)
    {
        context.Response.Headers.ETag = body.Tag;
        return context.Request.Headers.IfNoneMatch.ToString() is { Length: > 0 } known && known.Contains(body.Tag, StringComparison.Ordinal);
    }

    private static Task Empty(HttpContext context, int code)
    {
        context.Response.StatusCode = code;
        context.Response.Headers.CacheControl = "no-cache, private";
        return Task.CompletedTask;
    }

    private sealed record Body(ReadOnlyMemory<byte> Json)
    {
        public string Hash { get; } = OpenApiDocuments.Hash(Json.Span);

        public string Tag => $"\"{Hash}\"";
    }

    private sealed class Made
    {
        public Made(KindCatalog catalog, string basePath)
        {
            Second = new Lazy<Body>(() => new Body(Write(OpenApiDocuments.V2(catalog))));
            SecondProtobuf = new Lazy<byte[]>(() => OpenApiProtobuf.Write(OpenApiDocuments.V2(catalog)));
            Third = new Lazy<IReadOnlyDictionary<string, Body>>(() => OpenApiDocuments.GroupVersions(catalog)
                .ToDictionary(OpenApiDocuments.PathOf, each => new Body(Write(OpenApiDocuments.V3(catalog, each)!)), StringComparer.Ordinal));
            Index = new Lazy<ReadOnlyMemory<byte>>(() => Write(OpenApiDocuments.V3Index(Third.Value.ToDictionary(pair => pair.Key, pair => pair.Value.Hash), basePath)));
        }

        public Lazy<Body> Second { get; }

        public Lazy<byte[]> SecondProtobuf { get; }

        public Lazy<IReadOnlyDictionary<string, Body>> Third { get; }

        public Lazy<ReadOnlyMemory<byte>> Index { get; }

        private static ReadOnlyMemory<byte> Write(JsonObject document) => Document.From(document).Json;
    }
}

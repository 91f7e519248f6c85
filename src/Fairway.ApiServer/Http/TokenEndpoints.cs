using System.Text.Json.Nodes;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>TokenRequests (<c>kubectl create token</c>), and the issuer's OpenID Connect discovery documents.</summary>
internal sealed class TokenEndpoints(ClusterVerbs cluster)
{
    public bool Serves(ResourceType type, string subresource) => type.GroupResource == "serviceaccounts" && subresource == "token";

    public async Task HandleAsync(HttpContext context, Call call, int limit)
    {
        RequestInfo info = call.Info;
        if (info.Verb != "create")
        {
            throw Refusals.MethodNotAllowed();
        }

        Negotiated format = Negotiation.Choose(context.Request, allowShapes: false);
        JsonObject body = (await RequestBody.ReadObjectAsync(context.Request, limit, context.RequestAborted)).Raw();
        Document issued = await cluster.IssueTokenAsync(info.Namespace, info.Name, body, context.Request.Query.ContainsKey("dryRun"), call.Admission, context.RequestAborted);
        Responses.Warn(context, call.Admission.Warnings);
        await Responses.WriteAsync(context, 201, issued, format);
    }

    public Task DiscoverAsync(HttpContext context, string path)
    {
        if (cluster.Accounts is not { } accounts)
        {
            return Responses.WriteTextAsync(context, 404, "404 page not found\n");
        }

        bool isKeys = path.EndsWith("/jwks", StringComparison.Ordinal);
        JsonObject document = isKeys ? accounts.Keys.Set() : new JsonObject
        {
            ["issuer"] = accounts.Issuer,
            ["jwks_uri"] = $"{accounts.Issuer.TrimEnd('/')}/openid/v1/jwks",
            ["response_types_supported"] = new JsonArray("id_token"),
            ["subject_types_supported"] = new JsonArray("public"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("ES256"),
        };
        return Responses.WriteBytesAsync(context, 200, Document.From(document).Json, isKeys ? "application/jwk-set+json" : "application/json");
    }
}

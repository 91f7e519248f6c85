using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Git;
using Fairway.Git.Hosting;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Web;
using Microsoft.AspNetCore.Http;

namespace Fairway.Remote;

/// <summary>
/// Who may fetch and push where the hub is a real cluster: the cluster is asked whose token it is (TokenReview) and whether that
/// user may <c>get</c> or <c>update</c> the GitRepository (SubjectAccessReview).
/// </summary>
internal sealed class RemoteGitAccess(IClusterApi cluster)
{
    private static readonly ResourceType TokenReviews =
        new() { Group = "authentication.k8s.io", Version = "v1", Kind = "TokenReview", Plural = "tokenreviews", Namespaced = false };

    private static readonly ResourceType AccessReviews =
        new() { Group = "authorization.k8s.io", Version = "v1", Kind = "SubjectAccessReview", Plural = "subjectaccessreviews", Namespaced = false };

    public async ValueTask<GitAuthorization> AuthorizeAsync(HttpContext context, RepositoryName repository, GitAccess access)
    {
        if (GitAccessRules.Token(context.Request.Headers.Authorization.ToString()) is not { } token)
        {
            return new GitAuthorization.Unauthenticated();
        }

        JsonNode? known = await AskAsync(TokenReviews, new JsonObject { ["token"] = token }, context.RequestAborted);
        if ((bool?)known?["authenticated"] != true || known["user"] is not JsonObject user)
        {
            return new GitAuthorization.Unauthenticated();
        }

        string name = (string?)user["username"] ?? "";
        ResourceType type = KindOf<GitRepository>.Type;
        var question = new JsonObject
        {
            ["user"] = name,
            ["groups"] = user["groups"]?.DeepClone(),
            ["uid"] = user["uid"]?.DeepClone(),
            ["extra"] = user["extra"]?.DeepClone(),
            ["resourceAttributes"] = new JsonObject
            {
                ["verb"] = access == GitAccess.Write ? "update" : "get",
                ["group"] = type.Group,
                ["version"] = type.Version,
                ["resource"] = type.Plural,
                ["namespace"] = repository.Namespace,
                ["name"] = repository.Name,
            },
        };
        JsonNode? decision = await AskAsync(AccessReviews, question, context.RequestAborted);
        return (bool?)decision?["allowed"] == true
            ? new GitAuthorization.Allowed(name)
            : new GitAuthorization.Forbidden($"User \"{name}\" may not {(access == GitAccess.Write ? "push to" : "fetch from")} {repository.Namespace}/{repository.Name}");
    }

    private async Task<JsonNode?> AskAsync(ResourceType type, JsonObject spec, CancellationToken cancellation)
    {
        var review = new JsonObject { ["apiVersion"] = type.ApiVersion, ["kind"] = type.Kind, ["metadata"] = new JsonObject(), ["spec"] = spec };
        return (await cluster.CreateAsync(type, null, Document.From(review), WriteOptions.Default, cancellation)).ToNode()["status"];
    }
}

using System.Text;
using Fairway.ApiServer;
using Fairway.Git;
using Fairway.Git.Hosting;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Fairway.Web;

/// <summary>
/// Who may fetch and push: RBAC on the GitRepository of that name. Fetching is <c>get</c>, pushing is <c>update</c>. git sends a
/// token as the password of HTTP basic authentication; the user name is free.
/// </summary>
internal sealed class GitAccessRules(EmbeddedApi api, TokenStore tokens, string hub)
{
    public async ValueTask<GitAuthorization> AuthorizeAsync(HttpContext context, RepositoryName repository, GitAccess access)
    {
        if (Token(context.Request.Headers.Authorization.ToString()) is not { } token || tokens.Authenticate(token) is not { } user)
        {
            return new GitAuthorization.Unauthenticated();
        }

        try
        {
            string verb = access == GitAccess.Write ? "update" : "get";
            await api.AuthorizeAsync(hub, user, verb, KindOf<GitRepository>.Type, repository.Namespace, repository.Name);
            return new GitAuthorization.Allowed(user.Name);
        }
        catch (StatusException refused)
        {
            return new GitAuthorization.Forbidden(refused.Message);
        }
    }

    /// <summary>The token of a basic or bearer header.</summary>
    internal static string? Token(string header)
    {
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return header[7..].Trim();
        }

        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        byte[] decoded = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), decoded, out int length))
        {
            return null;
        }

        string pair = Encoding.UTF8.GetString(decoded, 0, length);
        int colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }
}

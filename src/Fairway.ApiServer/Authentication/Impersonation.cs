using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>Acting as someone else (<c>kubectl --as</c>): allowed to whom RBAC grants the verb impersonate on users and groups.</summary>
internal static class Impersonation
{
    private const string UserHeader = "Impersonate-User";
    private const string GroupHeader = "Impersonate-Group";
    private const string Prefix = "Impersonate-";

    /// <exception cref="StatusException">403: it is not allowed; 400: it is not understood.</exception>
    public static Identity Apply(ClusterVerbs cluster, IHeaderDictionary headers, Identity user)
    {
        string name = headers[UserHeader].ToString();
        string[] groups = [.. headers[GroupHeader].OfType<string>()];
        if (name.Length == 0)
        {
            return headers.Keys.Any(key => key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
                ? throw StatusException.BadRequest("requested impersonation without impersonating a user")
                : user;
        }

        if (headers.Keys.Any(key => key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            && !key.Equals(UserHeader, StringComparison.OrdinalIgnoreCase) && !key.Equals(GroupHeader, StringComparison.OrdinalIgnoreCase)))
        {
            throw StatusException.BadRequest("only Impersonate-User and Impersonate-Group are supported");
        }

        Require(cluster, user, "users", name);
        foreach (string group in groups)
        {
            Require(cluster, user, "groups", group);
        }

        return Identity.Of(name, groups);
    }

    private static void Require(ClusterVerbs cluster, Identity user, string resource, string name)
    {
        var wanted = new AccessAttributes
        {
            Verb = "impersonate",
            Group = "",
            Resource = resource,
            Subresource = "",
            Namespace = "",
            Name = name,
            Path = "",
        };
        if (!cluster.Authorizer.Allows(user, wanted))
        {
            throw Refusals.Forbidden(user, wanted);
        }
    }
}

using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// Acting as someone else (<c>kubectl --as</c>, <c>--as-group</c>, <c>--as-uid</c>, extra): allowed to whom RBAC grants the verb
/// impersonate on users, groups, serviceaccounts, uids and userextras.
/// </summary>
internal static class Impersonation
{
    private const string UserHeader = "Impersonate-User";
    private const string GroupHeader = "Impersonate-Group";
    private const string UidHeader = "Impersonate-Uid";
    private const string ExtraPrefix = "Impersonate-Extra-";
    private const string AccountPrefix = "system:serviceaccount:";
    private const string AuthenticationGroup = "authentication.k8s.io";

    /// <exception cref="StatusException">403: it is not allowed; 500, as kube-apiserver has it: groups without a user.</exception>
    public static Identity Apply(ClusterVerbs cluster, IHeaderDictionary headers, Identity user)
    {
        string name = headers[UserHeader].ToString();
        string[] groups = [.. headers[GroupHeader].OfType<string>()];
        string uid = headers[UidHeader].ToString();
        Dictionary<string, IReadOnlyList<string>> extra = Extra(headers);
        if (name.Length == 0)
        {
            return groups.Length == 0 && uid.Length == 0 && extra.Count == 0
                ? user
                : throw Refusals.Internal("requested [" + string.Join(' ', groups.Select(group => $"{{Group  {group}    }}")
                    .Concat(extra.SelectMany(each => each.Value.Select(value => $"{{UserExtra  {value}  authentication.k8s.io/v1  {each.Key}}}")))
                    .Concat(uid.Length > 0 ? [$"{{UID  {uid}  authentication.k8s.io/v1  }}"] : [])) + "] without impersonating a user");
        }

        (string Namespace, string Name)? account = Account(name);
        Require(cluster, user, "", account is null ? "users" : "serviceaccounts", "", account?.Namespace ?? "", account?.Name ?? name);
        foreach (string group in groups)
        {
            Require(cluster, user, "", "groups", "", "", group);
        }

        if (uid.Length > 0)
        {
            Require(cluster, user, AuthenticationGroup, "uids", "", "", uid);
        }

        foreach ((string key, IReadOnlyList<string> values) in extra)
        {
            foreach (string value in values)
            {
                Require(cluster, user, AuthenticationGroup, "userextras", key, "", value);
            }
        }

        return Identity(name, groups, account) with { Uid = uid, Extra = extra };
    }

    private static Identity Identity(string name, string[] groups, (string Namespace, string Name)? account)
    {
        if (name == "system:anonymous")
        {
            return ApiServer.Identity.Exactly(name, [.. groups, "system:unauthenticated"]);
        }

        if (groups.Contains("system:unauthenticated"))
        {
            return ApiServer.Identity.Exactly(name, groups);
        }

        return account is { } found && groups.Length == 0
            ? ApiServer.Identity.ServiceAccount(found.Namespace, found.Name)
            : ApiServer.Identity.Of(name, groups);
    }

    private static Dictionary<string, IReadOnlyList<string>> Extra(IHeaderDictionary headers) => headers
        .Where(header => header.Key.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase))
        .ToDictionary(
            header => Uri.UnescapeDataString(header.Key[ExtraPrefix.Length..].ToLowerInvariant()),
            header => (IReadOnlyList<string>)[.. header.Value.OfType<string>()]);

    private static (string Namespace, string Name)? Account(string name)
        => name.StartsWith(AccountPrefix, StringComparison.Ordinal) && name[AccountPrefix.Length..].Split(':') is [{ Length: > 0 } @namespace, { Length: > 0 } account]
            ? (@namespace, account)
            : null;

    private static void Require(ClusterVerbs cluster, Identity user, string group, string resource, string subresource, string @namespace, string name)
    {
        var wanted = new AccessAttributes
        {
            Verb = "impersonate",
            Group = group,
            Resource = resource,
            Subresource = subresource,
            Namespace = @namespace,
            Name = name,
            Path = "",
        };
        if (!cluster.Authorizer.Allows(user, wanted))
        {
            throw Refusals.Forbidden(user, wanted);
        }
    }
}

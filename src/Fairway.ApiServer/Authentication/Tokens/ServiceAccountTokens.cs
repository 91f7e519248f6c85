using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.ApiServer;

/// <summary>
/// Tokens of one cluster's ServiceAccounts: issues them, and tells whose a token is. A token is good while its signature, times and
/// audience are, and while its account and what it is bound to (a pod, a Secret, a node) are the very objects that it names.
/// Source: kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin.
/// </summary>
/// <param name="issuer">The cluster's issuer URL. Only its path is compared: the listener's port may change.</param>
internal sealed class ServiceAccountTokens(ServiceAccountKeys keys, ObjectStore store, Func<string> issuer, TimeProvider time)
{
    private const string LegacyIssuer = "kubernetes/serviceaccount";
    private const string Private = "kubernetes.io";
    private const long Warned = 3607; // what projected volumes ask for: such tokens live longer, so that slow clients are not locked out
    private const long Extended = 365 * 24 * 3600 + Warned;

    private static readonly ResourceType Accounts = KindOf<ServiceAccount>.Type;
    private static readonly string[] InCluster = ["https://kubernetes.default.svc.cluster.local", "https://kubernetes.default.svc", "api"];

    public string Issuer => issuer();

    public ServiceAccountKeys Keys => keys;

    /// <summary>Answers a TokenRequest.</summary>
    /// <exception cref="StatusException">404, 409, 422: the account or what to bind to is not what is meant.</exception>
    public JsonObject Issue(string @namespace, string name, JsonObject request)
    {
        JsonObject account = store.Find(Accounts, @namespace, name)?.ToNode() ?? throw StatusException.NotFound(Accounts, name);
        JsonObject spec = request["spec"] as JsonObject ?? [];
        long seconds = (long?)spec["expirationSeconds"] ?? 3600;
        RequireDuration(seconds);
        DateTimeOffset now = time.GetUtcNow();
        JsonObject own = new() { ["namespace"] = @namespace };
        JsonObject? bound = Bind(@namespace, name, spec["boundObjectRef"] as JsonObject, own);
        own["serviceaccount"] = new JsonObject { ["name"] = name, ["uid"] = (string?)account["metadata"]?["uid"] };
        string[] audiences = [.. (spec["audiences"] as JsonArray ?? []).Select(audience => (string?)audience ?? "")];
        bool isForApi = audiences.Length == 0 || audiences.All(IsOwnAudience);
        audiences = audiences.Length == 0 ? [Issuer] : audiences;
        long lifetime = seconds;
        if (seconds == Warned && isForApi && (string?)bound?["kind"] == "Pod")
        {
            own["warnafter"] = now.ToUnixTimeSeconds() + seconds;
            lifetime = Extended;
        }

        var claims = new JsonObject
        {
            ["aud"] = new JsonArray([.. audiences.Select(audience => (JsonNode)audience)]),
            ["exp"] = now.ToUnixTimeSeconds() + lifetime,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["iss"] = Issuer,
            ["jti"] = Guid.NewGuid().ToString(),
            [Private] = own,
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["sub"] = $"system:serviceaccount:{@namespace}:{name}",
        };
        JsonObject answer = new()
        {
            ["kind"] = "TokenRequest",
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = @namespace, ["creationTimestamp"] = SystemMetadata.Timestamp(now) },
            ["spec"] = new JsonObject
            {
                ["audiences"] = new JsonArray([.. audiences.Select(audience => (JsonNode)audience)]),
                ["expirationSeconds"] = seconds,
                ["boundObjectRef"] = spec["boundObjectRef"]?.DeepClone(),
            },
            ["status"] = new JsonObject { ["token"] = keys.Sign(claims), ["expirationTimestamp"] = SystemMetadata.Timestamp(now.AddSeconds(seconds)) },
        };
        return answer;
    }

    /// <summary>The token of a Secret of type kubernetes.io/service-account-token: it does not expire before the Secret goes.</summary>
    public string IssueLegacy(string @namespace, string account, string uid, string secret) => keys.Sign(new JsonObject
    {
        ["iss"] = LegacyIssuer,
        ["kubernetes.io/serviceaccount/namespace"] = @namespace,
        ["kubernetes.io/serviceaccount/secret.name"] = secret,
        ["kubernetes.io/serviceaccount/service-account.name"] = account,
        ["kubernetes.io/serviceaccount/service-account.uid"] = uid,
        ["sub"] = $"system:serviceaccount:{@namespace}:{account}",
    });

    /// <summary>Whose token it is; null when it is none of this cluster's, or no longer good.</summary>
    /// <param name="audiences">What it must be for; empty: this API.</param>
    /// <returns>The account and the audiences that matched.</returns>
    public (Identity User, IReadOnlyList<string> Audiences)? Authenticate(JsonWebToken token, IReadOnlyList<string> audiences)
    {
        if (token.Issuer == LegacyIssuer)
        {
            return audiences.Count == 0 || audiences.Any(IsOwnAudience) ? Legacy(token) : null;
        }

        if (!IsOwn(token.Issuer) || !token.IsSignedBy(keys.Public))
        {
            return null;
        }

        DateTimeOffset now = time.GetUtcNow();
        string[] matched = [.. token.Audiences.Where(audience => audiences.Count == 0 ? IsOwnAudience(audience) : audiences.Contains(audience))];
        if (matched.Length == 0 || token.Time("exp") is not { } end || end <= now || token.Time("nbf") > now.AddMinutes(1))
        {
            return null;
        }

        return Bound(token) is { } user ? (user, matched) : null;
    }

    private static void RequireDuration(long seconds)
    {
        string? problem = seconds < 600 ? "may not specify a duration less than 10 minutes"
            : seconds > 1L << 32 ? "may not specify a duration larger than 2^32 seconds"
            : null;
        if (problem is not null)
        {
            var type = new ResourceType { Group = "authentication.k8s.io", Version = "v1", Kind = "TokenRequest", Plural = "tokenrequests", Namespaced = true };
            throw StatusException.Invalid(
                type, "", [new StatusCause { Reason = "FieldValueInvalid", Field = "spec.expirationSeconds", Message = $"Invalid value: {seconds}: {problem}" }]);
        }
    }

    private JsonObject? Bind(string @namespace, string account, JsonObject? reference, JsonObject own)
    {
        if (reference is null)
        {
            return null;
        }

        string kind = JsonWebToken.Text(reference, "kind");
        string name = JsonWebToken.Text(reference, "name");
        // The core group in whatever version; none is the core group too.
        string[] version = JsonWebToken.Text(reference, "apiVersion").Split('/');
        (string resource, string member, bool isNamespaced) = (version.Length == 1 ? "" : version[0], kind) switch
        {
            ("", "Pod") => ("pods", "pod", true),
            ("", "Secret") => ("secrets", "secret", true),
            ("", "Node") => ("nodes", "node", false),
            (var group, _) => throw StatusException.BadRequest($"cannot bind token to object of type {group}/{version[^1]}, Kind={kind}"),
        };
        var type = new ResourceType { Group = "", Version = "v1", Kind = kind, Plural = resource, Namespaced = isNamespaced };
        JsonObject target = store.Find(type, @namespace, name)?.ToNode() ?? throw StatusException.NotFound(type, name);
        string uid = (string?)target["metadata"]?["uid"] ?? "";
        string asked = JsonWebToken.Text(reference, "uid");
        if (asked.Length > 0 && asked != uid)
        {
            throw StatusException.Conflict(
                type with { Plural = kind }, name, $"the UID in the bound object reference ({asked}) does not match the UID in record. The object might have been deleted and then recreated");
        }

        if (kind == "Pod" && ((string?)target["spec"]?["serviceAccountName"] ?? "") != account)
        {
            throw StatusException.BadRequest($"cannot bind token for serviceaccount \"{account}\" to pod running with different serviceaccount name.");
        }

        own[member] = new JsonObject { ["name"] = name, ["uid"] = uid };
        if (kind == "Pod" && (string?)target["spec"]?["nodeName"] is { Length: > 0 } node && store.Find("nodes", "", node) is { } host)
        {
            own["node"] = new JsonObject { ["name"] = node, ["uid"] = host.Header.Uid };
        }

        return reference;
    }

    private Identity? Bound(JsonWebToken token)
    {
        JsonNode? own = token.Claims[Private];
        string @namespace = JsonWebToken.Text(own, "namespace");
        string account = JsonWebToken.Text(own?["serviceaccount"], "name");
        string uid = JsonWebToken.Text(own?["serviceaccount"], "uid");
        if (store.Find("serviceaccounts", @namespace, account) is not { } live || live.Header.Uid != uid
            || !Exists("pods", @namespace, own?["pod"]) || !Exists("secrets", @namespace, own?["secret"])
            || (own?["pod"] is null && !Exists("nodes", "", own?["node"])))
        {
            return null;
        }

        var extra = new Dictionary<string, IReadOnlyList<string>>();
        foreach (string kind in (ReadOnlySpan<string>)["pod", "node"])
        {
            if (own?[kind] is { } bound)
            {
                extra[$"authentication.kubernetes.io/{kind}-name"] = [JsonWebToken.Text(bound, "name")];
                extra[$"authentication.kubernetes.io/{kind}-uid"] = [JsonWebToken.Text(bound, "uid")];
            }
        }

        extra["authentication.kubernetes.io/credential-id"] = [$"JTI={JsonWebToken.Text(token.Claims, "jti")}"];
        return Identity.ServiceAccount(@namespace, account) with { Uid = uid, Extra = extra };
    }

    private (Identity, IReadOnlyList<string>)? Legacy(JsonWebToken token)
    {
        string Claim(string name) => JsonWebToken.Text(token.Claims, $"kubernetes.io/serviceaccount/{name}");
        string @namespace = Claim("namespace");
        string account = Claim("service-account.name");
        string uid = Claim("service-account.uid");
        if (!token.IsSignedBy(keys.Public) || store.Find("serviceaccounts", @namespace, account) is not { } live || live.Header.Uid != uid
            || store.Find("secrets", @namespace, Claim("secret.name"))?.ToNode() is not { } secret
            || (string?)secret["metadata"]?["annotations"]?["kubernetes.io/service-account.uid"] != uid
            || secret["metadata"]?["deletionTimestamp"] is not null)
        {
            return null;
        }

        return (Identity.ServiceAccount(@namespace, account) with { Uid = uid }, [Issuer]);
    }

    private bool Exists(string resource, string @namespace, JsonNode? reference)
        => reference is null
            || (store.Find(resource, @namespace, JsonWebToken.Text(reference, "name")) is { } live && live.Header.Uid == JsonWebToken.Text(reference, "uid"));

    private bool IsOwnAudience(string audience) => IsOwn(audience) || InCluster.Contains(audience);

    private bool IsOwn(string url)
        => url == Issuer || (Uri.TryCreate(url, UriKind.Absolute, out Uri? own) && Uri.TryCreate(Issuer, UriKind.Absolute, out Uri? ours)
            && ours.AbsolutePath.Length > 1 && own.AbsolutePath == ours.AbsolutePath);
}

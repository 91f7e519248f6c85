using System.Security.Cryptography.X509Certificates;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// Who sent an HTTP request: by client certificate, by bearer token (the platform's own, a ServiceAccount's, an OpenID Connect
/// issuer's), or by the portal's session cookie.
/// </summary>
internal sealed class HttpAuthentication(EmbeddedApiOptions options, PortalSessions sessions)
{
    private const string Known = "fairway.identity";

    private readonly OidcAuthenticator[] _oidc = [.. options.Oidc.Select(issuer => new OidcAuthenticator(issuer, options.Time))];

    /// <summary>The sender. Remembered for the rest of the request.</summary>
    /// <param name="cluster">Whose ServiceAccounts may come; null: none.</param>
    /// <exception cref="StatusException">401: nobody that is known; 403: a page of another site uses the browser's session.</exception>
    public async ValueTask<Identity> RequireAsync(HttpContext context, ClusterVerbs? cluster)
    {
        if (context.Items.TryGetValue(Known, out object? known))
        {
            return (Identity)known!;
        }

        Identity user = Bearer(context) is { } token
            ? (await ReviewAsync(token, [], cluster, context.RequestAborted))?.User ?? throw Refusals.Unauthorized()
            : ByConnection(context) ?? throw Refusals.Unauthorized();
        context.Items[Known] = user;
        return user;
    }

    /// <summary>The sender of a request to a cluster: who brings nothing at all is anonymous, and may what RBAC grants to the unauthenticated.</summary>
    /// <exception cref="StatusException">401: credentials that nobody vouches for; 403: a page of another site uses the browser's session.</exception>
    public async ValueTask<Identity> IdentifyAsync(HttpContext context, ClusterVerbs? cluster)
    {
        if (Bearer(context) is null && context.Connection.ClientCertificate is null && context.Request.Cookies[sessions.CookieName] is null
            && options.Anonymous.Allows(Below(context.Request.Path.Value!)))
        {
            context.Items[Known] = Identity.Anonymous;
        }

        return await RequireAsync(context, cluster);
    }

    // Paths of conditions are those of a cluster, below its base URL.
    private static string Below(string path) => path.StartsWith("/clusters/", StringComparison.Ordinal) && path.IndexOf('/', "/clusters/".Length) is > 0 and var cut ? path[cut..] : path;

    /// <summary>The same for who is known already, or without asking anyone else.</summary>
    public Identity Require(HttpContext context)
        => context.Items.TryGetValue(Known, out object? known) ? (Identity)known!
            : (Bearer(context) is { } token ? options.Tokens.Authenticate(token) : ByConnection(context)) ?? throw Refusals.Unauthorized();

    /// <summary>Whose token it is, and for which of the audiences; null when nobody vouches for it.</summary>
    public async ValueTask<(Identity User, IReadOnlyList<string> Audiences)?> ReviewAsync(
        string token, IReadOnlyList<string> audiences, ClusterVerbs? cluster, CancellationToken cancellation)
    {
        if (options.Tokens.Authenticate(token) is { } user)
        {
            return (user, audiences);
        }

        if (JsonWebToken.TryParse(token) is not { } parsed)
        {
            return null;
        }

        if (cluster?.Accounts?.Authenticate(parsed, audiences) is { } account)
        {
            return account;
        }

        foreach (OidcAuthenticator issuer in _oidc.Where(issuer => issuer.Issuer == parsed.Issuer))
        {
            if (await issuer.AuthenticateAsync(parsed, cancellation) is { } person)
            {
                return audiences.Count == 0 || person.Audiences.Any(audiences.Contains) ? person : null;
            }
        }

        return null;
    }

    private static string? Bearer(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && header["Bearer ".Length..].Trim() is { Length: > 0 } sent)
        {
            return sent;
        }

        // Browsers cannot set headers of a WebSocket: the token comes as a protocol, as Kubernetes has it.
        const string Prefix = "base64url.bearer.authorization.k8s.io.";
        string? protocol = context.Request.Headers.SecWebSocketProtocol.SelectMany(value => (value ?? "").Split(','))
            .Select(value => value.Trim()).FirstOrDefault(value => value.StartsWith(Prefix, StringComparison.Ordinal));
        try
        {
            return protocol is null ? null : System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(protocol.AsSpan(Prefix.Length)));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private Identity? ByConnection(HttpContext context)
    {
        if (context.Request.Cookies[sessions.CookieName] is { } session && sessions.Authenticate(session) is { } user)
        {
            return IsFromOurPages(context.Request) ? user : throw new StatusException(403, "Forbidden", "a session cookie is only good for Fairway's own pages");
        }

        return context.Connection.ClientCertificate is X509Certificate2 certificate ? options.Authority?.Identify(certificate, options.Time.GetUtcNow()) : null;
    }

    // The cookie is SameSite=Strict already; services behind the gateway are on the same site as the portal, though
    // (web.dev.localhost and localhost), so requests that change or stream must come from the portal's own origin.
    private static bool IsFromOurPages(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        if (origin.Length > 0)
        {
            return Uri.TryCreate(origin, UriKind.Absolute, out Uri? url) && url.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);
        }

        string site = request.Headers["Sec-Fetch-Site"].ToString();
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? site is "" or "same-origin" or "none" : site is "same-origin";
    }
}

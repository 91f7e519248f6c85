using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>Who sent an HTTP request: by bearer token, or by the portal's session cookie.</summary>
internal sealed class HttpAuthentication(TokenStore tokens, PortalSessions sessions)
{
    /// <exception cref="StatusException">401: nobody that is known; 403: a page of another site uses the browser's session.</exception>
    public Identity Require(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return tokens.Authenticate(header["Bearer ".Length..].Trim()) ?? throw Refusals.Unauthorized();
        }

        if (context.Request.Cookies[sessions.CookieName] is { } session && sessions.Authenticate(session) is { } user)
        {
            return IsFromOurPages(context.Request) ? user : throw new StatusException(403, "Forbidden", "a session cookie is only good for Fairway's own pages");
        }

        throw Refusals.Unauthorized();
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

using System.Text.Json.Nodes;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>The browser's way in and out.</summary>
internal sealed class SignInEndpoints(PortalSessions sessions, HttpAuthentication authentication)
{
    /// <summary><c>GET /signin?code=…</c>: a session cookie, and on to the portal (or to <c>next</c>, a path in it).</summary>
    public Task SignInAsync(HttpContext context)
    {
        if (sessions.SignIn(context.Request.Query["code"].ToString()) is not { } granted)
        {
            return Responses.WriteTextAsync(context, 401, "This sign-in link is not valid (any more). Ask for a new one: fairway status");
        }

        context.Response.Cookies.Append(sessions.CookieName, granted.Session, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Path = "/",
            MaxAge = granted.Lifetime,
        });
        context.Response.Headers.CacheControl = "no-store";
        string next = context.Request.Query["next"].ToString();
        context.Response.Redirect(IsOurPath(next) ? next : "/");
        return Task.CompletedTask;
    }

    /// <summary><c>POST /signin/links</c>: a new link for whoever asks.</summary>
    public Task CreateLinkAsync(HttpContext context)
    {
        Identity user = authentication.Require(context);
        return WriteAsync(context, new JsonObject { ["path"] = sessions.CreateSignInPath(user) });
    }

    public Task SignOutAsync(HttpContext context)
    {
        authentication.Require(context);
        if (context.Request.Cookies[sessions.CookieName] is { } session)
        {
            sessions.SignOut(session);
        }

        context.Response.Cookies.Delete(sessions.CookieName);
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    /// <summary><c>GET /session</c>: who is signed in.</summary>
    public Task WhoAsync(HttpContext context)
    {
        Identity user = authentication.Require(context);
        return WriteAsync(context, new JsonObject { ["name"] = user.Name, ["groups"] = new JsonArray([.. user.Groups.Select(group => (JsonNode)group)]) });
    }

    private static bool IsOurPath(string path)
        => path.StartsWith('/') && !path.StartsWith("//", StringComparison.Ordinal) && !path.Contains('\\', StringComparison.Ordinal);

    private static Task WriteAsync(HttpContext context, JsonObject body)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Responses.WriteBytesAsync(context, 200, Document.From(body).Json, "application/json");
    }
}

using System.Collections.Frozen;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Web;

/// <summary>
/// Serves the built portal, compressed on the way. Pages are the portal's own: any path that no server route answers is
/// its index page, so that every screen's address can be opened directly.
/// </summary>
internal sealed class PortalFiles
{
    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".json"] = "application/json",
        [".png"] = "image/png",
        [".woff2"] = "font/woff2",
        [".ico"] = "image/x-icon",
        [".webmanifest"] = "application/manifest+json",
        [".map"] = "application/json",
        [".txt"] = "text/plain; charset=utf-8",
    }.ToFrozenDictionary();

    private readonly string _directory;
    private readonly FrozenDictionary<string, string> _files;

    public PortalFiles(string directory)
    {
        _directory = directory;
        _files = Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
                .ToFrozenDictionary(file => "/" + Path.GetRelativePath(directory, file).Replace('\\', '/'))
            : FrozenDictionary<string, string>.Empty;
    }

    public static PortalFiles BesideProgram { get; } = new(Path.Combine(AppContext.BaseDirectory, "portal"));

    public void MapTo(IEndpointRouteBuilder routes) => routes.MapFallback("{**path}", ServeAsync);

    private async Task ServeAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        string path = context.Request.Path.Value ?? "/";
        bool isAsset = _files.TryGetValue(path, out string? file);
        if (!isAsset && (path.StartsWith("/assets/", StringComparison.Ordinal) || path.StartsWith("/fairway/", StringComparison.Ordinal)))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync("404 page not found\n", context.RequestAborted);
            return;
        }

        file ??= _files.GetValueOrDefault("/index.html");
        if (file is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync($"The portal was not built into {_directory}. Build it with: npm ci && npm run build (in web/)\n", context.RequestAborted);
            return;
        }

        HttpResponse response = context.Response;
        response.ContentType = Types.GetValueOrDefault(Path.GetExtension(file), "application/octet-stream");
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        // Assets carry a hash in their name and never change; the page that names them always may.
        response.Headers.CacheControl = path.StartsWith("/assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        if (!isAsset || path == "/index.html")
        {
            response.Headers.ContentSecurityPolicy =
                "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
        }

        await WriteAsync(context, file);
    }

    private static async Task WriteAsync(HttpContext context, string file)
    {
        await using FileStream content = File.OpenRead(file);
        if (!context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal) || HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentLength = content.Length;
            if (HttpMethods.IsGet(context.Request.Method))
            {
                await content.CopyToAsync(context.Response.Body, context.RequestAborted);
            }

            return;
        }

        context.Response.Headers.ContentEncoding = "br";
        context.Response.Headers.Vary = "Accept-Encoding";
        await using var compressed = new BrotliStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await content.CopyToAsync(compressed, context.RequestAborted);
    }
}

using Fairway.Resources;
using Fairway.Resources.Discovery;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// The routes that kube-apiserver has for its own kinds: which paths there are, which methods they take and what they produce. It
/// looks at these before it looks at anything else of a request, so that a path that nobody routes is not found and a method that
/// a path does not take is not allowed, whatever the object or the body. Custom resources have no routes of their own.
/// </summary>
internal static class ResourceRoutes
{
    private const string Get = "GET";

    private static readonly string[] Reads = [Get];
    private static readonly string[] Items = [Get, "PUT", "PATCH", "DELETE"];
    private static readonly string[] Collection = [Get, "POST", "DELETE"];
    private static readonly string[] Kept = [Get, "POST"];
    private static readonly string[] Creation = ["POST"];

    /// <summary>Refuses a request that no route of a kind takes.</summary>
    /// <exception cref="StatusException">404, 405, 406.</exception>
    public static void Require(HttpRequest request, RequestInfo info, KindDefinition kind)
        => Require(request, info, MethodsOf(info, kind), Produces(request, info));

    /// <summary>The same for a kind that can only be read.</summary>
    public static void RequireRead(HttpRequest request, RequestInfo info, ResourceType type)
        => Require(request, info, IsPlaced(info, type) && info.Subresource.Length == 0 && !info.IsWatchPath ? Reads : null, Produced.Object);

    /// <summary>The same for a kind that can only be created.</summary>
    public static void RequireCreation(HttpRequest request, RequestInfo info, bool isNamespaced)
        => Require(request, info, info.PathName.Length == 0 && !info.IsWatchPath && info.IsInNamespace == isNamespaced ? Creation : null, Produced.Object);

    /// <summary>The same for a path that only tells something.</summary>
    public static void RequireGet(HttpRequest request, Produced produced)
    {
        if (request.Method != Get)
        {
            throw Refusals.MethodNotAllowed();
        }

        Negotiation.RequireProduced(request, produced);
    }

    private static void Require(HttpRequest request, RequestInfo info, IEnumerable<string>? methods, Produced? produced)
    {
        if (methods is null || info.Rest.Length > 0 || HasGap(info.Path))
        {
            throw Refusals.NoSuchResource();
        }

        if (!methods.Contains(request.Method))
        {
            throw Refusals.MethodNotAllowed();
        }

        if (produced is { } form)
        {
            Negotiation.RequireProduced(request, form);
        }
    }

    /// <summary>Nothing stands between two slashes within a path.</summary>
    public static bool HasGap(string path) => path.TrimEnd('/').Contains("//", StringComparison.Ordinal);

    // Logs and streams choose their own form.
    private static Produced? Produces(HttpRequest request, RequestInfo info)
        => info.Subresource is "log" or "exec" or "attach" or "portforward" ? null
            : info.PathName.Length == 0 && request.Method == Get || info.IsWatchPath ? Produced.List
            : Produced.Object;

    private static IEnumerable<string>? MethodsOf(RequestInfo info, KindDefinition kind)
    {
        if (!IsPlaced(info, kind.Type))
        {
            return null;
        }

        if (info.IsWatchPath)
        {
            return info.Subresource.Length == 0 ? Reads : null;
        }

        if (info.PathName.Length == 0)
        {
            return kind.Type.Namespaced && !info.IsInNamespace ? Reads : kind.Type.GroupResource == "namespaces" ? Kept : Collection;
        }

        return info.Subresource.Length == 0 ? Items : DiscoveryDocuments.VerbsAt(kind, info.Subresource)?.Select(MethodOf);
    }

    // One object of a kind that lives in namespaces is only found in one; a kind that does not is in none.
    private static bool IsPlaced(RequestInfo info, ResourceType type)
        => type.Namespaced ? info.IsInNamespace || info.PathName.Length == 0 : !info.IsInNamespace;

    private static string MethodOf(string verb) => verb switch { "create" => "POST", "update" => "PUT", "patch" => "PATCH", "delete" => "DELETE", _ => Get };
}

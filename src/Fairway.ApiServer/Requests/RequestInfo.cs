namespace Fairway.ApiServer;

/// <summary>
/// What a request's path and method ask for, as Kubernetes reads them. The path is the part below the cluster's base URL.
/// Pure: knows no catalog, so a resource that nobody serves is parsed like any other.
/// </summary>
internal sealed record RequestInfo
{
    private static readonly HashSet<string> NamespaceSubresources = ["status", "finalize"];

    /// <summary>A request for a resource; otherwise only <see cref="Path"/> and <see cref="Verb"/> mean something.</summary>
    public bool IsResource { get; init; }

    public required string Path { get; init; }

    /// <summary>get, list, watch, create, update, patch, delete, deletecollection; for other paths the method in lower case.</summary>
    public required string Verb { get; init; }

    /// <summary><c>api</c> or <c>apis</c>.</summary>
    public string Prefix { get; init; } = "";

    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>The path says that it is about a namespace's objects.</summary>
    public bool IsInNamespace { get; init; }

    /// <summary>The path is the old form of a watch.</summary>
    public bool IsWatchPath { get; init; }

    /// <summary>The name that the path has; <see cref="Name"/> may come from a selector.</summary>
    public string PathName { get; init; } = "";

    /// <summary>What follows the subresource (a proxy's path); empty for what Fairway serves.</summary>
    public string Rest { get; init; } = "";

    /// <summary>Reads a path such as <c>/apis/apps/v1/namespaces/shop/deployments/web/scale</c>.</summary>
    /// <param name="isWatch">The query asks for a watch.</param>
    /// <param name="fieldSelectorName">The name that the query's field selector demands, if any: such a list is authorized as a get by name.</param>
    public static RequestInfo Parse(string method, string path, bool isWatch, string? fieldSelectorName)
    {
        ArgumentNullException.ThrowIfNull(path);
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var other = new RequestInfo { Path = path, Verb = method.ToLowerInvariant() };
        return parts switch
        {
            ["api", _, _, ..] => Resources(other, method, isWatch, fieldSelectorName, "api", "", parts[1], parts.AsSpan(2)),
            ["apis", _, _, _, ..] => Resources(other, method, isWatch, fieldSelectorName, "apis", parts[1], parts[2], parts.AsSpan(3)),
            _ => other,
        };
    }

    private static RequestInfo Resources(
        RequestInfo other, string method, bool isWatch, string? selected, string prefix, string group, string version, ReadOnlySpan<string> parts)
    {
        // The old form of a watch: /api/v1/watch/namespaces/x/pods.
        bool isWatchPath = parts[0] == "watch" && parts.Length > 1;
        if (isWatchPath)
        {
            parts = parts[1..];
        }

        string @namespace = "";
        bool isInNamespace = parts is ["namespaces", _, _, ..] && !NamespaceSubresources.Contains(parts[2]);
        if (isInNamespace)
        {
            @namespace = parts[1];
            parts = parts[2..];
        }

        string resource = parts[0];
        string name = parts.Length > 1 ? parts[1] : "";
        // A request for a namespace itself counts as being in it, so that a Role there can grant it.
        if (resource == "namespaces" && @namespace.Length == 0)
        {
            @namespace = name;
        }

        string verb = VerbOf(method, name, isWatchPath || (isWatch && name.Length == 0));
        return other with
        {
            IsResource = true,
            Prefix = prefix,
            Group = group,
            Version = version,
            Namespace = @namespace,
            Resource = resource,
            IsInNamespace = isInNamespace,
            IsWatchPath = isWatchPath,
            PathName = name,
            Name = name.Length == 0 && verb is "list" or "watch" ? selected ?? "" : name,
            Subresource = parts.Length > 2 ? parts[2] : "",
            Rest = parts.Length > 3 ? string.Join('/', parts[3..].ToArray()) : "",
            Verb = verb,
        };
    }

    private static string VerbOf(string method, string name, bool isWatch) => method switch
    {
        "GET" or "HEAD" when isWatch => "watch",
        "GET" or "HEAD" => name.Length == 0 ? "list" : "get",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => name.Length == 0 ? "deletecollection" : "delete",
        _ => method.ToLowerInvariant(),
    };
}

using System.Text;
using Fairway.Resources.Schemas;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// <c>/healthz</c>, <c>/livez</c> and <c>/readyz</c>: all checks at once, one to a line with <c>?verbose</c>, without some by
/// <c>?exclude=</c>, and each below them by its name.
/// </summary>
/// <param name="options">What else the program has checked.</param>
/// <param name="isStoreWell">Whether writes reach the disk: the check that kube-apiserver calls etcd.</param>
internal sealed class Health(EmbeddedApiOptions options, Func<bool> isStoreWell)
{
    // What is done before the first request is served, by the names that kube-apiserver gives these steps: they hold while it answers.
    private static readonly string[] Begun =
    [
        "poststarthook/start-apiserver-admission-initializer", "poststarthook/generic-apiserver-start-informers", "poststarthook/priority-and-fairness-filter",
        "poststarthook/storage-object-count-tracker-hook", "poststarthook/start-apiextensions-informers", "poststarthook/start-apiextensions-controllers",
        "poststarthook/crd-informer-synced", "poststarthook/start-system-namespaces-controller", "poststarthook/start-service-ip-repair-controllers",
        "poststarthook/rbac/bootstrap-roles", "poststarthook/scheduling/bootstrap-system-priority-classes", "poststarthook/bootstrap-controller",
        "poststarthook/apiservice-registration-controller", "poststarthook/apiservice-discovery-controller", "poststarthook/kube-apiserver-autoregistration",
        "autoregister-completion", "poststarthook/apiservice-openapi-controller", "poststarthook/apiservice-openapiv3-controller",
    ];

    /// <summary>The paths of single checks, as <c>/</c> lists them.</summary>
    public static IEnumerable<string> Paths
        => from kind in (string[])["healthz", "livez", "readyz"] from check in (string[])["ping", "log", "etcd", .. Begun] select $"/{kind}/{check}";

    /// <param name="path">As it was sent: a slash at its end names no check.</param>
    public Task WriteAsync(HttpContext context, string path)
    {
        string[] parts = path.Split('/', 3, StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<(string Name, bool IsWell)> checks = Checks(parts[0]);
        if (parts.Length > 1 || path.EndsWith('/'))
        {
            string name = path.TrimStart('/')[(parts[0].Length + 1)..];
            (string Name, bool IsWell) one = checks.FirstOrDefault(check => check.Name == name);
            return one.Name is null ? Responses.WriteTextAsync(context, 404, "404 page not found\n")
                : one.IsWell ? Responses.WriteTextAsync(context, 200, "ok")
                : Responses.WriteTextAsync(context, 500, "internal server error: reason withheld\n");
        }

        return WriteAllAsync(context, parts[0], [.. checks]);
    }

    private static Task WriteAllAsync(HttpContext context, string kind, (string Name, bool IsWell)[] checks)
    {
        var excluded = new SortedSet<string>(context.Request.Query["exclude"].OfType<string>(), StringComparer.Ordinal);
        var text = new StringBuilder();
        bool isWell = true;
        foreach ((string name, bool well) in checks)
        {
            bool isExcluded = excluded.Remove(name);
            isWell &= well || isExcluded;
            text.Append(isExcluded ? $"[+]{name} excluded: ok\n" : well ? $"[+]{name} ok\n" : $"[-]{name} failed: reason withheld\n");
        }

        if (isWell && !context.Request.Query.ContainsKey("verbose"))
        {
            return Responses.WriteTextAsync(context, 200, "ok");
        }

        if (excluded.Count > 0)
        {
            text.Append("warn: some health checks cannot be excluded: no matches for ").AppendJoin(',', excluded.Select(KubeJson.Quote)).Append('\n');
        }

        text.Append(kind).Append(isWell ? " check passed\n" : " check failed\n");
        return Responses.WriteTextAsync(context, isWell ? 200 : 500, text.ToString());
    }

    private IEnumerable<(string Name, bool IsWell)> Checks(string kind)
        =>
        [
            ("ping", true), ("log", true), ("etcd", isStoreWell()), .. kind == "readyz" ? [("etcd-readiness", isStoreWell()), ("informer-sync", true)] : Array.Empty<(string, bool)>(),
            .. options.HealthChecks.Select(check => (check.Key, check.Value())),
            .. Begun.Select(step => (step, true)),
            .. kind == "readyz" ? [("shutdown", true)] : Array.Empty<(string, bool)>(),
        ];
}

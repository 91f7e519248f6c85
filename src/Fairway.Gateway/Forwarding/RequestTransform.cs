using System.Diagnostics;
using System.Net;
using Fairway.Gateway.Backends;
using Fairway.Gateway.Routing;
using Fairway.Resources.Kinds.Gateway;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Fairway.Gateway.Forwarding;

/// <summary>From the request that came in to the one that goes out.</summary>
internal static class RequestTransform
{
    public static HttpRequestMessage Outgoing(HttpContext context, CompiledRule rule, BackendEndpoint endpoint, bool upgrade)
    {
        HttpRequest request = context.Request;
        var outgoing = new HttpRequestMessage(new HttpMethod(request.Method), Target(request, rule, endpoint))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true && !upgrade)
        {
            outgoing.Content = new RequestBody(request.Body, request.ContentLength, context.RequestAborted);
        }

        CopyHeaders(request, outgoing);
        AddForwarded(context, outgoing);
        Modify(outgoing, rule.Filters);
        outgoing.Headers.Host = rule.Rewrite?.Hostname ?? request.Host.Value;
        if (upgrade)
        {
            outgoing.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            outgoing.Headers.TryAddWithoutValidation("Upgrade", request.Headers.Upgrade.ToString());
        }

        return outgoing;
    }

    /// <summary>The path to ask the backend for, as sent by the client unless the rule rewrites it.</summary>
    public static string Path(string path, CompiledRule rule, HttpPathModifier? modifier) => modifier?.Type switch
    {
        "ReplaceFullPath" => modifier.ReplaceFullPath ?? "/",
        "ReplacePrefixMatch" => Join(modifier.ReplacePrefixMatch ?? "/", path[Math.Min(rule.Match.Prefix.Length, path.Length)..]),
        _ => path,
    };

    private static string Join(string prefix, string rest)
    {
        string joined = prefix.TrimEnd('/') + (rest.Length == 0 || rest[0] == '/' ? rest : "/" + rest);
        return joined.Length == 0 ? "/" : joined;
    }

    private static Uri Target(HttpRequest request, CompiledRule rule, BackendEndpoint endpoint)
    {
        // The raw target keeps the client's own escapes; the decoded path would lose them.
        string raw = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        string target = rule.Rewrite?.Path is { } modifier
            ? new PathString(Path(request.Path.Value ?? "/", rule, modifier)).ToUriComponent() + request.QueryString.ToUriComponent()
            : raw.StartsWith('/') ? raw : request.Path.ToUriComponent() + request.QueryString.ToUriComponent();
        return new Uri($"http://{endpoint.Authority}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    private static void CopyHeaders(HttpRequest request, HttpRequestMessage outgoing)
    {
        string connection = request.Headers.Connection.ToString();
        foreach ((string name, StringValues values) in request.Headers)
        {
            if (HopByHop.Contains(name, connection) || name.Equals("Host", StringComparison.OrdinalIgnoreCase) || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (!outgoing.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                outgoing.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
    }

    private static void AddForwarded(HttpContext context, HttpRequestMessage outgoing)
    {
        string client = context.Connection.RemoteIpAddress?.ToString() ?? "";
        string before = context.Request.Headers["X-Forwarded-For"].ToString();
        Set(outgoing, "X-Forwarded-For", before.Length == 0 ? client : $"{before}, {client}");
        Set(outgoing, "X-Forwarded-Host", context.Request.Host.Value ?? "");
        Set(outgoing, "X-Forwarded-Proto", context.Request.Scheme);
        if (!context.Request.Headers.ContainsKey("traceparent"))
        {
            Set(outgoing, "traceparent", $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00");
        }
    }

    private static void Modify(HttpRequestMessage outgoing, IReadOnlyList<HttpRouteFilter> filters)
    {
        foreach (HttpHeaderFilter filter in filters.Select(filter => filter.RequestHeaderModifier).OfType<HttpHeaderFilter>())
        {
            foreach (string name in filter.Remove ?? [])
            {
                outgoing.Headers.Remove(name);
            }

            foreach (GatewayHttpHeader header in filter.Set ?? [])
            {
                Set(outgoing, header.Name, header.Value);
            }

            foreach (GatewayHttpHeader header in filter.Add ?? [])
            {
                outgoing.Headers.TryAddWithoutValidation(header.Name, header.Value);
            }
        }
    }

    private static void Set(HttpRequestMessage outgoing, string name, string value)
    {
        outgoing.Headers.Remove(name);
        outgoing.Headers.TryAddWithoutValidation(name, value);
    }
}

using System.Collections.Frozen;
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
    /// <summary>Headers that the gateway writes itself, or that the body says.</summary>
    private static readonly FrozenSet<string> OwnHeaders =
        new[] { "Host", "Content-Length", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static HttpRequestMessage Outgoing(HttpContext context, CompiledRule rule, BackendEndpoint endpoint, bool upgrade)
    {
        HttpRequest request = context.Request;
        var outgoing = new HttpRequestMessage(HttpMethod.Parse(request.Method), Target(request, rule, endpoint))
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
        Modify(outgoing, rule.RequestHeaders);
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
            if (HopByHop.Contains(name, connection) || OwnHeaders.Contains(name))
            {
                continue;
            }

            // Almost every header has one value, which needs no enumerator.
            bool taken = values.Count == 1
                ? outgoing.Headers.TryAddWithoutValidation(name, values.ToString())
                : outgoing.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            if (!taken)
            {
                outgoing.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
    }

    private static void AddForwarded(HttpContext context, HttpRequestMessage outgoing)
    {
        string client = context.Connection.RemoteIpAddress?.ToString() ?? "";
        string before = context.Request.Headers["X-Forwarded-For"].ToString();
        outgoing.Headers.TryAddWithoutValidation("X-Forwarded-For", before.Length == 0 ? client : $"{before}, {client}");
        outgoing.Headers.TryAddWithoutValidation("X-Forwarded-Host", context.Request.Host.Value ?? "");
        outgoing.Headers.TryAddWithoutValidation("X-Forwarded-Proto", context.Request.Scheme);
        if (!context.Request.Headers.ContainsKey("traceparent"))
        {
            outgoing.Headers.TryAddWithoutValidation("traceparent", $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00");
        }
    }

    private static void Modify(HttpRequestMessage outgoing, HttpHeaderFilter[] filters)
    {
        foreach (HttpHeaderFilter filter in filters)
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

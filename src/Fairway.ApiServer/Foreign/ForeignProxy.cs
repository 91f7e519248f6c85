using System.Net;
using Fairway.Client;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.ApiServer;

/// <summary>
/// Passes Kubernetes requests on to a foreign cluster, streams and all: watches and followed logs as they come, exec, attach and
/// port-forward by upgraded connections, whatever protocol they speak. The hub's RBAC is asked first; the cluster's credentials
/// take the place of the caller's, which never leave.
/// </summary>
internal sealed class ForeignProxy(ClusterVerbs judge, Gate gate, TimeProvider time, CancellationToken stopping)
{
    private const string TokenProtocol = "base64url.bearer.authorization.k8s.io.";

    // Those of one connection (RFC 9110, 7.6.1), and those that say who asks.
    private static readonly HashSet<string> NotPassed = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Cookie", "Host", "Origin", "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Content-Length", "Accept-Encoding", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
    };

    /// <summary>What to answer when a foreign cluster cannot be asked.</summary>
    public static StatusException Unreachable(ForeignCluster cluster, Exception why)
        => new(503, "ServiceUnavailable", $"cluster {cluster.Name} at {cluster.Http.BaseAddress} cannot be reached: {why.InnerException?.Message ?? why.Message}");

    /// <summary>Serves a request whose sender is known.</summary>
    /// <param name="context">The request.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="cluster">Where it goes.</param>
    /// <param name="path">Below the cluster's base URL.</param>
    /// <exception cref="StatusException">403 by the hub, or 503 when the cluster cannot be asked.</exception>
    public async Task HandleAsync(HttpContext context, Identity sender, ForeignCluster cluster, string path)
    {
        Call call = NewCall(context, sender, cluster.Name, path);
        try
        {
            await gate.BeginAsync(call);
            Gate.Authorize(judge, call);
            await ForwardAsync(context, cluster, path);
            await gate.AuditAsync(call, context.Response.StatusCode, null);
        }
        catch (Exception failure)
        {
            await gate.AuditAsync(call, failure);
            throw;
        }
    }

    private Call NewCall(HttpContext context, Identity sender, string cluster, string path)
    {
        Identity user = Impersonation.Apply(judge, context.Request.Headers, sender);
        return new Call
        {
            Cluster = cluster,
            User = user,
            Sender = ReferenceEquals(user, sender) ? null : sender,
            Info = RequestInfo.Parse(context.Request.Method, path, ListQuery.Flag(context.Request.Query["watch"]), null),
            Uri = context.Request.Path + context.Request.QueryString,
            SourceIp = context.Connection.RemoteIpAddress?.ToString(),
            UserAgent = context.Request.Headers.UserAgent.ToString(),
            Received = time.GetUtcNow(),
        };
    }

    private async Task ForwardAsync(HttpContext context, ForeignCluster cluster, string path)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        IHttpUpgradeFeature? upgrade = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } feature ? feature : null;
        using HttpRequestMessage request = NewRequest(context, cluster, path, upgrade is not null);
        HttpResponseMessage response;
        try
        {
            response = await cluster.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending.Token);
        }
        catch (Exception broken) when (broken is HttpRequestException or KubeconfigException)
        {
            throw Unreachable(cluster, broken);
        }

        using (response)
        {
            if (response.StatusCode == HttpStatusCode.Unauthorized)
            {
                throw new StatusException(
                    503, "ServiceUnavailable", $"cluster {cluster.Name} does not accept the credentials that it was joined with any more: join it again with a fresh kubeconfig");
            }

            CopyHeaders(response, context.Response);
            if (response.StatusCode == HttpStatusCode.SwitchingProtocols && upgrade is not null)
            {
                context.Response.Headers.Connection = "Upgrade";
                context.Response.Headers.Upgrade = request.Headers.Upgrade.ToString();
                await using Stream near = await upgrade.UpgradeAsync();
                await using Stream far = await response.Content.ReadAsStreamAsync(ending.Token);
                await BothWaysAsync(near, far, ending);
                return;
            }

            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await context.Response.StartAsync(ending.Token); // a watch's headers do not wait for its first event
            await using Stream body = await response.Content.ReadAsStreamAsync(ending.Token);
            try
            {
                await CopyAsync(body, context.Response.Body, ending.Token);
            }
            catch (Exception broken) when (broken is IOException or HttpRequestException)
            {
                context.Abort(); // cut off as the cluster cut off: the client must not take it for the whole
            }
        }
    }

    private static HttpRequestMessage NewRequest(HttpContext context, ForeignCluster cluster, string path, bool isUpgrade)
    {
        HttpRequest from = context.Request;
        string below = string.Join('/', path.TrimStart('/').Split('/').Select(Uri.EscapeDataString));
        var request = new HttpRequestMessage(HttpMethod.Parse(from.Method), new Uri(cluster.Http.BaseAddress!, below + from.QueryString.ToUriComponent()))
        {
            Version = isUpgrade ? HttpVersion.Version11 : cluster.Http.DefaultRequestVersion,
            VersionPolicy = isUpgrade ? HttpVersionPolicy.RequestVersionExact : cluster.Http.DefaultVersionPolicy,
        };
        if (from.ContentLength is > 0 || (from.ContentLength is null && from.Headers.TransferEncoding.Count > 0) || (!isUpgrade && from.Method is "POST" or "PUT" or "PATCH" or "DELETE"))
        {
            request.Content = new StreamContent(from.Body);
            request.Content.Headers.ContentLength = from.ContentLength;
        }

        foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in from.Headers)
        {
            bool isForeign = NotPassed.Contains(name) || name.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("X-Remote-", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith(':');
            string?[] kept = name.Equals("Sec-WebSocket-Protocol", StringComparison.OrdinalIgnoreCase) ? [WithoutToken(value)] : value.ToArray();
            if (!isForeign && kept is not [null or ""] && !request.Headers.TryAddWithoutValidation(name, kept))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, kept);
            }
        }

        if (isUpgrade)
        {
            request.Headers.Connection.Add("Upgrade");
            request.Headers.TryAddWithoutValidation("Upgrade", from.Headers.Upgrade.ToString());
        }

        return request;
    }

    // A browser's way of sending its token: it is for this server.
    private static string WithoutToken(Microsoft.Extensions.Primitives.StringValues protocols)
        => string.Join(", ", protocols.ToString().Split(',', StringSplitOptions.TrimEntries).Where(protocol => !protocol.StartsWith(TokenProtocol, StringComparison.Ordinal)));

    private static void CopyHeaders(HttpResponseMessage from, HttpResponse to)
    {
        to.StatusCode = (int)from.StatusCode;
        foreach ((string name, IEnumerable<string> values) in from.Headers.Concat(from.Content.Headers))
        {
            if (!NotPassed.Contains(name))
            {
                to.Headers[name] = values.ToArray();
            }
        }
    }

    private static async Task BothWaysAsync(Stream near, Stream far, CancellationTokenSource ending)
    {
        Task there = CopyAsync(near, far, ending.Token);
        Task back = CopyAsync(far, near, ending.Token);
        await Task.WhenAny(there, back);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(there, back);
        }
        catch (Exception over) when (over is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One side has ended, and with it the conversation.
        }
    }

    private static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer, cancellation)) > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
            await to.FlushAsync(cancellation);
        }
    }
}

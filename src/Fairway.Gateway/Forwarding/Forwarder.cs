using System.Net;
using Fairway.Gateway.Backends;
using Fairway.Gateway.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Gateway.Forwarding;

/// <summary>
/// Takes one request to one backend and the answer back, streaming both ways:
/// 1. choose a backend by weight and one of its ready endpoints;
/// 2. send the head and, as it arrives, the body; when no connection comes about and nothing was sent, try another endpoint;
/// 3. pass the answer's head on, then its body piece by piece;
/// 4. after a 101, pass bytes both ways until either side ends.
/// </summary>
internal sealed class Forwarder : IDisposable
{
    private readonly HttpMessageInvoker _client = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null, // the trace context is a header like others: passed on, or made by RequestTransform
            ConnectTimeout = TimeSpan.FromSeconds(3),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            MaxConnectionsPerServer = int.MaxValue,
        },
        disposeHandler: true);

    /// <summary>Forwards and says how it went and which endpoint was asked last.</summary>
    /// <param name="opened">Called when a tunnel begins: from then on it is no longer the backend that takes the time.</param>
    public async Task<Forwarded> ForwardAsync(HttpContext context, CompiledRule rule, Action opened)
    {
        if (rule.Backends.IsEmpty)
        {
            return new Forwarded(ForwardOutcome.NoBackend);
        }

        BackendPool pool = rule.Backends.Next();
        if (!pool.IsResolved)
        {
            return new Forwarded(ForwardOutcome.NoBackend, pool);
        }

        if (rule.RequestTimeout is null && rule.BackendTimeout is null)
        {
            return await AttemptsAsync(context, rule, pool, opened, context.RequestAborted);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(Shorter(rule.RequestTimeout, rule.BackendTimeout));
        return await AttemptsAsync(context, rule, pool, opened, limit.Token);
    }

    public void Dispose() => _client.Dispose();

    private async Task<Forwarded> AttemptsAsync(
        HttpContext context, CompiledRule rule, BackendPool pool, Action opened, CancellationToken cancellation)
    {
        HashSet<BackendEndpoint>? tried = null;
        BackendEndpoint? last = null;
        while (pool.Take(tried) is { } endpoint)
        {
            last = endpoint;
            ForwardOutcome outcome = await AttemptAsync(context, rule, endpoint, opened, cancellation);
            if (outcome != ForwardOutcome.ConnectFailed)
            {
                return new Forwarded(outcome, pool, endpoint);
            }

            (tried ??= []).Add(endpoint);
        }

        return new Forwarded(last is null ? ForwardOutcome.NoEndpoint : ForwardOutcome.ConnectFailed, pool, last);
    }

    private async Task<ForwardOutcome> AttemptAsync(
        HttpContext context, CompiledRule rule, BackendEndpoint endpoint, Action opened, CancellationToken cancellation)
    {
        bool upgrade = context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true;
        using HttpRequestMessage request = RequestTransform.Outgoing(context, rule, endpoint, upgrade);
        HttpResponseMessage answer;
        try
        {
            answer = await _client.SendAsync(request, cancellation);
        }
        catch (OperationCanceledException)
        {
            return context.RequestAborted.IsCancellationRequested ? ForwardOutcome.ClientGone : ForwardOutcome.TimedOut;
        }
        catch (HttpRequestException broken)
        {
            bool untouched = request.Content is not RequestBody { Started: true };
            return broken.HttpRequestError == HttpRequestError.ConnectionError && untouched
                ? ForwardOutcome.ConnectFailed
                : context.RequestAborted.IsCancellationRequested ? ForwardOutcome.ClientGone : ForwardOutcome.BackendBroke;
        }

        using (answer)
        {
            ResponseTransform.CopyHead(answer, context.Response, rule.ResponseHeaders);
            return answer.StatusCode == HttpStatusCode.SwitchingProtocols
                ? await TunnelAsync(context, answer, opened)
                : await CopyBodyAsync(context, answer, cancellation);
        }
    }

    private static async Task<ForwardOutcome> CopyBodyAsync(HttpContext context, HttpResponseMessage answer, CancellationToken cancellation)
    {
        try
        {
            await using Stream body = await answer.Content.ReadAsStreamAsync(cancellation);
            await StreamCopy.CopyAsync(body, context.Response.Body, cancellation);
            return ForwardOutcome.Answered;
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or OperationCanceledException)
        {
            if (context.RequestAborted.IsCancellationRequested)
            {
                return ForwardOutcome.ClientGone;
            }

            // The head is gone out already: the only honest answer left is to break off.
            context.Abort();
            return ForwardOutcome.AnswerBroke;
        }
    }

    private static async Task<ForwardOutcome> TunnelAsync(HttpContext context, HttpResponseMessage answer, Action opened)
    {
        context.Response.Headers.Connection = "Upgrade";
        context.Response.Headers.Upgrade = answer.Headers.NonValidated.TryGetValues("Upgrade", out var protocol) ? protocol.ToString() : "";
        await using Stream client = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        opened();
        await using Stream backend = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        Task outward = Quietly(StreamCopy.CopyAsync(client, backend, end.Token));
        Task inward = Quietly(StreamCopy.CopyAsync(backend, client, end.Token));
        await Task.WhenAny(outward, inward);
        await end.CancelAsync();
        await Task.WhenAll(outward, inward);
        return ForwardOutcome.Tunnelled;
    }

    /// <summary>The end of a tunnel, in whatever manner, is no error.</summary>
    private static async Task Quietly(Task copy)
    {
        try
        {
            await copy;
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side closed; the caller ends the other.
        }
    }

    private static TimeSpan Shorter(TimeSpan? one, TimeSpan? other)
        => one is { } first && other is { } second ? (first < second ? first : second) : one ?? other ?? Timeout.InfiniteTimeSpan;
}

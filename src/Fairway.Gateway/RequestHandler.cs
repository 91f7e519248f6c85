using Fairway.Gateway.Backends;
using Fairway.Gateway.Forwarding;
using Fairway.Gateway.Routing;
using Fairway.Gateway.Tracing;
using Fairway.Gateway.Traffic;
using Fairway.Resources.Kinds.Gateway;
using Microsoft.AspNetCore.Http;

namespace Fairway.Gateway;

/// <summary>What happens to each request: find its rule, redirect or forward, count.</summary>
internal sealed class RequestHandler(Func<RouteTable> table, Forwarder forwarder, TrafficMeter meter, RequestTracing tracing, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context)
    {
        long start = time.GetTimestamp();
        var head = new RequestHead(
            context.Request.Host.Host.ToLowerInvariant(), context.Request.Path.Value ?? "/", context.Request.Method, context.Request.Headers, context.Request.Query);
        if (table().Find(head) is not { } rule)
        {
            await RefuseAsync(context, ForwardOutcome.NoRoute, head.Host, null);
            return;
        }

        if (rule.Redirect is { } redirect)
        {
            Redirect(context, rule, redirect);
            return;
        }

        TracedRequest? traced = tracing.Begin(context.Request.Headers);
        var asked = new Asked(meter, rule.Route, time, start);
        Forwarded forwarded = await forwarder.ForwardAsync(context, rule, asked.Opened);
        if (forwarded.Outcome is not (ForwardOutcome.Answered or ForwardOutcome.Tunnelled or ForwardOutcome.ClientGone or ForwardOutcome.AnswerBroke))
        {
            await RefuseAsync(context, forwarded.Outcome, head.Host, forwarded.Pool);
        }

        asked.Ended(forwarded, context.Response.StatusCode);
        if (traced is not null)
        {
            tracing.End(Span(traced, rule, head, forwarded, context.Response.StatusCode, time.GetElapsedTime(start)));
        }
    }

    private static GatewaySpan Span(TracedRequest traced, CompiledRule rule, in RequestHead head, in Forwarded forwarded, int status, TimeSpan took) => new()
    {
        TraceId = traced.Own.TraceId,
        SpanId = traced.Own.SpanId,
        ParentId = traced.ParentId,
        Start = traced.Start,
        Duration = took,
        Method = head.Method,
        Host = head.Host,
        Path = head.Path,
        Route = $"{rule.Route.Namespace}/{rule.Route.Name}",
        Cluster = rule.Route.Cluster,
        Namespace = forwarded.Pool?.Id.Namespace ?? "",
        Service = forwarded.Pool?.Id.Service ?? "",
        Release = forwarded.Endpoint?.Release ?? "",
        Status = status,
        Failed = forwarded.Outcome != ForwardOutcome.ClientGone && IsFailure(forwarded.Outcome, status),
    };

    private static bool IsFailure(ForwardOutcome outcome, int status)
        => outcome is not (ForwardOutcome.Answered or ForwardOutcome.Tunnelled) || status >= StatusCodes.Status500InternalServerError;

    /// <summary>A request on its way into the statistics.</summary>
    private sealed class Asked(TrafficMeter meter, RouteId route, TimeProvider time, long start)
    {
        private TimeSpan? _openedAfter;

        /// <summary>A tunnel began: its time is up to here, however long it stays.</summary>
        public void Opened() => _openedAfter = time.GetElapsedTime(start);

        public void Ended(in Forwarded forwarded, int status)
        {
            if (forwarded.Outcome == ForwardOutcome.ClientGone)
            {
                return;
            }

            bool failed = IsFailure(forwarded.Outcome, status);
            double milliseconds = (_openedAfter ?? time.GetElapsedTime(start)).TotalMilliseconds;
            meter.Record(route, milliseconds, failed);
            if (forwarded.Pool is { } pool)
            {
                meter.Record(new TrafficKey(pool.Id.Cluster, pool.Id.Namespace, pool.Id.Service, forwarded.Endpoint?.Release ?? ""), milliseconds, failed, status);
            }
        }
    }

    /// <summary>Says in one sentence why there is no answer, to whoever looks at the page.</summary>
    private static Task RefuseAsync(HttpContext context, ForwardOutcome outcome, string host, BackendPool? pool)
    {
        string service = pool is null ? "" : $"{pool.Id.Namespace}/{pool.Id.Service} in cluster {pool.Id.Cluster}";
        (int status, string text) = outcome switch
        {
            ForwardOutcome.NoRoute => (404, $"No HTTPRoute matches {host}{context.Request.Path}."),
            ForwardOutcome.NoBackend => (500, pool is null ? "The route has no backend with a weight above zero." : $"The route names Service {service}, which does not exist or has no such port."),
            ForwardOutcome.NoEndpoint => (503, $"No pod of Service {service} is ready."),
            ForwardOutcome.ConnectFailed => (502, $"No pod of Service {service} accepts connections."),
            ForwardOutcome.TimedOut => (504, $"Service {service} did not answer in the route's time."),
            _ => (502, $"Service {service} broke the connection before it answered."),
        };
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }

    private static void Redirect(HttpContext context, CompiledRule rule, HttpRequestRedirectFilter redirect)
    {
        HttpRequest request = context.Request;
        string scheme = redirect.Scheme ?? request.Scheme;
        int? port = redirect.Port ?? (redirect.Scheme is null ? request.Host.Port : null);
        string authority = (redirect.Hostname ?? request.Host.Host) + (port is null or 80 or 443 ? "" : $":{port}");
        string path = RequestTransform.Path(request.Path.Value ?? "/", rule, redirect.Path);
        context.Response.StatusCode = redirect.StatusCode ?? StatusCodes.Status302Found;
        context.Response.Headers.Location = $"{scheme}://{authority}{new PathString(path).ToUriComponent()}{request.QueryString}";
    }
}

using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Fairway.Gateway.Tracing;

/// <summary>A request whose span will be told of.</summary>
/// <param name="Own">The gateway's span, as the backend hears of it.</param>
/// <param name="ParentId">The caller's span; empty when there is none.</param>
internal sealed record TracedRequest(TraceParent Own, string ParentId, DateTimeOffset Start);

/// <summary>
/// Decides which requests are traced: those whose caller traces them, and some that nobody traces yet, both up to a limit in a
/// second, so that load costs no more than its first requests. Others are passed on with the caller's context as it came.
/// </summary>
internal sealed class RequestTracing(Func<Action<GatewaySpan>?> sink, TimeProvider time)
{
    public const int ContinuedPerSecond = 200;
    public const int BegunPerSecond = 20;
    private const string Header = "traceparent";

    private readonly Allowance _continued = new(ContinuedPerSecond, time);
    private readonly Allowance _begun = new(BegunPerSecond, time);

    /// <summary>Puts the gateway's span into the request's headers when the request is traced; null when it is not.</summary>
    public TracedRequest? Begin(IHeaderDictionary headers)
    {
        if (sink() is null)
        {
            return null;
        }

        TraceParent? caller = headers.TryGetValue(Header, out StringValues said) && said.Count == 1 ? TraceParent.Parse(said.ToString()) : null;
        if (caller is { Sampled: false } || !(caller is null ? _begun : _continued).Take())
        {
            return null;
        }

        var own = new TraceParent(caller?.TraceId ?? ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString(), Sampled: true);
        headers[Header] = own.ToString();
        if (caller is null)
        {
            headers.Remove("tracestate"); // it belongs to a context that was not valid
        }

        return new TracedRequest(own, caller?.SpanId ?? "", time.GetUtcNow());
    }

    public void End(GatewaySpan span) => sink()?.Invoke(span);

    /// <summary>So many in each second; a few more when the second changes under several threads.</summary>
    private sealed class Allowance(int perSecond, TimeProvider time)
    {
        private long _second = -1;
        private int _used;

        public bool Take()
        {
            long now = time.GetTimestamp() / time.TimestampFrequency;
            if (Interlocked.Exchange(ref _second, now) != now)
            {
                Volatile.Write(ref _used, 0);
            }

            return Volatile.Read(ref _used) < perSecond && Interlocked.Increment(ref _used) <= perSecond;
        }
    }
}

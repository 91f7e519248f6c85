using Fairway.Gateway.Tracing;
using Fairway.Telemetry.Traces;

namespace Fairway.Platform;

/// <summary>The gateway's spans in the words of OpenTelemetry's conventions for HTTP servers.</summary>
internal static class GatewaySpans
{
    public static ServerSpan Of(GatewaySpan span)
    {
        var attributes = new List<(string, object)>
        {
            ("http.request.method", span.Method),
            ("url.path", span.Path),
            ("server.address", span.Host),
            ("http.response.status_code", (long)span.Status),
            ("fairway.route", span.Route),
            ("k8s.cluster.name", span.Cluster),
        };
        if (span.Service.Length > 0)
        {
            attributes.Add(("k8s.namespace.name", span.Namespace));
            attributes.Add(("k8s.service.name", span.Service));
        }

        if (span.Release.Length > 0)
        {
            attributes.Add(("fairway.release", span.Release));
        }

        return new ServerSpan("fairway-gateway", span.TraceId, span.SpanId, span.ParentId, $"{span.Method} {span.Route}", span.Start, span.Duration, span.Failed, attributes);
    }
}

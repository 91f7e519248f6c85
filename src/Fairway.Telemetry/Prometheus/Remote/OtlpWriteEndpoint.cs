using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Otlp;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Prometheus.Remote;

/// <summary>
/// <c>/api/v1/otlp/v1/metrics</c>: OTLP as Prometheus' own receiver takes it, with exactly its series (no identity labels, delta
/// points refused) and its plain answers. The platform's OTLP ports say more; this path is for who moves from Prometheus.
/// </summary>
internal sealed class OtlpWriteEndpoint(MetricStore store)
{
    private readonly MetricTranslation _translation = new(store, new MetricTranslationOptions());

    public async Task HandleAsync(HttpContext context)
    {
        string type = (context.Request.ContentType ?? "").Split(';')[0].Trim();
        string encoding = context.Request.Headers.ContentEncoding.ToString();
        if (type is not ("application/x-protobuf" or "application/json"))
        {
            await PlainAnswer.Async(context, 400, $"unsupported content type: {type}, supported: [application/json, application/x-protobuf]");
            return;
        }

        if (encoding is not ("" or "gzip"))
        {
            await PlainAnswer.Async(context, 400, $"unsupported compression: {encoding}. Only \"gzip\" or no compression supported");
            return;
        }

        try
        {
            if (await RequestBytes.ReadUnpackedAsync(context, OtlpHttpEndpoints.MostBody) is not { } body)
            {
                await PlainAnswer.Async(context, 413, $"the request has more than {OtlpHttpEndpoints.MostBody} bytes after decompression");
                return;
            }

            MetricBatch batch = store.NewBatch();
            TranslationOutcome outcome = _translation.Apply((type == "application/json" ? OtlpJson.ToProto(body, OtlpSchema.MetricsRequest) : body).Span, batch);
            await batch.CommitAsync();
            if (outcome.Rejected > 0)
            {
                await PlainAnswer.Async(context, 400, outcome.Message);
            }
        }
        catch (Exception malformed) when (malformed is ProtoException or InvalidDataException)
        {
            await PlainAnswer.Async(context, 400, malformed.Message);
        }
    }
}

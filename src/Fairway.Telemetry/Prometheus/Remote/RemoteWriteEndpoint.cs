using System.Globalization;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Prometheus.Remote;

/// <summary><c>/api/v1/write</c>: negotiation, decompression and the answers of a remote-write receiver.</summary>
internal sealed class RemoteWriteEndpoint(MetricStore store)
{
    private const int MostBody = 32 << 20;
    private const int MostDecoded = 64 << 20;
    private const string One = "prometheus.WriteRequest";
    private const string Two = "io.prometheus.write.v2.Request";

    private readonly WriteOne _one = new(store);
    private readonly WriteTwo _two = new(store);

    public async Task HandleAsync(HttpContext context)
    {
        if (Message(context.Request.ContentType, out string? problem) is not { } message)
        {
            await PlainAnswer.Async(context, 415, problem!);
            return;
        }

        string encoding = context.Request.Headers.ContentEncoding.ToString();
        if (encoding is not ("" or "snappy"))
        {
            await PlainAnswer.Async(context, 415, $"{encoding} encoding (compression) is not accepted by this server; only snappy is acceptable");
            return;
        }

        if (await RequestBytes.ReadAsync(context, MostBody) is not { } body)
        {
            await PlainAnswer.Async(context, 413, $"the body has more than {MostBody} bytes");
            return;
        }

        MetricBatch batch = store.NewBatch();
        try
        {
            byte[] decoded = Snappy.Decode(body.Span, MostDecoded);
            if (message == One)
            {
                _one.Apply(decoded, batch);
                await batch.CommitAsync();
                context.Response.StatusCode = 204;
                return;
            }

            WriteCounts counts = _two.Apply(decoded, batch);
            await batch.CommitAsync();
            Count(context, "Samples", counts.Samples);
            Count(context, "Histograms", counts.Histograms);
            Count(context, "Exemplars", counts.Exemplars);
            if (counts.Problems.Count > 0)
            {
                await PlainAnswer.Async(context, 400, string.Join('\n', counts.Problems));
                return;
            }

            context.Response.StatusCode = 204;
        }
        catch (Exception malformed) when (malformed is SnappyException or ProtoException)
        {
            if (message == Two)
            {
                Count(context, "Samples", 0);
                Count(context, "Histograms", 0);
                Count(context, "Exemplars", 0);
            }

            await PlainAnswer.Async(context, 400, malformed.Message);
        }
        catch (RemoteWriteException refused)
        {
            await PlainAnswer.Async(context, refused.Status, refused.Message);
        }
        catch (IOException failed)
        {
            await PlainAnswer.Async(context, 500, $"the samples could not be stored: {failed.Message}");
        }
    }

    private static void Count(HttpContext context, string what, int count)
        => context.Response.Headers[$"X-Prometheus-Remote-Write-{what}-Written"] = count.ToString(CultureInfo.InvariantCulture);

    /// <summary>The message that a content type names; the first version where it names none.</summary>
    private static string? Message(string? contentType, out string? problem)
    {
        problem = null;
        string[] parts = [.. (contentType ?? "").Split(';').Select(part => part.Trim())];
        if (parts[0].Length == 0)
        {
            return One;
        }

        if (parts[0] != "application/x-protobuf")
        {
            problem = $"expected application/x-protobuf as the first (media) part, got {contentType} content-type";
            return null;
        }

        foreach (string parameter in parts.Skip(1))
        {
            string[] pair = parameter.Split('=', 2);
            if (pair.Length != 2)
            {
                problem = $"as per https://www.rfc-editor.org/rfc/rfc9110#parameter expected parameters to be key-values, got {parameter} in {contentType} content-type";
                return null;
            }

            if (pair[0] == "proto")
            {
                if (pair[1] is One or Two)
                {
                    return pair[1];
                }

                problem = $"got {contentType} content type; unknown type for remote write protobuf message {pair[1]}, supported: {One}, {Two}";
                return null;
            }
        }

        return One;
    }
}

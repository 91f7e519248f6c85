using System.Text.Json;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Otlp;

/// <summary>What a receiver made of a request: null for all taken.</summary>
/// <param name="Rejected">How many points, records or spans were not taken.</param>
/// <param name="Message">Why.</param>
internal sealed record PartialSuccess(long Rejected, string Message);

/// <summary>Takes one decoded request of a signal.</summary>
/// <exception cref="ProtoException">It is no such request.</exception>
internal delegate Task<PartialSuccess?> ReceiveSignal(ReadOnlyMemory<byte> request, CancellationToken cancellation);

/// <summary>One signal of OTLP.</summary>
/// <param name="Path">Its path over HTTP.</param>
/// <param name="Service">Its service over gRPC.</param>
/// <param name="Request">Its request in the schema.</param>
/// <param name="RejectedName">The JSON name of the count of what was not taken.</param>
/// <param name="Receive">Takes requests.</param>
internal sealed record OtlpSignal(string Path, string Service, string Request, string RejectedName, ReceiveSignal Receive);

/// <summary>OTLP over HTTP: protobuf and JSON on the same paths, gzip, answers and errors in the encoding of the request.</summary>
internal static class OtlpHttpEndpoints
{
    public const int MostBody = 20 << 20;
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    public static void Map(IEndpointRouteBuilder routes, OtlpSignal signal)
        => routes.MapPost(signal.Path, context => HandleAsync(context, signal));

    private static async Task HandleAsync(HttpContext context, OtlpSignal signal)
    {
        string type = (context.Request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        if (type is not (Protobuf or Json))
        {
            await ErrorAsync(context, Json, 415, 3, $"content type \"{type}\" is not supported: send {Protobuf} or {Json}");
            return;
        }

        string encoding = context.Request.Headers.ContentEncoding.ToString();
        if (encoding is not ("" or "identity" or "gzip"))
        {
            await ErrorAsync(context, type, 415, 3, $"content encoding \"{encoding}\" is not supported: send gzip or none");
            return;
        }

        try
        {
            if (await RequestBytes.ReadUnpackedAsync(context, MostBody) is not { } body)
            {
                await ErrorAsync(context, type, 413, 8, $"the request has more than {MostBody} bytes after decompression: send smaller batches");
                return;
            }

            ReadOnlyMemory<byte> request = type == Json ? OtlpJson.ToProto(body, signal.Request) : body;
            PartialSuccess? partial = await signal.Receive(request, context.RequestAborted);
            await AnswerAsync(context, type, signal, partial);
        }
        catch (Exception malformed) when (malformed is ProtoException or InvalidDataException)
        {
            await ErrorAsync(context, type, 400, 3, malformed.Message);
        }
        catch (IOException failed) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.Response.Headers.RetryAfter = "5";
            await ErrorAsync(context, type, 503, 14, $"the data could not be stored: {failed.Message}");
        }
    }

    /// <summary>The binary form of a response.</summary>
    public static byte[] Response(PartialSuccess? partial)
    {
        if (partial is null)
        {
            return [];
        }

        var nested = new ProtoWriter();
        if (partial.Rejected != 0)
        {
            nested.Int64(1, partial.Rejected);
        }

        if (partial.Message.Length > 0)
        {
            nested.String(2, partial.Message);
        }

        var response = new ProtoWriter();
        response.Message(1, nested);
        return response.Written.ToArray();
    }

    private static async Task AnswerAsync(HttpContext context, string type, OtlpSignal signal, PartialSuccess? partial)
    {
        context.Response.ContentType = type;
        if (type == Protobuf)
        {
            await context.Response.Body.WriteAsync(Response(partial), context.RequestAborted);
            return;
        }

        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        if (partial is not null)
        {
            json.WriteStartObject("partialSuccess");
            json.WriteString(signal.RejectedName, partial.Rejected.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("errorMessage", partial.Message);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>An error as a <c>google.rpc.Status</c>.</summary>
    private static async Task ErrorAsync(HttpContext context, string type, int status, int code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        if (type == Protobuf)
        {
            var body = new ProtoWriter();
            body.Int64(1, code);
            body.String(2, message);
            await context.Response.Body.WriteAsync(body.Memory, context.RequestAborted);
            return;
        }

        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteNumber("code", code);
        json.WriteString("message", message);
        json.WriteEndObject();
    }
}

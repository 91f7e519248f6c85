using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Otlp;

/// <summary>
/// OTLP over gRPC: unary calls on HTTP/2 without TLS. A call is one frame each way (a byte that says whether it is compressed, four
/// of length, the message); what became of it is in the trailers.
/// </summary>
internal static class OtlpGrpcEndpoints
{
    private const int FrameHeader = 5;
    private const int MostMessage = 4 << 20;
    private static readonly string[] Services = [.. ((string[])["logs.v1.Logs", "metrics.v1.Metrics", "trace.v1.Trace"]).Select(name => $"opentelemetry.proto.collector.{name}Service")];
    private const int Ok = 0;
    private const int InvalidArgument = 3;
    private const int ResourceExhausted = 8;
    private const int Unimplemented = 12;
    private const int Internal = 13;
    private const int Unavailable = 14;

    public static void Map(IEndpointRouteBuilder routes, OtlpSignal signal)
        => routes.MapPost($"/{signal.Service}/Export", context => HandleAsync(context, signal));

    /// <summary>The answer to calls of methods that there are not.</summary>
    public static Task UnknownAsync(HttpContext context)
    {
        string[] parts = (context.Request.Path.Value ?? "").Split('/');
        return FailAsync(context, Unimplemented, parts is not ["", { Length: > 0 } service, { } method] ? $"malformed method name: \"{context.Request.Path}\""
            : Services.Contains(service) ? $"unknown method {method} for service {service}"
            : $"unknown service {service}");
    }

    public static bool IsCall(HttpContext context)
        => (context.Request.ContentType ?? "").StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);

    private static async Task HandleAsync(HttpContext context, OtlpSignal signal)
    {
        if (!IsCall(context))
        {
            context.Response.StatusCode = 415;
            return;
        }

        string encoding = context.Request.Headers["grpc-encoding"].ToString();
        if (encoding is not ("" or "identity" or "gzip"))
        {
            context.Response.Headers["grpc-accept-encoding"] = "identity,gzip";
            await FailAsync(context, Unimplemented, $"grpc-encoding {encoding} is not supported");
            return;
        }

        if (await RequestBytes.ReadAsync(context, MostMessage + FrameHeader) is not { } body)
        {
            await FailAsync(context, ResourceExhausted, $"the message has more than {MostMessage} bytes");
            return;
        }

        await CallAsync(context, signal, body, encoding);
    }

    private static async Task CallAsync(HttpContext context, OtlpSignal signal, ReadOnlyMemory<byte> body, string encoding)
    {
        if (body.Length < FrameHeader || BinaryPrimitives.ReadUInt32BigEndian(body.Span[1..]) != body.Length - FrameHeader)
        {
            await FailAsync(context, Internal, "the request is not one whole message");
            return;
        }

        bool compressed = body.Span[0] == 1;
        ReadOnlyMemory<byte> message = body[FrameHeader..];
        try
        {
            if (compressed)
            {
                if (encoding != "gzip")
                {
                    await FailAsync(context, Internal, "the message is compressed and grpc-encoding does not say how");
                    return;
                }

                if (RequestBytes.Unpack(message.Span, OtlpHttpEndpoints.MostBody) is not { } unpacked)
                {
                    await FailAsync(context, ResourceExhausted, $"the message has more than {OtlpHttpEndpoints.MostBody} bytes after decompression");
                    return;
                }

                message = unpacked;
            }

            PartialSuccess? partial = await signal.Receive(message, context.RequestAborted);
            await AnswerAsync(context, OtlpHttpEndpoints.Response(partial));
        }
        catch (Exception malformed) when (malformed is ProtoException or InvalidDataException)
        {
            await FailAsync(context, InvalidArgument, malformed.Message);
        }
        catch (IOException failed) when (!context.RequestAborted.IsCancellationRequested)
        {
            await FailAsync(context, Unavailable, $"the data could not be stored: {failed.Message}");
        }
    }

    private static async Task AnswerAsync(HttpContext context, byte[] message)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-accept-encoding"] = "identity,gzip";
        byte[] frame = new byte[FrameHeader + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Length);
        message.CopyTo(frame, FrameHeader);
        await context.Response.Body.WriteAsync(frame, context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", Ok.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Without a message the status is in the only headers there are.</summary>
    private static Task FailAsync(HttpContext context, int status, string message)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = status.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = Escape(message);
        return Task.CompletedTask;
    }

    /// <summary>Percent-encodes all but printable ASCII.</summary>
    private static string Escape(string message)
    {
        var escaped = new StringBuilder(message.Length);
        foreach (byte one in Encoding.UTF8.GetBytes(message))
        {
            _ = one is >= 0x20 and <= 0x7E and not (byte)'%' ? escaped.Append((char)one) : escaped.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
        }

        return escaped.ToString();
    }
}

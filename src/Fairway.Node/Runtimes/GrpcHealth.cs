using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Fairway.Node.Runtimes;

/// <summary>
/// One call of <c>grpc.health.v1.Health/Check</c>. The request has one string and the answer one number, so the two messages
/// are written and read by hand.
/// </summary>
internal static class GrpcHealth
{
    private const int Serving = 1;

    private static readonly HttpMessageInvoker Http2 = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });

    public static async Task<ProbeAnswer> AskAsync(int port, string service, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/grpc.health.v1.Health/Check"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Frame(service)),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.ParseAdd("trailers");
        using HttpResponseMessage response = await Http2.SendAsync(request, cancellation);
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellation);
        string status = Header(response, "grpc-status") ?? "0";
        if (status != "0")
        {
            return new ProbeAnswer(false, $"gRPC status {status}: {Header(response, "grpc-message")}");
        }

        return Status(body) == Serving ? new ProbeAnswer(true) : new ProbeAnswer(false, "service unhealthy (responded with \"NOT_SERVING\")");
    }

    /// <summary>An uncompressed frame with a HealthCheckRequest: field 1, the service's name.</summary>
    private static byte[] Frame(string service)
    {
        byte[] name = Encoding.UTF8.GetBytes(service);
        if (name.Length > 127)
        {
            throw new ContainerException(ContainerFault.CannotRun, "the probed gRPC service's name is too long");
        }

        byte[] message = name.Length == 0 ? [] : [0x0A, (byte)name.Length, .. name];
        byte[] frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static int Status(byte[] body) => body is [_, _, _, _, _, 0x08, var status, ..] ? status : 0;

    private static string? Header(HttpResponseMessage response, string name)
        => response.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? trailing) ? trailing.FirstOrDefault()
            : response.Headers.TryGetValues(name, out IEnumerable<string>? leading) ? leading.FirstOrDefault() : null;
}

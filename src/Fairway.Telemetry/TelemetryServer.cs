using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry;

/// <summary>Ports of the telemetry listeners; 0 chooses free ones.</summary>
/// <param name="Query">The APIs of Prometheus, Loki and Jaeger.</param>
/// <param name="OtlpHttp">OTLP over HTTP.</param>
/// <param name="OtlpGrpc">OTLP over gRPC (HTTP/2 without TLS).</param>
public sealed record TelemetryPorts(int Query, int OtlpHttp, int OtlpGrpc)
{
    /// <summary>The ports that the OpenTelemetry specification names.</summary>
    public const int StandardOtlpHttp = 4318;

    /// <inheritdoc cref="StandardOtlpHttp"/>
    public const int StandardOtlpGrpc = 4317;
}

/// <summary>
/// The listeners of telemetry, on loopback and without credentials, as senders and query tools expect them. A request that a web
/// page of another origin sends, or that came by a name that is not this machine's, is refused.
/// </summary>
internal sealed class TelemetryServer : IAsyncDisposable
{
    private static readonly string[] OwnNames = ["localhost", "127.0.0.1", "[::1]", "host.containers.internal", "host.docker.internal"];

    private readonly WebApplication _app;

    public TelemetryServer(TelemetryPorts ports, ILoggerFactory logs)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(logs);
        builder.Services.AddRoutingCore();
        builder.Services.AddResponseCompression(static compression =>
        {
            compression.Providers.Add<GzipCompressionProvider>();
            compression.MimeTypes = ["application/json", "text/plain", "application/vnd.google.protobuf"];
        });
        builder.Services.Configure<GzipCompressionProviderOptions>(static gzip => gzip.Level = CompressionLevel.Fastest);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 64 << 20;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Listen(IPAddress.Loopback, ports.Query, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, ports.OtlpHttp, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, ports.OtlpGrpc, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _app = builder.Build();
        _app.Use(GuardAsync);
        _app.Use(NowhereAsync);
        _app.UseResponseCompression();
        _app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(30) });
    }

    public WebApplication Routes => _app;

    /// <summary>Where it listens, once started.</summary>
    public TelemetryPorts Ports { get; private set; } = new(0, 0, 0);

    /// <exception cref="IOException">A port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _app.StartAsync(cancellation);
        int[] ports = [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address).Port)];
        Ports = new TelemetryPorts(ports[0], ports[1], ports[2]);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3), TimeProvider.System);
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    /// <summary>What no endpoint answered: gRPC calls get their own refusal, others the words of Go's servers.</summary>
    private static async Task NowhereAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        string path = context.Request.Path.Value ?? string.Empty;
        bool ofApi = path.StartsWith("/api/v1/", StringComparison.Ordinal);
        if (ofApi && context.Response is { StatusCode: 404 or 405, HasStarted: false } && HttpMethods.IsOptions(context.Request.Method))
        {
            context.Response.StatusCode = 204;
            return;
        }

        if ((ofApi || path.StartsWith("/-/", StringComparison.Ordinal)) && context.Response is { StatusCode: 405, HasStarted: false })
        {
            await Wire.PlainAnswer.Async(context, 405, "Method Not Allowed");
            return;
        }

        if (context.GetEndpoint() is not null || context.Response.HasStarted || context.Response.StatusCode != 404)
        {
            return;
        }

        if (Otlp.OtlpGrpcEndpoints.IsCall(context))
        {
            context.Response.StatusCode = 200;
            await Otlp.OtlpGrpcEndpoints.UnknownAsync(context);
            return;
        }

        await context.Response.WriteAsync("404 page not found\n", context.RequestAborted);
    }

    private static Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (!OwnNames.Contains(context.Request.Host.Host, StringComparer.OrdinalIgnoreCase))
        {
            return Wire.PlainAnswer.Async(context, 403, $"this server answers as {string.Join(", ", OwnNames)} and not as \"{context.Request.Host.Host}\"");
        }

        return context.Request.Headers.Origin.ToString() is { Length: > 0 } origin
            && !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? from) && OwnNames.Contains(from.Host, StringComparer.OrdinalIgnoreCase))
            ? Wire.PlainAnswer.Async(context, 403, $"requests of pages from {origin} are refused")
            : next(context);
    }
}

using System.Net;
using Fairway.Cli;
using Fairway.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fairway.Web;

/// <summary>The two loopback listeners of the API, the portal and git: one with TLS, one without for browsers and git clients.</summary>
internal sealed class WebListener : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly PortPlan _ports;

    public WebListener(PortPlan ports, System.Security.Cryptography.X509Certificates.X509Certificate2 certificate, ILoggerFactory logs)
    {
        _ports = ports;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(logs);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Listen(IPAddress.Loopback, ports.Api, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                // Whose certificate it is, and whether that lets anyone in, the API decides.
                listen.UseHttps(certificate, https =>
                {
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    https.AllowAnyClientCertificate();
                });
            });
            kestrel.Listen(IPAddress.Loopback, ports.Web, listen => listen.Protocols = HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(30) });
    }

    public WebApplication Routes => _app;

    /// <summary>The TLS address: <c>https://127.0.0.1:7443</c>.</summary>
    public Uri Api { get; private set; } = null!;

    /// <summary>The plain address: <c>http://localhost:7444</c>.</summary>
    public Uri Web { get; private set; } = null!;

    /// <exception cref="CommandFailure">A port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        try
        {
            await _app.StartAsync(cancellation);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new CommandFailure(
                ExitCode.Failed, $"port {_ports.Api} or {_ports.Web} is in use by another program. Choose another with --port, or --port 0 for free ones");
        }

        ICollection<string> addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Api = new Uri(addresses.First(address => address.StartsWith("https:", StringComparison.Ordinal)));
        Web = new UriBuilder(addresses.First(address => address.StartsWith("http:", StringComparison.Ordinal))) { Host = "localhost" }.Uri;
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }
}

using System.Net;
using Fairway.Gateway.Forwarding;
using Fairway.Gateway.Routing;
using Fairway.Gateway.Tracing;
using Fairway.Gateway.Traffic;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Fairway.Gateway;

/// <summary>
/// The gateway's own listener on loopback: Kestrel by itself, without a host around it, since there is nothing here to configure,
/// inject or intercept, and a proxy pays for every layer twice.
/// </summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    private readonly KestrelServer _kestrel;
    private readonly Forwarder _forwarder = new();
    private readonly RequestHandler _handler;

    public GatewayServer(Func<RouteTable> table, TrafficMeter meter, RequestTracing tracing, int port, TimeProvider time, ILoggerFactory logs)
    {
        _handler = new RequestHandler(table, _forwarder, meter, tracing, time);
        var options = new KestrelServerOptions { AddServerHeader = false, Limits = { MaxRequestBodySize = null, MinRequestBodyDataRate = null, MinResponseDataRate = null } };
        options.Listen(IPAddress.Loopback, port);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), logs);
        _kestrel = new KestrelServer(Options.Create(options), transport, logs);
    }

    public int Port { get; private set; }

    /// <exception cref="IOException">The port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _kestrel.StartAsync(new Application(_handler), cancellation);
        string address = _kestrel.Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Port = new Uri(address).Port;
    }

    /// <summary>Lets requests in flight end for a few seconds, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
        await _kestrel.StopAsync(patience.Token);
        _kestrel.Dispose();
        _forwarder.Dispose();
    }

    /// <summary>Hands Kestrel's requests to the handler; the context of a connection is used for all its requests.</summary>
    private sealed class Application(RequestHandler handler) : IHttpApplication<DefaultHttpContext>
    {
        public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
        {
            if (contextFeatures is not IHostContextContainer<DefaultHttpContext> connection)
            {
                return new DefaultHttpContext(contextFeatures);
            }

            if (connection.HostContext is { } used)
            {
                used.Initialize(contextFeatures);
                return used;
            }

            return connection.HostContext = new DefaultHttpContext(contextFeatures);
        }

        public Task ProcessRequestAsync(DefaultHttpContext context) => handler.HandleAsync(context);

        public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();
    }
}

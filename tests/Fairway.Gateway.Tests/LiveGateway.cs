using System.Net;
using System.Net.Sockets;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Resources.Kinds.Gateway;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Gateway.Tests;

/// <summary>A gateway on a real port over an in-memory cluster called dev.</summary>
internal sealed class LiveGateway : IAsyncDisposable
{
    private readonly ControllerHost _host = new(TimeProvider.System, NullLoggerFactory.Instance);
    private readonly GatewayArea _area;

    private LiveGateway()
    {
        Cluster = new MemoryCluster("dev", TimeProvider.System);
        var informers = new InformerSet(Cluster, TimeProvider.System, NullLoggerFactory.Instance);
        _area = new GatewayArea([informers], TimeProvider.System, NullLoggerFactory.Instance);
        _host.Add(informers);
        _area.AddTo(_host);
        Http = new HttpClient(new SocketsHttpHandler { ConnectCallback = LoopbackAsync, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) };
    }

    public MemoryCluster Cluster { get; }

    public HttpClient Http { get; }

    public GatewayArea Area => _area;

    public static async Task<LiveGateway> StartAsync()
    {
        var gateway = new LiveGateway();
        await gateway._host.StartAsync(CancellationToken.None);
        await gateway._area.StartAsync(0, CancellationToken.None);
        return gateway;
    }

    public string Url(string path, string host = "web.dev.localhost") => $"http://{host}:{_area.Port}{path}";

    /// <summary>A Service whose ready endpoints are these ports.</summary>
    public void Serve(string service, params int[] ports)
    {
        Cluster.Seed(new Service
        {
            Metadata = new ObjectMeta { Name = service, Namespace = "shop" },
            Spec = new ServiceSpec { Ports = [new ServicePort { Port = 80 }] },
        });
        for (int index = 0; index < ports.Length; index++)
        {
            Cluster.Seed(new EndpointSlice
            {
                Metadata = new ObjectMeta
                {
                    Name = $"{service}-{index}",
                    Namespace = "shop",
                    Labels = new Dictionary<string, string> { [EndpointSlice.ServiceNameLabel] = service },
                },
                AddressType = "IPv4",
                Endpoints = [new Endpoint { Addresses = ["127.0.0.1"], Conditions = new EndpointConditions { Ready = true } }],
                Ports = [new EndpointPort { Name = "", Port = ports[index] }],
            });
        }
    }

    public HTTPRoute Route(params (string Service, int Weight)[] backends)
        => Cluster.Seed(RouteTo(backends));

    public static HTTPRoute RouteTo(params (string Service, int Weight)[] backends) => new()
    {
        Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
        Spec = new HttpRouteSpec
        {
            Rules = [new HttpRouteRule { BackendRefs = [.. backends.Select(one => new HttpBackendRef { Name = one.Service, Port = 80, Weight = one.Weight })] }],
        },
    };

    /// <summary>Waits until requests are answered by what was set up.</summary>
    public async Task AnswersAsync(string path = "/", HttpStatusCode status = HttpStatusCode.OK)
    {
        for (int attempt = 0; attempt < 500; attempt++)
        {
            using HttpResponseMessage answer = await Http.GetAsync(Url(path));
            if (answer.StatusCode == status)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        throw new TimeoutException($"{path} was never answered with {status}");
    }

    /// <summary>Waits until new requests go to a backend.</summary>
    public async Task AnsweredByAsync(string name)
    {
        string answer = "";
        for (int attempt = 0; attempt < 5000 && answer != name; attempt++)
        {
            answer = await Http.GetStringAsync(Url("/"));
        }

        answer.ShouldBe(name);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _area.DisposeAsync();
        await _host.DisposeAsync();
    }

    private static async ValueTask<Stream> LoopbackAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}

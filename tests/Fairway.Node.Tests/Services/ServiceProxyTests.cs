using System.Net;
using System.Net.Sockets;
using System.Text;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Node.Services;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Node.Tests.Services;

public sealed class ServiceProxyTests
{
    [Fact]
    public async Task Connect_ToAServicesPlace_ReachesABackendThatTakesItAndIsRefusedWithoutAny()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // elsewhere one cannot listen on any loopback address
        }

        using var stop = new CancellationTokenSource();
        using var backend = new TcpListener(IPAddress.Loopback, 0);
        backend.Start();
        Task serving = AnswerAsync(backend, stop.Token);
        int port = ((IPEndPoint)backend.LocalEndpoint).Port;
        var cluster = new MemoryCluster("dev", TimeProvider.System);
        var informers = new InformerSet(cluster, TimeProvider.System, NullLoggerFactory.Instance);
        var places = new ServicePlaces { Room = ServicePlaces.RoomOf(Guid.NewGuid().ToString()) };
        var proxy = new ServiceProxy(places, informers, TimeProvider.System, NullLogger.Instance);
        Task[] running = [informers.RunAsync(stop.Token), proxy.RunAsync(stop.Token)];
        Service service = await cluster.CreateAsync(
            new Service
            {
                Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
                Spec = new ServiceSpec { ClusterIP = "10.96.201.7", Ports = [new ServicePort { Port = 18080 }] },
            },
            CancellationToken.None);
        IPEndPoint place = places.Of(service, service.Spec!.Ports![0])!;
        (await TryAskAsync(place)).ShouldBeNull();

        // The first backend listens no more: the next one answers.
        await cluster.CreateAsync(
            new EndpointSlice
            {
                Metadata = new ObjectMeta { Name = "web-1", Namespace = "shop", Labels = new Dictionary<string, string> { [EndpointSlice.ServiceNameLabel] = "web" } },
                AddressType = "IPv4",
                Ports = [new EndpointPort { Name = "", Port = port }],
                Endpoints = [new Endpoint { Addresses = ["127.93.0.1"] }, new Endpoint { Addresses = ["127.0.0.1"] }],
            },
            CancellationToken.None);
        await AnswersAsync(place, "hello fairway");
        (await TryAskAsync(place)).ShouldBe("hello fairway");

        await cluster.DeleteAsync(KindOf<EndpointSlice>.Type, "shop", "web-1", DeleteOptions.Background, CancellationToken.None);
        await AnswersAsync(place, null);
        await stop.CancelAsync();
        await Task.WhenAll([.. running, serving]);
    }

    private static async Task AnswerAsync(TcpListener listener, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(cancellation);
                using var reader = new StreamReader(client.GetStream());
                string asked = await reader.ReadToEndAsync(cancellation); // the other side has said that no more comes
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"hello {asked}"), cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static async Task AnswersAsync(IPEndPoint place, string? expected)
    {
        long begin = TimeProvider.System.GetTimestamp();
        while (await TryAskAsync(place) != expected)
        {
            TimeProvider.System.GetElapsedTime(begin).ShouldBeLessThan(TimeSpan.FromSeconds(20), $"{place} did not come to answer {expected ?? "nothing"}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    private static async Task<string?> TryAskAsync(IPEndPoint place)
    {
        try
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(place);
            await using var stream = new NetworkStream(client);
            await stream.WriteAsync("fairway"u8.ToArray());
            client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync();
        }
        catch (Exception refused) when (refused is SocketException or IOException or InvalidOperationException)
        {
            return null;
        }
    }
}

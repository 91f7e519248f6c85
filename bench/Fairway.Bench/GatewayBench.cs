using System.Globalization;
using Fairway.ControllerRuntime;
using Fairway.Gateway;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Resources.Kinds.Gateway;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Bench;

/// <summary>Runs the real gateway over an in-memory cluster, for a load generator from outside: see <c>bench/gateway</c>.</summary>
internal static class GatewayBench
{
    public static async Task<int> RunAsync(int backend)
    {
        var cluster = new MemoryCluster("dev", TimeProvider.System);
        Describe(cluster, backend);
        var informers = new InformerSet(cluster, TimeProvider.System, NullLoggerFactory.Instance);
        await using var gateway = new GatewayArea([informers], TimeProvider.System, NullLoggerFactory.Instance);
        var host = new ControllerHost(TimeProvider.System, NullLoggerFactory.Instance);
        host.Add(informers);
        gateway.AddTo(host);
        await host.StartAsync(CancellationToken.None);
        await gateway.StartAsync(0, CancellationToken.None);
        Console.WriteLine(gateway.Port.ToString(CultureInfo.InvariantCulture));
        while (await Console.In.ReadLineAsync(CancellationToken.None) is not null)
        {
        }

        await host.StopAsync(CancellationToken.None);
        return 0;
    }

    private static void Describe(MemoryCluster cluster, int backend)
    {
        cluster.Seed(new Service
        {
            Metadata = new ObjectMeta { Name = "web", Namespace = "bench" },
            Spec = new ServiceSpec { Ports = [new ServicePort { Port = 80 }] },
        });
        cluster.Seed(new EndpointSlice
        {
            Metadata = new ObjectMeta { Name = "web-1", Namespace = "bench", Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [EndpointSlice.ServiceNameLabel] = "web" } },
            AddressType = "IPv4",
            Endpoints = [new Endpoint { Addresses = ["127.0.0.1"], Conditions = new EndpointConditions { Ready = true } }],
            Ports = [new EndpointPort { Name = "", Port = backend }],
        });
        cluster.Seed(new HTTPRoute
        {
            Metadata = new ObjectMeta { Name = "web", Namespace = "bench" },
            Spec = new HttpRouteSpec { Hostnames = ["web.dev.localhost"], Rules = [new HttpRouteRule { BackendRefs = [new HttpBackendRef { Name = "web", Port = 80 }] }] },
        });
    }
}

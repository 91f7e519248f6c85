using Fairway.Node.Configuration;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Tests.Configuration;

public sealed class ServiceVariablesTests
{
    private static readonly Service Redis = Service("shop", "redis-primary", "10.0.0.11", new ServicePort { Name = "client", Port = 6379 }, new ServicePort { Name = "bus-1", Port = 16379, Protocol = "UDP" });

    [Fact]
    public void Of_AService_AreThoseOfDockerLinks()
        => ServiceVariables.Of(ThePod(), [Redis]).ToDictionary().ShouldBe(new Dictionary<string, string>
        {
            ["REDIS_PRIMARY_SERVICE_HOST"] = "10.0.0.11",
            ["REDIS_PRIMARY_SERVICE_PORT"] = "6379",
            ["REDIS_PRIMARY_SERVICE_PORT_CLIENT"] = "6379",
            ["REDIS_PRIMARY_SERVICE_PORT_BUS_1"] = "16379",
            ["REDIS_PRIMARY_PORT"] = "tcp://10.0.0.11:6379",
            ["REDIS_PRIMARY_PORT_6379_TCP"] = "tcp://10.0.0.11:6379",
            ["REDIS_PRIMARY_PORT_6379_TCP_PROTO"] = "tcp",
            ["REDIS_PRIMARY_PORT_6379_TCP_PORT"] = "6379",
            ["REDIS_PRIMARY_PORT_6379_TCP_ADDR"] = "10.0.0.11",
            ["REDIS_PRIMARY_PORT_16379_UDP"] = "udp://10.0.0.11:16379",
            ["REDIS_PRIMARY_PORT_16379_UDP_PROTO"] = "udp",
            ["REDIS_PRIMARY_PORT_16379_UDP_PORT"] = "16379",
            ["REDIS_PRIMARY_PORT_16379_UDP_ADDR"] = "10.0.0.11",
        });

    [Fact]
    public void Of_APodWithoutLinks_AreTheServersAlone()
    {
        Service master = Service("default", "kubernetes", "10.0.0.1", new ServicePort { Name = "https", Port = 443 });
        Pod pod = ThePod();
        pod = pod with { Spec = pod.Spec with { EnableServiceLinks = false } };
        ServiceVariables.Of(pod, [Redis, master]).Select(variable => variable.Key.Split('_')[0]).Distinct().ShouldBe(["KUBERNETES"]);
    }

    [Fact]
    public void Of_HeadlessAndForeignServices_AreNone()
        => ServiceVariables.Of(ThePod(), [Service("shop", "headless", "None", new ServicePort { Port = 80 }), Service("other", "x", "10.0.0.3", new ServicePort { Port = 80 })])
            .ShouldBeEmpty();

    private static Pod ThePod() => new()
    {
        Metadata = new ObjectMeta { Name = "web-1", Namespace = "shop" },
        Spec = new PodSpec { Containers = [new Container { Name = "web" }] },
    };

    private static Service Service(string @namespace, string name, string address, params ServicePort[] ports)
        => new() { Metadata = new ObjectMeta { Name = name, Namespace = @namespace }, Spec = new ServiceSpec { ClusterIP = address, Ports = ports } };
}
